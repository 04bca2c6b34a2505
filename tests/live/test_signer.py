#!/usr/bin/env python3
"""The process that holds the journal's key: killed, stopped, asked to shrink; the watch goes on without it.

usage: test_signer.py LEEWARD"""
import atexit
import base64
import json
import os
import re
import shutil
import signal
import socket
import struct
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


def signer_of(daemon):
    """The daemon's own child of that name; None: there is none now."""
    pid = daemon.process.pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            if Path(f"/proc/{child}/comm").read_text().strip() == "leeward-signer":
                return int(child)
        except OSError:
            pass
    return None


def holds(pid, secret):
    """Whether a process has these bytes in its memory; None: it cannot be read."""
    try:
        with open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
                first, last = (int(word, 16) for word in line.split()[0].split("-"))
                if " rw" not in line or last - first > 1 << 28:
                    continue
                memory.seek(first)
                try:
                    if secret in memory.read(last - first):
                        return True
                except OSError:
                    continue
    except OSError:
        return None
    return False


def check_confined(daemon, journal):
    pid = signer_of(daemon)
    status = Path(f"/proc/{pid}/status").read_text()
    if "Seccomp:" in status:
        assert re.search(r"^Seccomp:\s+2$", status, re.M) and re.search(r"^NoNewPrivs:\s+1$", status, re.M), status
    seed = base64.b64decode((journal / "keys/journal.key").read_text().strip().split("+", 4)[4])[1:]
    assert len(seed) == 32
    assert holds(os.getpid(), seed) is not False, "the search finds nothing at all"
    assert holds(daemon.process.pid, seed) is not True, "the daemon holds the key"


def wait_signed(daemon):
    end = metric(daemon, "leeward_journal_records")
    assert daemon.wait_for(lambda d: metric(d, "leeward_journal_signed_records") >= end), daemon.log


def check_killed(daemon):
    """Killed once: nobody notices. Killed again and again: the gap is told, and closes by itself."""
    starts = metric(daemon, "leeward_signer_starts_total")
    os.kill(signer_of(daemon), signal.SIGKILL)
    assert daemon.wait_for(lambda d: metric(d, "leeward_signer_starts_total") > starts)
    wait_signed(daemon)
    assert metric(daemon, "leeward_signer_starts_total") == starts + 1
    assert "unsigned_since_us" not in daemon.get_json("/api/v1/status")["journal"]

    records = metric(daemon, "leeward_journal_records")
    reports = metric(daemon, "leeward_reports_total")
    told, end = None, time.monotonic() + 20
    while not told and time.monotonic() < end:
        pid = signer_of(daemon)
        if pid:
            os.kill(pid, signal.SIGKILL)
        status = daemon.get_json("/api/v1/status")["journal"]
        assert status["state"] == "durable", status
        told = status if "unsigned_since_us" in status else None
    assert told and "journal.key" in told["reason"] and told["signed"] < told["records"], told
    assert daemon.wait_for(lambda d: metric(d, "leeward_journal_records") > records), "records stopped"
    assert daemon.wait_for(lambda d: metric(d, "leeward_reports_total") > reports), "judging stopped"
    wait_signed(daemon)
    assert daemon.wait_for(lambda d: "unsigned_since_us" not in d.get_json("/api/v1/status")["journal"])


def check_stopped(daemon):
    """One that hangs is replaced; judging goes on meanwhile."""
    pid = signer_of(daemon)
    os.kill(pid, signal.SIGSTOP)
    reports = metric(daemon, "leeward_reports_total")
    signed = metric(daemon, "leeward_journal_signed_records")
    time.sleep(3)
    assert metric(daemon, "leeward_reports_total") > reports
    assert metric(daemon, "leeward_journal_signed_records") <= signed + 1000
    wait_signed(daemon)
    assert signer_of(daemon) != pid
    assert not os.path.exists(f"/proc/{pid}") or "zombie" in Path(f"/proc/{pid}/status").read_text()


def check_shrinks_never(program, journal):
    """Asks a signer of its own for heads that would rewrite the log."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    os.set_inheritable(theirs.fileno(), True)
    command = f'exec 3<&{theirs.fileno()}; exec "$0" signer "$1"'
    process = subprocess.Popen(["bash", "-c", command, program, str(journal)], pass_fds=[theirs.fileno()])
    theirs.close()

    def ask(size, root, old=0):
        ours.send(struct.pack("<BQ32sQB", 2, size, root, old, 0))
        return ours.recv(8192)

    lines = (journal / "keys/last_head").read_text().split("\n")
    size, root = int(lines[1]), base64.b64decode(lines[2])
    kept = (journal / "keys/last_head").read_bytes()
    assert ask(size - 1, root) == struct.pack("<BQ", 2, size)
    assert ask(0, bytes(32)) == struct.pack("<BQ", 2, size)
    assert ask(size, bytes(32)) == struct.pack("<BQ", 2, size)
    assert ask(size + 1, root) == struct.pack("<BQ", 1, size)
    assert ask(size + 1, root, size) == struct.pack("<BQ", 2, size)
    assert (journal / "keys/last_head").read_bytes() == kept
    assert ask(size, root)[:1] == b"\0"
    ours.send(b"\xff")
    assert ours.recv(8192)[:1] == b"\3"
    ours.close()
    assert process.wait(10) == 0


def main(program):
    folder = Path(tempfile.mkdtemp(prefix="leeward-signer-"))
    atexit.register(shutil.rmtree, folder, True)
    traffic = Traffic(100, 2, speed_deg_s=0.01)
    (folder / "zones.geojson").write_text(json.dumps(zones(100)))
    config = {"zones": [str(folder / "zones.geojson")],
              "feeds": [f"tcp://127.0.0.1:{traffic.port}?format=report_jsonl"]}
    daemon = Daemon(program, folder, config)
    atexit.register(lambda: daemon.process.kill())
    journal = folder / "data/journal"
    wait_signed(daemon)
    check_confined(daemon, journal)
    check_killed(daemon)
    check_stopped(daemon)
    # A service manager tells all processes to stop: the last head is signed all the same.
    os.kill(signer_of(daemon), signal.SIGTERM)
    assert daemon.stop() == 0, daemon.log
    said = subprocess.run([program, "verify", str(journal)], capture_output=True, text=True)
    assert said.returncode == 0 and "not sealed" not in said.stdout, said
    check_shrinks_never(program, journal)
    # A daemon that is killed takes its signer with it.
    daemon.start()
    wait_signed(daemon)
    pid = signer_of(daemon)
    daemon.kill()
    for _ in range(100):
        if not os.path.exists(f"/proc/{pid}") or "(zombie)" in Path(f"/proc/{pid}/status").read_text():
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the signer outlives the daemon")
    print("ok")


main(sys.argv[1])
