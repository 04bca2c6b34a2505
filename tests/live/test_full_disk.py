#!/usr/bin/env python3
"""A real disk fills up under the daemon: the reserve carries what matters, and all comes back with the space.

usage: test_full_disk.py LEEWARD. A tmpfs of 40 MiB; skipped where nothing may be mounted.
"""
import atexit
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from daemon import Daemon  # noqa: E402
from traffic import Traffic, zones  # noqa: E402


def metric(daemon, name):
    return int(re.search(rf"^{name} (\d+)$", daemon.get("/metrics").decode(), re.M)[1])


def fill(path):
    """Takes every block there is."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


def logged(daemon, text):
    return daemon.wait_for(lambda d: next((line for line in d.log if text in line), None), 60)


def main(program):
    folder = Path(tempfile.mkdtemp(prefix="leeward-full-"))
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "none", str(disk)], capture_output=True).returncode:
        print("skipped: nothing may be mounted here")
        return 77
    atexit.register(lambda: subprocess.run(["umount", "-l", str(disk)]))
    traffic = Traffic(400, 2, speed_deg_s=0.01)
    (folder / "zones.geojson").write_text(json.dumps(zones(200)))
    daemon = Daemon(program, folder, {
        "zones": [str(folder / "zones.geojson")], "reserve_mib": 8, "data": str(disk / "data"),
        "feeds": [f"tcp://127.0.0.1:{traffic.port}?format=report_jsonl"]}, ["--data", str(disk / "data")])
    atexit.register(lambda: daemon.process.kill())
    assert (disk / "data/journal/reserve").stat().st_blocks * 512 >= 8 << 20
    assert daemon.wait_for(lambda d: metric(d, "leeward_journal_records") > 30)

    fill(disk / "filler")
    said = logged(daemon, "the disk is full")
    # G4: path, text of the error, consequence, action.
    assert said and re.search(r"/journal: write failed: no space left on device\. .* are kept, .*Free space", said), said
    assert not (disk / "data/journal/reserve").exists()
    assert metric(daemon, "leeward_journal_scarce") == 1 and metric(daemon, "leeward_journal_degraded") == 0
    before = metric(daemon, "leeward_journal_records")
    seq = daemon.get_json("/api/v1/status")["seq"]
    assert daemon.wait_for(lambda d: metric(d, "leeward_journal_records") > before + 5)
    assert daemon.wait_for(lambda d: d.get_json("/api/v1/status")["seq"] > seq), "no more events"
    assert metric(daemon, "leeward_journal_lost_total") > 0

    (disk / "filler").unlink()
    assert logged(daemon, "there is space again")
    assert (disk / "data/journal/reserve").stat().st_blocks * 512 >= 8 << 20
    assert metric(daemon, "leeward_journal_scarce") == 0
    time.sleep(1.5)
    events = {e["seq"] for e in daemon.get_json("/api/v1/events?after=0&limit=10000")["events"]}
    daemon.stop()
    said = subprocess.run([program, "verify", str(disk / "data/journal")], capture_output=True, text=True)
    assert said.returncode == 0, said
    # Every event that was told is in the journal, those of the full disk too.
    traffic.stop()
    daemon.start()
    again = {e["seq"] for e in daemon.get_json("/api/v1/events?after=0&limit=10000")["events"]}
    missing = events - again
    assert not missing, f"{len(missing)} events of {len(events)} are gone"
    daemon.stop()
    print(f"full disk: {len(events)} events kept")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
