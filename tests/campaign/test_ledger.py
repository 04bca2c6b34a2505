"""What a ledger counts and what it does not."""
import json
import tempfile
from pathlib import Path

from ledger import PAGE_OBJECT, ROOT, Ledger, digest_of

NINJA = f"""rule made
  command = cat $in >$out
build one: made one.c.o common.c.o | {PAGE_OBJECT}
build two: made two.c.o common.c.o
build common.c.o: made common.c
"""


def digest_follows_what_is_linked(folder):
    script = str(Path(__file__).resolve().relative_to(ROOT))
    names = ("one.c.o", "two.c.o", "common.c.o", "common.c", PAGE_OBJECT)
    (folder / "build.ninja").write_text(NINJA)
    for name in names:
        (folder / name).write_text(name)
    before = digest_of(folder, ("one",), ())
    assert digest_of(folder, ("one",), ()) == before != digest_of(folder, ("two",), ()) != digest_of(folder, ("one", "two"), ())
    assert digest_of(folder, ("one",), (script,)) != before
    changed = []
    for name in names:
        (folder / name).write_text("changed")
        changed += [name] if digest_of(folder, ("one",), ()) != before else []
        (folder / name).write_text(name)
    assert changed == ["one.c.o", "common.c.o"], changed
    # A folder of programs alone: they are all there is.
    (folder / "build.ninja").unlink()
    (folder / "one").write_text("program")
    alone = digest_of(folder, ("one",), ())
    (folder / "one").write_text("another")
    assert alone != digest_of(folder, ("one",), ()) and alone != before


def main():
    with tempfile.TemporaryDirectory() as folder:
        digest_follows_what_is_linked(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "deep", "ledger.jsonl")
        first = Ledger(path, "kill", "one")
        first.add("seed 1, 200", 200, 0, {"acknowledged": 7, "edges": 4})
        first.add("seed 2, 200", 200, 1, {"acknowledged": 9, "edges": 3})
        first.add("seed 2, 200", 200, 0, {"acknowledged": 5, "edges": 2})  # run again: the newest counts
        assert (first.sum("run"), first.sum("failed"), first.sum("acknowledged"), first.most("edges")) == (400, 0, 12, 4)
        # Stopped within a line, which is then none; the next begins on a new one.
        whole = path.read_bytes()
        path.write_bytes(whole + b'{"campaign": "kill", "sour')
        assert Ledger(path, "kill", "one").parts == first.parts
        Ledger(path, "kill", "two").add("seed 1, 200", 300, 2, {})
        Ledger(path, "sim", "one").add("1 to 25", 25, 0, {})
        again = Ledger(path, "kill", "one")
        assert again.parts == first.parts and again.most_before() == (300, 2, "two")
        assert Ledger(path, "kill", "three").sum("run") == 0
        Ledger(path, "sim", "one").add("26 to 50", 25, 0, {"seconds": 30, "parts": 4})
        Ledger(path, "sim", "two").add("1 to 25", 25, 0, {"seconds": 50, "parts": 5})
        assert Ledger(path, "sim", "new").whole_seconds() == 200 and again.whole_seconds() is None
        lines = [json.loads(line) for line in path.read_text().splitlines() if not line.endswith("sour")]
        assert len(lines) == 7 and all(line["time"].endswith("Z") for line in lines)
    print("ok")


main()
