"""What the tests of recordings share: running `leeward decode` and saying what differs."""
import json
import os
import re
import subprocess
import sys

SUMMARY = re.compile(
    r"leeward: (\d+) frames = (\d+) reports \+ (\d+) no report \+ (\d+) refused")


def arguments():
    """The program and the data folder; ends the test as skipped when there is no data."""
    program, data = sys.argv[1], sys.argv[2]
    if not os.path.isdir(data):
        print(f"skipped: no recordings at {data}")
        sys.exit(77)
    return program, data


def decode(program, feed, *options, stdin=None):
    """All lines that `decode --all` prints, and its counts (frames, reports, nothing, refused)."""
    done = subprocess.run([program, "decode", "--all", "--feed", feed, *options],
                          input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    summary = SUMMARY.search(done.stderr.decode())
    assert summary, done.stderr.decode()
    counts = tuple(int(n) for n in summary.groups())
    assert (done.returncode == 1) == (counts[3] > 0), "the exit status tells of refusals"
    return [json.loads(line) for line in done.stdout.splitlines()], counts


class Comparison:
    """Counts what agreed and keeps the first differences of each kind."""

    def __init__(self):
        self.agreed = {}
        self.differed = {}
        self.failures = []

    def check(self, kind, same, detail):
        table = self.agreed if same else self.differed
        table[kind] = table.get(kind, 0) + 1
        if not same and self.differed[kind] <= 5:
            print(f"  differs: {kind}: {detail}")

    def expect(self, fact, detail):
        if not fact:
            self.failures.append(detail)

    def finish(self, allowed=()):
        for kind in sorted(set(self.agreed) | set(self.differed)):
            print(f"{kind}: {self.agreed.get(kind, 0)} agree, {self.differed.get(kind, 0)} differ")
            if kind in self.differed and kind not in allowed:
                self.failures.append(f"{kind} differs")
        for failure in self.failures:
            print(f"FAILED: {failure}")
        sys.exit(1 if self.failures else 0)
