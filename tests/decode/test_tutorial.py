"""48,843 real frames in three framings against the decode of rs1090 (docs/feeds.md tells where that
one is not followed)."""
import gzip
import json
import math
import os

import recording

RECORDING = "traffic_tutorial_2024-06-06_a"
SITE = "43.63,1.37"  # the airport where the aircraft taxied; the recording does not say its own
NEAR_DEG, WRONG_DEG, ENOUGH = 1e-4, 1e-3, 0.999


def lon_apart(a, b):
    return abs((a - b + 180.0) % 360.0 - 180.0)


def message_of(form, frame):
    """The Mode S message of a frame, in hex."""
    if form == "beast":
        return bytes.fromhex(frame).replace(b"\x1a\x1a", b"\x1a")[-14:].hex()
    return frame[-29:-1].lower()


def compare_fields(result, wanted, got, velocity, n):
    detail = f"frame {n + 1} {wanted['frame']}"

    def check(kind, ours, theirs, tolerance=0.0):
        same = ours is not None and abs(ours - theirs) <= tolerance
        result.check(kind, same, f"{detail}: {ours} for {theirs}")

    if wanted.get("callsign"):
        result.check("callsign", got.get("callsign") == wanted["callsign"].rstrip(), detail)
    elif wanted.get("bds20"):
        result.check("callsign in Comm-B",
                     got.get("callsign") == wanted["bds20"]["callsign"].rstrip(), detail)
    else:
        result.check("no callsign", "callsign" not in got, detail)
    if wanted.get("squawk"):
        result.check("squawk", got.get("squawk") == wanted["squawk"], detail)
    if wanted.get("altitude") is not None:
        code = int(wanted["frame"][4:8], 16) & 0x1FFF
        if wanted["df"] == "17" or code & 0x50 != 0 or wanted["altitude"] != 0:
            # rs1090 gives 0 for a code in steps of 100 ft (no M, no Q bit) that we can read.
            check("altitude", got.get("alt_baro_ft"), wanted["altitude"])
    if wanted["df"] != "17":
        compare_registers(result, wanted, got, velocity, detail)
        return
    if wanted["bds"] == "62":
        # rs1090 does not give NICbaro: bit 44 of the message, which is bit 76 of the frame.
        nic_baro = int(wanted["frame"], 16) >> (112 - 76) & 1 == 1
        result.check("NICbaro", got.get("nic_baro") is nic_baro, detail)
        if wanted.get("selected_altitude") is not None:
            by = {"MCP/FCU": "mcp", "FMS": "fms"}[wanted["source"]]
            result.check("whose selected altitude", got.get("alt_selected_source") == by, detail)
        if wanted.get("selected_altitude") is not None:
            # rs1090 rounds to a hundred feet, where the step is 32 ft.
            check("selected altitude", got.get("alt_selected_ft"), wanted["selected_altitude"], 50)
        if wanted.get("barometric_setting") is not None:
            # rs1090 cuts to whole hPa, where the step is 0.8.
            check("pressure setting", got.get("qnh_hpa"), wanted["barometric_setting"], 1.0)
    if wanted["bds"] == "09" and wanted.get("NACv") is not None:
        check("nac_v", got.get("nac_v"), wanted["NACv"])
    if wanted.get("groundspeed") is not None:
        speed = wanted["groundspeed"]
        movement = int(wanted["frame"][8:12], 16) >> 4 & 0x7f
        if wanted["bds"] == "06" and 13 <= movement <= 38:
            # rs1090 counts steps of 0.25 kt here, so that code 38 is 8.25 kt and 39 is 15 kt; the
            # step of DO-260B table 2-35 is 0.5 kt, and 38 is 14.5 kt.
            speed = 2.0 + 2.0 * (speed - 2.0)
        check("groundspeed", got.get("speed_ground_kt"), speed, 0.51)
    if wanted.get("track") is not None:
        ours = got.get("track_deg")
        same = ours is not None and lon_apart(ours, wanted["track"]) <= 0.001
        result.check("track", same, f"{detail}: {ours} for {wanted['track']}")
    if wanted.get("vertical_rate") is not None:
        check("vertical rate", got.get("vertical_rate_fpm"), wanted["vertical_rate"])
    if wanted.get("NACp") is not None:
        check("nac_p", got.get("nac_p"), wanted["NACp"])


# The register, rs1090's name, ours, the tolerance, which is its rounding.
REGISTERS = (("bds40", "selected_mcp", "alt_selected_ft", 50),
             ("bds40", "barometric_setting", "qnh_hpa", 1.0),
             ("bds50", "roll", "roll_deg", 0.001),
             ("bds50", "track", "track_deg", 0.001),
             ("bds50", "groundspeed", "speed_ground_kt", 0),
             ("bds50", "TAS", "speed_air_kt", 0),
             ("bds50", "track_rate", "track_rate_dps", 0.001),
             ("bds60", "IAS", "speed_indicated_kt", 0),
             ("bds60", "Mach", "mach", 1e-6),
             ("bds60", "heading", "heading_magnetic_deg", 0.001),
             ("bds60", "vrate_barometric", "vertical_rate_fpm", 0))


def compare_registers(result, wanted, got, velocity, detail):
    """A Comm-B register that we tell is one that rs1090 holds possible, with the same values."""
    for register, theirs, ours, tolerance in REGISTERS:
        if ours in got and theirs in (wanted.get(register) or {}):
            if theirs == "vrate_barometric" and wanted[register][theirs] == 0:
                # rs1090 gives 0 for all ones, which by Doc 9871 table A-2-96 (two's complement in
                # steps of 32 ft/min) is -32.
                result.check("bds60 rate", got[ours] in (0, -32), detail)
                continue
            if theirs == "track_rate" and wanted[register][theirs] is None:
                # Nor a track rate of all ones, which by table A-2-80 is -1/32 of a degree a second.
                result.check("bds50 rate", got[ours] == -0.031, detail)
                continue
            apart = abs(got[ours] - wanted[register][theirs])
            apart = min(apart, 360 - apart) if ours.endswith("_deg") else apart
            result.check(f"{register} {theirs}", apart <= tolerance,
                         f"{detail}: {got[ours]} for {wanted[register]}")
        elif register in wanted and wanted[register].get(theirs) is not None:
            result.check(f"{register} is told apart here too", False, detail)
    if "roll_deg" in got and "bds50" not in wanted:
        # 37 replies that rs1090 takes for none: what they say of speed and track is what ADS-B said
        # at most 10 s before.
        seen_s, speed_kt, track_deg = velocity
        same = (wanted["timestamp"] - seen_s < 10 and abs(got["speed_ground_kt"] - speed_kt) < 10 and
                lon_apart(got["track_deg"], track_deg) < 10)
        result.check("bds50 as ADS-B", same, f"{detail}: {got}")


def compare_positions(result, name, wanted, got):
    total = near = 0
    for n, (theirs, ours) in enumerate(zip(wanted, got)):
        if theirs.get("latitude") is None:
            continue
        total += 1
        if "lat" not in ours:
            continue
        apart = max(abs(ours["lat"] - theirs["latitude"]),
                    lon_apart(ours["lon"], theirs["longitude"]))
        near += apart <= NEAR_DEG
        result.expect(apart <= WRONG_DEG,
                      f"{name}: frame {n + 1} {theirs['frame']} is {apart} degrees off")
    print(f"{name}: {near} of {total} positions within {NEAR_DEG} degrees")
    result.expect(total > 9000 and near >= math.ceil(ENOUGH * total), f"{name}: too few positions")


def without(report, *keys):
    return {key: value for key, value in report.items() if key not in keys}


def main():
    program, data = recording.arguments()
    folder = os.path.join(data, "modes")
    with gzip.open(os.path.join(folder, RECORDING + ".rs1090.expected.jsonl.gz")) as lines:
        wanted = [json.loads(line) for line in lines]
    result = recording.Comparison()
    got = {}
    for form in ("avr", "avrmlat", "beast"):
        got[form], counts = recording.decode(
            program, os.path.join(folder, f"{RECORDING}.{form}.gz"), "--site", SITE)
        result.expect(counts[0] == len(wanted) == len(got[form]), f"{form}: frames are missing")
        result.expect(counts[3] == 0, f"{form}: {counts[3]} refused, of which none has bad parity")
        compare_positions(result, form, wanted, got[form])
        velocities = {}
        for n, (theirs, ours) in enumerate(zip(wanted, got[form])):
            frame = message_of(form, ours["frame"])
            result.expect(theirs["frame"] == frame, f"{form}: order {n}")
            if "nothing" in ours:
                continue
            result.check("address", ours["target"] == "icao24:" + theirs["icao24"], frame)
            compare_fields(result, theirs, ours, velocities.get(theirs["icao24"]), n)
            if theirs.get("bds") == "09":
                velocities[theirs["icao24"]] = (theirs["timestamp"], theirs["groundspeed"],
                                                theirs["track"])
    for n, (beast, timed, plain) in enumerate(zip(got["beast"], got["avrmlat"], got["avr"])):
        result.check("beast as timed AVR",
                     without(beast, "frame", "feed", "offset", "line") ==
                     without(timed, "frame", "feed", "offset", "line"), f"frame {n + 1}")
        skipped = ("frame", "feed", "offset", "line", "t_us", "alt_hae_ft", "lat", "lon", "nic")
        if "nothing" not in beast:
            result.check("beast as AVR without time",
                         without(beast, *skipped) == without(plain, *skipped), f"frame {n + 1}")
        if "lat" in beast and "lat" in plain:
            result.check("positions without time",
                         (beast["lat"], beast["lon"]) == (plain["lat"], plain["lon"]),
                         f"frame {n + 1}")
    first_us = wanted[0]["timestamp"]
    for theirs, ours in zip(wanted, got["beast"]):
        apart = abs(ours["t_us"] / 1e6 - (theirs["timestamp"] - first_us))
        result.check("time", apart < 1e-5, f"{ours['t_us']} for {theirs['timestamp']}")
    result.finish()


main()
