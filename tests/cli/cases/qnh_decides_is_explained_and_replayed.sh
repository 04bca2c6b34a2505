"$leeward" watch --zones "$cases/square_msl.geojson" --feed "$cases/through.jsonl" --qnh "$cases/qnh.jsonl" --journal j --out events.jsonl
cat events.jsonl
"$leeward" replay j | tail -1
incident=$(sed -n 's/.*"incident":"\([0-9a-f]*\)".*/\1/p' events.jsonl | head -1)
"$leeward" explain "$incident" j | grep -o "The pressure at sea level .*"
