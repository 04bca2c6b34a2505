#!/usr/bin/env python3
"""The daemon speaks TLS with a certificate of the user's, and says what is wrong with one.

usage: test_tls.py LEEWARD
"""
import json
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
from daemon import Daemon  # noqa: E402
from traffic import Traffic, zones  # noqa: E402
from wsclient import WebSocket  # noqa: E402


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def make_certificate(folder, name, days=2):
    """A certificate of its own making for this machine, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
            "-days", days, "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1")
    return certificate, key


def check_speech(daemon):
    port = int(daemon.address.split(":")[1])
    page = daemon.get("/")
    assert b"<html" in page.lower() and page.rstrip().endswith(b"</html>")
    scripts = [daemon.get(path) for path in re.findall(r'src="(/?[^"]+\.js)"', page.decode())]
    assert scripts and max(map(len, scripts)) > 16384, "more than one record of TLS"
    assert len(daemon.get_json("/api/v1/zones")["features"]) == 10
    stream = WebSocket(port, "/api/v1/stream", tls=daemon.tls)
    assert stream.status == 101 and stream.message()["type"] == "hello"
    stream.until(lambda m: m["type"] == "tracks" and m["tracks"])
    answer = daemon.post("/api/v1/sightings", {"lat": 48.1, "lon": 11, "what": "jet", "how": "heard"},
                         daemon.tokens["observer"])
    assert answer, answer


def can_get(daemon, path):
    try:
        return bool(daemon.get(path))
    except urllib.error.HTTPError:
        return False


def check_refusals(daemon):
    """Neither plain HTTP nor an old TLS is answered, and both leave the others alone."""
    host, port = daemon.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        plain.sendall(b"GET /api/v1/zones HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        try:
            assert b"zones" not in plain.recv(65536)
        except ConnectionResetError:
            pass
    warnings.simplefilter("ignore", DeprecationWarning)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            old.wrap_socket(raw).close()
        raise AssertionError("TLS 1.1 was answered")
    except (ssl.SSLError, ConnectionResetError):
        pass
    stranger = ssl.create_default_context()
    try:
        urllib.request.urlopen(f"https://{daemon.address}/healthz", context=stranger, timeout=10)
        raise AssertionError("the certificate is not the daemon's")
    except urllib.error.URLError as error:
        assert "CERTIFICATE_VERIFY_FAILED" in str(error), error
    assert can_get(daemon, "/healthz")


def said(program, folder, **tls):
    """What a start that must be refused says."""
    path = folder / "bad.json"
    path.write_text(json.dumps({"data": str(folder / "never"), **{k: str(v) for k, v in tls.items()}}))
    done = subprocess.run([program, "serve", "--config", path, "--listen", "127.0.0.1:0"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode != 0, done.stdout
    return done.stderr


def check_mistakes(program, folder, certificate, key):
    other, other_key = make_certificate(folder, "other")
    sealed = folder / "sealed.key"
    openssl("rsa", "-aes256", "-passout", "pass:secret", "-in", key, "-out", sealed)
    absent = folder / "absent.pem"
    for tls, expected in [
            ({"tls_certificate": certificate}, "tls_key: is missing"),
            ({"tls_key": key}, "tls_certificate: is missing"),
            ({"tls_certificate": absent, "tls_key": key}, f"{absent}: the file cannot be opened"),
            ({"tls_certificate": certificate, "tls_key": absent}, f"{absent}: the file cannot be opened"),
            ({"tls_certificate": key, "tls_key": key}, f"{key}: the file holds no certificate"),
            ({"tls_certificate": certificate, "tls_key": other}, f"{other}: the file holds no private key"),
            ({"tls_certificate": certificate, "tls_key": other_key}, f"{other_key}: the key is not that"),
            ({"tls_certificate": certificate, "tls_key": sealed}, "without a password")]:
        assert expected in said(program, folder, **tls), (expected, said(program, folder, **tls))


def main(program):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        certificate, key = make_certificate(folder, "leeward")
        (folder / "zones.geojson").write_text(json.dumps(zones(10)))
        traffic = Traffic(50, 2)
        trusting = ssl.create_default_context(cafile=certificate)
        daemon = None
        try:
            daemon = Daemon(program, folder,
                            {"zones": [str(folder / "zones.geojson")], "tls_certificate": str(certificate),
                             "feeds": [f"tcp://127.0.0.1:{traffic.port}?format=report_jsonl"],
                             "tls_key": str(key)}, tls=trusting)
            check_speech(daemon)
            check_refusals(daemon)
        finally:
            if daemon:
                assert daemon.stop() == 0
            traffic.stop()
        check_mistakes(program, folder, certificate, key)
    print("the port speaks TLS")


if __name__ == "__main__":
    main(sys.argv[1])
