#!/usr/bin/env python3
"""Runs one command line test: CASE.sh with $leeward set, in an empty folder.

CASE.stdout is the exact standard output, CASE.exit the exit status (0 when absent), CASE.stderr
lines that must all occur in standard error. With UPDATE=1 the expectations are written anew: read
the difference before you believe it.
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main(program, case):
    case = Path(case)
    expected = case.with_suffix(".stdout")
    status_file = case.with_suffix(".exit")
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, leeward=program, cases=str(case.parent), LC_ALL="C.UTF-8")
        done = subprocess.run(["bash", "-u", str(case)], cwd=folder, env=env, capture_output=True,
                              timeout=120)
    if os.environ.get("UPDATE"):
        expected.write_bytes(done.stdout)
        if done.returncode:
            status_file.write_text(f"{done.returncode}\n")
        return 0
    problems = []
    wanted_status = int(status_file.read_text()) if status_file.exists() else 0
    if done.returncode != wanted_status:
        problems.append(f"exit status {done.returncode}, expected {wanted_status}")
    if done.stdout != expected.read_bytes():
        problems.append("standard output differs:\n" + done.stdout.decode(errors="replace"))
    stderr = done.stderr.decode(errors="replace")
    wanted = case.with_suffix(".stderr")
    if wanted.exists():
        problems += [f"standard error lacks: {line}" for line in wanted.read_text().splitlines()
                     if line not in stderr]
    if problems:
        print("\n".join(problems))
        print("standard error was:\n" + stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
