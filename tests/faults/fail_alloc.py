#!/usr/bin/env python3
"""Fails every allocation of the program in turn, once and from there on (reliability.md G4).

Each run must end by itself with status 0 or 1, and with a message when it is 1; one that ends with 0
must have said exactly what a run with memory says. A failing run must not leave a journal behind that
does not open. Usage: fail_alloc.py LEEWARD SHIM [MOST], MOST being runs a scenario and way; --plan prints the names of the
parts that make up all of them, --part NAME runs one (tests/campaign/run alloc)."""
import os, resource, subprocess, sys, tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
CASES = TESTS / "cli" / "cases"
SEEDS = TESTS / "fuzz" / "corpus"
SQUARE, THROUGH = str(CASES / "square.geojson"), "file:%s" % (CASES / "through.jsonl")

def scenarios(program, work):
    """(name, arguments, journal made by it or None)"""
    journal, events = os.path.join(work, "made"), os.path.join(work, "events")
    subprocess.run([program, "watch", "--zones", SQUARE, "--feed", THROUGH, "--journal", journal, "--out", events],
                   check=True, stderr=subprocess.DEVNULL)
    incident = Path(events).read_text().split('"incident":"')[1][:16]
    case = os.path.join(work, "case.zip")
    subprocess.run([program, "bundle", incident, "-o", case, journal], check=True, stdout=subprocess.DEVNULL)
    yield "watch", ["watch", "--zones", SQUARE, "--feed", THROUGH], None
    fresh = os.path.join(work, "fresh")
    yield "watch and journal", ["watch", "--zones", SQUARE, "--feed", THROUGH, "--journal", fresh], fresh
    for folder in sorted(SEEDS.glob("fuzz_zone_import*")):
        for seed in sorted(folder.iterdir())[:6]:
            yield "zones check %s" % seed.name, ["zones", "check", str(seed)], None
    yield "zones convert", ["zones", "convert", "--to", "openair", SQUARE], None
    yield "decode", ["decode", "--all", "--feed", THROUGH], None
    yield "verify", ["verify", journal], None
    yield "replay", ["replay", journal], None
    yield "verify a bundle", ["verify", case], None
    yield "replay a bundle", ["replay", case], None
    yield "bundle", ["bundle", incident, "-o", os.path.join(work, "again.zip"), journal], None

def clean(folder, work):
    for path in filter(None, (folder, os.path.join(work, "again.zip"))):
        subprocess.run(["rm", "-rf", path], check=True)

def run(program, shim, arguments, at, on, count):
    environment = dict(os.environ, LD_PRELOAD=shim, FAIL_ALLOC_AT=str(at), FAIL_ALLOC_ON="1" if on else "0",
                       FAIL_ALLOC_COUNT=count)
    return subprocess.run([program, *arguments], env=environment, capture_output=True, timeout=60)

def numbers(total, most):
    """All of them, or as many as `most` spread over the whole, the first ones all."""
    if total <= most:
        return range(1, total + 1)
    first = most // 2
    step = (total - first) / (most - first)
    return list(range(1, first + 1)) + [first + 1 + int(i * step) for i in range(most - first)]

def wrong(program, result, intact, journal):
    if result.returncode == -6 and b"bad_alloc" in result.stderr:
        return None  # GEOS in the import: its C++ ends the program by itself, with these words
    if result.returncode not in (0, 1):
        return "ended with %d" % result.returncode
    if result.returncode == 0 and result.stdout != intact.stdout:
        return "said something else and called it done"
    if result.returncode == 1 and intact.returncode == 0 and not result.stderr and not result.stdout:
        return "failed without a word"
    if journal and os.path.exists(os.path.join(journal, "checkpoint")):
        after = subprocess.run([program, "replay", journal], capture_output=True)
        if after.returncode != 0:
            return "left a journal that does not replay: %s" % (after.stdout + after.stderr).decode()
    return None

PART = 250

def parts(scenario, total):
    """(name, whether all after it fail too, numbers)"""
    for on in (False, True):
        for first in range(1, total + 1, PART):
            last = min(total, first + PART - 1)
            yield "%s: %d to %d%s" % (scenario, first, last, " and on" if on else ""), on, range(first, last + 1)

def work_of(scenario, total, most, part):
    """(whether all after it fail too, numbers): as many as `most`, or those of one part"""
    if part is None:
        return [(on, numbers(total, most)) for on in (False, True)]
    return [(on, some) for name, on, some in parts(scenario, total) if name == part]

def main(program, shim, most=100000, part=None, plan=False):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    runs = failures = 0
    with tempfile.TemporaryDirectory() as work:
        count = os.path.join(work, "count")
        for name, arguments, journal in scenarios(program, work):
            if part is not None and not part.startswith(name + ": "):
                continue
            clean(journal, work)
            intact = run(program, shim, arguments, 0, False, count)
            total = int(Path(count).read_text())
            if plan:
                print("\n".join(each[0] for each in parts(name, total)))
                continue
            for on, some in work_of(name, total, most, part):
                for at in some:
                    clean(journal, work)
                    result = run(program, shim, arguments, at, on, count)
                    runs += 1
                    reason = wrong(program, result, intact, journal)
                    if reason:
                        failures += 1
                        print("%s, allocation %d of %d%s: %s\n  %s" % (name, at, total, " and all after" if on else "",
                              reason, result.stderr.decode(errors="replace")[-300:]))
    if not plan:
        print("fail_alloc: %d runs, %d wrong" % (runs, failures))
    return 1 if failures or part is not None and runs == 0 else 0

if __name__ == "__main__":
    words = sys.argv[3:]
    if words[:1] == ["--part"]:
        sys.exit(main(*sys.argv[1:3], part=words[1]))
    sys.exit(main(*sys.argv[1:3], plan=words == ["--plan"], most=int(words[0]) if words and words != ["--plan"] else 100000))
