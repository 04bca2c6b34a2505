"$leeward" watch --zones "$cases/convoy.geojson" --feed "$cases/convoy.jsonl" --journal j --out events.jsonl
cat events.jsonl
"$leeward" replay j | tail -n 1
"$leeward" watch --zones "$cases/convoy.geojson" --feed "$cases/convoy.jsonl" --threads 2 2>said | cmp - events.jsonl && echo same
grep -c 'one thread judges' said
"$leeward" zones convert --to geojson "$cases/convoy.geojson" >again.geojson
"$leeward" zones convert --to geojson again.geojson | cmp - again.geojson && echo written back
