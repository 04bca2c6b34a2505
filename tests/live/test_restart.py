#!/usr/bin/env python3
"""Restarts the daemon from snapshots that are good, damaged, of others, half written or gone.

usage: test_restart.py LEEWARD. Each time it must come up, say what it did, show the same incidents as before, and in
the end every event that a client saw stands in the journal and the journal replays equal.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from daemon import Daemon  # noqa: E402
from traffic import Traffic, write_places, zones  # noqa: E402


def picture(daemon):
    """All that is shown of incidents, warnings and events, except what grows by itself."""
    incidents = daemon.get_json("/api/v1/incidents?state=all")
    warnings = daemon.get_json("/api/v1/warnings")
    events = daemon.get_json("/api/v1/events?after=0&limit=10000")
    return incidents, warnings, events


def moving():
    """Zones that go with aircraft of the traffic: a bubble, a corridor along its way, and one of nobody."""
    def zone(name, geometry, **properties):
        return {"type": "Feature", "id": name, "geometry": geometry,
                "properties": {"kind": "no_fly", "lower": "SFC", "upper": "UNL", **properties}}
    lat = 45 + 6 * 0.7548776662
    road = {"type": "LineString", "coordinates": [[5, lat], [8, lat], [11, lat]]}
    return [zone("bubble", None, moving={"around": "icao24:700000", "radius_m": 60000}),
            zone("road", road, half_width_m=50000,
                 moving={"around": "icao24:700001", "ahead_m": 90000, "behind_m": 30000}),
            zone("nobody", None, moving={"around": "mmsi:200000001", "radius_m": 1000})]


def where(daemon):
    """What is known of the places of zones that move."""
    return {one["zone"]: one["state"] for one in daemon.get_json("/api/v1/status")["moving"]}


def by_key(items, key):
    return {item[key]: item for item in items}


def listed(answer):
    return answer if isinstance(answer, list) else next(v for v in answer.values() if isinstance(v, list))


class Run:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        some = zones(200)
        some["features"] += moving()
        (folder / "zones.geojson").write_text(json.dumps(some))
        write_places(folder / "places.tsv", 200)
        self.traffic = Traffic(400, 2, speed_deg_s=0.01)
        self.daemon = Daemon(program, folder, {
            "zones": [str(folder / "zones.geojson")], "places": str(folder / "places.tsv"),
            "feeds": [f"tcp://127.0.0.1:{self.traffic.port}?format=report_jsonl"]})
        self.state = folder / "data/snapshot/state"
        self.problems = []
        self.events = {}

    def note(self):
        for event in listed(picture(self.daemon)[2]):
            seen = self.events.setdefault(event["seq"], event)
            if seen != event:
                self.problems.append(f"event {event['seq']} is told otherwise than before")

    def again(self, name, said, kill=False):
        """Stops, starts and looks for what it says of the snapshot."""
        time.sleep(1.5)
        before = listed(picture(self.daemon)[0])
        self.note()
        if kill:
            self.daemon.kill()
        else:
            self.daemon.stop()
        return lambda: self.start(name, said, before)

    def start(self, name, said, before):
        start = time.monotonic()
        self.daemon.start()
        log = "\n".join(line for line in self.daemon.log if "token" not in line)
        print(f"{name}: {time.monotonic() - start:.2f} s: {log.splitlines()[0] if log else ''}")
        if said and said not in log:
            self.problems.append(f"{name}: it does not say '{said}' but:\n{log}")
        if not said and "replayed" in log:
            self.problems.append(f"{name}: {log}")
        if where(self.daemon) != {"bubble": "heard", "road": "heard", "nobody": "unheard"}:
            self.problems.append(f"{name}: of zones that move is known: {where(self.daemon)}")
        after = by_key(listed(picture(self.daemon)[0]), "incident")
        lost = [i["incident"] for i in before if i["incident"] not in after]
        if lost:
            self.problems.append(f"{name}: {len(lost)} incidents are shown no more")
        if "new session" in log:
            self.problems.append(f"{name}: a new session began: {log}")
        self.note()

    def finish(self):
        self.daemon.stop()
        self.traffic.stop()
        out = self.folder / "events.jsonl"
        done = subprocess.run([self.program, "replay", str(self.folder / "data/journal"), "--events", str(out)],
                              capture_output=True, text=True)
        print(done.stdout, done.stderr)
        if done.returncode != 0:
            self.problems.append("the journal does not replay equal")
        recorded = by_key(map(json.loads, out.read_text().splitlines()), "seq")
        wrong = [seq for seq, event in self.events.items() if recorded.get(seq) != event]
        if wrong:
            self.problems.append(f"{len(wrong)} events that a client saw are not in the journal: {wrong[:5]}")
        for zone in ("bubble", "road"):
            if not any(event["zone"] == zone for event in self.events.values()):
                self.problems.append(f"no event of {zone}, which moves")
        if len(self.events) < 100:
            self.problems.append(f"only {len(self.events)} events: the test proves nothing")


def run(program, folder):
    r = Run(program, folder)
    time.sleep(3)
    r.again("stopped", None)()
    old = folder / "old"
    shutil.copy(r.state, old)

    go = r.again("killed", None, kill=True)
    go()
    go = r.again("an older snapshot", None)
    shutil.copy(old, r.state)
    go()
    go = r.again("one flipped bit", "it is damaged")
    bytes_ = bytearray(r.state.read_bytes())
    bytes_[len(bytes_) // 2] ^= 4
    r.state.write_bytes(bytes_)
    go()
    go = r.again("cut off", "it is damaged")
    r.state.write_bytes(r.state.read_bytes()[:-100])
    go()
    go = r.again("not a snapshot", "it is no snapshot")
    r.state.write_bytes(b"something else" * 100)
    go()
    go = r.again("of another program", "another program wrote it")
    bytes_ = bytearray(r.state.read_bytes())
    bytes_[20] ^= 1
    r.state.write_bytes(bytes_)
    go()
    go = r.again("gone", None)
    shutil.rmtree(r.state.parent)
    go()
    go = r.again("half written", None, kill=True)
    (r.state.parent / "state.new").write_bytes(b"x" * 1000)
    go()
    go = r.again("not writable", None)
    shutil.rmtree(r.state.parent)
    r.state.parent.write_text("a file where the folder should be")
    go()
    go = r.again("writable again", None)
    r.state.parent.unlink()
    go()
    r.again("at last", None)()
    if not r.state.exists():
        r.problems.append("there is no snapshot at the end")
    r.finish()
    return r.problems


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        problems = run(os.path.abspath(program), Path(folder))
    print("\n".join(problems) or "passed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
