"""Starts `leeward serve` for a test, on a port the system picks, and stops it by its own process."""
import json
import re
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path


class Daemon:
    def __init__(self, program, folder, config=None, arguments=(), tls=None, user=None):
        self.tls = tls  # an ssl.SSLContext: it is spoken to by https
        self.as_user = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.arguments = [program, "serve", "--listen", "127.0.0.1:0", *arguments]
        if config is not None:
            path = self.folder / "config.json"
            path.write_text(json.dumps(config))
            self.arguments += ["--config", str(path)]
        if "--data" not in arguments:
            self.arguments += ["--data", str(self.folder / "data")]
        self.tokens = {}
        self.start()

    def start(self):
        """Starts it and waits until it has said its address."""
        self.log = []
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, **self.as_user)
        self.address = None
        ready = threading.Event()

        def read():
            for line in self.process.stdout:
                self.log.append(line.rstrip())
                found = re.search(r"https?://(127\.0\.0\.1:\d+)", line)
                if found and not self.address:
                    self.address = found[1]
                    ready.set()
                token = re.search(r"(operator|observer|custodian)\D*?token:?\s+([\w-]{43})", line)
                if token:
                    self.tokens[token[1]] = token[2]
            ready.set()

        self.reader = threading.Thread(target=read, daemon=True)
        self.reader.start()
        ready.wait(60)
        if not self.address:
            raise RuntimeError("the daemon did not start:\n" + "\n".join(self.log))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        return self.process.returncode

    def get(self, path, token=None):
        request = urllib.request.Request(f"{'https' if self.tls else 'http'}://{self.address}{path}")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10, context=self.tls) as answer:
            return answer.read()

    def get_json(self, path, token=None):
        return json.loads(self.get(path, token))

    def post(self, path, body, token=None):
        request = urllib.request.Request(f"{'https' if self.tls else 'http'}://{self.address}{path}", method="POST",
                                         data=json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10, context=self.tls) as answer:
            return json.loads(answer.read())

    def wait_for(self, question, seconds=30):
        """Asks until the answer is true and gives it; None when the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                answer = question(self)
            except OSError:
                answer = None
            if answer:
                return answer
            time.sleep(0.1)
        return None
