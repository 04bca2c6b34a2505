"$leeward" watch --zones "$cases/square.geojson" --feed "$cases/skip.jsonl"
