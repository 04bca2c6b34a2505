"""Every point of every readsb trace, against Python's reading of the same JSON."""
import glob
import gzip
import json
import os
import sys

import recording

NUMBERS = ((1, "lat", 1e-7), (2, "lon", 1e-7), (10, "alt_hae_ft", 0), (4, "speed_ground_kt", 1e-6),
           (7, "vertical_rate_fpm", 0), (13, "roll_deg", 1e-6),
           (12, "speed_indicated_kt", 1e-6))


def read(path):
    with open(path, "rb") as file:
        start = file.read(2)
    with (gzip.open if start == b"\x1f\x8b" else open)(path, "rb") as file:
        return json.load(file)


def compare_point(result, line, row, trace):
    where = f"{trace['icao']} at {row[0]}"
    result.check("target", line["target"] == "icao24:" + trace["icao"], where)
    result.check("time", abs(line["t_us"] - (trace["timestamp"] + row[0]) * 1e6) <= 2, where)
    for index, key, tolerance in NUMBERS:
        if row[index] is not None and not (index == 10 and row[6] & 8):
            result.check(key, abs(line[key] - row[index]) <= tolerance, where)
    if row[3] == "ground":
        result.check("ground", line["on_ground"] is True and "alt_baro_ft" not in line, where)
    elif row[3] is not None:
        key = "alt_hae_ft" if row[6] & 8 else "alt_baro_ft"
        result.check("altitude", line[key] == row[3], where)
    if row[5] is not None:
        key = "heading_deg" if row[3] == "ground" else "track_deg"
        result.check("track", abs(line[key] - row[5] % 360) <= 1e-6, where)
    details = row[8] or {}
    if details.get("flight", "").strip():
        result.check("callsign", line["callsign"] == details["flight"].strip(), where)
    for key, ours in (("squawk", "squawk"), ("nic", "nic"), ("nac_p", "nac_p"), ("sil", "sil"),
                      ("category", "category"), ("nic_baro", "nic_baro"), ("mach", "mach"),
                      ("track_rate", "track_rate_dps"), ("tas", "speed_air_kt")):
        if key in details:
            result.check(key, line[ours] == details[key], where)


def main():
    program, data = recording.arguments()
    result = recording.Comparison()
    folder = os.path.join(data, "aircraft_json")
    paths = sorted(glob.glob(os.path.join(folder, "readsb_trace_full_*.json")) +
                   glob.glob(os.path.join(folder, "readsb_traces_*", "trace_full_*.json")))
    if not paths:
        print(f"skipped: no traces in {folder}")
        sys.exit(77)
    for path in paths:
        trace = read(path)
        lines, counts = recording.decode(program, path)
        points = [line for line in lines if "target" in line]
        same = counts == (len(trace["trace"]) + 1, len(trace["trace"]), 1, 0)
        result.expect(same, f"{os.path.basename(path)}: {counts}")
        if same:
            for line, row in zip(points, trace["trace"]):
                compare_point(result, line, row, trace)
    print(f"{len(paths)} traces")
    result.finish()


main()
