"$leeward" watch --zones nowhere.geojson --feed "$cases/through.jsonl"
