#!/usr/bin/env python3
"""Checks a tlog-tiles folder without our code: entries -> root -> checkpoint -> signature.
Standard library, and openssl for Ed25519. Usage: verify_tlog.py FOLDER [VKEY]"""
import base64, hashlib, os, subprocess, sys, tempfile

def sha(data):
    return hashlib.sha256(data).digest()

def name(n):
    parts = ["%03d" % (n % 1000)]
    while n >= 1000:
        n //= 1000
        parts.insert(0, "x%03d" % (n % 1000))
    return "/".join(parts)

def read(folder, level, n, width):
    path = os.path.join(folder, "tile", level, name(n))
    partial = path + ".p/%d" % width
    with open(partial if width < 256 and os.path.exists(partial) else path, "rb") as f:
        return f.read()

def entries(folder, size):
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        data, at = read(folder, "entries", n, width), 0
        for _ in range(width):
            length = int.from_bytes(data[at:at + 2], "big")
            entry = data[at + 2:at + 2 + length]
            if len(entry) != length or length == 0:
                raise SystemExit("entry bundle %d is cut short" % n)
            at += 2 + length
            yield entry

def root(leaves):
    if not leaves:
        return sha(b"")
    while len(leaves) > 1:
        pairs = [sha(b"\x01" + leaves[i] + leaves[i + 1]) for i in range(0, len(leaves) - 1, 2)]
        leaves = pairs + ([leaves[-1]] if len(leaves) % 2 else [])
    return leaves[0]

def signature_ok(body, signature, key):
    der = bytes.fromhex("302a300506032b6570032100") + key  # RFC 8410 section 4
    with tempfile.TemporaryDirectory() as t:
        paths = [os.path.join(t, x) for x in ("key", "body", "sig")]
        for path, data in zip(paths, (der, body, signature)):
            with open(path, "wb") as f:
                f.write(data)
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
                               paths[0], "-rawin", "-in", paths[1], "-sigfile", paths[2]],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

def main(folder, vkey):
    origin, key_id, key = vkey.strip().split("+", 2)
    key = base64.b64decode(key, validate=True)[1:]
    with open(os.path.join(folder, "checkpoint"), "rb") as f:
        note = f.read()
    body, lines = note[:note.rindex(b"\n\n") + 1], note[note.rindex(b"\n\n") + 2:].decode().splitlines()
    first, size, head = body.decode().split("\n")[:3]
    mine = [base64.b64decode(x.split(" ")[2]) for x in lines if x.split(" ")[1] == origin]
    mine = [s for s in mine if s[:4].hex() == key_id]
    if first != origin or len(mine) != 1 or not signature_ok(body, mine[0][4:], key):
        raise SystemExit("the checkpoint is not signed by this key")
    leaves = [sha(b"\x00" + e) for e in entries(folder, int(size))]
    for n in range((len(leaves) + 255) // 256):
        part = leaves[256 * n:256 * n + 256]
        if read(folder, "0", n, len(part))[:32 * len(part)] != b"".join(part):
            raise SystemExit("tile/0/%s is not that of its entries" % name(n))
    if base64.b64encode(root(leaves)).decode() != head:
        raise SystemExit("the root of the entries is not the signed one")
    print("verified: %s entries, root %s" % (size, head))

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2
         else open(os.path.join(sys.argv[1], "keys", "journal.vkey")).read())
