"""Every frame of every recording is accounted for: reports + no report + refused = frames, and
the frames are as many as an independent count finds."""
import glob
import gzip
import json
import os

import recording


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        return file.read()


def count_lines(path):
    return sum(1 for line in read(path).splitlines() if line.strip())


def count_aircraft(path):
    return len(json.loads(read(path))["aircraft"])


def count_escapes(path):
    """Frames of a Beast file, counted by unescaped 0x1a."""
    return read(path).replace(b"\x1a\x1a", b"").count(b"\x1a")


def main():
    program, data = recording.arguments()
    result = recording.Comparison()
    cases = [(path, count_lines) for pattern in
             ("sbs/*.sbs", "aircraft_json/*.jsonl.gz", "aircraft_json/adsb_actions/*.json",
              "aircraft_json/sdre_json_2.jsonl") for path in glob.glob(os.path.join(data, pattern))]
    cases += [(path, count_aircraft) for path in
              glob.glob(os.path.join(data, "aircraft_json", "aircraft_*.json"))]
    cases += [(path, count_escapes) for path in
              glob.glob(os.path.join(data, "modes", "traffic_sample_dump1090.beast.bin"))]
    for path, count in cases:
        lines, counts = recording.decode(program, path)
        name = os.path.basename(path)
        print(f"{name}: {counts[0]} = {counts[1]} + {counts[2]} + {counts[3]}")
        result.expect(counts[0] == count(path), f"{name}: {counts[0]} frames, not {count(path)}")
        result.expect(counts[0] == sum(counts[1:]), f"{name}: the counts do not add up")
        result.expect(len(lines) == counts[0], f"{name}: {len(lines)} lines with --all")
        for line in lines:
            kinds = ("target" in line) + ("nothing" in line) + ("refused" in line)
            result.expect(kinds == 1, f"{name}: {line}")
    compare_mavlink(result, program, data)
    compare_snapshots(result, program, data)
    compare_capture(result, program, data)
    result.finish()


def compare_mavlink(result, program, data):
    """As many frames as node-mavlink's examples say, and junk apart."""
    for name, wanted in (("mavlink_v2_3412_packets.bin", (3412, 505, 2907, 0)),
                         ("mavlink_GH-5.bin", (139, 0, 138, 1))):
        path = os.path.join(data, "remoteid", name)
        lines, counts = recording.decode(program, path, "--format", "mavlink")
        result.expect(counts == wanted, f"{name}: {counts} for {wanted}")
        for line in lines:
            if "lat" in line:
                result.check("mavlink position", abs(line["lat"] - 37.8328) < 1e-3 and
                             abs(line["lon"] + 122.5126) < 1e-3, line)
            result.expect("refused" not in line or len(line["frame"]) == 10, f"{name}: {line}")


def compare_snapshots(result, program, data):
    """Fields of aircraft.json come out as they went in."""
    for path in glob.glob(os.path.join(data, "aircraft_json", "aircraft_*.json")):
        snapshot = json.loads(read(path))
        lines, _ = recording.decode(program, path)
        for aircraft, line in zip(snapshot["aircraft"], lines):
            if "nothing" in line:
                continue
            result.check("address", line["target"] == "icao24:" + aircraft["hex"], aircraft["hex"])
            for theirs, ours in (("lat", "lat"), ("lon", "lon"), ("alt_baro", "alt_baro_ft"),
                                 ("alt_geom", "alt_hae_ft"), ("gs", "speed_ground_kt"),
                                 ("track", "track_deg"), ("squawk", "squawk"), ("nic", "nic"),
                                 ("category", "category"), ("r", "registration"),
                                 ("ias", "speed_indicated_kt"), ("tas", "speed_air_kt"),
                                 ("mach", "mach"), ("track_rate", "track_rate_dps"),
                                 ("nic_baro", "nic_baro")):
                wanted = aircraft.get(theirs)
                if wanted == "ground":
                    result.check("on ground", line.get("on_ground") is True, aircraft["hex"])
                    wanted = None
                result.check(theirs, line.get(ours) == wanted,
                             f"{aircraft['hex']}: {line.get(ours)} for {wanted}")
            if "lat" in aircraft:
                age = snapshot["now"] - line["t_us"] / 1e6
                result.check("age", abs(age - aircraft["seen_pos"]) < 1e-3, aircraft["hex"])


def compare_capture(result, program, data):
    """The Beast capture names the aircraft and says the fields that dump1090 found in it."""
    lines, _ = recording.decode(
        program, os.path.join(data, "modes", "traffic_sample_dump1090.beast.bin"))
    expected = json.loads(read(os.path.join(
        data, "modes", "traffic_sample_dump1090.mutability.expected.aircraft.json")))
    last = {}
    for line in lines:
        if "target" in line:
            if line["source"] != "adsb":
                line.pop("vertical_rate_fpm", None)  # dump1090 does not read Comm-B register 6,0
            last.setdefault(line["target"], {}).update(line)
    # dump1090 lists no aircraft heard in a single message; there is one with plain parity.
    result.expect(set(last) - {"icao24:" + a["hex"] for a in expected["aircraft"]} ==
                  {"icao24:44ce69"}, sorted(last))
    for aircraft in expected["aircraft"]:
        got = last.get("icao24:" + aircraft["hex"], {})
        for theirs, ours in (("flight", "callsign"), ("squawk", "squawk"),
                             ("altitude", "alt_baro_ft"), ("category", "category"),
                             ("vert_rate", "vertical_rate_fpm")):
            if theirs in aircraft:
                wanted = aircraft[theirs]
                wanted = wanted.rstrip() if isinstance(wanted, str) else wanted
                result.check("capture " + ours, got.get(ours) == wanted,
                             f"{aircraft['hex']}: {got.get(ours)} for {wanted}")


main()
