"""600 messages of pyModeS's golden file: every field that we decode agrees.

Each Comm-B reply is preceded by an all-call reply of the same address, made here, since overlaid
parity alone is not believed. Positions need pairs and are compared in test_tutorial.py."""
import json
import os

import recording


def crc24(message):
    """The remainder, bit by bit: apart from the product's tables."""
    value = int.from_bytes(message, "big")
    for bit in range(8 * len(message) - 1, 23, -1):
        if value >> bit & 1:
            value ^= 0x1FFF409 << (bit - 24)
    return value


def all_call(address):
    head = bytes([0x58]) + address.to_bytes(3, "big") + bytes(3)
    return head[:4] + crc24(head).to_bytes(3, "big")


def expected_callsign(text):
    return text.rstrip("_")


def compare(result, frame, wanted, got):
    result.check("address", got["target"] == "icao24:" + wanted["icao"].lower(), frame)
    for theirs, ours, tolerance in (("altitude", "alt_baro_ft", 0),
                                    ("track", "track_deg", 0.0006),
                                    ("vertical_rate", "vertical_rate_fpm", 0)):
        if wanted.get(theirs) is not None and wanted["df"] in (17, 20):
            same = ours in got and abs(got[ours] - wanted[theirs]) <= tolerance
            result.check(theirs, same, f"{frame}: {got.get(ours)} for {wanted[theirs]}")
    if wanted["df"] == 17 and "groundspeed" in wanted:
        # pyModeS cuts to whole knots.
        same = int(got.get("speed_ground_kt", -1)) == wanted["groundspeed"]
        result.check("groundspeed", same, frame)
    compare_registers(result, frame, wanted, got)
    if "callsign" in wanted:
        result.check("callsign", got.get("callsign") == expected_callsign(wanted["callsign"]),
                     frame)
    if "squawk" in wanted:
        result.check("squawk", got.get("squawk") == wanted["squawk"],
                     f"{frame}: {got.get('squawk')} for {wanted['squawk']}")


# pyModeS's name, ours, the tolerance (steps of the register) and the register.
REGISTERS = (("selected_altitude_mcp", "alt_selected_ft", 0, "BDS40"),
             ("baro_pressure_setting", "qnh_hpa", 0.05, "BDS40"),
             ("roll", "roll_deg", 0.001, "BDS50"),
             ("true_track", "track_deg", 0.001, "BDS50"),
             ("groundspeed", "speed_ground_kt", 0, "BDS50"),
             ("true_airspeed", "speed_air_kt", 0, "BDS50"),
             ("track_rate", "track_rate_dps", 0.001, "BDS50"),
             ("indicated_airspeed", "speed_indicated_kt", 0, "BDS60"),
             ("mach", "mach", 1e-6, "BDS60"),
             ("magnetic_heading", "heading_magnetic_deg", 0.001, "BDS60"),
             ("baro_vertical_rate", "vertical_rate_fpm", 0, "BDS60"))


def compare_registers(result, frame, wanted, got):
    """Comm-B: what we read of a register is what pyModeS reads; that it fits another register for
    pyModeS too, or for us, makes it none for us."""
    if wanted["df"] not in (20, 21):
        return
    names = wanted.get("bds", "").split(",")
    if "alt_selected_source" in got and names == ["BDS40"]:
        by = "mcp" if "selected_altitude_mcp" in wanted else "fms"
        result.check("BDS40 whose altitude", got["alt_selected_source"] == by, frame)
    for theirs, ours, tolerance, register in REGISTERS:
        if ours in got:
            result.check(f"{register} is one of theirs", register in names,
                         f"{frame}: {ours} for {wanted.get('bds')}")
            if names == [register] and theirs in wanted:
                same = abs(got[ours] - wanted[theirs]) <= tolerance
                result.check(f"{register} {theirs}", same,
                             f"{frame}: {got[ours]} for {wanted[theirs]}")
        elif theirs in wanted and names == [register]:
            LEFT_FRAMES.add(frame)


LEFT_FRAMES = set()


def main():
    program, data = recording.arguments()
    with open(os.path.join(data, "modes", "pymodes_golden_v2.expected.json")) as file:
        golden = json.load(file)
    lines = []
    for frame, wanted in golden.items():
        lines.append(f"*{all_call(int(wanted['icao'], 16)).hex()};")
        lines.append(f"*{frame};")
    got, counts = recording.decode(program, "-", "--format", "avr",
                                   stdin="\n".join(lines).encode())
    result = recording.Comparison()
    result.expect(counts[0] == 2 * len(golden) == len(got), f"{counts} for {len(golden)}")
    result.expect(counts[3] == 0, "no message is refused")
    for (frame, wanted), ours in zip(golden.items(), got[1::2]):
        if "nothing" in ours:
            # Altitude or identity of zero, which says nothing.
            result.check("no report", "altitude" not in wanted, f"{frame}: {ours['nothing']}")
        else:
            compare(result, frame, wanted, ours)
    print(f"{len(LEFT_FRAMES)} registers are told apart there and not here")
    result.expect(len(LEFT_FRAMES) <= 2, "more registers are left out than docs/feeds.md says")
    result.finish()


main()
