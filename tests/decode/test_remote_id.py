"""Remote ID captures against opendroneid-core-c's decode of them, field by field; and nothing of
the operator leaves the decoder in any form."""
import json
import os
import struct

import recording

KT_PER_MPS = 3600 / 1852
FT_PER_M = 1 / 0.3048


def wanted_of(location):
    wanted = {}
    if location["lat"] or location["lon"]:
        wanted["lat"], wanted["lon"] = location["lat"], location["lon"]
        if location["h_acc"]:
            wanted["nac_p"] = min(location["h_acc"], 11)
    if location["status"] in (1, 2):
        wanted["on_ground"] = location["status"] == 1
    if location["direction"] < 360:
        wanted["track_deg"] = location["direction"]
    if location["speed_h"] < 254:
        wanted["speed_ground_kt"] = location["speed_h"] * KT_PER_MPS
    if abs(location["speed_v"]) < 62:
        wanted["vertical_rate_fpm"] = location["speed_v"] * 60 * FT_PER_M
    if location["alt_baro"] > -1000:
        wanted["alt_baro_ft"] = location["alt_baro"] * FT_PER_M
    if location["alt_geo"] > -1000:
        wanted["alt_hae_ft"] = location["alt_geo"] * FT_PER_M
    return wanted


TOLERANCE = {"lat": 1e-9, "lon": 1e-9, "speed_ground_kt": 6e-4, "track_deg": 0, "nac_p": 0,
             "alt_baro_ft": 0.51, "alt_hae_ft": 0.51, "vertical_rate_fpm": 0.51, "on_ground": 0}


def compare(result, name, theirs, line):
    ours = {k: v for k, v in line.items() if k in TOLERANCE}
    wanted = wanted_of(theirs["location"]) if "location" in theirs else {}
    for key in sorted(set(ours) | set(wanted)):
        a, b = ours.get(key), wanted.get(key)
        same = a is not None and b is not None and abs(a - b) <= TOLERANCE[key]
        result.check(key, same, f"{name} {theirs['ts']}: {a!r} for {b!r}")
    identity = theirs.get("basic_id_0", {}).get("uas_id")
    if "target" in line:
        result.check("target", line["target"] == f"rid:{identity}" or
                     identity is None and line["target"].startswith("rid:"), line)
        result.check("source", line["source"] == "remote_id", line)


def check_nothing_of_operators(result, name, text, expected):
    for theirs in expected:
        if "system" in theirs:
            for key in ("op_lat", "op_lon"):
                value = round(theirs["system"][key] * 1e7)
                if value:
                    hidden = struct.pack("<i", value).hex()
                    result.check("operator hidden", hidden not in text and str(value) not in text,
                                 f"{name}: {key}")
        if theirs.get("operator_id"):
            hidden = theirs["operator_id"]
            result.check("operator hidden", hidden not in text and
                         hidden.encode().hex() not in text, f"{name}: operator_id")


def main():
    program, data = recording.arguments()
    result = recording.Comparison()
    for name, packets in (("odid_bt5_lr_sample.pcapng", 274), ("odid_wifi_sample.pcap", 63)):
        path = os.path.join(data, "remoteid", name)
        lines, counts = recording.decode(program, path, "--format", "remote_id")
        result.expect(counts[0] == packets == sum(counts[1:]) == len(lines), f"{name}: {counts}")
        with open(path + ".opendroneid-core-c.expected.jsonl", encoding="utf-8",
                  errors="replace") as file:
            expected = [json.loads(row, strict=False) for row in file]
        by_time = {line["t_us"]: line for line in lines}
        tally = {}
        for theirs in expected:
            line = by_time[round(theirs["ts"] * 1e6)]
            refused = line.get("refused")
            kind = refused or ("report" if "target" in line else line["nothing"])
            tally[kind] = tally.get(kind, 0) + 1
            if refused == "a packet received with errors":
                continue  # the sniffer marked its CRC as wrong; core-c is not told of that
            if theirs["type"] == 255:
                result.check("empty pack", refused == "must be 1 to 9", line)
                continue
            result.check("accepted", refused is None, line)
            compare(result, name, theirs, line)
        print(f"{name}: {tally}")
        result.expect(tally.get("a packet without Remote ID", 0) == 0, f"{name}: {tally}")
        result.expect(tally.get("report", 0) >= 31, f"{name}: {tally}")
        check_nothing_of_operators(result, name, json.dumps(lines), expected)
    result.finish()


main()
