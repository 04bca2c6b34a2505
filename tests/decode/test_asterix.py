"""ASTERIX recordings against the items of an independent decoder: every record, and of each every
field that a report holds, both ways (said by it, and not said by us without it)."""
import datetime
import glob
import json
import math
import os

import recording

SUFFIX = ".asterix-2.8.11.expected.jsonl"
DAY_US = 86400 * 1000000
NAUTICAL_MILE_M = 1852.0
FEET_M = 0.3048


def knots(metres_per_second):
    return metres_per_second * 3600 / NAUTICAL_MILE_M


def part(items, item, name, key=None):
    value = items.get(item, {}).get(name)
    return value.get(key or name) if value else None


def registers(items, item):
    return {r.get("BDS"): r for r in items.get(item, []) if isinstance(r, dict)}


def valid(items, item, key):
    value = items.get(item)
    return value[key] if value and value.get("V", 0) == 0 and value.get("G", 0) == 0 else None


def expected_021(items):
    want = {"target": "icao24:" + items["I080"]["TAddr"].lower(),
            "t_us": items["I073"]["time_reception_position"] * 1e6}
    if "I130" in items:
        want["lat"], want["lon"] = items["I130"]["Lat"], items["I130"]["Lon"]
    if "GBS" in items["I040"]:
        want["on_ground"] = items["I040"]["GBS"] == 1
    want["squawk"] = items.get("I070", {}).get("Mode3A")
    want["callsign"] = items.get("I170", {}).get("TId", "").strip() or None
    if "I145" in items:
        want["alt_baro_ft"] = items["I145"]["FL"] * 100
    want["alt_hae_ft"] = items.get("I140", {}).get("geometric_height")
    want["category"] = {21: "C2"}.get(items.get("I020", {}).get("ECAT"))
    assert items["I210"]["VN"] == 0  # so that NIC, NACp and SIL are not what they are called
    return want


def expected_048(items):
    want = {"t_us": items["I140"]["ToD"] * 1e6}
    if "I220" in items:
        want["target"] = "icao24:" + items["I220"]["ACAddr"].lower()
    else:
        source = items["I010"]
        want["target"] = f"asterix:{source['SAC']}.{source['SIC']}.{items['I161']['Tn']}"
    want["squawk"] = valid(items, "I070", "Mode3A")
    level = valid(items, "I090", "FL")
    want["alt_baro_ft"] = None if level is None else level * 100
    want["callsign"] = items.get("I240", {}).get("TId", "").strip() or None
    if "I200" in items:
        want["speed_ground_kt"] = items["I200"]["CGS"]
        want["track_deg"] = items["I200"]["CHdg"]
    status = items.get("I230", {}).get("STAT")
    want["on_ground"] = {0: False, 1: True, 2: False, 3: True}.get(status)
    by_number = registers(items, "I250")
    turn, speed = by_number.get("50", {}), by_number.get("60", {})
    if turn.get("TAS_STATUS"):
        want["speed_air_kt"] = turn["TAS"]
    if turn.get("RA_STATUS"):
        want["roll_deg"] = turn["RA"]
    if turn.get("TAR_STATUS"):
        want["track_rate_dps"] = turn["TAR"]
    if speed.get("IAS_STAT"):
        want["speed_indicated_kt"] = speed["IAS"]
    if speed.get("MACH_STATUS"):
        want["mach"] = speed["MACH"]
    if speed.get("HDG_STATUS"):
        want["heading_magnetic_deg"] = speed["HDG"] % 360
    intent = by_number.get("40", {})
    for status, height, who in (("FMS_ALT_STATUS", "FMS_ALT", "fms"),
                                ("MCP_ALT_STATUS", "MCP_ALT", "mcp")):
        if intent.get(status):
            want["alt_selected_ft"], want["alt_selected_source"] = intent[height], who
    if intent.get("BP_STATUS"):
        want["qnh_hpa"] = 800 + intent["BP"]
    if speed.get("BAR_STATUS"):
        want["vertical_rate_fpm"] = speed["BAR"]
    elif speed.get("IVV_STATUS"):
        want["vertical_rate_fpm"] = speed["IVV"]
    return want


def expected_062(items):
    source = items["I010"]
    address = part(items, "I380", "ADR")
    want = {"target": "icao24:" + address.lower() if address else
                      f"asterix:{source['SAC']}.{source['SIC']}.{items['I040']['TrkN']}",
            "t_us": items["I070"]["ToT"] * 1e6,
            "lat": items["I105"]["Lat"], "lon": items["I105"]["Lon"],
            "squawk": valid(items, "I060", "Mode3A"),
            "speed_ground_kt": knots(math.hypot(items["I185"]["Vx"], items["I185"]["Vy"])),
            "track_deg": math.degrees(math.atan2(items["I185"]["Vx"], items["I185"]["Vy"])) % 360,
            "alt_baro_ft": items["I136"]["MFL"] if "I136" in items else None,
            "alt_hae_ft": items.get("I130", {}).get("Alt"),
            "vertical_rate_fpm": items.get("I220", {}).get("RoC"),
            "heading_magnetic_deg": part(items, "I380", "MHG", "MAH"),
            "mach": part(items, "I380", "MAC", "MNO"),
            "speed_indicated_kt": part(items, "I380", "IAR", "IAS")}
    name = part(items, "I380", "ID", "ACID") or part(items, "I390", "CSN")
    want["callsign"] = name.strip() if name else None
    cleared = part(items, "I390", "CFL")
    want["alt_selected_ft"] = part(items, "I380", "SAL", "Alt") or (cleared and cleared * 100)
    status = part(items, "I380", "COM", "STAT")
    want["on_ground"] = {0: False, 1: True, 2: False, 3: True}.get(status)
    return want


EXPECTED = {21: expected_021, 48: expected_048, 62: expected_062}
TOLERANCE = {"lat": 1e-7, "lon": 1e-7, "speed_ground_kt": 6e-4, "track_deg": 6e-4,
             "heading_magnetic_deg": 6e-4, "roll_deg": 1e-3, "track_rate_dps": 1e-3, "mach": 1e-6,
             "qnh_hpa": 0.01, "vertical_rate_fpm": 0.5, "alt_hae_ft": 0.5, "t_us": 1.0}


def same(key, got, want):
    if got is None or want is None or key not in TOLERANCE:
        return got == want
    return abs(got - want) <= TOLERANCE[key]


def ecef(lat, lon, height_m):
    axis, squared = 6378137.0, 0.00669437999014
    lat, lon = math.radians(lat), math.radians(lon)
    normal = axis / math.sqrt(1 - squared * math.sin(lat) ** 2)
    return ((normal + height_m) * math.cos(lat) * math.cos(lon),
            (normal + height_m) * math.cos(lat) * math.sin(lon),
            (normal * (1 - squared) + height_m) * math.sin(lat))


def check_place(result, report, items, site):
    """The place, at its altitude, lies at the slant range and azimuth that were measured."""
    has = site is not None and "I040" in items and "alt_baro_ft" in report
    result.check("048 place", ("lat" in report) == has, report)
    if not has or "lat" not in report:
        return
    height_m = report["alt_baro_ft"] * FEET_M
    there = ecef(report["lat"], report["lon"], height_m)
    here = ecef(site["LAT"], site["Lon"], site["Height"])
    d = [a - b for a, b in zip(there, here)]
    lat, lon = math.radians(site["LAT"]), math.radians(site["Lon"])
    east = -math.sin(lon) * d[0] + math.cos(lon) * d[1]
    north = (-math.sin(lat) * math.cos(lon) * d[0] - math.sin(lat) * math.sin(lon) * d[1]
             + math.cos(lat) * d[2])
    range_m = math.dist(there, here)
    azimuth = math.degrees(math.atan2(east, north)) % 360
    off = (azimuth - items["I040"]["THETA"] + 180) % 360 - 180
    result.check("048 slant range within 25 m",
                 abs(range_m - items["I040"]["RHO"] * NAUTICAL_MILE_M) < 25, (range_m, items))
    result.check("048 azimuth within 0.01 degrees", abs(off) < 0.01, (azimuth, items))


def compare(result, program, path):
    with open(path, encoding="utf-8") as file:
        expected = [json.loads(line) for line in file]
    recording_path = path[:-len(SUFFIX)]
    lines, counts = recording.decode(program, f"file:{recording_path}")
    name = os.path.basename(recording_path)
    print(f"{name}: {counts[0]} = {counts[1]} + {counts[2]} + {counts[3]}")
    result.expect(counts[0] == len(expected), f"{name}: {len(expected)} records expected")
    result.expect(counts[3] == 0, f"{name}: refused")
    sites = {}
    for line, record in zip(lines, expected):
        category = record["cat"]
        items = record[f"CAT{category:03d}"]
        source = (items["I010"]["SAC"], items["I010"]["SIC"])
        frame = f"{category:02x}00" + record["hexdata"].lower()
        result.check("record", line["frame"] == frame, (line["frame"], frame))
        if "I120" in items and category == 34:
            sites[source] = items["I120"]
        make = EXPECTED.get(category)
        if make is None:
            result.check(f"{category:03d} tells nothing", "nothing" in line, line)
            continue
        want = make(items)
        want["receiver"] = f"{source[0]}.{source[1]}"
        want["source"] = "asterix"
        line_of_day = dict(line, t_us=line["t_us"] % DAY_US)
        keys = set(want) | (set(line) - {"frame"})
        if category == 48:
            check_place(result, line, items, sites.get(source))
            keys -= {"lat", "lon"}
        for key in sorted(keys):
            result.check(f"{category:03d} {key}", same(key, line_of_day.get(key), want.get(key)),
                         (line.get(key), want.get(key), record["hexdata"]))
        if name.endswith(".pcap"):
            day = datetime.datetime.fromtimestamp(line["t_us"] / 1e6, datetime.timezone.utc)
            date = {"cat_034_048.pcap": (2016, 5, 5), "cat_062_065.pcap": (2014, 2, 25)}[name]
            result.check("date of the capture", (day.year, day.month, day.day) == date, day)


def main():
    program, data = recording.arguments()
    result = recording.Comparison()
    paths = sorted(glob.glob(os.path.join(data, "asterix", "*" + SUFFIX)))
    result.expect(len(paths) >= 10, f"{len(paths)} recordings")
    for path in paths:
        compare(result, program, path)
    result.finish()


main()
