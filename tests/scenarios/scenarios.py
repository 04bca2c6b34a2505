#!/usr/bin/env python3
"""Scenarios from history as fixtures with the events that they must raise.

usage: scenarios.py LEEWARD NAME

Each function below makes zones, permits and report lines for what is known of the case and checks
what `leeward watch` says. Places are those of the accounts where these name them; tracks between
them are drawn by us. Every run is also replayed from its journal, decision by decision.
"""
import datetime
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

T0 = 1_522_000_000  # an arbitrary day; only differences matter
US = 1_000_000


def instant(t_s):
    return datetime.datetime.fromtimestamp(T0 + t_s, datetime.timezone.utc).strftime("%FT%TZ")


def box(zone, south, west, north, east, **properties):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Feature", "id": zone, "properties": {"lower": "SFC", "upper": "UNL", **properties},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}


def circle(zone, lat, lon, radius_m, **properties):
    return {"type": "Feature", "id": zone, "properties": {
        "lower": "SFC", "upper": "UNL", "radius_m": radius_m, **properties},
        "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def line(zone, points, half_width_m, **properties):
    return {"type": "Feature", "id": zone, "properties": {
        "lower": "SFC", "upper": "UNL", "half_width_m": half_width_m, **properties},
        "geometry": {"type": "LineString", "coordinates": points}}


def fly(target, start_s, points, speed_kt, step_s=5, **fields):
    """Reports along straight legs between (lat, lon) at one speed; extra fields in each."""
    reports, t_s = [], float(start_s)
    for (lat0, lon0), (lat1, lon1) in zip(points, points[1:]):
        north = (lat1 - lat0) * 60
        east = (lon1 - lon0) * 60 * math.cos(math.radians((lat0 + lat1) / 2))
        leg_s = math.hypot(north, east) / speed_kt * 3600
        track = math.degrees(math.atan2(east, north)) % 360
        for i in range(max(1, int(leg_s / step_s))):
            part = i * step_s / leg_s
            reports.append({"t_us": int((T0 + t_s + i * step_s) * US), "target": target,
                            "source": "gnss" if target.startswith("unit") else "adsb",
                            "lat": round(lat0 + (lat1 - lat0) * part, 6),
                            "lon": round(lon0 + (lon1 - lon0) * part, 6),
                            "speed_ground_kt": speed_kt, "track_deg": round(track, 3) % 360,
                            **fields})
        t_s += leg_s
    return reports


def stay(target, from_s, to_s, place, step_s=60, speed_kt=0.3, **fields):
    return [{"t_us": (T0 + t) * US, "target": target, "source": "ais", "lat": place[0],
             "lon": place[1], "speed_ground_kt": speed_kt, "track_deg": 0, **fields}
            for t in range(from_s, to_s, step_s)]


class Run:
    """One run of the program; its events, each also found by the replay of its journal."""

    def __init__(self, program, zones, reports, permits=()):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "zones.geojson").write_text(
                json.dumps({"type": "FeatureCollection", "features": zones}))
            (folder / "permits.jsonl").write_text("".join(json.dumps(p) + "\n" for p in permits))
            reports = sorted(reports, key=lambda r: r["t_us"])
            (folder / "reports.jsonl").write_text("".join(json.dumps(r) + "\n" for r in reports))
            done = subprocess.run(
                [program, "watch", "--zones", "zones.geojson", "--permits", "permits.jsonl",
                 "--feed", "reports.jsonl", "--journal", "journal"],
                cwd=folder, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stderr
            self.events = [json.loads(text) for text in done.stdout.splitlines()]
            replay = subprocess.run([program, "replay", "journal"], cwd=folder, text=True,
                                    capture_output=True, timeout=120)
            assert replay.returncode == 0, replay.stdout
            equal = int(replay.stdout.split("decisions_equal ")[1].split()[0])  # with warnings
            assert self.events and equal >= len(self.events), replay.stdout

    def of(self, zone=None, target=None, event=None, **fields):
        return [e for e in self.events
                if (zone is None or e["zone"] == zone) and (event is None or e["event"] == event)
                and (target is None or e["target"] == target)
                and all(e.get(key) == value for key, value in fields.items())]

    def one(self, **wanted):
        found = self.of(**wanted)
        assert found, (wanted, [(e["event"], e["zone"], e["target"], e.get("reason")) for e in
                                self.events])
        return found[0]


def hala_1(program):
    """A jet leaves Hama north; towns on its way are warned one after the other, the last of them
    minutes ahead; the second one circles over Khan Sheikhoun, and that escalates."""
    towns = {"morek": (35.375, 36.690), "khan_sheikhoun": (35.443, 36.652),
             "maarat": (35.643, 36.668)}
    zones = [circle(name, *place, 4000, kind="safe", protects="a town",
                    watch={"loiter_s": 120, "loiter_m": 6000}) for name, place in towns.items()]
    hama = (35.118, 36.711)
    jet = fly("icao24:510001", 0, [hama, towns["morek"], towns["khan_sheikhoun"]], 300)
    over = []
    for turn in range(6):
        lat, lon = towns["khan_sheikhoun"]
        ring = [(lat + 0.015 * math.cos(a), lon + 0.018 * math.sin(a))
                for a in (math.pi / 4 * k for k in range(9))]
        over += fly("icao24:510002", 660 + turn * 60, ring, 300)
    run = Run(program, zones, jet + over)
    warned = {e["zone"]: e for e in reversed(run.of(target="icao24:510001", event="predicted"))}
    assert set(warned) == set(towns), warned.keys()
    entered = run.one(zone="khan_sheikhoun", target="icao24:510001", event="entered")
    ahead_s = (entered["t_us"] - warned["khan_sheikhoun"]["t_us"]) / US
    assert ahead_s > 110, f"only {ahead_s} s"
    predicted = warned["khan_sheikhoun"]["time_to_entry_s"]
    assert abs(predicted - ahead_s) < 20, (predicted, ahead_s)
    circling = run.one(zone="khan_sheikhoun", target="icao24:510002", event="updated",
                       reason="loitering")
    assert "inside" in circling["severity_reasons"] and circling["severity"] == "high"


def hala_2(program):
    """Seen at take-off and again 14 minutes later 100 km away: 429 km/h lie between the two. The
    first report warns, the silence is told, and nobody says where it crossed meanwhile."""
    hmeimim, maarat = (35.401, 35.949), (35.643, 36.668)
    first = {"t_us": T0 * US, "target": "unseen:hmeimim-1", "source": "observer", "lat": hmeimim[0],
             "lon": hmeimim[1], "speed_ground_kt": 231.6, "track_deg": 67}
    seen = fly("unseen:hmeimim-1", 840, [maarat, (35.80, 36.766)], 231.6)
    for report in seen:
        report["source"] = "observer"
    zones = [circle("maarat", *maarat, 5000, kind="safe", protects="a town"),
             circle("saraqib", 35.863, 36.805, 6000, kind="safe", protects="a town")]
    run = Run(program, zones, [first] + seen)
    assert run.one(zone="maarat", event="predicted")["t_us"] == T0 * US
    assert run.one(zone="maarat", event="lost")["t_us"] < (T0 + 60) * US
    entered = run.one(zone="maarat", event="entered")
    assert entered["t_us"] == (T0 + 840) * US and "crossed_at_us" not in entered, entered
    assert run.one(zone="saraqib", event="predicted")["t_us"] <= (T0 + 845) * US


def black_sea(program):
    """The grain corridor: no military craft within 10 NM of a vessel in transit, no stop, no
    ship-to-ship transfer, no leaving the corridor."""
    route = [[30.9, 46.3], [30.6, 45.0], [29.6, 42.0], [29.2, 41.4]]
    corridor = line("corridor", route, 5556, kind="corridor",
                    watch={"stop_kt": 2, "meet_m": 300, "lost_after_s": 3600, "confirm": 1})
    guard = line("guard", route, 18520, kind="no_fly")
    grain = {"id": "voyage-1", "target": "mmsi:271000001", "zones": ["corridor"],
             "route": {"points": route, "half_width_m": 5556},
             "conditions": {"no_stop_s": 600, "no_rendezvous_s": 600},
             "steps": [{"state": "requested", "by": "operator", "at": instant(-160000)},
                       {"state": "granted", "by": "JCC", "at": instant(-3600)}], "needs": ["JCC"]}
    permits = [grain] + [{**grain, "id": f"voyage-{n}", "target": f"mmsi:27100000{n}"}
                         for n in (2, 3, 4)]
    legs = [(45.9, 30.807), (45.0, 30.6)]
    good = fly("mmsi:271000001", 0, legs, 14, step_s=60)
    stops = fly("mmsi:271000002", 0, [(46.2, 30.877), (46.1, 30.853)], 14, step_s=60)
    stops += stay("mmsi:271000002", 1800, 3600, (46.1, 30.853))
    meets = fly("mmsi:271000003", 0, [(44.7, 30.5), (44.6, 30.4667)], 8, step_s=60)
    meets += stay("mmsi:271000003", 3000, 5400, (44.6, 30.4667), speed_kt=3)
    meets += stay("unit:lighter", 3000, 5400, (44.6005, 30.4670), speed_kt=3)
    strays = fly("mmsi:271000004", 0, [(43.5, 30.1), (43.4, 30.3)], 14, step_s=60)
    fighter = fly("icao24:3b0001", 1000, [(45.0, 31.6), (45.0, 30.7)], 400, alt_baro_ft=5000)
    for report in good + stops + meets + strays:
        report["source"] = "ais"
    run = Run(program, [corridor, guard], good + stops + meets + strays + fighter, permits)
    assert {e["reason"] for e in run.of(zone="corridor", target="mmsi:271000001")} == {"permitted"}
    stopped = run.one(zone="corridor", target="mmsi:271000002", reason="permit_stop")
    assert stopped["severity"] == "high" and stopped["t_us"] >= (T0 + 2400) * US
    assert run.one(zone="corridor", target="mmsi:271000003", reason="permit_rendezvous")
    assert run.one(zone="corridor", target="mmsi:271000004", event="left")
    assert run.one(zone="guard", target="icao24:3b0001", event="predicted")
    assert run.one(zone="guard", target="icao24:3b0001", event="entered")["severity"] == "high"


def bubble_10_nm(program):
    """The same rules around each vessel: no military craft within 10 NM of it wherever it is, no
    stop, no ship-to-ship transfer; a vessel that nobody heard yet protects nothing and accuses
    nobody."""
    def around(zone, target, **properties):
        return {"type": "Feature", "id": zone, "geometry": None, "properties": {
            "kind": "no_fly", "lower": "SFC", "upper": "UNL", "entry": "permit",
            "moving": {"around": target, "radius_m": 18520}, **properties}}
    rules = {"look_ahead_s": 600, "warning_time_s": 300, "confirm": 1, "hold": 1,
             "lost_after_s": 400, "stop_s": 600, "stop_kt": 2, "meet_s": 600, "meet_m": 300}
    zones = [around("vessel", "mmsi:271000001", watch=rules),
             around("unheard", "mmsi:271000009", watch=rules)]
    merchants = [{"id": f"merchant-{n}", "target": f"mmsi:27100000{n}", "zones": ["vessel"],
                  "conditions": {"no_stop_s": 600, "no_rendezvous_s": 600}} for n in (2, 3)]
    # North at 14 kt, a report a minute; a merchant keeps 4 NM behind it, another lies in its way.
    vessel = fly("mmsi:271000001", 0, [(44.0, 30.0), (44.4, 30.0)], 14, step_s=60)
    behind = fly("mmsi:271000002", 0, [(43.93, 30.0), (44.33, 30.0)], 14, step_s=60)
    lies = stay("mmsi:271000003", 0, 6000, (44.3, 30.1))
    # A fighter across the bow between two reports, and a patrol boat that comes and goes.
    fighter = fly("icao24:3b0001", 1000, [(44.05, 30.6), (44.05, 29.4)], 500, step_s=5)
    patrol = fly("mmsi:273000001", 600, [(44.1, 30.45), (44.1, 30.15)], 25, step_s=30)
    patrol += fly("mmsi:273000001", 2490, [(44.1, 30.15), (44.1, 30.6)], 25, step_s=30)
    # A jet heard only every 270 s passes through between two of its reports.
    jet = fly("icao24:3b0002", 2400, [(44.16, 30.5), (44.16, 27.8)], 500, step_s=270)
    # A lighter comes alongside.
    lighter = fly("unit:lighter", 3000, [(44.26, 30.1), (44.24, 30.001)], 20, step_s=30)
    for report in vessel:
        at_s = report["t_us"] / US - T0
        if 3900 <= at_s <= 5400:
            lighter.append({**report, "target": "unit:lighter", "source": "gnss",
                            "lon": report["lon"] + 0.001})
    for report in vessel + behind + patrol:
        report["source"] = "ais"
    run = Run(program, zones, vessel + behind + lies + fighter + patrol + jet + lighter, merchants)
    assert not run.of(zone="unheard"), "nobody knows where it is"
    assert not run.of(target="mmsi:271000001"), "the vessel is not in its own bubble"
    behind = run.of(zone="vessel", target="mmsi:271000002")
    assert behind and {e.get("reason") for e in behind} == {"permitted"}, behind
    stopped = run.one(zone="vessel", target="mmsi:271000003", reason="permit_stop")
    assert stopped["severity"] == "high", stopped
    warned = run.one(zone="vessel", target="icao24:3b0001", event="predicted")
    entered = run.one(zone="vessel", target="icao24:3b0001", event="entered")
    assert entered["severity"] == "high" and entered["crossed_at_us"] <= entered["t_us"]
    assert entered["t_us"] - warned["t_us"] >= 60 * US, (warned, entered)
    assert run.one(zone="vessel", target="icao24:3b0001", event="left")
    assert run.one(zone="vessel", target="mmsi:273000001", event="entered")
    assert run.one(zone="vessel", target="mmsi:273000001", event="left")
    assert run.one(zone="vessel", target="icao24:3b0002", event="crossed")["severity"] == "high"
    assert run.one(zone="vessel", target="unit:lighter", reason="rendezvous")


def convoy_corridor(program):
    """A road that is protected from 10 km ahead of the convoy to 5 km behind it, and nowhere else;
    who waits beside it before it comes is told when it comes."""
    road = [[36.0, 35.0], [36.5, 35.1], [37.0, 35.0]]
    zone = line("road", road, 2000, kind="corridor", entry="deny", watch={"confirm": 1})
    zone["properties"]["moving"] = {"around": "unit:convoy-7", "ahead_m": 10000, "behind_m": 5000}
    convoy = fly("unit:convoy-7", 0, [(35.02, 36.1), (35.1, 36.5), (35.04, 36.8)], 35, step_s=20)
    waits = stay("unit:waits", 0, 3600, (35.08, 36.4), step_s=20)
    far = stay("unit:far", 0, 3600, (35.2, 36.4), step_s=20)
    drone = fly("rid:1581F000000001", 900, [(35.16, 36.33), (34.98, 36.33)], 60, step_s=5)
    run = Run(program, [zone], convoy + waits + far + drone)
    assert not run.of(target="unit:far") and not run.of(target="unit:convoy-7")
    came = run.one(target="unit:waits", event="predicted")
    entered = run.one(target="unit:waits", event="entered")
    assert came["t_us"] + 60 * US < entered["t_us"] < run.one(target="unit:waits", event="left")["t_us"]
    # 27.3 km of road lie between, less 10 and the rounding of the end: at 35 kt.
    assert 840 < entered["t_us"] / US - T0 < 1010, entered["t_us"] / US - T0
    assert run.one(target="rid:1581F000000001", event="entered")["crossed_at_us"]


def bosnia(program):
    """All flights are banned but those that UNPROFOR authorises; a request that was only
    acknowledged is a violation, and so is a flight after its permit was revoked."""
    ban = box("bosnia", 42.6, 15.7, 45.3, 19.6, kind="no_fly", mandate="S/RES/816 (1993)",
              watch={"confirm": 2})
    asked = {"state": "requested", "by": "carrier", "at": instant(-172800)}
    permits = [
        {"id": "un-1", "target": "callsign:UNO*", "zones": ["bosnia"], "needs": ["UNPROFOR"],
         "steps": [asked, {"state": "granted", "by": "UNPROFOR", "at": instant(-3600)},
                   {"state": "revoked", "by": "UNPROFOR", "at": instant(600)}]},
        {"id": "mi8", "target": "callsign:HELI1", "zones": ["bosnia"], "needs": ["UNPROFOR"],
         "steps": [asked, {"state": "acknowledged", "by": "UNPROFOR", "at": instant(-3600)}]},
    ]
    legs = [(43.8, 18.0), (44.6, 17.2)]
    flights = fly("icao24:4d0001", 0, legs, 250, callsign="UNO61", alt_baro_ft=9000)
    flights += fly("icao24:4d0002", 0, [(43.5, 18.5), (44.2, 18.3)], 120, callsign="HELI1",
                   alt_baro_ft=2000)
    flights += fly("icao24:4d0003", 100, [(44.9, 17.3), (44.3, 17.6)], 350, alt_baro_ft=4000)
    run = Run(program, [ban], flights, permits)
    assert run.one(target="icao24:4d0001", event="present")["reason"] == "permitted"
    after = [e for e in run.of(target="icao24:4d0001") if e["t_us"] >= (T0 + 600) * US]
    assert (after[0]["event"], after[0]["reason"]) == ("ended", "permitted"), after
    assert after[1]["event"] == "present" and after[1]["reason"] == "permit_not_granted"
    assert after[1]["t_us"] == (T0 + 600) * US and after[1]["severity"] == "high"
    heli = run.one(target="icao24:4d0002", event="present")
    assert heli["reason"] == "permit_not_granted" and heli["severity"] == "high"
    assert "permit" not in run.one(target="icao24:4d0003", event="present")


def yemen(program):
    """Notices 48 h ahead with a route: the convoy is let through while on it, and not beside it;
    before the window and for a notice that a party refused there is no leave; a district is told
    when its only ambulance leaves."""
    zones = [box("hodeidah", 14.5, 42.8, 15.3, 43.6, kind="restricted", watch={"confirm": 1}),
             box("district", 15.30, 44.15, 15.40, 44.25, kind="notice", watch={"confirm": 1})]
    route = {"points": [[42.95, 14.80], [43.20, 14.90], [43.55, 15.00]], "half_width_m": 500}
    steps = [{"state": "requested", "by": "agency", "at": instant(-172800)},
             {"state": "acknowledged", "by": "EHOC", "at": instant(-170000)},
             {"state": "granted", "by": "EHOC", "at": instant(-90000)}]
    notice = {"zones": ["hodeidah"], "route": route, "from": instant(0), "to": instant(7200)}
    permits = [
        {"id": "n-1", "target": "unit:convoy-1*", "steps": steps, **notice},
        {"id": "n-2", "target": "unit:convoy-2*", **notice,
         "steps": steps + [{"state": "refused", "by": "other-party", "at": instant(-80000)}]},
        {"id": "post", "target": "unit:ambulance*", "zones": ["district"], "duty": "be_present",
         "absent_after_s": 300, "from": instant(0), "to": instant(7200)},
    ]
    on = [(14.80, 42.95), (14.90, 43.20)]
    reports = fly("unit:convoy-1-lead", -120, on, 30, step_s=20)
    reports += fly("unit:convoy-2-lead", 60, on, 30, step_s=20)
    reports += fly("unit:convoy-1-tail", 60, [(14.80, 42.95), (14.81, 43.02)], 30, step_s=20)
    reports += stay("unit:ambulance-3", 0, 900, (15.35, 44.20), step_s=20)
    reports += fly("unit:ambulance-3", 900, [(15.35, 44.20), (15.35, 44.40)], 40, step_s=20)
    run = Run(program, zones, reports, permits)
    lead = run.of(target="unit:convoy-1-lead")
    assert lead[0]["event"] == "present" and lead[0]["reason"] == "permit_time", lead[0]
    assert lead[1]["reason"] == "permitted" and lead[1]["t_us"] == T0 * US
    assert lead[2]["event"] == "present" and lead[2]["permit"] == "n-1"
    assert run.one(target="unit:convoy-2-lead", event="present")["reason"] == "permit_not_granted"
    assert run.one(target="unit:convoy-1-tail", reason="permit_route")["severity"] == "high"
    absent = run.one(zone="district", reason="absent")
    left = run.one(zone="district", target="unit:ambulance-3", event="left")
    assert absent["t_us"] >= left["t_us"] and absent["target"] == "unit:ambulance", absent


def cait(program):
    """A light aircraft one 100 ft step above the base: the alert is raised, and the verdict does not
    claim what cannot be proven."""
    zone = box("tma", 51.0, -1.0, 52.0, 0.0, kind="controlled", entry="permit",
               lower={"value": 2500, "unit": "ft", "ref": "STD"},
               upper={"value": 5500, "unit": "ft", "ref": "STD"}, watch={"confirm": 1, "map_error_m": 50})
    below = fly("icao24:400001", 0, [(51.2, -0.9), (51.25, -0.85)], 100, alt_baro_ft=2400)
    step = fly("icao24:400001", 160, [(51.25, -0.85), (51.27, -0.83)], 100, alt_baro_ft=2500)
    again = fly("icao24:400001", 240, [(51.27, -0.83), (51.30, -0.80)], 100, alt_baro_ft=2200)
    run = Run(program, [zone], below + step + again)
    alert = run.one(event="entered")
    assert alert["alt_ft"] == 2500 and alert["severity"] == "high", alert
    assert not [e for e in run.events if e["t_us"] < below[-1]["t_us"]], run.events
    # Half way up its first step, with 200 ft of error at 95 %: nobody could prove it.
    verdict = run.one(event="verdict")
    assert verdict["reason"] == "not_provable" and 0.3 < verdict["p_inside"] < 0.9, verdict
    assert verdict["incident"] == alert["incident"], verdict


if __name__ == "__main__":
    {"hala_1": hala_1, "hala_2": hala_2, "black_sea": black_sea,
     "bubble_10_nm": bubble_10_nm, "convoy_corridor": convoy_corridor, "bosnia": bosnia, "yemen": yemen,
     "cait": cait}[sys.argv[2]](sys.argv[1])
    print(f"{sys.argv[2]}: as it must be")
