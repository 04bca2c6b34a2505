#!/bin/sh
# Three recordings in one journal, the second with an incident: what is old is pruned, what the
# incident cites stays, everything verifies, also for a verifier that is not ours, and anything else
# that is missing is found. Usage: test_prune.sh LEEWARD CASES
set -eu
leeward=$(realpath "$1") cases=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
for tool in openssl python3; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed" && exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "FAILED: $*" >&2 && exit 1; }

# Before and behind the flight through the square: one far away, in enough records to fill bundles.
python3 - "$cases/through.jsonl" <<'PY'
import json, sys
through = [json.loads(line) for line in open(sys.argv[1]) if line.strip()]
def far(path, t_us, count, target):
    with open(path, "a") as out:
        for i in range(count):
            out.write(json.dumps({"t_us": t_us + i * 5000, "target": "icao24:" + target, "source": "adsb",
                                  "lat": -40.0, "lon": round(100 + i * 1e-6, 7), "alt_baro_ft": 3000}) + "\n")
begin, end = through[0]["t_us"], through[-1]["t_us"]
far("before", begin - 1000000000, 90000, "4b9997")
with open("middle", "w") as out:
    for report in through:
        out.write(json.dumps(report) + "\n")
far("middle", end + 120000000, 90000, "4b9998")
far("behind", end + 900000000, 90000, "4b9999")
PY
for part in before middle behind; do
    "$leeward" watch --zones "$cases/square.geojson" --feed "file:$part?format=report_jsonl" \
        --out "$part.out" --journal j 2>/dev/null || fail "watch of $part"
done
[ ! -s before.out ] && [ -s middle.out ] && [ ! -s behind.out ] || fail "the incident is elsewhere"
incident=$(sed -n 's/.*"incident":"\([0-9a-f]*\)".*/\1/p' middle.out | head -n 1)
"$leeward" bundle "$incident" -o whole.zip j >/dev/null || fail "a bundle of all"
"$leeward" journal prune --days 36500 j | grep -q '^frames    0 pruned' || fail "young frames went"
"$leeward" verify j | grep -q '^pruned' && fail "a pruning of nothing"
"$leeward" journal prune --days 0 --dry-run j | grep -q 'would be pruned' || fail "dry run"
[ ! -e j/kept ] || fail "a dry run that prunes"
"$leeward" journal prune --days 0 j >said || fail "prune"
[ -e j/kept/000 ] && [ ! -e j/tile/entries/000 ] || fail "nothing was pruned: $(cat said)"
grep -rqa 4b9997 j && fail "a pruned frame is there"
grep -rqa 4b9999 j/tile/entries || fail "a frame of the session that goes on was pruned"
"$leeward" verify j >said || fail "verify: $(cat said)"
grep -q '^pruned    [1-9]' said && grep -q 'frames 0 days' said || fail "verify says nothing of it"
python3 "$here/verify_tlog.py" j >/dev/null || fail "the other verifier"
"$leeward" replay j >said 2>/dev/null || fail "replay: $(cat said)"
grep -q '^records_pruned [1-9]' said && grep -q 'every decision is the same' said || fail "replay"
"$leeward" bundle "$incident" -o later.zip j >/dev/null || fail "a bundle after it"
"$leeward" replay later.zip | grep -q 'every decision is the same' || fail "replay of the bundle"
"$leeward" journal prune --days 0 j | grep -q '^frames    0 pruned' || fail "pruned twice"

# A hundred ways to lose more, and the verifiers: ours, the independent one, and Go's code where it is installed.
python3 - "$leeward" "$here/verify_tlog.py" <<'PY'
import os, random, subprocess, sys
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(sys.argv[2]))
import go_verifier
go = None if go_verifier.missing() else go_verifier.GoVerifier(
    os.path.join(os.path.dirname(sys.argv[1]), "tests", "crash"), os.getcwd(), open("j/keys/journal.vkey").read().strip())
if go and go.finds("j"):
    sys.exit("FAILED: Go's code does not take a pruned journal: " + go.ask("j"))
rng, kept = random.Random(7), [os.path.join(d, f) for d, _, fs in os.walk("j/kept") for f in fs]
def split(data):
    at, out = 0, []
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at:at + 2], "big")
        out.append(data[at:end])
        at = end
    return out
for i in range(100):
    path = rng.choice(kept)
    good = open(path, "rb").read()
    entries = split(good)
    there = [k for k, e in enumerate(entries) if len(e) > 2]
    way = i % 4
    if way == 0 and there:
        entries[rng.choice(there)] = b"\0\0" # an entry more
        bad = b"".join(entries)
    elif way == 1 and there:
        del entries[rng.choice(there)]
        bad = b"".join(entries)
    elif way == 2:
        at = rng.randrange(len(good))
        bad = good[:at] + bytes([good[at] ^ 1 << rng.randrange(8)]) + good[at + 1:]
    else:
        bad = None
    os.unlink(path)
    if bad is not None:
        open(path, "wb").write(bad)
    for command in ([sys.argv[1], "verify", "j"], [sys.executable, sys.argv[2], "j"]):
        if (i < 12 or command[0] == sys.argv[1]) and subprocess.run(command, capture_output=True).returncode == 0:
            sys.exit("FAILED: %s does not find way %d in %s" % (command[1], way, path))
    if go and i < 24 and not go.finds("j"):
        sys.exit("FAILED: Go's code does not find way %d in %s" % (way, path))
    open(path, "wb").write(good)
if go:
    go.close()
PY
"$leeward" verify j | grep -q '^result    verified' || fail "verify at the end"
echo "pruned, and everything else is there"
