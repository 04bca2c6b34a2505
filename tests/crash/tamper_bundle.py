#!/usr/bin/env python3
"""Alters a bundle at random and demands that `leeward verify` finds each change: bytes of the
archive, and files exchanged inside an archive whose SHA256SUMS were made anew. The shell steps of its
README (verify.sh as it was before) must find each too, but for what they do not look at
(docs/formats/bundle.md): how many these are is said. Usage: tamper_bundle.py LEEWARD BUNDLE COUNT [SEED]"""
import hashlib, io, os, random, shutil, subprocess, sys, tempfile, zipfile

TOOLS = "sh openssl sha256sum base64 sed head tail cat cmp mktemp rm mv cut od tr".split()

def parts(data):
    """The files of an archive that leeward wrote: (name, bytes)."""
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        return [(i.filename, z.read(i)) for i in z.infolist()]

def pack(files):
    """An archive exactly as leeward writes it."""
    import struct, zlib
    out, directory = b"", b""
    for name, data in files:
        common = struct.pack("<HHHHHIIIHH", 10, 1 << 11, 0, 0, 0x21, zlib.crc32(data), len(data),
                             len(data), len(name), 0)
        directory += struct.pack("<IH", 0x02014b50, 3 << 8 | 10) + common + struct.pack(
            "<HHHII", 0, 0, 0, 0o100644 << 16, len(out)) + name.encode()
        out += struct.pack("<I", 0x04034b50) + common + name.encode() + data
    return out + directory + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, len(files), len(files),
                                         len(directory), len(out), 0)

def change(rng, data):
    """Bytes other than `data`."""
    while True:
        new, at = bytearray(data), rng.randrange(len(data) + 1)
        how = rng.randrange(4)
        if how == 0 and data:
            new[at % len(data)] ^= 1 << rng.randrange(8)
        elif how == 1:
            new[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif how == 2:
            del new[at:at + rng.randrange(1, 40)]
        else:
            new = new[:at]
        if bytes(new) != data:
            return bytes(new)

def forge(rng, files):
    """Exchanges content and makes SHA256SUMS right again."""
    files = [list(f) for f in files]
    # A time stamp is signed by its server alone: only who says whom to trust has it looked at (test_stamp.c).
    victims = [i for i, f in enumerate(files) if f[0] != "SHA256SUMS" and not f[0].endswith(".tsr")]
    i = rng.choice(victims)
    how = rng.randrange(4)
    if how == 0:
        other = rng.choice([k for k in victims if files[k][1] != files[i][1]])
        files[i][1], files[other][1] = files[other][1], files[i][1]
    elif how == 1:
        del files[i]
    elif how == 2:
        files.insert(i, ["extra.txt", b"hello"])
    else:
        files[i][1] = change(rng, files[i][1])
    sums = "".join("%s  %s\n" % (hashlib.sha256(d).hexdigest(), n) for n, d in files if n != "SHA256SUMS")
    return pack([(n, sums.encode() if n == "SHA256SUMS" else d) for n, d in files])

class Shell:
    """Follows the README in an empty folder: openssl, coreutils and sed, and a verify.sh that was read before."""
    def __init__(self, work, script):
        self.tools, self.folder, self.script = (os.path.join(work, name) for name in ("bin", "case", "verify.sh"))
        self.work = work
        os.mkdir(self.tools)
        for tool in TOOLS:
            os.symlink(shutil.which(tool), os.path.join(self.tools, tool))
        with open(self.script, "wb") as f:
            f.write(script)

    def finds(self, archive):
        """(whether it does, the files that it saw)"""
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            files = parts(archive)
            with zipfile.ZipFile(io.BytesIO(archive)) as z:
                z.extractall(self.folder)
        except Exception:  # of zipfile or of a method that it was altered to: it cannot be unpacked
            return True, None
        done = subprocess.run(["sh", self.script], cwd=self.folder, capture_output=True, text=True, errors="replace",
                              env={"PATH": self.tools, "TMPDIR": self.work})
        assert done.returncode not in (126, 127) and ("VERIFIED: " in done.stdout) == (done.returncode == 0), done
        return done.returncode != 0, dict(files)

def key_of(pem):
    return subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem, capture_output=True).stdout

def is_beyond(before, after, sums_are_new):
    """Whether the shell steps need not find it: they prove records, and the rest only against its sums."""
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if not changed:
        return True  # of the archive alone: nothing that is in it
    proofs = {name for name in changed if name.startswith("entries/") or name == "checkpoint"}
    blobs = {name for name in changed if name.startswith("blob/") and name in after}
    key = "log.pub.pem" in changed and key_of(before["log.pub.pem"]) != key_of(after.get("log.pub.pem", b""))
    return sums_are_new and not proofs and not blobs and not key

def main(program, path, count, seed):
    with tempfile.TemporaryDirectory() as work:
        return run(program, path, count, seed, work)

def run(program, path, count, seed, work):
    rng = random.Random(seed)
    data = open(path, "rb").read()
    files = parts(data)
    if pack(files) != data:
        sys.exit("tamper_bundle: the archive is not as expected")
    altered = path + ".altered"
    missed = beyond = 0
    before = dict(files)
    shell = Shell(work, before["verify.sh"])
    if shell.finds(data)[0]:
        sys.exit("tamper_bundle: the shell steps do not verify the intact bundle")
    for i in range(count):
        new = change(rng, data) if i % 2 else forge(rng, files)
        with open(altered, "wb") as f:
            f.write(new)
        done = subprocess.run([program, "verify", altered], capture_output=True, text=True)
        if done.returncode != 1 or "DOES NOT VERIFY" not in done.stdout or not done.stderr:
            missed += 1
            print("tampering %d (seed %d) was not found: %s" % (i, seed, done))
        found, after = shell.finds(new)
        if not found and is_beyond(before, after, i % 2 == 0):
            beyond += 1
        elif not found:
            missed += 1
            print("tampering %d (seed %d) was not found by the shell steps: %s" %
                  (i, seed, [n for n in before.keys() | after.keys() if before.get(n) != after.get(n)]))
    print("tamper_bundle: %d tamperings, %d missed, %d beyond the shell steps, seed %d" % (count, missed, beyond, seed))
    return 1 if missed else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1))
