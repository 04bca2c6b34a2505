#!/usr/bin/env python3
"""Makes what the demo plays: build/share/demo.jsonl and demo.json, with the drawn zones.geojson and
permits.jsonl of demo/ beside them.

The recording is real: fire-fighting aircraft over California on 7 September 2020 (local time), from
the sample data of the PyPI package `traffic` 2.13, fetched with pip at set-up time and checked
against its hash. Where that package cannot be had, it falls back to the recording over Los Angeles in
the npm package sbs1 0.2.5, and says so. Nothing fetched is kept in the repository.

usage: make_demo.py [--out FOLDER] [--wheel FILE] [--fallback]"""
import argparse
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE, VERSION = "traffic", "2.13"
SHA256 = "5e0cd61d931d03103294361542188f08f959a55e862d5cba80ab61291021e66c"
MEMBER = "traffic/data/samples/firefighting/calfire.json.gz"
NPM = "sbs1@0.2.5"
NPM_LINES_A_SECOND = 2


def say(text):
    print(f"make_demo: {text}", file=sys.stderr)


def fetch_wheel(folder):
    """The wheel's path, or None. pip checks the hash; so do we, for a wheel given by hand."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
               "--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--require-hashes",
               "-r", str(wanted), "-d", str(folder)]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"pip could not be run: {error}")
        return None
    wheels = sorted(folder.glob("traffic-*.whl"))
    if result.returncode or not wheels:
        say("pip could not fetch the package traffic:")
        say((result.stderr or result.stdout).strip()[-600:])
        return None
    return wheels[0]


def read_samples(wheel):
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        say(f"{wheel} is not the file we know (sha256 differs)")
        return None
    with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as packed:
        return json.load(gzip.open(packed))


def put(report, key, value, digits=None):
    """Only what the recording said: None and NaN are absent."""
    if value is None or value != value:
        return
    report[key] = round(value, digits) if digits else int(round(value))


def report_of(row):
    report = {"t_us": row["timestamp"] * 1000, "target": f"icao24:{row['icao24']}", "source": "adsb"}
    if row["latitude"] is not None and row["longitude"] is not None:
        report["lat"] = round(row["latitude"], 7)
        report["lon"] = round(row["longitude"], 7)
    put(report, "alt_baro_ft", row["altitude"])
    put(report, "alt_hae_ft", row["geoaltitude"])
    put(report, "speed_ground_kt", row["groundspeed"], 3)
    if row["track"] is not None:
        report["track_deg"] = round(row["track"], 3) % 360
    put(report, "vertical_rate_fpm", row["vertical_rate"])
    if row["callsign"]:
        report["callsign"] = row["callsign"]
    return report


def calfire(rows, demo):
    reports = [report_of(r) for r in rows
               if demo["from_us"] <= r["timestamp"] * 1000 < demo["to_us"]]
    return sorted(reports, key=lambda r: (r["t_us"], r["target"]))


def fetch_npm(folder):
    try:
        subprocess.run(["npm", "pack", "--silent", NPM], cwd=folder, check=True, timeout=300,
                       capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        say(f"npm could not fetch {NPM}: {error}")
        return None
    with tarfile.open(next(folder.glob("sbs1-*.tgz"))) as archive:
        for member in archive.getmembers():
            if member.name.endswith("msgs.txt"):
                return archive.extractfile(member).read().decode("ascii", "replace").splitlines()
    return None


def los_angeles(lines, from_us):
    """BaseStation lines without times: we give them some, in the order of the recording."""
    reports = []
    for number, line in enumerate(lines):
        field = line.strip().split(",")
        if len(field) < 18 or field[0] != "MSG" or len(field[4]) != 6:
            continue
        report = {"t_us": from_us + number * 1000000 // NPM_LINES_A_SECOND,
                  "target": f"icao24:{field[4].lower()}", "source": "adsb"}
        if field[10].strip():
            report["callsign"] = field[10].strip()
        for key, at in (("alt_baro_ft", 11), ("speed_ground_kt", 12), ("track_deg", 13),
                        ("vertical_rate_fpm", 16)):
            if field[at]:
                report[key] = int(float(field[at]))
        if field[14] and field[15]:
            report["lat"], report["lon"] = float(field[14]), float(field[15])
        if len(report) > 3:
            reports.append(report)
    return reports


def write(out, reports, demo):
    out.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(r, separators=(",", ":")) + "\n" for r in reports)
    (out / "demo.json.new").write_text(json.dumps(demo, indent=2, ensure_ascii=False) + "\n")
    (out / "demo.jsonl.new").write_text(text)
    for drawn in ("zones.geojson", "permits.jsonl"):
        shutil.copyfile(ROOT / "demo" / drawn, out / (drawn + ".new"))
        os.replace(out / (drawn + ".new"), out / drawn)
    # The recording last: it is what the set-up looks for to see whether all is there.
    os.replace(out / "demo.json.new", out / "demo.json")
    os.replace(out / "demo.jsonl.new", out / "demo.jsonl")
    targets = len({r["target"] for r in reports})
    say(f"{len(reports)} reports of {targets} aircraft written to {out / 'demo.jsonl'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/share")
    parser.add_argument("--wheel", type=pathlib.Path, help="a copy of the wheel instead of pip")
    parser.add_argument("--fallback", action="store_true", help="use the recording over Los Angeles")
    options = parser.parse_args()
    demo = json.loads((ROOT / "demo/demo.json").read_text())
    fallback = demo.pop("fallback")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="leeward-demo-"))
    try:
        wheel = options.wheel or (None if options.fallback else fetch_wheel(folder))
        rows = read_samples(wheel) if wheel else None
        if rows:
            write(options.out, calfire(rows, demo), demo)
            return 0
        say("FALLING BACK to the recording over Los Angeles; most of the demo's zones stay empty")
        lines = fetch_npm(folder)
        if not lines:
            say("no recording could be fetched; run tools/make_demo.py again with a network")
            return 1
        reports = los_angeles(lines, fallback["from_us"])
        fallback["to_us"] = reports[-1]["t_us"] + 1
        write(options.out, reports, {**demo, **fallback})
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
