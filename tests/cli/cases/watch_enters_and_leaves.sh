"$leeward" watch --zones "$cases/square.geojson" --feed "$cases/through.jsonl"
