"$leeward" watch --zones "$cases/square.geojson" --feed "$cases/through.jsonl" --journal j --out events.jsonl
"$leeward" replay j --set warning_time_s=60
"$leeward" replay --set confirm=3 lateral_margin_m=0 j
"$leeward" replay j --set nonsense=1 || echo refused
"$leeward" replay j --set confirm || echo usage
"$leeward" replay j | tail -n 1
