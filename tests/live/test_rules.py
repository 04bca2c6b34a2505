#!/usr/bin/env python3
"""What an operator does reaches the watch, is shown to all, and is still there after kill -9.

usage: test_rules.py LEEWARD
"""
import json
import sys
import tempfile
import time
import urllib.error
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from daemon import Daemon  # noqa: E402
from traffic import Traffic, zones  # noqa: E402


def refused(daemon, path, body, token):
    """The status and message of a call that must not succeed."""
    try:
        daemon.post(path, body, token)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["error"]["message"]
    raise AssertionError(f"{path} took {body}")


def open_incident(daemon):
    return daemon.wait_for(lambda d: next(
        (i for i in d.get_json("/api/v1/incidents")["incidents"] if i["state"] == "entered"), None))


def check_why(daemon, incident):
    """The journal is run again for it, beside the watch."""
    why = daemon.wait_for(lambda d: (lambda w: w if "steps" in w else None)(
        d.get_json(f"/api/v1/incidents/{incident['incident']}/why")))
    assert why["decisions_different"] == 0 and why["zone"] == incident["zone"], why
    words = " ".join(step["words"] for step in why["steps"])
    assert "It is inside the area" in words and f"of incident {incident['incident']}" in words


def check_attention(daemon, token):
    incident = open_incident(daemon)
    assert incident and incident["severity_reasons"].startswith("inside"), incident
    check_why(daemon, incident)
    path = f"/api/v1/incidents/{incident['incident']}/acknowledge"
    done = daemon.post(path, {"by": "duty", "for_s": 600}, token)
    assert done["acknowledged"]["until_us"] - done["acknowledged"]["t_us"] == 600_000_000
    assert refused(daemon, path, {"by": "duty", "for_s": 0}, token)[0] == 400
    assert refused(daemon, path, {"for_s": 60}, token)[0] == 400
    call = "/api/v1/inhibitions"
    assert refused(daemon, call, {"by": "duty", "for_s": 60}, token)[0] == 400
    assert "end" in refused(daemon, call, {"by": "duty", "zone": "zone-0"}, token)[1]
    made = daemon.post(call, {"by": "duty", "zone": incident["zone"], "note": "drill", "for_s": 600},
                       token)["inhibitions"]
    assert [(i["zone"], i["by"], i["note"]) for i in made] == [(incident["zone"], "duty", "drill")]
    ended = daemon.wait_for(lambda d: (lambda i: i if i["state"] == "ended" else None)(
        d.get_json(f"/api/v1/incidents/{incident['incident']}")))
    assert ended and ended["reason"] == "inhibited", ended
    return made[0]


def check_permits(daemon, token):
    """A request is no leave, nor is taking note of it; a grant is, and revoking ends it at once."""
    incident = open_incident(daemon)
    permit = {"id": "relief-1", "target": incident["target"], "zones": [incident["zone"]]}
    listed = daemon.post("/api/v1/permits", {"by": "carrier", "permit": permit}, token)
    assert listed["permits"][0]["steps"][0]["state"] == "requested", listed
    step = {"id": "relief-1", "by": "north"}
    daemon.post("/api/v1/permits/step", {**step, "state": "acknowledged"}, token)
    now = daemon.get_json(f"/api/v1/incidents/{incident['incident']}")
    assert "permit" not in now, now
    assert refused(daemon, "/api/v1/permits/step", {**step, "state": "waved"}, token)[0] == 400
    assert refused(daemon, "/api/v1/permits/step", {**step, "id": "x", "state": "granted"},
                   token)[0] == 404
    assert refused(daemon, "/api/v1/permits", {"by": "c", "permit": {**permit, "speed": 5}},
                   token)[0] == 400
    daemon.post("/api/v1/permits/step", {**step, "state": "granted"}, token)

    def runs(d, permitted):
        for each in d.get_json("/api/v1/incidents")["incidents"]:
            same = (each["target"], each["zone"]) == (incident["target"], incident["zone"])
            if same and (each.get("permit") == "relief-1") == permitted:
                return each
        return None

    assert daemon.wait_for(lambda d: runs(d, True))
    daemon.kill()
    daemon.start()
    assert daemon.get_json("/api/v1/permits")["permits"][0]["steps"][-1]["state"] == "granted"
    assert daemon.wait_for(lambda d: runs(d, True))
    daemon.post("/api/v1/permits/step", {**step, "state": "revoked"}, token)
    now = daemon.wait_for(lambda d: runs(d, False))
    assert now and now["reason"] == "permit_not_granted" and now["severity"] == "high", now


def check_qnh(daemon, token):
    """A pressure is stated with a role, replaced by its id, and refused with a reason."""
    qnh = {"id": "XXXX", "lat": 1.0, "lon": 2.0, "radius_m": 50000, "from": "2020-01-01T00:00:00Z",
           "to": "2200-01-01T00:00:00Z", "qnh_hpa": 1003.2}
    assert refused(daemon, "/api/v1/qnh", {"by": "tower", "qnh": qnh}, "no token")[0] in (401, 403)
    wrong = refused(daemon, "/api/v1/qnh", {"by": "tower", "qnh": {**qnh, "qnh_hpa": 29.92}}, token)
    assert wrong == (400, "qnh_hpa: is not from 850 to 1100 hPa"), wrong
    daemon.post("/api/v1/qnh", {"by": "tower", "qnh": {**qnh, "qnh_hpa": 999}}, token)
    listed = daemon.post("/api/v1/qnh", {"by": "tower", "qnh": qnh}, token)["qnh"]
    assert listed == [{**qnh, "error_hpa": 1}], listed
    here = daemon.get_json("/api/v1/qnh?lat=1.1&lon=2.0")["here"]
    assert here == {"from": "stated", "qnh_hpa": 1003.2, "height_ft": -274, "error_ft": 27, "id": "XXXX"}, here
    there = daemon.get_json("/api/v1/qnh?lat=31&lon=2.0")["here"]
    assert there == {"from": "unknown", "error_ft": 1100}, there
    for bad in ("lat=1", "lat=1&lon=x", "lat=91&lon=0", "lat=1,2&lon=3"):
        try:
            daemon.get("/api/v1/qnh?" + bad)
            raise AssertionError(bad)
        except urllib.error.HTTPError as error:
            assert error.code == 400, error.code
    return listed


def main(program):
    traffic = Traffic(20, 2)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "zones.geojson").write_text(json.dumps(zones(100, 0.5, 0.24)))
        config = {"zones": [str(folder / "zones.geojson")],
                  "feeds": [f"tcp://127.0.0.1:{traffic.port}?format=report_jsonl"]}
        daemon = Daemon(program, folder, config)
        token = daemon.tokens["operator"]
        try:
            inhibition = check_attention(daemon, token)
            listed = check_qnh(daemon, token)
            daemon.kill()
            daemon.start()
            assert daemon.get_json("/api/v1/qnh")["qnh"] == listed
            shown = daemon.get_json("/api/v1/status")["inhibitions"]
            assert shown == [inhibition], shown
            assert daemon.post("/api/v1/inhibitions/end", {"id": inhibition["id"], "by": "duty"},
                               token)["inhibitions"] == []
            check_permits(daemon, token)
        finally:
            daemon.stop()
            traffic.stop()
    print("operators are heard")


if __name__ == "__main__":
    started = time.monotonic()
    main(sys.argv[1])
    print(f"{time.monotonic() - started:.1f} s")
