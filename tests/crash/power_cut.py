#!/usr/bin/env python3
"""Cuts the power under the writer: a loop-mounted file system is shut down by ioctl without
flushing, which drops everything that was not synced (reliability.md G3b). Needs root and loop
devices; exits with 77 and a message where there are none.
Usage: power_cut.py BUILD CUTS [ext4|xfs] [SEED] [WRITER]
WRITER: another program in place of BUILD/writer (the mutants use it)."""
import fcntl, os, random, select, shutil, struct, subprocess, sys, tempfile, time

SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32): EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN
NO_LOG_FLUSH = 2

def run(*words):
    return subprocess.run(words, capture_output=True, text=True)

def skip(why):
    print("power_cut: skipped: %s" % why)
    return 77

def mount(image, point):
    return run("mount", "-o", "loop", image, point).returncode == 0

def unmount(point):
    for _ in range(100):
        if run("umount", point).returncode == 0:
            return True
        time.sleep(0.02)
    return False

def drain(pipe, until):
    data = b""
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return data
        piece = os.read(pipe.fileno(), 65536)
        if not piece:
            return data
        data += piece

def cut_power(point):
    fd = os.open(point, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    finally:
        os.close(fd)

def campaign(build, cuts, kind, seed, writer, folder):
    rng = random.Random(seed)
    image, point = os.path.join(folder, "image"), os.path.join(folder, "mount")
    os.mkdir(point)
    with open(image, "wb") as f:
        f.truncate((320 if kind == "xfs" else 64) << 20)
    if run("mkfs." + kind, "-q", image).returncode != 0 or not mount(image, point):
        return skip("no %s on a loop device here" % kind)
    journal, promised, acknowledged = os.path.join(point, "j"), 0, 0
    try:
        for cut in range(cuts):
            if cut % 50 == 49:
                shutil.rmtree(journal, ignore_errors=True)
                os.sync()
                promised = 0
            child = subprocess.Popen([writer, journal, str(seed * 100003 + cut)],
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            data = drain(child.stdout, time.monotonic() + rng.uniform(0.01, 0.12))
            # What arrived before the cut was promised before it.
            data += drain(child.stdout, time.monotonic())
            cut_power(point)
            child.kill()
            child.stdout.close()
            child.wait()
            count = len(data) // 8
            told = int.from_bytes(data[8 * count - 8:8 * count], "little") if count else promised
            acknowledged += max(0, told - promised)
            promised = max(promised, told)
            if not unmount(point) or not mount(image, point):
                print("power_cut: cut %d: the file system does not come back" % cut)
                return 1
            check = run(os.path.join(build, "recovered"), journal, str(promised),
                        *(["--verify"] if cut % 10 == 0 else []))
            if check.returncode != 0 and not (promised == 0 and "does not open" not in check.stdout):
                print("cut %d (seed %d, %s): %s%s" % (cut, seed, kind, check.stdout, check.stderr))
                return 1
        print("power_cut: %d cuts on %s, %d records acknowledged, 0 lost, seed %d"
              % (cuts, kind, acknowledged, seed))
        return 0
    finally:
        unmount(point)

def main(build, cuts, kind="ext4", seed="1", writer=None):
    if os.geteuid() != 0:
        return skip("not root")
    if not os.path.exists("/dev/loop-control") or not shutil.which("mkfs." + kind):
        return skip("no loop device or no mkfs." + kind)
    folder = tempfile.mkdtemp(prefix="leeward-cut-", dir=os.environ.get("LEEWARD_TEST_DIR"))
    try:
        return campaign(build, int(cuts), kind, int(seed), writer or os.path.join(build, "writer"), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
