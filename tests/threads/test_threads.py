"""test_threads.py LEEWARD TO_REPORTS DATA: watch --threads N prints and records the same bytes whatever
N is: real traffic in real zones where DATA is there, random traffic, a recording of several formats, and
a journal, whose replay agrees too."""
import hashlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

THREADS = (1, 2, 3, 7)
REAL = [("aircraft_json/adsb_actions_grid_20250601_36_-122.jsonl.gz", None),
        ("opensky/traffic_zurich_airport.json.gz", "openair/CH-switzerland-airspace-feet.txt"),
        ("opensky/traffic_luberon.json.gz", "openair/FR-planeurnet-2026-07-30.txt")]


def square(number, south, west, size, properties):
    north, east = south + size, west + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Feature", "id": f"z{number}",
            "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": properties}


def make_zones(path, lats, lons, t0_us, seed):
    """Squares over where the traffic is; every third keeps hours."""
    rng = random.Random(seed)
    features = []
    for n in range(60):
        properties = {"kind": rng.choice(["no_fly", "safe", "restricted"]), "name": f"Zone {n}",
                      "lower": "SFC",
                      "upper": {"value": rng.randrange(2000, 40000), "unit": "ft", "ref": "STD"},
                      "watch": {"look_ahead_s": 120, "warning_time_s": 120, "confirm": 1 + n % 3,
                                "hold": n % 2, "lost_after_s": 20}}
        if n % 3 == 0:
            at = [t0_us // 1000000 + rng.randrange(0, 600) for _ in range(2)]
            properties["active"] = [{"from": text(min(at)), "to": text(max(at) + 60)}]
        size = rng.uniform(0.02, 0.2) * max(lats[1] - lats[0], 0.1)
        features.append(square(n, rng.uniform(*lats), rng.uniform(*lons), size, properties))
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def text(seconds):
    from datetime import datetime, timezone
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_reports(path, seed):
    """Targets that fly straight, turn, fall silent and jump; reports late, twice, at one instant."""
    rng = random.Random(seed)
    targets = [{"lat": 45 + rng.random(), "lon": 9 + rng.random(), "n": n} for n in range(150)]
    with open(path, "w", encoding="ascii") as out:
        for i in range(40000):
            t = rng.choice(targets)
            if rng.random() < 0.02 or "dlat" not in t:
                t.update(dlat=rng.uniform(-.004, .004), dlon=rng.uniform(-.004, .004),
                         alt=rng.randrange(0, 40000))
            t["lat"] += t["dlat"]
            t["lon"] += t["dlon"]
            line = {"t_us": 1750000000000000 + i // 60 * 1000000 - (i % 11 == 0) * 2000000,
                    "target": f"icao24:{0x3c0000 + t['n']:06x}", "source": "adsb",
                    "lat": round(t["lat"], 7), "lon": round(t["lon"], 7), "alt_baro_ft": t["alt"],
                    "speed_ground_kt": rng.randrange(80, 480), "track_deg": rng.randrange(0, 360)}
            if rng.random() < 0.1:
                del line["alt_baro_ft"]
            out.write(json.dumps(line) + "\n")
            if rng.random() < 0.01:
                out.write(json.dumps(line) + "\n{broken\n")


def watch(leeward, threads, *arguments):
    run = subprocess.run([leeward, "watch", "--threads", str(threads), *map(str, arguments)],
                         capture_output=True, timeout=300)
    return run.returncode, run.stdout, run.stderr


def compare(leeward, name, *arguments):
    one = watch(leeward, 1, *arguments)
    events = one[1].count(b"\n")
    if events < 20:
        return [f"{name}: only {events} events: {one[2][:300]}"]
    bad = [f"{name}: --threads {n} differs: {events} events and {len(out[1].splitlines())}, {out[2]}"
           for n in THREADS[1:] for out in [watch(leeward, n, *arguments)] if out != one]
    print(f"{name}: {events} events, the same with {THREADS} threads" if not bad else bad)
    return bad


def compare_journals(leeward, folder, *arguments):
    """All files of the journals but those that keys sign, which are made anew for each."""
    sums, bad = {}, []
    for n in THREADS:
        place = folder / f"journal{n}"
        status, _, error = watch(leeward, n, "--journal", place, *arguments)
        if status != 0:
            bad.append(f"journal with {n} threads: {error}")
        tiles = sorted(p for p in place.rglob("*") if p.is_file() and "tile" in p.parts)
        digest = hashlib.sha256()
        for tile in tiles:
            digest.update(str(tile.relative_to(place)).encode() + tile.read_bytes())
        sums[n] = (len(tiles), digest.hexdigest())
        replay = subprocess.run([leeward, "replay", str(place)], capture_output=True, timeout=300)
        if replay.returncode != 0:
            bad.append(f"replay of the journal with {n} threads: {replay.stdout} {replay.stderr}")
    if len(set(sums.values())) != 1 or sums[1][0] == 0:
        bad.append(f"journals differ: {sums}")
    print(f"journal: {sums[1][0]} tiles, the same with {THREADS} threads")
    return bad


def main():
    leeward, to_reports, data = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    bad = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        zones, reports = folder / "zones.geojson", folder / "reports.jsonl"
        for seed in (1, 2):
            make_zones(zones, (45, 46), (9, 10), 1750000000000000, seed)
            make_reports(reports, seed)
            bad += compare(leeward, f"random {seed}", "--zones", zones, "--feed", f"file:{reports}")
        bad += compare_journals(leeward, folder, "--zones", zones, "--feed", f"file:{reports}")
        for tracks, openair in REAL:
            if not (data / tracks).exists():
                print("skipped:", tracks, "is not there")
                continue
            with open(reports, "wb") as out:
                subprocess.run([sys.executable, to_reports, data / tracks], stdout=out, check=True)
            lines = [json.loads(line) for line in open(reports, encoding="utf-8")]
            placed = [(r["lat"], r["lon"]) for r in lines if "lat" in r]
            if openair:
                used = data / openair
            else:
                lats, lons = zip(*placed)
                make_zones(zones, (min(lats), max(lats)), (min(lons), max(lons)),
                           lines[0]["t_us"], 3)
                used = zones
            bad += compare(leeward, tracks, "--zones", used, "--feed", f"file:{reports}")
    refused = watch(leeward, 65, "--zones", "x")
    if refused[0] != 2 or b"--threads 65: must be 1 to 64" not in refused[2]:
        bad.append(f"65 threads: {refused}")
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
