"$leeward" watch --zones "$cases/square.geojson" --feed "$cases/through.jsonl" --journal j --out events.jsonl
"$leeward" replay j
"$leeward" verify j >/dev/null && echo verified
"$leeward" watch --zones "$cases/square.geojson" --feed "$cases/through.jsonl" | cmp - events.jsonl && echo same
