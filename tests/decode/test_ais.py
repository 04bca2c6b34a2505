"""AIS recordings against gpsd's and libais's decodes of them, field by field: what they say and a
report can hold is there with the same value, what they call not available is absent, and a report
has nothing else. Messages are paired by type and MMSI, read here from the first sentence. Each key
of each expected file is either compared or named in UNHELD: a key that nobody thought of fails."""
import difflib
import json
import os

import recording

# Lines that the other decoders accept and we refuse, with the reason; docs/feeds.md "AIS" explains.
REFUSED = {
    "not an NMEA sentence": ["AIVDM,2,2,1,B,00000000000,2*26"],
    "length": ["!AIVDM,1,1,,2,D02E34iFTg6D000000000000002gjG2,0*75",
               "!AIVDM,1,1,,2,D02=VVA8`N?`>4N01L=Nfp1>AA0,0*75",
               "!AIVDM,1,1,,A,13aIkM@P00PJ@qPNL=e@0?wJ28JO,5*63"],
    "mmsi": ["!AIVDM,1,1,,B,AwoiGRg:tOw>>9n5f9u>rOvwkraEe6ON,0*34",
             "!AIVDM,1,1,,B,?w>DNkiVT>Qp8eMvd@,4*00",
             "!AIVDM,1,1,,A,J?Amrcw9LwuO7b9nHgeD?SVS5U8doUvtuwAQ,0*52"],
    "lon": ["!AIVDM,1,1,,B,4>O7m7Iu@<9qUfbtm`vSnwvH20S8,0*46",
            "!AIVDM,1,1,,A,KvQ:1o`7EBrBQ`?w,0*37"],
    "lat": ["!AIVDM,1,1,,B,2T8Mur>pJNw77ks5q?7mdfhoOgMo,0*3A",
            "!AIVDM,1,1,,B,9muc;QvN2`TG6BE76wm;U7u>K>?b,0*64"],
}
COMPARED = ("type", "mmsi", "lat", "lon", "speed", "course", "heading", "callsign", "shipname", "name",
            "shiptype", "imo", "alt", "alt_sensor", "status")
# What no report holds, by the clauses of ITU-R M.1371-5 annex 8 that docs/feeds.md lists.
UNHELD = {
    "said by the decoder, not the message": "class device scaled",
    "3.2 repeat indicator": "repeat",
    "how good a place is (tables 48, 49)": "accuracy raim epfd second timestamp gnss",
    "turn and manoeuvre (table 48)": "turn maneuver",
    "size and voyage (tables 52, 70, 77)": "to_bow to_stern to_port to_starboard draught destination eta dte",
    "equipment (tables 52, 56, 67, 70, 79)": "ais_version vendorid model serial regional reserved assigned cs "
        "display dsc band msg22 mode unit part_num",
    "aid to navigation (table 73)": "aid_type off_position virtual_aid",
    "communication state (3.3.7, annex 2)": "radio sync_state slot_timeout slot_number slot_offset slot_increment "
        "slots_to_allocate keep_flag received_stations transmission_ctl commstate_cs_fill",
    "spare": "spare spare2 spare3 spare4",
    "data of type 17 (table 68)": "data",
}
HELD = set(COMPARED) | {key for keys in UNHELD.values() for key in keys.split()}
# Where the fields stand in the rows that gpsdecode writes with -c; not scaled.
MOTION = {"lon": 7, "lat": 8, "speed": 5, "course": 9, "heading": 10, "status": 3}
CLASS_B = {"lon": 6, "lat": 7, "speed": 4, "course": 8, "heading": 9}
COLUMNS = {1: MOTION, 2: MOTION, 3: MOTION, 4: {"lon": 5, "lat": 6}, 11: {"lon": 5, "lat": 6},
           5: {"imo": 3, "callsign": 5, "shipname": 6, "shiptype": 7},
           9: {"alt": 3, "speed": 4, "lon": 6, "lat": 7, "course": 8}, 17: {"lon": 3, "lat": 4}, 18: CLASS_B,
           19: {**CLASS_B, "shipname": 12, "shiptype": 13}, 21: {"name": 4, "lon": 6, "lat": 7},
           24: {"shipname": 3, "shiptype": 4, "callsign": 8},
           27: {"status": 3, "lon": 5, "lat": 6, "speed": 7, "course": 8}}
CONTENT = (1, 2, 3, 4, 5, 9, 11, 17, 18, 19, 21, 24, 27)


def bits_of(payload):
    value = 0
    for c in payload:
        code = ord(c) - 48
        value = value << 6 | (code - 8 if code > 40 else code)
    return value, 6 * len(payload)


def messages(lines):
    """(type, MMSI, part of type 24, line) of each line that completes a message."""
    first = {}
    found = []
    for line in lines:
        text = line["frame"]
        if "\\" in text[:1]:
            text = text[text.index("\\", 1) + 1:]
        fields = text.lstrip("!").split(",")
        if fields[0][2:] not in ("VDM", "VDO") or len(fields[5]) == 0:
            continue
        key = (fields[1], fields[3], fields[4])
        if int(fields[1]) > 1 and fields[2] == "1":
            first[key] = fields[5]
        if "waits for the others" in line.get("nothing", ""):
            continue
        payload = fields[5] if fields[1] == "1" else first.get(key, fields[5])
        value, length = bits_of(payload[:7])
        kind, mmsi = value >> (length - 6), value >> (length - 38) & (1 << 30) - 1
        part = value >> (length - 40) & 3 if kind == 24 else 0
        found.append((kind, mmsi, part, line))
    return found


def expected_report(theirs, number):
    """What a report should say by another decoder's object; `number` is how it scales."""
    kind, wanted = theirs["type"], {}
    units = 1 if theirs["scaled"] else 600 if kind in (17, 27) else 600000
    lat, lon = theirs.get("lat"), theirs.get("lon")
    if lat is not None and abs(lat / units) <= 90 and abs(lon / units) <= 180:
        wanted["lat"], wanted["lon"] = lat / units, lon / units
    speed = theirs.get("speed")
    if isinstance(speed, (int, float)):
        tenths = kind not in (9, 27)
        speed = speed if theirs["scaled"] or not tenths else speed / 10
        limit = 63 if kind == 27 else 102.15 if tenths else 1022
        if number == "libais" and kind == 9:
            speed *= 10  # libais takes whole knots for tenths: M.1371-5 table 56
        if speed < limit:
            wanted["speed_ground_kt"] = speed
    course = theirs.get("course")
    if course is not None:
        course = course if theirs["scaled"] or kind == 27 else course / 10
        if course < 359.99:
            wanted["track_deg"] = course
    if (theirs.get("heading") or 0) < 360 and theirs.get("heading") is not None:
        wanted["heading_deg"] = theirs["heading"]
    name = theirs.get("callsign") or theirs.get("shipname") or theirs.get("name")
    if name and number == "libais":
        name = name.replace("-", "_").replace("`", "'")  # M.1371-5 table 47: 31 and 39
    if name and name.strip():
        wanted["callsign"] = name.strip()[:15].strip()
    if 1 <= theirs.get("shiptype", 0) <= 99:
        wanted["category"] = f"{theirs['shiptype']:02}"
    imo = int(theirs.get("imo", 0))
    if 1000000 <= imo <= 9999999:
        wanted["registration"] = f"IMO{imo}"
    if kind == 9 and theirs["alt"] < 4094:
        wanted["altitude"] = round(theirs["alt"] / 0.3048)
    status = theirs.get("status")
    if status == 14 or (isinstance(status, str) and "SART" in status):
        wanted["emergency"] = {"972": "mob", "974": "epirb"}.get(
            f"{theirs['mmsi']:09}"[:3], "sart")
    return wanted


def compare(result, name, theirs, line, number, part):
    ours = {k: v for k, v in line.items()
            if k not in ("t_us", "target", "source", "frame", "receiver")}
    if "nothing" in ours:
        ours = {}
    if theirs["type"] == 24 and part == 1:
        theirs = {k: v for k, v in theirs.items() if k != "shipname"}  # gpsd adds that of part A
    elif theirs["type"] == 24:
        theirs = {k: v for k, v in theirs.items() if k not in ("callsign", "shiptype")}
    wanted = expected_report(theirs, number)
    if "alt_sensor" in theirs and "altitude" in wanted:
        wanted["alt_baro_ft" if theirs["alt_sensor"] == 1 else "alt_hae_ft"] = wanted.pop("altitude")
    for alt in ("alt_baro_ft", "alt_hae_ft"):
        if alt in ours and "altitude" in wanted:
            ours["altitude"] = ours.pop(alt)
    if "target" in line:
        result.check("mmsi", line["target"] == f"mmsi:{theirs['mmsi']:09}", line)
        result.check("source", line["source"] == "ais", line)
    coarse = theirs["type"] in (17, 27) and number == "gpsd" and theirs["scaled"]
    for key in sorted(set(ours) | set(wanted)):
        a, b = ours.get(key), wanted.get(key)
        if isinstance(a, (int, float)) and isinstance(b, (int, float)):
            if key in ("lat", "lon"):
                tolerance = 0.0501 if coarse else 1e-5 if number == "libais" else 6e-7
            else:
                tolerance = 1e-4
            same = abs(a - b) <= tolerance
        else:
            same = a == b
        result.check(key, same, f"{name}: {line['frame']}: {a!r} for {b!r}")


def pair(result, name, lines, expected, number, merged):
    ours = messages(lines)
    if merged:  # gpsd shows part A of type 24 together with part B, and not alone
        ours = [m for m in ours if not (m[0] == 24 and m[2] == 0)]
    a = [m[:2] for m in ours]
    b = [(e["type"], e["mmsi"]) for e in expected]
    pairs = 0
    unpaired_ours, unpaired_theirs = [], []
    for op, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, False).get_opcodes():
        if op == "equal":
            for (kind, _, part, line), theirs in zip(ours[i1:i2], expected[j1:j2]):
                pairs += 1
                if "refused" in line:
                    check_refused(result, name, line)
                elif kind in CONTENT:
                    compare(result, name, theirs, line, number, part)
                else:
                    result.check("without content", "nothing" in line, line)
        else:
            unpaired_ours += [m[3] for m in ours[i1:i2]]
            unpaired_theirs += [e for e in expected[j1:j2]]
    for line in unpaired_ours:
        if "refused" in line:
            check_refused(result, name, line)
            continue
        # gpsd shows a part B of type 24 only when it remembers the part A of the same ship.
        alone = "type 24 part B alone" if line["frame"].split(",")[5].startswith("H") else ""
        result.expect("nothing" in line or alone, f"{name}: only we decode {line}")
    for theirs in unpaired_theirs:
        result.expect(False, f"{name}: only they decode {theirs}")
    print(f"{name}: {pairs} messages paired, {len(unpaired_ours)} only ours, "
          f"{len(unpaired_theirs)} only theirs")
    result.expect(pairs >= len(expected), f"{name}: {pairs} of {len(expected)} paired")


def check_refused(result, name, line):
    texts = REFUSED.get(line.get("field"), []) + REFUSED.get(line["refused"], [])
    result.expect(any(line["frame"].startswith(text) for text in texts),
                  f"{name}: refused and not explained: {line}")


def compare_fixes(result, data):
    """gpsd answers each sentence with what it knows; right behind RMC, GLL and GGA that is the
    position of the sentence."""
    path = os.path.join(data, "ais", "gpsd_ais-nmea.expected.jsonl")
    ours = {}
    lines, _ = recording.decode(
        PROGRAM, os.path.join(data, "ais", "gpsd_ais-nmea.log"), "--format", "ais")
    for line in lines:
        ours.setdefault(line["frame"], line)
    rows = open(path, encoding="utf-8").read().splitlines()
    for before, after in zip(rows, rows[1:]):
        if before[:6] not in ("$GPRMC", "$GPGLL", "$GPGGA") or '"TPV"' not in after:
            continue
        theirs, line = json.loads(after), ours[before.strip()]
        if "lat" not in theirs or "lat" not in line:
            continue
        result.check("fix lat", abs(theirs["lat"] - line["lat"]) < 1e-7, line)
        result.check("fix lon", abs(theirs["lon"] - line["lon"]) < 1e-7, line)
        if "time" in theirs:
            stamp = theirs["time"][:19]
            hour, minute, second = (int(x) for x in stamp[11:].split(":"))
            result.check("fix time", line["t_us"] // 1000000 % 86400 ==
                         hour * 3600 + minute * 60 + second, line)
        if before[:6] == "$GPGGA" and "altHAE" in theirs:
            result.check("fix alt_hae_ft",
                         abs(theirs["altHAE"] / 0.3048 - line["alt_hae_ft"]) <= 0.51, line)


def check_profile(result, name, expected):
    """Every key of a message with content is compared or known not to be held; the other types have
    no report, of which each key follows."""
    counts = [0, 0]
    for theirs in expected:
        for key in theirs:
            if theirs["type"] in CONTENT and not key.endswith("_text"):
                counts[key not in COMPARED] += 1
                result.check("key known", key in HELD, f"{name}: type {theirs['type']}: {key}")
    print(f"{name}: {counts[0]} values compared, {counts[1]} that no report holds")
    result.expect(counts[0] > 60, name)


def row_object(row):
    """A row as the object that gpsdecode would write without -c."""
    theirs = {"type": int(row[0]), "mmsi": int(row[2]), "scaled": False}
    for key, index in COLUMNS.get(theirs["type"], {}).items():
        text = row[index]
        theirs[key] = text if key in ("callsign", "shipname", "name") else int(text)
    return theirs


def read_objects(path):
    if path.endswith(".csv"):
        with open(path, encoding="utf-8", errors="replace") as file:
            return [row_object(line.rstrip("\n").split("|")) for line in file]
    rows = open(path, encoding="utf-8").read().splitlines()
    return [json.loads(r) for r in rows if r.startswith("{") and '"AIS"' in r]


def main():
    result = recording.Comparison()
    cases = [("gpsd_sample.aivdm", "gpsd_sample.aivdm.expected.scaled.jsonl", "gpsd"),
             ("gpsd_sample.aivdm", "gpsd_sample.aivdm.expected.unscaled.jsonl", "gpsd"),
             ("gpsd_sample.aivdm", "gpsd_sample.aivdm.expected.csv", "gpsd"),
             ("gpsd_ais-nmea.log", "gpsd_ais-nmea.expected.jsonl", "gpsd"),
             ("gpsd_saab-r4.log", "gpsd_saab-r4.expected.jsonl", "gpsd"),
             ("libais_typeexamples.nmea", "libais_typeexamples.gpsdecode.expected.jsonl", "gpsd"),
             ("libais_typeexamples.nmea", "libais_typeexamples.expected.json", "libais"),
             ("pyais_nmea_data_sample.txt", "pyais_nmea_data_sample.gpsdecode.expected.jsonl",
              "gpsd")]
    for name, expected, number in cases:
        path = os.path.join(DATA, "ais", name)
        lines, counts = recording.decode(PROGRAM, path, "--format", "ais")
        written = sum(1 for line in open(path, encoding="utf-8", errors="replace") if line.strip())
        result.expect(counts[0] == written == sum(counts[1:]) == len(lines),
                      f"{name}: {counts} for {written} lines")
        objects = read_objects(os.path.join(DATA, "ais", expected))
        check_profile(result, expected, objects)
        pair(result, f"{name} ({number})", lines, objects, number, number == "gpsd")
    compare_fixes(result, DATA)
    for name in ("gpsd_bt451.log", "gpsd_gpslim236.log", "gpsd_hab-gpspi.log", "gpsd_mt3339.log",
                 "gpsd_ublox-zed-f9p-nmea.log", "signalk_plaka.nmea.log"):
        path = os.path.join(DATA, "tracks", name)
        lines, counts = recording.decode(PROGRAM, path, "--format", "ais")
        written = sum(1 for line in open(path, "rb") if line.strip())
        print(f"{name}: {counts[0]} = {counts[1]} + {counts[2]} + {counts[3]}")
        result.expect(counts[0] == written == sum(counts[1:]) and counts[3] == 0, f"{name}")
    result.finish()


PROGRAM, DATA = recording.arguments()
main()
