#!/usr/bin/env bash
# Makes what the program shows but the repository does not hold: the page, the list of places and
# the recorded traffic of the demo. Each is made once and again when its source changes.
set -euo pipefail
cd "$(dirname "$0")/../.."

# newer_than TARGET SOURCE…: whether any source is newer than the target, or it is not there.
newer_than() {
    local target=$1
    shift
    [ ! -e "$target" ] || [ -n "$(find "$@" -newer "$target" -not -path '*/node_modules/*' \
        -not -path '*/dist/*' -type f -print -quit)" ]
}

mkdir -p build/share
if newer_than page/dist/index.html page/src page/package.json page/package-lock.json page/build.sh; then
    echo "leeward: building the page"
    page/build.sh
fi
if newer_than build/share/places.tsv tools/make_places.mjs; then
    echo "leeward: listing the world's settlements"
    node tools/make_places.mjs
fi
if newer_than build/share/demo.jsonl tools/make_demo.py demo; then
    echo "leeward: fetching recorded traffic for the demo"
    python3 tools/make_demo.py
fi
