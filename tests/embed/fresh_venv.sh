#!/bin/sh
# fresh_venv.sh ROOT LIBRARY PYTHON: the README of the binding, in an environment that has nothing:
# the wheel and what it asks for are installed, and both examples run.
set -eu
root=$1 library=$2 python=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv" 2>/dev/null || { echo "skipped: no venv"; exit 77; }
wheel=$("$python" "$root/python/build_wheel.py" "$library" "$folder")
"$folder/venv/bin/pip" install -q "$wheel" "shapely>=2" 2>"$folder/pip" || {
    echo "skipped: pip could not install what the wheel asks for"; cat "$folder/pip"; exit 77; }
cd "$folder"
unset LEEWARD_LIBRARY PYTHONPATH || true
"$folder/venv/bin/python" - "$root/python/README.md" <<'END'
import sys

import numpy as np

blocks = [part.split("```")[0] for part in open(sys.argv[1]).read().split("```python\n")[1:]]
first, second = {}, {}
exec(blocks[0], first)
assert first["zones"].locate(36.52, 36.18) == [0, 1]
assert [first["zones"].ids[n] for n in first["hits"]] == ["hospital", "corridor", "hospital"]
exec(blocks[1], second)
zones, lats, lons, noon = (second[name] for name in ("zones", "lats", "lons", "noon"))
found = zones.pairs(lats, lons, alts_ft=[12000, 3000], times=noon)
assert [list(column) for column in found] == [[1], [1]], found
found = zones.pairs(lats, lons, alts_ft=[np.nan, 3000], times=noon)
assert [list(column) for column in found] == [[0, 1], [0, 1]], found
told = second["told"]
assert list(told.zones) == [0], told
late_s = (told.enter_us[0] - noon.astype("datetime64[us]").astype(int)) / 1e6
print(f"both examples ran; the hospital in {late_s:.0f} s")
assert 80 < late_s < 95, late_s
END
