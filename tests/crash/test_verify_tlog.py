#!/usr/bin/env python3
"""The independent verifier accepts what the journal writes, at sizes around tile borders, and
refuses it altered. Usage: test_verify_tlog.py MAKE_JOURNAL"""
import os, random, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))

def verify(folder):
    return subprocess.run([sys.executable, os.path.join(here, "verify_tlog.py"), folder],
                          capture_output=True, text=True)

def write(path, data):
    with open(path, "wb") as f:
        f.write(data)

def main(make):
    rng, failed = random.Random(1), 0
    for size in (0, 1, 2, 255, 256, 257, 511, 512, 700, 65536 + 3):
        with tempfile.TemporaryDirectory() as folder:
            journal = os.path.join(folder, "j")
            subprocess.run([make, journal, str(size)], check=True)
            good = verify(journal)
            if good.returncode != 0:
                print("size %d is refused: %s%s" % (size, good.stdout, good.stderr))
                failed += 1
            paths = [os.path.join(d, f) for d, _, fs in os.walk(os.path.join(journal, "tile")) for f in fs]
            paths = [p for p in paths if "/tile/entries/" in p or "/tile/0/" in p] + [os.path.join(journal, "checkpoint")]
            for _ in range(10 if size < 1000 else 1):
                path = rng.choice(paths)
                with open(path, "rb") as f:
                    data = bytearray(f.read())
                at = rng.randrange(len(data))
                original = bytes(data)
                data[at] ^= 1 << rng.randrange(8)
                write(path, bytes(data))
                if verify(journal).returncode == 0:
                    print("size %d: a flipped bit at byte %d of %s is not found" % (size, at, path))
                    failed += 1
                write(path, original)
    print("independent verifier: %d failed" % failed)
    return 1 if failed else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
