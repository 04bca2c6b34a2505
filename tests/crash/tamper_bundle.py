#!/usr/bin/env python3
"""Alters a bundle at random and demands that `leeward verify` finds each change: bytes of the
archive, and files exchanged inside an archive whose SHA256SUMS were made anew.
Usage: tamper_bundle.py LEEWARD BUNDLE COUNT [SEED]"""
import hashlib, io, random, subprocess, sys, zipfile

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

def main(program, path, count, seed):
    rng = random.Random(seed)
    data = open(path, "rb").read()
    files = parts(data)
    if pack(files) != data:
        sys.exit("tamper_bundle: the archive is not as expected")
    altered = path + ".altered"
    missed = 0
    for i in range(count):
        new = change(rng, data) if i % 2 else forge(rng, files)
        with open(altered, "wb") as f:
            f.write(new)
        done = subprocess.run([program, "verify", altered], capture_output=True, text=True)
        if done.returncode != 1 or "DOES NOT VERIFY" not in done.stdout or not done.stderr:
            missed += 1
            print("tampering %d (seed %d) was not found: %s" % (i, seed, done))
    print("tamper_bundle: %d tamperings, %d missed, seed %d" % (count, missed, seed))
    return 1 if missed else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1))
