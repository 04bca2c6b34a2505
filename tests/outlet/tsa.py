#!/usr/bin/env python3
"""A time stamping authority of RFC 3161 for tests, made of `openssl ts`.

usage: tsa.py make FOLDER   its keys: ca.pem is whom to trust, stranger.pem is somebody else
       tsa.py reply FOLDER  answers the request FOLDER/q in FOLDER/r
       tsa.py serve FOLDER  answers over HTTP on 127.0.0.1; the first line says the URL
"""
import http.server
import subprocess
import sys
import threading
from pathlib import Path

CONFIG = """
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
"""


def run(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def make(folder):
    for name in ("ca", "stranger"):
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", f"/CN={name}.example", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem")
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=tsa.example",
        "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr")
    (folder / "extensions").write_text("extendedKeyUsage = critical,timeStamping\n")
    run("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
        "-CAcreateserial", "-days", "30", "-extfile", folder / "extensions", "-out", folder / "tsa.pem")
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))


def reply(folder):
    run("ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", folder / "q", "-out", folder / "r")


def serve(folder):
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                (folder / "q").write_bytes(body)
                reply(folder)
                answer = (folder / "r").read_bytes()
            good = self.headers["Content-Type"] == "application/timestamp-query"
            self.send_response(200 if good else 400)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    {"make": make, "reply": reply, "serve": serve}[sys.argv[1]](Path(sys.argv[2]).resolve())
