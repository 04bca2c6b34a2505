"""Flights at a zone of which it is known what came of them, for the tests and the example.

usage: flights.py FOLDER    writes zones.geojson, permits.jsonl and flights.jsonl there
"""
import json
import math
import sys
from pathlib import Path

SPEED_KT = 240
MPS = SPEED_KT * 0.514444
T0_S = 1_700_000_000
LAT, WEST = 50.0, 10.0  # the western edge of the zone is at WEST, 20 km long, 10 km wide
M_PER_DEG = 111195.0
NARROW = math.cos(math.radians(LAT))
ZONE = 'field <b>&"1'  # hostile to whoever prints it


def ring():
    east = WEST + 10000 / M_PER_DEG / NARROW
    half = 10000 / M_PER_DEG
    return [[WEST, LAT - half], [east, LAT - half], [east, LAT + half], [WEST, LAT + half], [WEST, LAT - half]]


def zones():
    watch = {"look_ahead_s": 120, "warning_time_s": 60, "confirm": 2, "hold": 2, "lost_after_s": 30,
             "alert_chance_pct": 0, "lateral_margin_m": 500, "vertical_margin_ft": 200}
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": ZONE, "geometry": {"type": "Polygon", "coordinates": [ring()]},
         "properties": {"kind": "restricted", "name": "field", "lower": "SFC", "upper": "UNL", "watch": watch}}]}


def fly(address, start_s, steps):
    """Reports every 5 s. steps: (seconds until the western edge on a straight way, metres north of the
    middle, course)."""
    for i, (ahead_s, north_m, course) in enumerate(steps):
        yield {"t_us": int((T0_S + start_s + 5 * i) * 1e6), "target": "icao24:" + address, "source": "adsb",
               "lat": round(LAT + north_m / M_PER_DEG, 7),
               "lon": round(WEST - ahead_s * MPS / M_PER_DEG / NARROW, 7),
               "alt_baro_ft": 3000, "speed_ground_kt": SPEED_KT, "track_deg": course, "vertical_rate_fpm": 0,
               "callsign": "TEST" + address[-2:].upper()}


def straight(first_s, last_s, north_m=0):
    return [(s, north_m, 90.0) for s in range(first_s, last_s, -5)]


def away(ahead_s, north_m=0, count=30):
    """Turned back at once, for as long as it takes to know."""
    return [(ahead_s + 5 * i, north_m, 270.0) for i in range(count)]


FLIGHTS = {
    "a00001": straight(122, -60),                   # through: entered, warned for as long as is adequate
    "a00002": straight(122, 42) + away(42),         # turned away 42 s before: a nuisance
    "a00003": straight(122, 7) + away(12),          # turned away 12 s before: evasive
    "a00004": straight(22, -60),                    # appeared 22 s before: short, and all that was possible
    "a00005": straight(122, -200, north_m=10300),   # beside, within the margin
    "a00006": straight(122, 37),                    # led in and was heard no more: unknown
    "a00007": straight(122, -200, north_m=18000),   # far beside
    "a00008": straight(-22, -150),                  # first seen inside
    "a00009": straight(122, -60),                   # entered with leave
}


def all_reports():
    reports = [r for i, (address, steps) in enumerate(FLIGHTS.items()) for r in fly(address, i, steps)]
    return sorted(reports, key=lambda r: r["t_us"])


def write_reports(path, reports):
    path.write_text("".join(json.dumps(r) + "\n" for r in reports))


CARRIER, RADIUS_M, EAST_M, NORTH_MPS = "icao24:b00001", 5000, 5000, 30.0


def round_zone(moving):
    """All within RADIUS_M of a place, or of the carrier."""
    lon = WEST + EAST_M / M_PER_DEG / NARROW
    corners = [2 * math.pi * i / 180 for i in range(181)]
    ring_here = [[lon + RADIUS_M * math.sin(a) / M_PER_DEG / NARROW, LAT + RADIUS_M * math.cos(a) / M_PER_DEG]
                 for a in corners]
    zone = zones()
    feature = zone["features"][0]
    feature["id"] = "round"
    feature["geometry"] = None if moving else {"type": "Polygon", "coordinates": [ring_here[:-1] + ring_here[:1]]}
    if moving:
        feature["properties"]["moving"] = {"around": CARRIER, "radius_m": RADIUS_M}
    return zone


def all_going_north(reports):
    """The same flights and a carrier, everything with so much more speed to the north: relative to each other
    they go as they did."""
    first_us, last_us = reports[0]["t_us"], reports[-1]["t_us"]
    lon = WEST + EAST_M / M_PER_DEG / NARROW
    moved = [{**reports[0], "target": CARRIER, "callsign": "CARRIER", "t_us": t_us, "lat": LAT, "lon": lon,
              "speed_ground_kt": 0, "track_deg": 0} for t_us in range(first_us, last_us + 1, 1_000_000)]
    for r in sorted(moved + reports, key=lambda r: r["t_us"]):
        east = r["speed_ground_kt"] * 0.514444 * math.sin(math.radians(r["track_deg"]))
        north = r["speed_ground_kt"] * 0.514444 * math.cos(math.radians(r["track_deg"])) + NORTH_MPS
        lat = r["lat"] + NORTH_MPS * (r["t_us"] - first_us) * 1e-6 / M_PER_DEG
        # As far east of the carrier as it was, where the parallels are shorter.
        wide = NARROW / math.cos(math.radians(lat))
        yield {**r, "lat": round(lat, 7), "lon": round(lon + (r["lon"] - lon) * wide, 7),
               "speed_ground_kt": round(math.hypot(east, north) / 0.514444, 3),
               "track_deg": round(math.degrees(math.atan2(east, north)) % 360, 3)}


def write(folder):
    folder = Path(folder)
    (folder / "zones.geojson").write_text(json.dumps(zones()))
    (folder / "permits.jsonl").write_text(json.dumps(
        {"id": "p1", "target": "icao24:a00009", "zones": "*", "granted_by": "test"}) + "\n")
    write_reports(folder / "flights.jsonl", all_reports())


if __name__ == "__main__":
    write(sys.argv[1])
