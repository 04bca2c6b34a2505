"$leeward" watch --zones "$cases/square.geojson" --feed "$cases/over.jsonl"
