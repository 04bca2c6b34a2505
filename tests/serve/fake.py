"""Starts serve_fake and talks to it; a little framework so that a test file reads like its claims."""
import http.client
import json
import os
import subprocess
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))


class Fake:
    def __init__(self, *page):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen([sys.argv[1], self.folder.name, *page],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.tokens = {}
        for line in self.process.stdout:
            words = line.split()
            if words[0] == "port":
                self.port = int(words[1])
                break
            self.tokens[words[1]] = words[2]

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n", "the server died"

    def ask(self, method, path, body=None, role=None, headers=None):
        """(status, headers, body); the body parsed where it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        lines = dict(headers or {})
        if role:
            lines["Authorization"] = "Bearer " + self.tokens.get(role, role)
        connection.request(method, path, body, lines)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if "json" in (answer.headers["content-type"] or "") and data:
            data = json.loads(data)
        return answer.status, answer.headers, data

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def end(self):
        """Ends it, and fails when it did not end well (a sanitizer found something)."""
        self.process.stdin.write("quit\n")
        self.process.stdin.flush()
        self.process.stdout.read()
        assert self.process.wait(20) == 0, f"it ended with {self.process.returncode}"
        self.folder.cleanup()


def run(names):
    """Runs every test_ function of the module's names with a fresh server."""
    failed = 0
    for name, test in list(names.items()):
        if not name.startswith("test_"):
            continue
        fake = Fake()
        try:
            test(fake)
            fake.end()
            print("ok  ", name)
        except Exception:  # each failure is shown, and the next test still runs
            failed += 1
            print("FAIL", name)
            traceback.print_exc()
        finally:
            fake.process.kill()
            fake.process.wait()
    sys.exit(1 if failed else 0)
