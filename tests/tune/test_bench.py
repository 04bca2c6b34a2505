#!/usr/bin/env python3
"""bench/run watch and `leeward tune` print the same figures of the same recorded traffic.

usage: test_bench.py LEEWARD BENCH_WATCH_QUALITY SHARED-DATA
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

RECORDING = "opensky/traffic_zurich_airport.json.gz"


def main(leeward, bench, data):
    recording = Path(data) / RECORDING
    if not recording.exists():
        print("skipped: no", recording)
        return 77
    to_reports = Path(__file__).resolve().parent.parent / "oracle" / "to_reports.py"
    with tempfile.TemporaryDirectory() as folder:
        all_reports = Path(folder) / "all.jsonl"
        with all_reports.open("w") as file:
            subprocess.run([sys.executable, str(to_reports), "--ground", str(recording)], stdout=file, check=True)
        # The benchmark ends without giving its memory back.
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        out = subprocess.run([bench, str(all_reports), "1", "60", "3", folder], check=True, capture_output=True,
                             text=True, env=env).stdout
        figures = out.splitlines()[0].split("\t")
        out = subprocess.run([leeward, "tune", "--zones", f"{folder}/zones.geojson", "--feed",
                              f"{folder}/reports.jsonl", "--json"], check=True, capture_output=True, text=True).stdout
        run = json.loads(out.splitlines()[0])
    tuned = [run["alerts"], run["nuisance"] + run["evasive"], run["evasive"], run["unknown"], run["entries"],
             run["possible"], run["missed"], run["missed_of_all"]]
    print("bench", figures[1:], "tune", tuned)
    assert [int(x) for x in figures[1:9]] == tuned
    assert run["alerts"] > 50 and run["entries"] > 50
    for key, figure in (("warning_given_s", figures[9]), ("warning_allowed_s", figures[10])):
        assert abs(run[key]["p50"] - float(figure)) < 0.051, (key, run[key], figure)
    return 0


sys.exit(main(*sys.argv[1:4]))
