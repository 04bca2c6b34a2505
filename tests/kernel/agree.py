#!/usr/bin/env python3
"""Every answer of the kernel on one set: against GEOS, and along moving targets against itself.

usage: agree.py SET POINTS GEOS_TEST BENCH_OURS FOLDER LEEWARD    SET: a number of synthetic zones, openair,
geojson or countries. Ends with 77 when the set's files are not at hand.
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "kernel"))
import real_sets  # noqa: E402

name, points, geos_test, bench_ours, folder, leeward = sys.argv[1:]
zones = name
if not name.isdigit():
    made = real_sets.make(pathlib.Path(folder), leeward, [name])
    if name not in made:
        sys.exit(77)
    zones = str(made[name])
both = [subprocess.run([geos_test, zones, points], check=False).returncode,
        subprocess.run([bench_ours, zones, "track", points, "replay"], check=False).returncode]
sys.exit(1 if any(both) else 0)
