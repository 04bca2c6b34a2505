#!/usr/bin/env python3
"""Checks a tlog-tiles folder without our code: entries -> root -> checkpoint -> signature.
Standard library, and openssl for Ed25519. Usage: verify_tlog.py FOLDER [VKEY]"""
import base64, hashlib, json, os, subprocess, sys, tempfile

def sha(data):
    return hashlib.sha256(data).digest()

def name(n):
    parts = ["%03d" % (n % 1000)]
    while n >= 1000:
        n //= 1000
        parts.insert(0, "x%03d" % (n % 1000))
    return "/".join(parts)

def read(folder, level, n, width):
    """The file of a tile or bundle, and whether it is the one of exactly this width."""
    path = os.path.join(folder, "tile", level, name(n))
    partial = path + ".p/%d" % width
    exact = width == 256 or os.path.exists(partial)
    try:
        with open(partial if width < 256 and exact else path, "rb") as f:
            return f.read(), exact
    except OSError:
        raise SystemExit("tile/%s/%s is missing" % (level, name(n)))

def entries(folder, size):
    """Every entry; None for one that was pruned, of which kept/ has the length 0 alone."""
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        kept = os.path.join(folder, "kept", name(n))
        pruned = width == 256 and os.path.exists(kept) and \
            not os.path.exists(os.path.join(folder, "tile", "entries", name(n)))
        if pruned:
            with open(kept, "rb") as f:
                data, exact, at = f.read(), True, 0
        else:
            (data, exact), at = read(folder, "entries", n, width), 0
        for _ in range(width):
            length = int.from_bytes(data[at:at + 2], "big")
            entry = data[at + 2:at + 2 + length]
            if pruned and data[at:at + 2] == b"\0\0":
                at += 2
                yield None
                continue
            if len(entry) != length or length == 0:
                raise SystemExit("entry bundle %d is cut short" % n)
            at += 2 + length
            yield entry
        if exact and at != len(data):
            raise SystemExit("entry bundle %d goes on behind its end" % n)

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

def tiles(folder, leaves):
    """Every tile of every level must be that of the entries."""
    level, hashes = 0, leaves
    while hashes:
        for n in range((len(hashes) + 255) // 256):
            part = hashes[256 * n:256 * n + 256]
            data, exact = read(folder, str(level), n, len(part))
            if data[:32 * len(part)] != b"".join(part) or exact and len(data) != 32 * len(part):
                raise SystemExit("tile/%d/%s is not that of its entries" % (level, name(n)))
        hashes = [root(hashes[i:i + 256]) for i in range(0, len(hashes) // 256 * 256, 256)]
        level += 1

def blob(folder, entry):
    """A large record stands in a file named by its hash."""
    digest = entry[9:]
    try:
        with open(os.path.join(folder, "blob", digest.hex()), "rb") as f:
            data = f.read()
    except OSError:
        raise SystemExit("blob/%s is missing" % digest.hex())
    if len(entry) != 41 or len(data) != int.from_bytes(entry[1:9], "little") or sha(data) != digest:
        raise SystemExit("blob/%s is not what its entry says" % digest.hex())

def pruned(missing, frames, ranges):
    """Exactly those entries may be missing that records of pruning name."""
    for r in ranges:
        there = sum(r["first"] <= i < r["end"] for i in missing) + sum(r["first"] <= i < r["end"] for i in frames)
        if there != r["count"]:
            raise SystemExit("in a pruned range from %d other entries are missing than were pruned" % r["first"])
    for index in missing:
        if not any(r["first"] <= index < r["end"] for r in ranges):
            raise SystemExit("entry %d is missing and no record says that it was pruned" % index)

def check(folder, vkey):
    """Size and root; SystemExit says what does not verify."""
    origin, key_id, key = vkey.strip().split("+", 2)
    key = base64.b64decode(key, validate=True)[1:]
    try:
        with open(os.path.join(folder, "checkpoint"), "rb") as f:
            note = f.read()
    except OSError:
        raise SystemExit("there is no checkpoint")
    try:
        cut = note.rindex(b"\n\n")
        body, rest = note[:cut + 1], note[cut + 2:].decode()
        first, size, head, end = body.decode().split("\n")
        found = [x.split(" ") for x in rest.splitlines()]
        if end or str(int(size)) != size or not rest.endswith("\n") or \
                any(len(x) != 3 or x[0] != "\u2014" for x in found):
            raise ValueError
        mine = [base64.b64decode(x[2], validate=True) for x in found if x[1] == origin]
        if any(base64.b64encode(base64.b64decode(x[2])).decode() != x[2] for x in found):
            raise ValueError  # another text for the same bytes
    except (ValueError, UnicodeDecodeError):
        raise SystemExit("the checkpoint does not follow its format")
    mine = [s for s in mine if s[:4].hex() == key_id]
    if first != origin or len(mine) != 1:
        raise SystemExit("the checkpoint is not signed by this key")
    leaves, missing, frames, ranges = [], [], [], []
    for index, entry in enumerate(entries(folder, int(size))):
        if entry is None: # its tile has the hash, and the root says whether that is right
            tile, _ = read(folder, "0", index // 256, 256)
            leaves.append(tile[index % 256 * 32:index % 256 * 32 + 32])
            missing.append(index)
            continue
        leaves.append(sha(b"\x00" + entry))
        if entry[0] == 4:
            frames.append(index)
        elif entry[0] == 15:
            ranges += json.loads(entry[1:])["ranges"]
        if entry[0] & 0x80:
            blob(folder, entry)
    pruned(missing, frames, ranges)
    tiles(folder, leaves)
    if base64.b64encode(root(leaves)).decode() != head:
        raise SystemExit("the root of the entries is not the signed one")
    if not signature_ok(body, mine[0][4:], key):  # last, because openssl is another process
        raise SystemExit("the checkpoint is not signed by this key")
    return size, head

def main(folder, vkey):
    print("verified: %s entries, root %s" % check(folder, vkey))

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2
         else open(os.path.join(sys.argv[1], "keys", "journal.vkey")).read())
