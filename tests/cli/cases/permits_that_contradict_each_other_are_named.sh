cd "$cases" && "$leeward" watch --zones square.geojson --permits contradicting.jsonl --feed through.jsonl 2>&1 >/dev/null | grep contradict
"$leeward" watch --zones square.geojson --permits permit.jsonl --feed through.jsonl 2>&1 >/dev/null | grep -c contradict
"$leeward" watch --zones square.geojson --permits contradicting.jsonl --feed through.jsonl 2>/dev/null | grep entered | grep -o '"reason":"[a-z_]*"'
