"""The Go project's transparency log code as a third opinion (tests/crash/go/verify.go).
Run alone: go_verifier.py MAKE_JOURNAL checks journals of many sizes, and that each grew from the one
before."""
import os, shutil, subprocess, sys, tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "go" / "verify.go"
PACKAGES = "/usr/share/gocode"  # where Debian's golang-golang-x-mod-dev lies

def missing():
    """Why it cannot run here; None when it can."""
    if not shutil.which("go"):
        return "go is not installed"
    return None if os.path.isdir(PACKAGES + "/src/golang.org/x/mod") else "golang-golang-x-mod-dev is not installed"

class GoVerifier:
    def __init__(self, build, work, vkey):
        """`build`: a folder that stays, so that Go compiles its library once."""
        program = os.path.join(work, "go_verify")
        environment = dict(os.environ, GO111MODULE="off", GOPATH=PACKAGES, GOCACHE=os.path.join(build, "go_cache"),
                           GOTOOLCHAIN="local", GOFLAGS="")
        subprocess.run(["go", "build", "-o", program, str(SOURCE)], check=True, env=environment)
        self.process = subprocess.Popen([program, vkey], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *folders):
        self.process.stdin.write("\t".join(folders) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def finds(self, folder):
        """Whether something is wrong with it."""
        answer = self.ask(folder)
        assert answer.startswith(("ok ", "bad ")), answer
        return answer.startswith("bad ")

    def close(self):
        self.process.stdin.close()
        return self.process.wait()

def main(maker):
    reason = missing()
    if reason:
        print("skipped:", reason)
        return 77
    sizes = [0, 1, 2, 3, 255, 256, 257, 511, 700, 65535, 65536, 65537, 66000]
    with tempfile.TemporaryDirectory() as work:
        journal, before, verifier = os.path.join(work, "journal"), None, None
        for size in sizes:
            subprocess.run([maker, journal, str(size)], check=True)
            verifier = verifier or GoVerifier(
                os.path.dirname(os.path.abspath(maker)), work, Path(journal, "keys", "journal.vkey").read_text().strip())
            answer = verifier.ask(journal)
            if answer != "ok %d" % size:
                sys.exit("a journal of %d entries: %s" % (size, answer))
            if before:
                answer = verifier.ask(before, journal)
                if answer != "ok %d" % size:
                    sys.exit("%s does not grow into %d entries: %s" % (before, size, answer))
            before = os.path.join(work, "at_%d" % size)
            os.mkdir(before)
            shutil.copy(os.path.join(journal, "checkpoint"), before)
        other = os.path.join(work, "other")
        # Without the head signed last, which would forbid to begin again under this key.
        shutil.copytree(os.path.join(journal, "keys"), os.path.join(other, "keys"),
                        ignore=shutil.ignore_patterns("last_head"))
        subprocess.run([maker, other, "300"], check=True)
        Path(work, "at_257", "checkpoint").write_bytes(Path(other, "checkpoint").read_bytes())
        if verifier.ask(os.path.join(work, "at_257"), journal) != "ok 66000":
            sys.exit("the same entries under the same key are refused")
        entries = Path(other, "tile", "entries", "000")
        data = bytearray(entries.read_bytes())
        data[40] ^= 1
        entries.write_bytes(data)
        if not verifier.ask(other).startswith("bad "):
            sys.exit("an altered entry is taken")
        verifier.close()
    print("go_verifier: %d sizes, each grown from the one before" % len(sizes))
    return 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
