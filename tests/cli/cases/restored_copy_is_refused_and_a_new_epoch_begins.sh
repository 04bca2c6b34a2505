run() { "$leeward" watch --zones "$cases/square.geojson" --feed "$cases/through.jsonl" --journal j --out /dev/null; }
run
cp -r j older
run
cp j/keys/last_head kept && rm -r j && mv older j && cp kept j/keys/last_head
run || echo "refused"
"$leeward" verify j | tail -n 1
"$leeward" epoch --reason "restored from a copy" j j.e2 | sed 's|/[0-9a-f]\{16\}|/KEY|'
"$leeward" verify j.e2 | grep -o "result    verified"
mv j j.old && mv j.e2 j
run && "$leeward" replay j | tail -n 1
