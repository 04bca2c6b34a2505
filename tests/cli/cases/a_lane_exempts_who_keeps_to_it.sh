cd "$cases" && "$leeward" zones check lane.geojson 2>&1
cd - >/dev/null
"$leeward" watch --zones "$cases/lane.geojson" --feed "$cases/lane.jsonl" --journal j --out events.jsonl
grep '"zone":"square"' events.jsonl | cut -d, -f2-4,6-8,14-
"$leeward" replay j | tail -n 1
incident=$(sed -n 's/.*"incident":"\([0-9a-f]*\)","zone":"square".*/\1/p' events.jsonl | head -n 1)
"$leeward" explain "$incident" j | grep -c 'It is in lane, which exempts who may be there from this zone.'
"$leeward" zones convert --to geojson "$cases/lane.geojson" 2>/dev/null >again.geojson
"$leeward" zones convert --to geojson again.geojson 2>/dev/null | cmp - again.geojson && echo written back
