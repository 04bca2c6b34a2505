"""Remote ID captures against opendroneid-core-c's decode of them, and flights of the network as JSON
against Python's reading of them, field by field; nothing of the operator leaves the decoder in any
form."""
import json
import os
import struct
from datetime import datetime

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


# Half of the steps of F3411 table 1, in which frames hold what the network says.
NETWORK = {"lat": 5.1e-8, "lon": 5.1e-8, "track_deg": 0.5, "speed_ground_kt": 0.125 * KT_PER_MPS + 6e-4,
           "vertical_rate_fpm": 0.25 * 60 * FT_PER_M + 0.51, "alt_hae_ft": 0.25 * FT_PER_M + 0.51}


def wanted_of_state(state):
    position = state["position"]
    wanted = {"lat": position["lat"], "lon": position["lng"], "track_deg": state["track"],
              "speed_ground_kt": state["speed"] * KT_PER_MPS,
              "vertical_rate_fpm": state["vertical_speed"] * 60 * FT_PER_M}
    if "alt" in position:
        wanted["alt_hae_ft"] = position["alt"] * FT_PER_M
    return wanted


def is_refused(state):
    try:
        datetime.fromisoformat(state["timestamp"])
    except ValueError:
        return True
    return state["speed"] < 0


def check_network(program, data, result):
    """Flights of InterUSS, each in one line, for its test data are longer than a frame may be."""
    for name, bad in (("zurich_rid_flight", 0), ("invalid_no_alt", 0), ("invalid_wrong_speed", 1),
                      ("invalid_wrong_timestamp", 1)):
        with open(os.path.join(data, "remoteid", f"interuss_{name}.json"), encoding="utf-8") as file:
            flights = json.load(file)["flights"]
        feed = "\n".join(json.dumps(flight, separators=(",", ":")) for flight in flights)
        lines, counts = recording.decode(program, "-", stdin=feed.encode())
        states = [(f["flight_details"], state) for f in flights for state in f["states"]]
        result.expect(counts == (len(states), len(states) - bad, 0, bad), f"{name}: {counts}")
        for (details, state), line in zip(states, lines):
            result.check("refused", ("refused" in line) == is_refused(state), line)
            if "refused" in line:
                continue
            wanted = wanted_of_state(state)
            t_us = round(datetime.fromisoformat(state["timestamp"]).timestamp() * 1e6)
            result.check("target", line["target"] == f"rid:{details['serial_number']}", line)
            result.check("time", line["t_us"] == t_us, line)
            result.check("fields", set(wanted) == {key for key in line if key in NETWORK}, line)
            for key, value in wanted.items():
                off = abs(line[key] - value)
                off = min(off, 360 - off) if key == "track_deg" else off
                result.check(key, off <= NETWORK[key], f"{name}: {line[key]} for {value}")
        text = json.dumps(lines)
        for details in (flight["flight_details"] for flight in flights):
            place = struct.pack("<i", round(details["operator_location"]["lat"] * 1e7)).hex()
            result.check("operator hidden", place not in text and
                         details["operator_id"].encode().hex() not in text, name)


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
    check_network(program, data, result)
    result.finish()


main()
