#!/usr/bin/env python3
"""A convoy says where it is by HTTPS, with curl as a user would: its zone moves, and nothing is lost.

usage: test_positions.py LEEWARD"""
import hashlib
import json
import re
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent)]
from daemon import Daemon  # noqa: E402
from test_tls import make_certificate  # noqa: E402

UNITS = ("convoy-7", "convoy-8")


def add_tokens(folder):
    """One of each unit, as docs/operations.md says."""
    path = folder / "data/tokens.json"
    kept = json.loads(path.read_text())
    tokens = {unit: secrets.token_urlsafe(32) for unit in UNITS}
    kept["tokens"] += [{"name": unit, "role": "unit", "sha256": hashlib.sha256(token.encode()).hexdigest()}
                       for unit, token in tokens.items()]
    path.write_text(json.dumps(kept))
    return tokens


def line(unit="convoy-7", **more):
    return {"t_us": time.time_ns() // 1000, "target": f"unit:{unit}", "source": "gnss", "lat": 35.1, "lon": 36.7,
            **more}


class Caller:
    def __init__(self, daemon, certificate):
        self.daemon, self.certificate = daemon, certificate

    def post(self, body, token):
        """Status and answer, by curl."""
        words = ["curl", "-sS", "--cacert", str(self.certificate), "-w", "\n%{http_code}", "-d",
                 body if isinstance(body, str) else json.dumps(body)]
        words += ["-H", f"Authorization: Bearer {token}"] if token else []
        done = subprocess.run([*words, f"https://{self.daemon.address}/api/v1/positions"],
                              capture_output=True, text=True, check=True)
        answer, status = done.stdout.rsplit("\n", 1)
        return int(status), json.loads(answer)


def check_refusals(caller, tokens):
    own = tokens["convoy-7"]
    wanted = [
        (401, "token", line(), None),
        (401, "token", line(), "x" * 43),
        (403, "another role", line(), caller.daemon.tokens["operator"]),
        (403, "another unit", line("convoy-8"), own),
        (403, "another unit", line("convoy-77"), own),
        (403, "another unit", {**line(), "target": "icao24:abcdef"}, own),
        (400, "source", {**line(), "source": "adsb"}, own),
        (400, "lat", {**line(), "lat": 91}, own),
        (400, "lat", {key: value for key, value in line().items() if key not in ("lat", "lon")}, own),
        (400, "t_us", line(t_us=time.time_ns() // 1000 + 60_000_000), own),
        (400, "t_us", {key: value for key, value in line().items() if key != "t_us"}, own),
        (400, "object", "where am I", own),
        (400, "", "", own),
    ]
    for status, word, body, token in wanted:
        got, answer = caller.post(body, token)
        assert got == status and word in answer["error"]["message"], (body, got, answer)


def moving(daemon):
    return {one["zone"]: one for one in daemon.get_json("/api/v1/status")["moving"]}["bubble"]


def counted(daemon):
    feeds = daemon.get_json("/api/v1/status")["feeds"]
    return next((feed["frames"] for feed in feeds if feed["name"] == "positions"), 0)


def main(program):
    if not shutil.which("curl"):
        print("skipped: there is no curl")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate, key = make_certificate(folder, "leeward.test")
        bubble = {"type": "Feature", "id": "bubble", "geometry": None,
                  "properties": {"kind": "no_fly", "lower": "SFC", "upper": "UNL",
                                 "moving": {"around": "unit:convoy-7", "radius_m": 5000}}}
        (folder / "zones.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [bubble]}))
        daemon = Daemon(program, folder, {"zones": [str(folder / "zones.geojson")],
                                          "tls_certificate": str(certificate), "tls_key": str(key)},
                        tls=ssl.create_default_context(cafile=str(certificate)))
        daemon.stop()
        tokens = add_tokens(folder)
        daemon.start()
        caller = Caller(daemon, certificate)
        assert moving(daemon)["state"] == "unheard" and counted(daemon) == 0
        check_refusals(caller, tokens)
        assert moving(daemon)["state"] == "unheard" and counted(daemon) == 0

        status, answer = caller.post(line(driver="a name", speed_ground_kt=20), tokens["convoy-7"])
        assert (status, answer) == (201, {"unit": "convoy-7"}), (status, answer)
        assert moving(daemon)["state"] == "heard" and moving(daemon)["lat"] == 35.1
        assert caller.post(line("convoy-8", lat=35.5), tokens["convoy-8"])[0] == 201
        assert counted(daemon) == 2
        assert re.search(r'^leeward_feed_reports_total\{feed="63"\} 2$', daemon.get("/metrics").decode(), re.M)
        targets = {track["target"] for track in daemon.get_json("/api/v1/tracks")["tracks"]}
        assert {"unit:convoy-7", "unit:convoy-8"} <= targets, targets

        # What was acknowledged is there after the power went.
        assert caller.post(line(lat=35.2), tokens["convoy-7"])[0] == 201
        daemon.kill()
        daemon.start()
        assert moving(daemon)["lat"] == 35.2 and counted(daemon) == 3, moving(daemon)
        assert daemon.stop() == 0
        journal = folder / "data/journal"
        held = b"".join(path.read_bytes() for path in journal.rglob("*") if path.is_file())
        assert b"unit:convoy-7" in held and b"a name" not in held, "keys that nobody knows are not kept"
        done = subprocess.run([program, "replay", str(journal)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
