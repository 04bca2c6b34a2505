"""Holds the catalogue of bad input against the program: test_catalogue.py LEEWARD SOURCE [--write].

Each seed gives what is expected of it and lies in the corpus of its fuzz target (--write puts it
there), where it is also cut into pieces; each test that a line names is there and is run."""
import os
import re
import subprocess
import sys
import tempfile

from catalogue import CATALOGUE, NEEDS_MANY, NOT_READ, SEEDED

SUMMARY = re.compile(rb"(\d+) frames = (\d+) reports \+ (\d+) no report \+ (\d+) refused")
# How a fuzz target wants a stream as it is: the bytes before it.
PREFIX = {("fuzz_decoder", "beast"): b"\x00\x01", ("fuzz_decoder", "aircraft_json"): b"\x03\x01",
          ("fuzz_decoder", "report_jsonl"): b"\x05\x01", ("fuzz_ais", "ais"): b"\x00",
          ("fuzz_remote_id", "remote_id"): b"\x00", ("fuzz_asterix", "asterix"): b"\x00",
          ("fuzz_zone_import", "zones"): b""}
ZONES = re.compile(rb": (\d+) read \(\d+ repaired\), (\d+) refused")
REGISTERED = r"(?:cmocka_unit_test\w*|TEST|CASE)\(\s*%s\s*[,)]"


def decode(program, path, style):
    done = subprocess.run([program, "decode", "--all", "--feed", f"{path}?format={style}&t0="
                           "2023-11-14T22:13:20Z"], capture_output=True, check=False, timeout=60)
    summary = SUMMARY.search(done.stderr)
    if done.returncode not in (0, 1) or not summary:
        return None, done.stdout + done.stderr, f"status {done.returncode}"
    frames, *counts = map(int, summary.groups())
    if frames != sum(counts) or (done.returncode == 1) != (counts[2] > 0):
        return None, done.stdout, "the counts do not add up"
    return counts, done.stdout, ""


def check_zones(program, path):
    done = subprocess.run([program, "zones", "check", path], capture_output=True, check=False,
                          timeout=60)
    text = done.stdout + done.stderr
    found = ZONES.search(text)
    if done.returncode not in (0, 1) or not found:
        return None, text, f"status {done.returncode}"
    counts = list(map(int, found.groups()))
    if (done.returncode == 1) != (counts[1] > 0 or counts[0] == 0):
        return None, text, "the status is not that of the counts"
    return counts, text, ""


def problems_of_seed(program, source, seed, folder, write):
    path = os.path.join(folder, seed.name + (".geojson" if seed.style == "zones" else ""))
    with open(path, "wb") as out:
        out.write(seed.data)
    counts, text, wrong = check_zones(program, path) if seed.style == "zones" else \
        decode(program, path, seed.style)
    if wrong:
        yield wrong
        return
    if counts != list(seed.counts):
        yield f"{counts}, expected {seed.counts}: {text[:700].decode(errors='replace')}"
    for word in seed.words:
        absent = word.startswith("!")
        if (word.lstrip("!").encode() in text) == absent:
            yield f"output {'has' if absent else 'lacks'} {word.lstrip('!')}: {text[:700]}"
    corpus = os.path.join(source, "tests/fuzz/corpus", seed.target, "bad_" + seed.name)
    data = PREFIX[seed.target, seed.style] + seed.data
    if write:
        with open(corpus, "wb") as out:
            out.write(data)
    if not os.path.isfile(corpus) or open(corpus, "rb").read() != data:
        yield f"{corpus} is not this seed; run with --write"


def problems_of_test(source, name):
    path, function = name.rsplit(":", 1)
    path = os.path.join(source, path)
    if not os.path.isfile(path):
        yield f"{path} is not there"
        return
    text = open(path, encoding="utf-8").read()
    pattern = REGISTERED if path.endswith(".c") else \
        r"^def %s\(" if path.endswith(".py") else r"\b%s\b"
    if not re.search(pattern % function, text, re.MULTILINE):
        yield f"{path} has no test {function}"


def main():
    program, source = sys.argv[1:3]
    write = "--write" in sys.argv
    wrong, lines, seeds, names = [], 0, 0, set()
    with tempfile.TemporaryDirectory() as folder:
        for part, catalogue in CATALOGUE.items():
            for line, tests, own in catalogue:
                lines += 1
                found = [] if tests or own else ["has neither seed nor test"]
                if catalogue in SEEDED and not own and own is not NEEDS_MANY:
                    found.append("has no seed")
                for test in tests:
                    found += problems_of_test(source, test)
                for seed in own:
                    seeds += 1
                    found += [] if seed.name not in names else [f"{seed.name} is there twice"]
                    names.add(seed.name)
                    found += [f"{seed.name}: {problem}" for problem in
                              problems_of_seed(program, source, seed, folder, write)]
                wrong += [f"{part}: {line}: {problem}" for problem in found]
        for style in NOT_READ:
            done = subprocess.run([program, "decode", "--feed", f"-?format={style}"],
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if done.returncode == 0 or b"format" not in done.stderr:
                wrong.append(f"format {style}: {done.returncode} {done.stderr}")
    print("\n".join(wrong))
    print(f"{lines} lines, {seeds} seeds, {len(wrong)} problems")
    sys.exit(1 if wrong else 0)


main()
