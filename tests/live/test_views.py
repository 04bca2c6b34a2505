#!/usr/bin/env python3
"""Searches the views of a running daemon and asks it for moments of the past.

usage: test_views.py LEEWARD. The views are deleted, damaged, rebuilt and their process killed while the watch goes on;
each time the same must be found. Answers of the past must be, byte for byte, what was answered then.
"""
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from daemon import Daemon
from traffic import Traffic, write_places, zones

problems = []


def check(fact, what):
    if not fact:
        problems.append(what)
        print("WRONG:", what)


def status_of(daemon, path):
    """Status, body and Retry-After of a GET, whatever the status."""
    try:
        with urllib.request.urlopen(f"http://{daemon.address}{path}", timeout=60) as answer:
            return answer.status, answer.read(), None
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers.get("Retry-After")


def search(daemon, **query):
    status, body, _ = status_of(daemon, "/api/v1/search?" + urllib.parse.urlencode(query))
    return json.loads(body) if status == 200 else {"status": status}


def all_of(daemon, kind="incidents", limit=200, **query):
    found, after = [], ""
    while True:
        answer = search(daemon, kind=kind, limit=limit, after=after, **query)
        if kind not in answer:
            return None
        found += answer[kind]
        after = answer.get("next")
        if not after:
            return found


def caught_up(daemon):
    """Waits until the views hold what the daemon had when asked."""
    records = daemon.get_json("/api/v1/status")["journal"]["records"]
    return daemon.wait_for(lambda d: search(d, limit=1).get("records", 0) >= records, 60)


def settled(incidents):
    """What does not go on changing by itself."""
    return {i["incident"]: (i["zone"], i["target"], i["started_us"]) for i in incidents}


def views_agree(daemon, name):
    """Everything that is shown is found, at the latest when the views are whole again."""
    shown = settled(daemon.get_json("/api/v1/incidents?state=all")["incidents"])
    check(len(shown) > 20, f"{name}: only {len(shown)} incidents: the test proves nothing")
    found = {}

    def whole(_):
        if caught_up(daemon):
            found.update(settled(all_of(daemon) or []))
        return all(found.get(i) == what for i, what in shown.items())
    check(daemon.wait_for(whole, 60), f"{name}: of {len(shown)} incidents only {len(found)} are found")
    return found


def test_search(daemon):
    found = views_agree(daemon, "at first")
    one = search(daemon, limit=1)["incidents"][0]
    check("Zone" in one["zone_names"] and "منطقة" in one["zone_names"], f"no names of zones: {one}")
    for words in (one["target"], one["incident"], one["incident"][:5], one["zone_names"], one["zone_names"].upper()):
        hits = all_of(daemon, q=words)
        check(any(i["incident"] == one["incident"] for i in hits or []), f"'{words}' does not find {one}")
    for words in ('"', "*", "a AND OR NOT (", "NEAR(", "zone:x", "'; DROP TABLE incidents; --", "-", "^"):
        check("incidents" in search(daemon, q=words), f"{words!r} is not taken for words")
    check(all_of(daemon, q="nothinglikethis") == [], "nothing is found as something")
    paged = all_of(daemon, limit=7)
    check(len({i["incident"] for i in paged}) == len(paged), "pages overlap")
    check(set(found) <= {i["incident"] for i in paged}, "pages leave something out")
    times = [i["started_us"] for i in paged]
    check(times == sorted(times, reverse=True), "not newest first")
    middle = times[len(times) // 2]
    between = all_of(daemon, from_us=middle, to_us=middle + 1)
    check(between and all(i["started_us"] == middle for i in between), "from_us and to_us")
    check(len(all_of(daemon, kind="zones")) == 40, "zones")
    check(len(all_of(daemon, kind="tracks")) >= 100, "tracks")
    permits = all_of(daemon, kind="permits", q="one")
    check(len(permits) == 1 and permits[0]["permit"] == "permit-one", f"permits: {permits}")
    arabic = all_of(daemon, kind="zones", q="منط")
    check(len(arabic) == 40, f"{len(arabic or [])} zones by an Arabic word")
    for bad in ("kind=secrets", "limit=0", "limit=x", "after=x", "after=1.", "from_us=-"):
        check(status_of(daemon, "/api/v1/search?" + bad)[0] == 400, f"{bad} is not refused")
    return found


def test_rebuilding(program, daemon, data):
    file = data / "views/views.sqlite"
    check(oct(file.stat().st_mode)[-3:] == "600", "others may read the views")
    file.unlink()
    views_agree(daemon, "deleted")
    check(file.exists(), "the file is not made again")
    with open(file, "r+b") as damaged:
        damaged.seek(0)
        damaged.write(os.urandom(20000))
    for end in ("-wal", "-shm"):
        Path(str(file) + end).unlink(missing_ok=True)
    views_agree(daemon, "damaged")
    done = subprocess.run([program, "views", "rebuild", str(data)], capture_output=True, text=True)
    check(done.returncode == 0, f"views rebuild: {done.stderr}")
    views_agree(daemon, "rebuilt")
    children = Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    time.sleep(3)
    views_agree(daemon, "its process killed")
    asked = subprocess.run([program, "views", "search", str(data), "--limit", "3", "zone"],
                           capture_output=True, text=True)
    if "being written" not in asked.stderr:
        check(asked.returncode == 0 and len(json.loads(asked.stdout)["incidents"]) == 3, f"views search: {asked}")


def test_secrets(daemon, data):
    place = {"lat": 33.7654321, "lon": 35.1234567, "what": "drone", "count": 1, "heading": "N", "how": "seen"}
    daemon.post("/api/v1/sightings", place, daemon.tokens["observer"])
    time.sleep(1)
    check(caught_up(daemon), "secrets: the views do not catch up")
    held = b"".join(f.read_bytes() for f in (data / "views").iterdir())
    for secret in (b"337654321", b"33.7654", b"35.1234", b"secret-clinic"):
        check(secret not in held, f"the views hold {secret}")
    now_us = daemon.get_json("/api/v1/status")["t_us"]
    public = daemon.get_json(f"/api/v1/sightings?at={now_us}")["sightings"]
    exact = daemon.get_json(f"/api/v1/sightings?at={now_us}", daemon.tokens["custodian"])["sightings"]
    check(len(public) == 1 and "33.76" not in json.dumps(public), f"the past tells a place: {public}")
    check("33.7654321" in json.dumps(exact), f"a custodian does not see the place: {exact}")


PATHS = ("/api/v1/incidents?state=all", "/api/v1/zones", "/api/v1/warnings", "/api/v1/events?after=0&limit=100",
         "/api/v1/permits", "/api/v1/inhibitions")


def capture(daemon, traffic):
    """What is answered at one moment: nothing may change between the first and the last answer."""
    traffic.paused.set()
    try:
        return capture_still(daemon)
    finally:
        traffic.paused.clear()


def capture_still(daemon):
    time.sleep(0.6)
    for _ in range(60):
        seq = daemon.get_json("/api/v1/status")["seq"]
        before = [daemon.get(path) for path in PATHS]
        time.sleep(0.26)  # an answer of tracks is kept for so long
        tracks = daemon.get("/api/v1/tracks")
        after = [daemon.get(path) for path in PATHS]
        if before == after and daemon.get_json("/api/v1/status")["seq"] == seq:
            return json.loads(tracks)["t_us"], tracks, before
        time.sleep(0.05)
    raise RuntimeError("it never stands still")


def test_past(daemon, captures):
    order = captures + captures[::-1] + captures[1::2]
    for t_us, tracks, others in order:
        status, body, _ = status_of(daemon, f"/api/v1/tracks?at={t_us}")
        check(status == 200 and body == tracks, f"tracks at {t_us}: {status}, {differs(body, tracks)}")
        for path, then in zip(PATHS, others):
            status, body, _ = status_of(daemon, f"{path}{'&' if '?' in path else '?'}at={t_us}")
            check(status == 200 and body == then, f"{path} at {t_us}: {status}, {differs(body, then)}")


def differs(now, then):
    at = next((i for i, (a, b) in enumerate(zip(now, then)) if a != b), min(len(now), len(then)))
    return f"{len(now)} and {len(then)} bytes, from {at}: {now[max(0, at - 60):at + 60]} / {then[max(0, at - 60):at + 60]}"


def test_refusals(daemon, first_us):
    now_us = daemon.get_json("/api/v1/status")["t_us"]
    for query, wanted in ((f"at={now_us + 3600_000_000}", 400), ("at=soon", 400), ("at=1", 404), ("at=", 400)):
        check(status_of(daemon, "/api/v1/tracks?" + query)[0] == wanted, f"{query} is not answered {wanted}")
    check(status_of(daemon, f"/metrics?at={first_us}")[0] == 400, "metrics of the past")
    iso = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_us / 1e6 - 1))
    check(status_of(daemon, f"/api/v1/tracks?at={iso}")[0] == 200, f"{iso} is not taken")


def test_crowd(daemon, captures):
    moments = [c[0] for c in captures]
    slowest = 0.0
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(status_of, daemon, f"/api/v1/tracks?at={moments[i % len(moments)]}") for i in range(80)]
        while not all(a.done() for a in asked):
            start = time.monotonic()
            daemon.get("/api/v1/status")
            slowest = max(slowest, time.monotonic() - start)
    answers = [a.result() for a in asked]
    busy = [a for a in answers if a[0] == 503]
    print(f"80 at once: {len(busy)} told to come again, the slowest status took {slowest * 1000:.0f} ms")
    check({a[0] for a in answers} <= {200, 503}, f"answers {sorted({a[0] for a in answers})}")
    check(busy and all(a[2] for a in busy), "no 503 with Retry-After")
    check(sum(a[0] == 200 for a in answers) >= 8, "hardly anybody is answered")
    check(slowest < 1.0, f"the watch stood still for {slowest:.2f} s")


def named_zones(count):
    collection = zones(count)
    for feature in collection["features"]:
        feature["properties"]["name"] = {"en": f"Zone {feature['id']}", "ar": "منطقة"}
        feature["properties"]["protects"] = "secret-clinic"
    return collection


def run(program, folder):
    (folder / "zones.geojson").write_text(json.dumps(named_zones(40)))
    write_places(folder / "places.tsv", 40)
    (folder / "permits.jsonl").write_text(json.dumps(
        {"id": "permit-one", "target": "callsign:UNO*", "zones": ["*"], "from": "2020-01-01T00:00:00Z",
         "to": "2090-01-01T00:00:00Z", "granted_by": "somebody"}) + "\n")
    traffic = Traffic(300, 1, speed_deg_s=0.02)
    data = folder / "data"
    daemon = Daemon(program, folder, {
        "zones": [str(folder / "zones.geojson")], "places": str(folder / "places.tsv"),
        "permits": str(folder / "permits.jsonl"),
        "feeds": [f"tcp://127.0.0.1:{traffic.port}?format=report_jsonl"]})
    try:
        captures = []
        for _ in range(6):
            time.sleep(2)
            captures.append(capture(daemon, traffic))
        test_past(daemon, captures)
        test_search(daemon)
        test_rebuilding(program, daemon, data)
        test_past(daemon, captures)
        test_refusals(daemon, captures[0][0])
        test_crowd(daemon, captures)
        test_secrets(daemon, data)
        daemon.stop()
        daemon.start()
        captures.append(capture(daemon, traffic))
        test_past(daemon, captures)
        views_agree(daemon, "after a restart")
    finally:
        daemon.stop()
        traffic.stop()


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        run(os.path.abspath(program), Path(folder))
    print("\n".join(problems) or "passed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
