# A tile of 1500 m for the square of the zone, which ends 400 ft above the ground.
sed 's/"value":10000,"unit":"ft","ref":"STD"/"value":400,"unit":"ft","ref":"AGL"/' "$cases/square.geojson" >low.geojson
mkdir hills other
python3 -c 'import sys; sys.stdout.buffer.write((1500).to_bytes(2, "big") * 1201**2)' >hills/N50E010.hgt
python3 -c 'import sys; sys.stdout.buffer.write((1400).to_bytes(2, "big") * 1201**2)' >other/N50E010.hgt
echo "without terrain:"
"$leeward" watch --zones low.geojson --feed "$cases/through.jsonl" | grep -o '"event":"[a-z]*"\|"reason":"[a-z_]*"' | paste -sd' '
echo "over 1500 m (4921 ft), at 5000 ft:"
"$leeward" watch --zones low.geojson --feed "$cases/through.jsonl" --terrain hills --journal j --out events.jsonl
grep -o '"event":"[a-z]*"\|"reason":"[a-z_]*"' events.jsonl | paste -sd' '
incident=$(sed -n 's/.*"incident":"\([0-9a-f]*\)".*/\1/p' events.jsonl | head -1)
"$leeward" explain "$incident" j --terrain hills | grep -o "The ground is .*"
echo "over 1400 m:"
"$leeward" watch --zones low.geojson --feed "$cases/through.jsonl" --terrain other | grep -c event
"$leeward" replay j --terrain hills | tail -1
"$leeward" replay j --terrain other | tail -1
"$leeward" replay j | tail -1
printf 'no tile' >other/N51E010.hgt
"$leeward" watch --zones low.geojson --feed "$cases/through.jsonl" --terrain other
