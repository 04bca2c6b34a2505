"$leeward" watch --zones "$cases/square.geojson" --permits "$cases/permit.jsonl" --feed "$cases/through.jsonl" --journal j >/dev/null
"$leeward" explain bda77d43d30b952a j
