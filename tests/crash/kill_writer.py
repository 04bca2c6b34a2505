#!/usr/bin/env python3
"""Kills the writer at random instants (SIGKILL) and demands that everything it had told to be
durable is there, every time (reliability.md G3a). Usage: kill_writer.py BUILD KILLS [SEED]"""
import os, random, select, shutil, subprocess, sys, tempfile, time

def drain(pipe, until):
    """What arrives before `until`."""
    data = b""
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return data
        piece = os.read(pipe.fileno(), 65536)
        if not piece:
            return data
        data += piece

def last(data, before):
    count = len(data) // 8
    return int.from_bytes(data[8 * count - 8:8 * count], "little") if count else before

def main(build, kills, seed):
    rng = random.Random(seed)
    folder = tempfile.mkdtemp(prefix="leeward-kill-", dir=os.environ.get("LEEWARD_TEST_DIR"))
    journal, promised, acknowledged = os.path.join(folder, "j"), 0, 0
    try:
        for kill in range(kills):
            if kill % 200 == 199:  # a fresh journal, so that each start stays short
                shutil.rmtree(journal)
                promised = 0
            child = subprocess.Popen([os.path.join(build, "writer"), journal, str(seed * 100003 + kill)],
                                     stdout=subprocess.PIPE)
            data = drain(child.stdout, time.monotonic() + rng.uniform(0.0, 0.05))
            child.kill()
            data += child.stdout.read()  # what was told before the kill and not read yet
            child.wait()
            acknowledged += max(0, last(data, promised) - promised)
            promised = max(promised, last(data, promised))
            check = subprocess.run([os.path.join(build, "recovered"), journal, str(promised)]
                                   + (["--verify"] if kill % 10 == 0 else []),
                                   capture_output=True, text=True)
            if promised == 0 and not os.path.exists(os.path.join(journal, "keys", "journal.key")):
                continue
            if check.returncode != 0:
                print("kill %d (seed %d): %s%s" % (kill, seed, check.stdout, check.stderr))
                return 1
        print("kill_writer: %d kills, %d records acknowledged, 0 lost, seed %d"
              % (kills, acknowledged, seed))
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1))
