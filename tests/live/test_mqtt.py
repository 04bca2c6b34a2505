#!/usr/bin/env python3
"""Positions of a convoy through a real MQTT broker, by TLS too.

usage: test_mqtt.py LEEWARD. Skipped (77) where there is no mosquitto.
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from daemon import Daemon  # noqa: E402
from traffic import zones  # noqa: E402

STARTED = []


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Broker:
    """With a password, and where a certificate is given by TLS."""

    def __init__(self, folder, name, tls=False):
        self.folder, self.port, self.tls = folder, free_port(), tls
        self.config = folder / f"{name}.conf"
        passwords = folder / "passwords"
        subprocess.run(["mosquitto_passwd", "-c", "-b", str(passwords), "convoy", "secret"],
                       check=True, capture_output=True)
        # It gives up its rights, and must read these all the same.
        os.chmod(passwords, 0o644)
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous false",
                 f"password_file {passwords}", "persistence false", "user root"]
        if tls:
            lines += [f"certfile {folder}/server.pem", f"keyfile {folder}/server.key"]
        self.config.write_text("\n".join(lines) + "\n")
        self.start()

    def start(self):
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.process = subprocess.Popen([program, "-c", str(self.config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        STARTED.append(self.process)
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("mosquitto does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def publish(self, topic, message, *more, each_line=False):
        """One message, or one of each line."""
        tls = ["--cafile", f"{self.folder}/ca.pem"] if self.tls else []
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-u",
                        "convoy", "-P", "secret", "-t", topic, "-l" if each_line else "-s",
                        *tls, *more],
                       input=message.encode(), check=True, timeout=30)


def certificates(folder):
    """A CA, a server's certificate by it, and another CA that has nothing to do with it."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj", f"/CN={name}")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-copy_extensions", "copy", "-out", "server.pem")
    os.chmod(folder / "server.key", 0o644)


def position(unit, lat, lon):
    return json.dumps({"t_us": int(time.time() * 1e6), "target": f"unit:{unit}", "source": "gnss",
                       "lat": lat, "lon": lon, "speed_ground_kt": 20, "track_deg": 90})


def tracks(daemon):
    return {track["target"] for track in daemon.get_json("/api/v1/tracks")["tracks"]}


def feed(daemon, index):
    return daemon.get_json("/api/v1/status")["feeds"][index]


def check(daemon, plain, secure):
    """Feeds: a broker, one by TLS, one with a wrong password, one with the wrong authority."""
    connected = daemon.wait_for(lambda d: all(feed(d, i)["state"] == "connected" for i in (0, 1)))
    assert connected, (feed(daemon, 0), feed(daemon, 1), daemon.log)
    for step in range(3):
        plain.publish("convoys/one", position("one", 45.0, 5.0 + 0.001 * step))
        time.sleep(0.3)
    plain.publish("elsewhere/two", position("two", 45.2, 5.0))
    secure.publish("convoys/three/position", position("three", 45.4, 5.0))
    assert daemon.wait_for(lambda d: tracks(d) == {"unit:one", "unit:three"}), tracks(daemon)
    assert feed(daemon, 0)["frames"] == 3, feed(daemon, 0)
    # What was retained (unit:zero) is of some other day, and not taken.
    assert daemon.wait_for(lambda d: "unit:one" in {
        i["target"] for i in d.get_json("/api/v1/incidents?state=all")["incidents"]})
    # Garbage is refused and counted, and the next message is read.
    plain.publish("convoys/one", "{\"t_us\":1,")
    plain.publish("convoys/one", "x" * 70000)
    plain.publish("convoys/four", position("four", 45.6, 5.0))
    assert daemon.wait_for(lambda d: "unit:four" in tracks(d))
    # Who may not listen, and who is not who it says, is told and tried again.
    for index, reason in ((2, "uthori"), (3, "")):
        one = feed(daemon, index)
        assert one["state"] == "waiting" and reason in one.get("reason", ""), one
        assert one["frames"] == 0, one
    plain.stop()
    assert daemon.wait_for(lambda d: feed(d, 0)["state"] == "waiting")
    plain.start()
    assert daemon.wait_for(lambda d: feed(d, 0)["state"] == "connected"), feed(daemon, 0)
    plain.publish("convoys/five", position("five", 45.8, 5.0))
    assert daemon.wait_for(lambda d: "unit:five" in tracks(d))


def main(program):
    if not shutil.which("mosquitto_pub") or not (shutil.which("mosquitto") or
                                                 os.path.exists("/usr/sbin/mosquitto")):
        print("skipped: no mosquitto")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        certificates(folder)
        (folder / "zones.geojson").write_text(json.dumps(zones(100)))
        for password in ("secret", "wrong"):
            (folder / password).write_text(password + "\n")
        plain, secure = Broker(folder, "plain"), Broker(folder, "secure", tls=True)
        plain.publish("convoys/zero", position("zero", 46.0, 5.0), "-r")
        who = f"?format=report_jsonl&user=convoy&password_file={folder}"
        host = f"127.0.0.1:{plain.port}"
        daemon = Daemon(program, folder, {
            "zones": [str(folder / "zones.geojson")],
            "feeds": [f"mqtt://{host}/convoys/+{who}/secret&client=leeward-test",
                      f"mqtts://127.0.0.1:{secure.port}/convoys/%23{who}/secret&ca_file={folder}/ca.pem",
                      f"mqtt://{host}/convoys/+{who}/wrong&name=wrong",
                      f"mqtts://127.0.0.1:{secure.port}/convoys/+{who}/secret&ca_file={folder}/other.pem"
                      "&name=other"]})
        try:
            check(daemon, plain, secure)
            assert daemon.stop() == 0, daemon.log
        finally:
            daemon.kill()
            for process in STARTED:
                process.kill()
                process.wait()
    print("a convoy's positions come through brokers, by TLS too")


if __name__ == "__main__":
    main(sys.argv[1])
