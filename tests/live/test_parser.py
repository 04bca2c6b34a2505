#!/usr/bin/env python3
"""Parsers of a running daemon are in their jail, and one that dies takes nothing else with it.

usage: test_parser.py LEEWARD. Two feeds; their parsers and the decoder are killed in turn. The other
feed goes on without a gap, the one hit comes back, and in the end the journal replays equal.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from daemon import Daemon  # noqa: E402
from traffic import Traffic, zones  # noqa: E402


def children(pid):
    """The parsers that this process started, in the order of their start."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = dict(line.split(":\t", 1) for line in
                          (entry / "status").read_text().splitlines() if ":\t" in line)
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if status.get("PPid") == str(pid) and command[:2] == [b"leeward", b"parser"]:
            found.append((int(entry.name), status))
    return sorted(found)


def frames(daemon):
    return [feed["frames"] for feed in daemon.get_json("/api/v1/status")["feeds"]]


def check_jail(daemon):
    parsers = children(daemon.process.pid)
    assert len(parsers) == 3, parsers
    for pid, status in parsers:
        assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1", status
        try:
            opened = os.listdir(f"/proc/{pid}/fd")
        except PermissionError:
            continue  # nobody but root may look into one
        assert opened == ["3"], opened
        assert os.readlink(f"/proc/{pid}/fd/3").startswith("socket:")
        assert Path(f"/proc/{pid}/environ").read_bytes() == b""
        limits = Path(f"/proc/{pid}/limits").read_text()
        for line in ("Max core file size        0", "Max processes             0",
                     "Max open files            0"):
            assert line in limits, limits
    return [pid for pid, _ in parsers]


def kill_each(daemon, pids):
    """Whichever of them it is: both feeds go on, at most one of them after a pause."""
    for pid in pids:
        before = frames(daemon)
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.8)
        after = frames(daemon)
        assert any(b - a >= 20 for a, b in zip(before, after)), (before, after)
        back = daemon.wait_for(lambda d: all(b > a + 20 for a, b in zip(after, frames(d))), 20)
        assert back, (after, frames(daemon))
        assert pid not in [one for one, _ in children(daemon.process.pid)]


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "zones.geojson").write_text(json.dumps(zones(100)))
        traffic = [Traffic(40, 2, speed_deg_s=0.02) for _ in range(2)]
        daemon = Daemon(program, folder, {
            "zones": [str(folder / "zones.geojson")],
            "feeds": [f"tcp://127.0.0.1:{t.port}?format=report_jsonl&name=feed{i}"
                      for i, t in enumerate(traffic)]})
        assert daemon.wait_for(lambda d: all(count > 50 for count in frames(d)))
        kill_each(daemon, check_jail(daemon))
        assert sum("its parser" in line for line in daemon.log) == 2, daemon.log
        check_jail(daemon)
        time.sleep(1)
        left = [pid for pid, _ in children(daemon.process.pid)]
        assert daemon.stop() == 0, daemon.log
        for t in traffic:
            t.stop()
        assert not any(os.path.exists(f"/proc/{pid}") for pid in left)
        done = subprocess.run([program, "replay", str(folder / "data/journal")],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        print(done.stdout, done.stderr)
    print("parsers die alone, and the journal replays equal")


main(sys.argv[1])
