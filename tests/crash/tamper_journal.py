#!/usr/bin/env python3
"""Alters a journal at random (reliability.md G9) and demands that `leeward verify`, the
independent verify_tlog.py, the shell with OpenSSL (verify_journal.sh) and Go's transparency log code
(go_verifier.py, where it is installed) all find each change. What is altered is the signed log:
checkpoint, tiles, bundles, what is kept of pruned ones. The verifiers know the true key from elsewhere.
Usage: tamper_journal.py LEEWARD MAKE_JOURNAL COUNT [SEED]; all 10,000: tests/campaign/run tamper."""
import base64, hashlib, os, random, shutil, subprocess, sys, tempfile
import go_verifier, verify_tlog

RECORDS = 560
SHELL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "verify_journal.sh")
TOOLS = ("sh openssl base64 basenc cat cmp cut head mktemp mv od printf rm sed sha256sum split tail tr wc").split()

def is_bundle(path):
    return path.startswith(("tile/entries/", "kept/"))

def split(data):
    out, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at:at + 2], "big")
        out.append(data[at + 2:at + 2 + length])
        at += 2 + length
    return out

def join(entries):
    return b"".join(len(e).to_bytes(2, "big") + e for e in entries)

class Forger:
    """Somebody with write access to everything, and with a key of his own."""
    def __init__(self, folder, vkey):
        self.origin, self.key_id, _ = vkey.strip().split("+", 2)
        self.key = os.path.join(folder, "forger.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        self.scratch = os.path.join(folder, "body")
        der = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"],
                             check=True, capture_output=True).stdout[-32:]
        self.own_id = hashlib.sha256(self.origin.encode() + b"\n\x01" + der).digest()[:4]

    def sign(self, body, key_id):
        with open(self.scratch, "wb") as f:
            f.write(body)
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in",
                                    self.scratch], check=True, capture_output=True).stdout
        line = "\u2014 %s %s\n" % (self.origin, base64.b64encode(key_id + signature).decode())
        return body + b"\n" + line.encode()

    def log(self, rng, files):
        """A whole, consistent log with one entry altered, under a head he signs or leaves unsigned."""
        new = dict(files)
        paths = sorted((p for p in files if is_bundle(p)), key=lambda p: p.split("/", 2 - p.startswith("kept/"))[-1])
        path = rng.choice(paths)
        entries = split(files[path])
        i = rng.choice([k for k, e in enumerate(entries) if e])
        entries[i] = entries[i][:1] + bytes([entries[i][1] ^ 1 if len(entries[i]) > 1 else 1]) + entries[i][2:]
        new[path] = join(entries)
        # Of what was pruned he has the hashes alone.
        leaves = [verify_tlog.sha(b"\0" + e) if e else files["tile/0/" + verify_tlog.name(n)][32 * k:32 * k + 32]
                  for n, p in enumerate(paths) for k, e in enumerate(split(new[p]))]
        level = 0
        hashes = leaves
        while hashes:
            for n in range((len(hashes) + 255) // 256):
                part = hashes[256 * n:256 * n + 256]
                name = "tile/%d/%s" % (level, verify_tlog.name(n)) + (".p/%d" % len(part) if len(part) < 256 else "")
                new[name] = b"".join(part)
            hashes = [verify_tlog.root(hashes[k:k + 256]) for k in range(0, len(hashes) // 256 * 256, 256)]
            level += 1
        old = files["checkpoint"].split(b"\n")
        body = b"\n".join([old[0], old[1], base64.b64encode(verify_tlog.root(leaves)), b""])
        how = rng.randrange(3)
        if how == 0:
            new["checkpoint"] = body + files["checkpoint"][files["checkpoint"].index(b"\n\n") + 1:]
        else:
            new["checkpoint"] = self.sign(body, bytes.fromhex(self.key_id) if how == 1 else self.own_id)
        return new

def tamper(rng, files, forger):
    """(what was done, the files after it)"""
    new = dict(files)
    how = rng.randrange(9)
    path = rng.choice(sorted(files))
    data = bytearray(files[path])
    if how == 0:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif how == 1:
        at = rng.randrange(len(data))
        del data[at:at + rng.randrange(1, 64)]
    elif how == 2:
        at = rng.randrange(len(data) + 1)
        data[at:at] = rng.randbytes(rng.randrange(1, 64))
    elif how == 3:
        data = data[:rng.randrange(len(data))]
    elif how == 4:
        del new[path]
        return "removed %s" % path, new
    elif how == 5:
        other = rng.choice(sorted(p for p in files if files[p] != files[path]))
        new[path], new[other] = files[other], files[path]
        return "swapped %s and %s" % (path, other), new
    elif how == 6:
        path = rng.choice(sorted(p for p in files if is_bundle(p)))
        entries = split(files[path])
        i, k = rng.randrange(len(entries)), rng.randrange(len(entries))
        kind = rng.randrange(4 if path.startswith("kept/") else 3)
        if kind == 0:
            del entries[i]
        elif kind == 1:
            entries.insert(i, entries[k])
        elif kind == 2:
            entries[i], entries[k] = entries[k], entries[i]
        else:
            entries[i] = b""  # as if it had been pruned too
        data = bytearray(join(entries))
    elif how == 7:
        return "forged log", forger.log(rng, files)
    else:
        path = "checkpoint"
        lines = files[path].split(b"\n")
        line = rng.randrange(2)
        if line == 0:
            lines[1] = b"%d" % max(0, int(lines[1]) + rng.choice([-1, 1, -256, 256, 1 << 40]))
        else:
            lines[2] = base64.b64encode(rng.randbytes(32))
        data = bytearray(b"\n".join(lines))
        if rng.randrange(2):
            data = bytearray(forger.sign(b"\n".join(lines[:3]) + b"\n", bytes.fromhex(forger.key_id)))
    new[path] = bytes(data)
    return "altered %s (%d)" % (path, how), new

def put(folder, before, after):
    for path in set(before) | set(after):
        if before.get(path) != after.get(path):
            full = os.path.join(folder, path)
            if path in after:
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "wb") as f:
                    f.write(after[path])
            else:
                os.remove(full)

def independent_finds(folder, vkey):
    try:
        verify_tlog.check(folder, vkey)
        return False
    except SystemExit:
        return True

class Shell:
    """Nothing but openssl, coreutils and sed."""
    def __init__(self, work):
        self.tools = os.path.join(work, "bin")
        os.mkdir(self.tools)
        for tool in TOOLS:
            os.symlink(shutil.which(tool), os.path.join(self.tools, tool))
        self.work = work

    def finds(self, folder, vkey):
        done = subprocess.run(["sh", SHELL, folder, vkey], capture_output=True, text=True, errors="replace",
                              env={"PATH": self.tools, "TMPDIR": self.work})
        # What it cannot run finds nothing.
        assert done.returncode not in (126, 127) and "not found" not in done.stderr, done
        assert ("VERIFIED: " in done.stdout) == (done.returncode == 0), done
        return done.returncode != 0

def make(maker, folder, *more):
    """The files of the signed log, and the key."""
    subprocess.run([maker, folder, str(RECORDS), *more], check=True)
    files = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(top, name), folder)
            if path == "checkpoint" or path.startswith(("tile/", "blob/", "kept/")):
                with open(os.path.join(folder, path), "rb") as f:
                    files[path] = f.read()
    with open(os.path.join(folder, "keys", "journal.vkey")) as f:
        return files, f.read().strip()

def main(program, maker, count, seed):
    rng, missed, done = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory() as work:
        journals = []
        for more in ([], ["pruned"]):
            folder = os.path.join(work, "j" + "".join(more))
            files, vkey = make(maker, folder, *more)
            journals.append((folder, files))
        assert len([p for p in files if p.startswith("kept/")]) == 2
        forger, shell = Forger(work, vkey), Shell(work)
        reason = go_verifier.missing()
        go = None if reason else go_verifier.GoVerifier(os.path.dirname(os.path.abspath(maker)), work, vkey)
        if reason:
            print("tamper_journal: without Go's code: %s" % reason)
        for folder, _ in journals:
            intact = subprocess.run([program, "verify", "--key", vkey, folder], capture_output=True)
            if intact.returncode != 0 or independent_finds(folder, vkey) or shell.finds(folder, vkey) or \
                    go and go.finds(folder):
                sys.exit("tamper_journal: the intact journal does not verify: %s" % intact)
        while done < count:
            folder, files = rng.choice(journals)
            what, altered = tamper(rng, files, forger)
            if altered == files:
                continue
            done += 1
            put(folder, files, altered)
            ours = subprocess.run([program, "verify", "--key", vkey, folder], capture_output=True, text=True)
            if ours.returncode != 1 or "DOES NOT VERIFY" not in ours.stdout:
                missed += 1
                print("leeward verify missed tampering %d (seed %d): %s\n%s" % (done, seed, what, ours))
            if not independent_finds(folder, vkey):
                missed += 1
                print("verify_tlog.py missed tampering %d (seed %d): %s" % (done, seed, what))
            if not shell.finds(folder, vkey):
                missed += 1
                print("verify_journal.sh missed tampering %d (seed %d): %s" % (done, seed, what))
            if go and not go.finds(folder):
                missed += 1
                print("Go's code missed tampering %d (seed %d): %s" % (done, seed, what))
            put(folder, altered, files)
        if go:
            go.close()
    print("tamper_journal: %d tamperings, %d missed by one of %d verifiers, seed %d" %
          (done, missed, 4 if not reason else 3, seed))
    return 1 if missed else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1))
