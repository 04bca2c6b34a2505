#!/usr/bin/env python3
"""Kills the daemon with SIGKILL again and again under load; nothing a client saw may be missing.

usage: test_kill9.py LEEWARD KILLS AIRCRAFT [ZONES CLIENTS]. A client listens to the stream and notes every event; at
the end each must stand in the journal, the same to the letter, and the journal must replay equal.
"""
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from daemon import Daemon  # noqa: E402
from traffic import Traffic, write_places, zones  # noqa: E402
from wsclient import Closed, WebSocket  # noqa: E402


def listen(address, after, seen, problems):
    """Notes every event of the stream until the daemon dies."""
    try:
        client = WebSocket(int(address.rsplit(":", 1)[1]), f"/api/v1/stream?after={after}")
        expected = after + 1
        while True:
            message = client.message()
            if message["type"] != "event":
                continue
            event = message["event"]
            if event["seq"] != expected:
                problems.append(f"event {event['seq']} came where {expected} was due")
            expected = event["seq"] + 1
            seen[event["seq"]] = event
    except (OSError, Closed):
        return


def run(program, kills, aircraft, zone_count, clients, folder):
    seed = int(time.time())
    print(f"seed {seed}")
    rng = random.Random(seed)
    (folder / "zones.geojson").write_text(json.dumps(zones(zone_count)))
    write_places(folder / "places.tsv", zone_count)
    traffic = Traffic(aircraft, 2, speed_deg_s=0.01)
    config = {"zones": [str(folder / "zones.geojson")], "places": str(folder / "places.tsv"),
              "feeds": [f"tcp://127.0.0.1:{traffic.port}?format=report_jsonl"]}
    seen, problems, restarts_s = {}, [], []
    daemon = Daemon(program, folder, config)
    for kill in range(kills):
        listener = threading.Thread(target=listen, args=(
            daemon.address, max(seen, default=0), seen, problems))
        listener.start()
        others = [threading.Thread(target=listen, args=(daemon.address, max(seen, default=0), {}, []))
                  for _ in range(clients - 1)]
        for other in others:
            other.start()
        time.sleep(rng.uniform(0.1, 0.8))
        daemon.kill()
        for each in [listener, *others]:
            each.join()
        start = time.monotonic()
        daemon.start()
        restarts_s.append(time.monotonic() - start)
        if kill % 10 == 9:
            print(f"{kill + 1} kills, restart {restarts_s[-1]:.2f} s", flush=True)
    daemon.stop()
    traffic.stop()
    events = folder / "events.jsonl"
    done = subprocess.run([program, "replay", str(folder / "data/journal"), "--events",
                           str(events)], capture_output=True, text=True)
    print(done.stdout, done.stderr)
    if done.returncode != 0:
        problems.append("the journal does not replay equal")
    recorded = {}
    for line in events.read_text().splitlines():
        event = json.loads(line)
        recorded[event["seq"]] = event
    lost = [seq for seq, event in seen.items() if recorded.get(seq) != event]
    if lost:
        problems.append(f"{len(lost)} events that a client saw are not in the journal: {lost[:5]}")
    if len(seen) < kills:
        problems.append(f"only {len(seen)} events were seen: the test proves nothing")
    restarts_s.sort()
    print(f"{kills} kills, {len(seen)} events seen, {len(recorded)} recorded, {len(lost)} lost, "
          f"restart median {restarts_s[len(restarts_s) // 2]:.2f} s most {restarts_s[-1]:.2f} s")
    return problems


def main(program, kills, aircraft, zone_count="200", clients="1"):
    with tempfile.TemporaryDirectory() as folder:
        problems = run(program, int(kills), int(aircraft), int(zone_count), int(clients),
                       Path(folder))
    print("\n".join(problems) or "passed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6]))
