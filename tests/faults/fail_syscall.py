#!/usr/bin/env python3
"""Fails system calls of the program in turn, by strace (reliability.md G4).

For each call that touches files and each error, the first, second, ... call fails, once or from there
on. Each run must end by itself with status 0 or 1, with a message when it is 1; with 0 it must have
said what an undisturbed run says. Whatever it announced must stand in the journal, and the journal
must open and replay the same. Usage: fail_syscall.py LEEWARD [MOST], MOST being runs a call and way; --plan
prints the names of the parts that make up all of them, --part NAME runs one (tests/campaign/run syscall)."""
import os, resource, shutil, subprocess, sys, tempfile
from pathlib import Path

CASES = Path(__file__).resolve().parent.parent / "cli" / "cases"
WATCH = ["watch", "--zones", str(CASES / "square.geojson"), "--feed", "file:%s" % (CASES / "through.jsonl")]

# The calls that reach a file system, and what each can say.
FAULTS = [("openat", ["ENOSPC", "EIO", "EMFILE"]), ("write", ["ENOSPC", "EIO"]), ("pwrite64", ["ENOSPC", "EIO"]),
          ("fdatasync", ["EIO", "ENOSPC"]), ("fsync", ["EIO"]), ("rename", ["EIO", "ENOSPC"]),
          ("renameat2", ["EIO"]), ("mkdir", ["ENOSPC", "EIO"]), ("ftruncate", ["EIO"]), ("read", ["EIO"]),
          ("pread64", ["EIO"]), ("getrandom", ["EINTR"]), ("newfstatat", ["EIO"]), ("unlink", ["EIO"]),
          ("getdents64", ["EIO"])]
INTERRUPTED = [(name, "error=EINTR") for name in ("read", "pread64", "write", "pwrite64", "fdatasync")]

def calls(program, journal, name):
    """How many there are after the loader is through, and how many the loader made."""
    shutil.rmtree(journal, ignore_errors=True)
    trace = subprocess.run(["strace", "-f", "-e", "trace=all", "-o", journal + ".trace", program, *WATCH, "--journal",
                            journal], capture_output=True)
    lines = Path(journal + ".trace").read_text().splitlines()
    assert trace.returncode == 0, trace
    start = max(i for i, line in enumerate(lines) if "square.geojson" in line and "openat" in line)
    is_call = [(" " + name + "(") in line for line in lines]
    return sum(is_call[:start]), sum(is_call)

def wrong(program, result, intact, journal, name, on):
    if result.returncode not in (0, 1):
        return "ended with %d" % result.returncode
    if result.returncode == 0 and result.stdout != intact:
        return "said something else and called it done"
    mute = on and name == "write"  # the message itself cannot be written
    if result.returncode == 1 and not result.stderr.strip() and not mute:
        return "failed without a word"
    if not intact.startswith(result.stdout):
        return "said what an undisturbed run does not say"
    if not os.path.exists(os.path.join(journal, "checkpoint")):
        return None if not result.stdout or b"journal" in result.stderr else "announced what no journal holds"
    events = journal + ".events"
    again = subprocess.run([program, "replay", journal, "--events", events], capture_output=True)
    if again.returncode != 0:
        return "left a journal that does not replay: %s" % (again.stdout + again.stderr).decode()
    held = Path(events).read_bytes()
    if not held.startswith(result.stdout) and b"journal" not in result.stderr:
        return "announced what the journal does not hold, without saying so"
    return None

def main(program, most=100000, part=None, plan=False):
    if not shutil.which("strace"):
        print("skipped: strace is not installed")
        return 77
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    runs = failures = 0
    with tempfile.TemporaryDirectory() as work:
        if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
            print("skipped: strace may not trace here")
            return 77
        journal = os.path.join(work, "journal")
        intact = subprocess.run([program, *WATCH], capture_output=True).stdout
        ways = [(name, "error=" + error) for name, errors in FAULTS for error in errors] + INTERRUPTED
        if plan:
            print("\n".join("%s %s" % way for way in ways))
            return 0
        ways = [way for way in ways if part is None or "%s %s" % way == part]
        for name, how in ways:
            before, total = calls(program, journal, name)
            for at in range(before + 1, min(total, before + most) + 1):
                for on in ("", "+"):
                    shutil.rmtree(journal, ignore_errors=True)
                    if on and "EINTR" in how:
                        continue  # a call that is interrupted for ever never ends, and should not
                    result = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "trace=" + name, "-e",
                                             "inject=%s:%s:when=%d%s" % (name, how, at, on), program, *WATCH,
                                             "--journal", journal], capture_output=True, timeout=60)
                    runs += 1
                    reason = wrong(program, result, intact, journal, name, on)
                    if reason:
                        failures += 1
                        print("%s %s, call %d%s of %d: %s\n  %s" % (name, how, at, on, total, reason,
                              result.stderr.decode(errors="replace")[-300:]))
    print("fail_syscall: %d runs, %d wrong" % (runs, failures))
    return 1 if failures or not ways else 0

if __name__ == "__main__":
    words = sys.argv[2:]
    if words[:1] == ["--part"]:
        sys.exit(main(sys.argv[1], part=words[1]))
    sys.exit(main(sys.argv[1], plan=words == ["--plan"], most=int(words[0]) if words and words != ["--plan"] else 100000))
