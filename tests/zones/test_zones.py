"""Real zone files through `leeward zones`: nothing crashes, every block is accounted for, areas agree
with an independent parser, and what is written is read again as the same.

usage: test_zones.py LEEWARD DATA_FOLDER     exit 77: the data are not on this machine
"""
import glob
import json
import math
import os
import re
import subprocess
import sys
import tempfile

PROGRAM, DATA = sys.argv[1], sys.argv[2]
FAILURES = []


def expect(condition, text):
    if not condition:
        FAILURES.append(text)
        print("FAILED:", text)


def run(*arguments):
    done = subprocess.run([PROGRAM, "zones", *arguments], capture_output=True, timeout=120)
    expect(done.returncode in (0, 1), f"{arguments}: exit status {done.returncode}: {done.stderr[-500:]}")
    return done


def counts(done):
    """blocks, read, repaired, refused of the summary of one file."""
    found = re.findall(rb": (\d+) zones: (\d+) read \((\d+) repaired\), (\d+) refused", done.stderr)
    return [int(n) for n in found[-1]] if found else None


def ring_area(ring):
    """Square metres on a sphere, signed (Bevis and Cambareri 1987, by trapezoids)."""
    total = 0.0
    for (lon1, lat1, *_), (lon2, lat2, *_) in zip(ring, ring[1:] + ring[:1]):
        total += math.radians(lon2 - lon1) * (math.sin(math.radians(lat1)) + math.sin(math.radians(lat2)))
    return total / 2 * 6371008.8 ** 2


def area(geometry):
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return sum(abs(ring_area(p[0])) - sum(abs(ring_area(h)) for h in p[1:]) for p in polygons)


def perimeter(geometry):
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    total = 0.0
    for ring in (ring for polygon in polygons for ring in polygon):
        for (lon1, lat1, *_), (lon2, lat2, *_) in zip(ring, ring[1:]):
            total += math.hypot((lon2 - lon1) * math.cos(math.radians(lat1)), lat2 - lat1) * 111195
    return total


def curves(text_lines, first):
    """"circle" and its radius in metres, "arc", or "" for the block from this line on."""
    found = ""
    for line in text_lines[first:]:
        if line.startswith("AC"):
            break
        if line.startswith("DC"):
            return "circle", float(re.match(r"DC\s*([\d.]+)", line).group(1)) * 1852
        if line.startswith(("DA", "DB", "DY")):
            found = "arc"
    return found, 0


def zones_by_line(path):
    """Line of each zone of an OpenAir file that was read, with its feature."""
    converted = run("convert", "--to", "geojson", path)
    features = json.loads(converted.stdout)["features"]
    with open(path, "rb") as file:
        text = file.read().decode("latin-1")
    lines = re.split("\r\n|\n|\r", text)
    starts = [i for i, line in enumerate(lines) if re.match(r"\s*AC\s", line)]
    findings = [json.loads(line) for line in run("check", "--json", path).stdout.splitlines()]
    return features, lines, starts, findings


def block_span(starts, total, index):
    end = starts[index + 1] if index + 1 < len(starts) else total
    return starts[index] + 1, end


def check_areas(path, expected_path):
    features, lines, starts, findings = zones_by_line(path)
    bad = {f["line"] for f in findings if f["level"] == "refused"}
    shaky = {f["line"] for f in findings if "was made valid" in f["reason"]}
    # Where the ends of an arc are not equally far from its centre there is no one answer.
    uneven = {f["line"] for f in findings if "not equally far" in f["reason"]}
    by_block, at = {}, 0
    for index in range(len(starts)):
        first, last = block_span(starts, len(lines), index)
        if any(first <= line <= last for line in bad):
            continue
        by_block[index] = features[at]
        at += 1
    expect(at == len(features), f"{path}: {at} good blocks, {len(features)} features")
    compared = worst = 0
    with open(expected_path, encoding="utf-8") as file:
        expected = json.load(file)
    expect(expected["source_blocks"] == len(starts), f"{path}: {len(starts)} blocks")
    for feature in expected["features"]:
        properties = feature["properties"]
        block = properties["_block"]
        where = f"{os.path.basename(path)} block {block} {properties.get('name')}"
        expect(block in by_block, f"{where}: refused, read by the other parser")
        if block not in by_block or feature["geometry"]["type"] not in ("Polygon", "MultiPolygon"):
            continue
        ours, theirs = area(by_block[block]["geometry"]), area(feature["geometry"])
        loose = properties.get("_normalised") or starts[block] + 1 in shaky
        # The other parser rounds the radius of circles, by up to 30 m: those are judged by the radius
        # in the file, within what a sphere differs from the ellipsoid. It draws arcs with few
        # corners, on a sphere; plain polygons must agree within 0.1 %.
        curve, radius_m = curves(lines, starts[block] + 1)
        if curve == "circle":
            theirs = math.pi * radius_m ** 2
        first, last = block_span(starts, len(lines), block)
        loose = loose or any(first <= line <= last for line in uneven)
        limit = 0.05 if loose else 0.0125 if curve == "arc" else 0.005 if curve else 0.001
        difference = abs(ours - theirs) / max(theirs, 1)
        # The other parser rounds coordinates to about half a metre.
        rounding = 0.5 * perimeter(by_block[block]["geometry"])
        expect(difference <= limit or abs(ours - theirs) < rounding,
               f"{where}: area {ours:.0f} m2, other parser {theirs:.0f} m2 ({difference:.3%})")
        compared += 1
        worst = max(worst, difference) if not loose else worst
        check_limits(where, by_block[block]["properties"], properties)
    print(f"{os.path.basename(path)}: {compared} areas compared, worst {worst:.3%}")


def check_limits(where, ours, theirs):
    for mine, other in (("lower", "lowerCeiling"), ("upper", "upperCeiling")):
        if other not in theirs:
            continue
        value, unit = theirs[other]["value"], theirs[other]["unit"]
        if ours[mine] in ("SFC", "UNL"):
            expect(ours[mine] == "UNL" or value == 0, f"{where}: {mine} {ours[mine]}, other {theirs[other]}")
            continue
        feet = value * {"FL": 100, "FT": 1, "M": 1 / 0.3048}[unit]
        expect(abs(ours[mine]["value"] - feet) <= 51, f"{where}: {mine} {ours[mine]}, other {theirs[other]}")


def check_blocks(path):
    """Every AC line is a zone read or refused."""
    done = run("check", path)
    result = counts(done)
    expect(result is not None, f"{path}: no summary")
    if result is None:
        return
    blocks, read, repaired, refused = result
    expect(blocks == read + refused and repaired <= read, f"{path}: {result} do not add up")
    expect(done.returncode == (1 if refused else 0), f"{path}: status {done.returncode} with {refused} refused")
    if path.endswith(".txt") and "without-ac" not in path:
        with open(path, "rb") as file:
            wanted = len(re.findall(rb"(?:^|[\r\n])[ \t]*AC[ \t]", file.read()))
        expect(blocks == wanted, f"{path}: {wanted} AC lines, {blocks} blocks")


def check_round_trip(path):
    first = run("convert", "--to", "geojson", path)
    with tempfile.NamedTemporaryFile(suffix=".geojson") as file:
        file.write(first.stdout)
        file.flush()
        again = run("convert", "--to", "geojson", file.name)
        expect(again.returncode == 0, f"{path}: what was written is refused: {again.stderr[-300:]}")
        expect(b" repaired" not in again.stderr.replace(b"(0 repaired)", b""), f"{path}: second reading repairs")
        expect(again.stdout == first.stdout, f"{path}: the second writing differs")
    return first.stdout


def check_other_formats(path, canonical):
    """Writing as another format and reading that gives zones of the same area and limits."""
    features = json.loads(canonical)["features"]
    for name, suffix in (("openair", ".txt"), ("ed269", ".json"), ("ed318", ".json")):
        written = run("convert", "--to", name, path)
        with tempfile.NamedTemporaryFile(suffix=suffix) as file:
            file.write(written.stdout)
            file.flush()
            again = json.loads(run("convert", "--to", "geojson", file.name).stdout)["features"]
        total = sum(area(f["geometry"]) for f in features)
        if b"with holes" in written.stderr:
            continue
        back = sum(area(f["geometry"]) for f in again)
        expect(abs(total - back) <= 1e-6 * total, f"{path} as {name}: area {total} comes back as {back}")


def main():
    if not os.path.isdir(DATA):
        print(f"skipped: no folder {DATA}")
        return 77
    texts = sorted(glob.glob(f"{DATA}/openair/*.txt"))
    fixtures = sorted(glob.glob(f"{DATA}/openair/openaip_fixtures/*.txt"))
    geojson = [f for f in sorted(glob.glob(f"{DATA}/geojson_zones/*.geojson") + glob.glob(f"{DATA}/boundaries/*.geojson"))]
    for path in texts + fixtures + geojson:
        check_blocks(path)
        canonical = check_round_trip(path)
        if path in texts:
            check_other_formats(path, canonical)
    for path in texts:
        expected = path.replace(".txt", ".openaip-2.13.1.expected.geojson")
        if os.path.exists(expected):
            check_areas(path, expected)
    for path in sorted(glob.glob(f"{DATA}/ed269/*.json")):
        done = run("check", path)
        expect((done.returncode == 1) == ("Invalid" in path), f"{path}: status {done.returncode}")
        check_round_trip(path)
    print(f"{len(texts)} OpenAir files, {len(fixtures)} fixtures, {len(geojson)} GeoJSON files; {len(FAILURES)} failures")
    return 1 if FAILURES else 0


sys.exit(main())
