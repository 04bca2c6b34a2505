"$leeward" watch --zones "$cases/square.geojson" --permits "$cases/permit.jsonl" --feed "$cases/through.jsonl"
