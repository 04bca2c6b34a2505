#!/usr/bin/env python3
"""The daemon takes old frames away by itself, says so, is killed amidst, and finds back.
Usage: test_retention.py LEEWARD"""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from daemon import Daemon

program = sys.argv[1]
# Before and behind the zone that the second of three recordings crosses, in the year 2024.
ZONE = {"type": "FeatureCollection", "features": [{
    "type": "Feature", "id": "z1",
    "geometry": {"type": "Polygon", "coordinates": [[[8, 47], [9, 47], [9, 47.3], [8, 47.3], [8, 47]]]},
    "properties": {"kind": "no_fly", "name": "Z", "lower": "SFC", "upper": "UNL", "entry": "deny"}}]}


def record(folder, name, t_us, lat, step, target):
    """120,000 reports, which fill a bundle; then the journal has them as a session of its own."""
    with open(folder / name, "w") as out:
        for i in range(120000):
            out.write(json.dumps({"t_us": t_us + i * 20000, "target": target, "source": "adsb",
                                  "lat": round(lat + i * step, 7), "lon": 8.5, "alt_baro_ft": 3000}) + "\n")
    subprocess.run([program, "watch", "--zones", folder / "z.geojson", "--out", folder / f"{name}.out", "--feed",
                    f"file:{folder / name}?format=report_jsonl", "--journal", folder / "data/journal"],
                   check=True, capture_output=True)
    return (folder / f"{name}.out").read_text()


def wait_until_done(folder, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        left = subprocess.run([program, "journal", "prune", "--days", "2", "--dry-run", folder / "data/journal"],
                              capture_output=True, text=True)
        whole = subprocess.run(["grep", "-rqa", "4b1800", folder / "data/journal"])
        if "frames    0 would" in left.stdout and whole.returncode == 1:
            return
        time.sleep(0.2)
    sys.exit("FAILED: the daemon does not prune: " + left.stdout + left.stderr)


def verify(folder):
    done = subprocess.run([program, "verify", folder / "data/journal"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit("FAILED: " + done.stdout + done.stderr)
    return done.stdout


def retained_from(daemon):
    text = daemon.get("/metrics").decode()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("leeward_journal_retained_from "))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "z.geojson").write_text(json.dumps(ZONE))
        assert record(folder, "far", 1717664281000000, 10, 0.00001, "icao24:4b1800") == ""
        events = record(folder, "near", 1717764281000000, 46, 0.00002, "icao24:4b1801")
        incident = json.loads(events.splitlines()[0])["incident"]
        config = {"zones": [str(folder / "z.geojson")], "keep_frames_days": 2}
        daemon = Daemon(program, folder, config)
        # One writer: a second is refused while the daemon has it.
        second = subprocess.run([program, "journal", "prune", "--days", "2", folder / "data/journal"],
                                capture_output=True, text=True)
        assert second.returncode == 1 and "another leeward" in second.stderr, second.stderr
        time.sleep(5.2)
        for _ in range(4):  # somewhere in the looking, recording or taking away
            daemon.kill()
            verify(folder)
            daemon.start()
            time.sleep(5.3)
        wait_until_done(folder)
        said = verify(folder)
        assert "frames 2 days" in said, said
        # The incident is there with all that it cites, and a restart goes on as ever.
        assert daemon.get_json(f"/api/v1/incidents/{incident}")["incident"] == incident
        # What was looked through is not looked through again, as long as there is a snapshot.
        looked = daemon.wait_for(retained_from)
        daemon.stop()
        daemon.start()
        assert retained_from(daemon) == looked > 0, (retained_from(daemon), looked)
        daemon.stop()
        subprocess.run([program, "bundle", incident, "-o", folder / "case.zip", folder / "data/journal"],
                       check=True, capture_output=True)
        replayed = subprocess.run([program, "replay", folder / "case.zip"], capture_output=True, text=True)
        assert "every decision is the same" in replayed.stdout, replayed.stdout
        for path in (folder / "data/snapshot").glob("state*"):
            path.unlink()
        daemon.start()  # all of it is replayed but for what is gone
        assert retained_from(daemon) == 0
        bad = [line for line in daemon.log if "would be others" in line or "damage" in line]
        assert not bad, bad
        daemon.stop()
        replayed = subprocess.run([program, "replay", folder / "data/journal"], capture_output=True, text=True)
        assert "every decision is the same" in replayed.stdout, replayed.stdout + replayed.stderr
        assert "records_pruned" in replayed.stdout
    print("retention: pruned, and all that an incident cites is there")


if __name__ == "__main__":
    main()
