#!/usr/bin/env python3
"""Warnings of a live watch reach a webhook and an MQTT client, each once and in order, over kill -9.

usage: test_outlets_live.py LEEWARD CHECK_CAP KILLS. Receivers drop what they know by its identifier,
as docs/warnings.md asks. Every CAP message must be valid, and each Cancel must come within 60 s of
the end of its incident.
"""
import http.server
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from daemon import Daemon  # noqa: E402
from traffic import Traffic, write_places, zones  # noqa: E402

TOPIC = "leeward/test"


class Webhook:
    def __init__(self):
        self.identifiers = []
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                webhook.identifiers.append(self.headers["Idempotency-Key"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Broker:
    """Debian's mosquitto and one subscriber whose session outlives connections."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self.broker = subprocess.Popen([shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c",
                                        str(config)], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        self.identifiers = []
        self.client = subprocess.Popen(
            ["mosquitto_sub", "-p", str(self.port), "-t", TOPIC, "-q", "1", "-i", "listener", "-c"],
            stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.client.stdout:
            self.identifiers.append(json.loads(line)["identifier"])

    def stop(self):
        for process in (self.client, self.broker):
            process.terminate()
            process.wait()


def wait_until(question, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not question():
        time.sleep(0.2)
    return question()


def late_cancels(daemon, warnings):
    """Cancels that came more than 60 s after the end of their incident."""
    late = []
    for warning in warnings:
        if warning["msg_type"] == "Cancel":
            incident = daemon.get_json(f"/api/v1/incidents/{warning['incident']}")
            delay_s = (warning["sent_us"] - incident.get("ended_us", warning["sent_us"])) / 1e6
            if delay_s > 60:
                late.append(f"{warning['identifier']} came {delay_s} s late")
    return late


def run(program, check_cap, kills, folder):
    (folder / "zones.geojson").write_text(json.dumps(zones(200)))
    write_places(folder / "places.tsv")
    traffic = Traffic(60, 2, speed_deg_s=0.02)
    webhook, broker = Webhook(), Broker(folder)
    config = {"zones": [str(folder / "zones.geojson")], "places": str(folder / "places.tsv"),
              "exercise": True, "sender": "test@leeward.example",
              "feeds": [f"tcp://127.0.0.1:{traffic.port}?format=report_jsonl"],
              "outlets": [{"url": webhook.url},
                          {"host": "127.0.0.1", "port": broker.port, "topic": TOPIC}]}
    daemon = Daemon(program, folder, config)
    try:
        for _ in range(kills):
            before = len(webhook.identifiers)
            wait_until(lambda: len(webhook.identifiers) > before + 3, 30)
            daemon.kill()
            daemon.start()
        traffic.stop()
        time.sleep(5)
        warnings = daemon.get_json("/api/v1/warnings")["warnings"][::-1]
        expected = [warning["identifier"] for warning in warnings]
        arrived = [wait_until(lambda: set(got) >= set(expected), 60)
                   for got in (webhook.identifiers, broker.identifiers)]
        problems = late_cancels(daemon, warnings)
        caps = []
        for identifier in expected[-100:]:
            path = folder / f"{identifier}.xml"
            path.write_bytes(daemon.get(f"/feeds/cap/{identifier}.xml"))
            caps.append(str(path))
        atom = daemon.get("/feeds/cap.atom").decode()
    finally:
        daemon.stop()
        broker.stop()
    done = subprocess.run(["xmllint", "--noout", "--schema", check_cap, *caps],
                          capture_output=True, text=True)
    if done.returncode != 0:
        problems.append("CAP messages are not valid:\n" + done.stderr[-2000:])
    if expected[-1] not in atom:
        problems.append("the Atom feed lacks the newest warning")
    for name, got, complete in (("webhook", webhook.identifiers, arrived[0]),
                                ("mqtt", broker.identifiers, arrived[1])):
        once = [i for i in dict.fromkeys(got) if i in set(expected)]
        print(f"{name}: {len(expected)} warnings, {len(got)} arrivals, {len(once)} different")
        if not complete or once != expected:
            problems.append(f"{name}: not each once and in order")
        if len(got) - len(dict.fromkeys(got)) > kills:
            problems.append(f"{name}: more repeats than kills")
    if not any(warning["msg_type"] == "Cancel" for warning in warnings):
        problems.append("no Cancel: the test proves nothing")
    return problems


def main(program, check_cap, kills):
    if not (shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").exists()):
        print("skipped: mosquitto is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        problems = run(program, check_cap, int(kills), Path(folder))
    print("\n".join(problems) or "passed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
