#!/usr/bin/env bash
# Runs every fuzz target: tools/fuzz_all.sh BUILD SECONDS [CORPUS-FOLDER]
# Seeds come from tests/fuzz/corpus/NAME. What is found is kept in BUILD/findings.
set -uo pipefail
cd "$(dirname "$0")/.."
build=$1 seconds=$2 corpus=${3:-$1/corpus}
mkdir -p "$build/findings" "$corpus"
failed=0
for target in "$build"/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=$(basename "$target")
    seeds=tests/fuzz/corpus/$name
    mkdir -p "$corpus/$name"
    [ -d "$seeds" ] || { echo "$name has no seeds in $seeds"; failed=1; seeds=; }
    if "$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$name-" "$corpus/$name" $seeds >"$build/$name.log" 2>&1; then
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log") executions, nothing found"
    else
        echo "$name: FOUND"
        tail -n 30 "$build/$name.log"
        failed=1
    fi
done
exit $failed
