#!/bin/sh
# The long campaigns of reliability.md G3, a round at a time, with a line in a ledger for each.
# Usage: tests/crash/campaign.sh BUILD/tests/crash LEDGER.csv [ROUNDS]
# A round: 50,000 crash states, 10,000 alterations, 1,000 kills, 500 power cuts (where root).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
ledger=$2
rounds=${3:-1}
[ -s "$ledger" ] || echo "time,revision,what,count,seed,result" >"$ledger"
revision=$(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown)
failed=0

note() { # WHAT COUNT SEED COMMAND...
    what=$1 count=$2 seed=$3
    shift 3
    status=0
    "$@" || status=$?
    result=failed
    [ "$status" -eq 0 ] && result=passed
    [ "$status" -eq 77 ] && result=skipped
    [ "$result" = failed ] && failed=1
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ),$revision,$what,$count,$seed,$result" >>"$ledger"
}

round=0
while [ "$round" -lt "$rounds" ]; do
    seed=$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')
    note crash_states 50000 "$seed" "$build/crash_states" 50000 "$seed"
    note bit_rot 10000 "$seed" "$build/bit_rot" 10000 "$seed"
    note kill 1000 "$seed" python3 "$here/kill_writer.py" "$build" 1000 "$seed"
    if [ -x "$build/../../leeward" ]; then
        note tampering 1000 "$seed" python3 "$here/tamper_journal.py" "$build/../../leeward" \
            "$build/make_journal" 1000 "$seed"
    fi
    note power_cut_ext4 450 "$seed" python3 "$here/power_cut.py" "$build" 450 ext4 "$seed"
    note power_cut_xfs 50 "$seed" python3 "$here/power_cut.py" "$build" 50 xfs "$seed"
    round=$((round + 1))
done
exit "$failed"
