"$leeward" watch --zones "$cases/square.geojson" --feed "$cases/through.jsonl" --journal j >/dev/null
"$leeward" explain 0123456789abcdef j
