"""A ledger that adds up over runs: a line of JSON for each part of a campaign that was run.

A part counts for the programs that it ran and the files that steer them, by their digest: when one of them changes, it is run again. A line
cut off at a stop is no line. Fuzzing (tests/fuzz/run), the oracle (tests/oracle/run) and the campaigns (tests/campaign/run) keep theirs so,
in one file."""
import datetime
import hashlib
import json
import os
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEDGER = ROOT / "build/campaigns.jsonl"


# What a program carries and no campaign looks at: the page may change without its runs being thrown away.
PAGE_OBJECT = "page_assets.c.o"


def linked_into(build, program):
    """What the program, named below the build folder, is linked of; where nothing says so, it alone."""
    if (build / "build.ninja").exists():
        asked = subprocess.run(["ninja", "-C", build, "-t", "inputs", program], capture_output=True, text=True, check=True)
        names = [name for line in asked.stdout.splitlines() for name in shlex.split(line)]
        return [build / name for name in names if name.endswith(".o") and Path(name).name != PAGE_OBJECT]
    return [build / program]


def digest_of(build, programs, patterns):
    """Of what was built into the programs (the page apart), and of all files that one of the patterns (from the root) names."""
    together = hashlib.sha256()
    built = {(str(path.relative_to(build)), path) for program in programs for path in linked_into(build, program)}
    files = {(str(path.relative_to(ROOT)), path) for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    for name, path in sorted(built) + sorted(files):
        if "__pycache__" not in path.parts:
            content = path.read_bytes() if path.exists() else b""
            together.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return together.hexdigest()[:12]


def digest_of_program(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def entries_of(path):
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if "campaign" in entry:
                yield entry


class Ledger:
    def __init__(self, path, campaign, source):
        self.path, self.campaign, self.source = Path(path), campaign, source
        self.parts = {}
        self.before = {}  # what was run of other sources
        self.timed = []   # all that say how long they took, of whichever sources
        for entry in entries_of(self.path):
            if entry["campaign"] == campaign and "seconds" in entry and "parts" in entry:
                self.timed.append(entry)
            if (entry["campaign"], entry["source"]) == (campaign, source):
                self.parts[entry["part"]] = entry
            elif entry["campaign"] == campaign:
                ran, failed = self.before.get(entry["source"], (0, 0))
                self.before[entry["source"]] = ran + entry["run"], failed + entry["failed"]

    def add(self, part, run, failed, figures):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = {"campaign": self.campaign, "source": self.source, "part": part, "run": run, "failed": failed,
                 "time": now, **figures}
        self.parts[part] = entry
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "ab+") as file:
            # A newline first where the last run was stopped within a line.
            cut = file.tell() > 0 and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n"
            file.write(b"\n" * cut + json.dumps(entry).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def most_before(self):
        """(run, failed, source) of the other sources of which most was run; None: there are none."""
        return max(((*counts, source) for source, counts in self.before.items()), default=None)

    def whole_seconds(self):
        """How long all parts take one after the other, by those that were run; None: none was."""
        if not self.timed:
            return None
        return sum(entry["seconds"] for entry in self.timed) / len(self.timed) * self.timed[-1]["parts"]

    def sum(self, figure):
        return sum(entry.get(figure, 0) for entry in self.parts.values())

    def most(self, figure):
        return max((entry.get(figure, 0) for entry in self.parts.values()), default=0)
