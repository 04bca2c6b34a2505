"""The Python binding against exact arithmetic, against shapely, and from the wheel."""
import ctypes
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))
try:
    import numpy as np
except ImportError:
    print("skipped: this Python has no NumPy")
    sys.exit(77)
try:
    import shapely
except ImportError:
    shapely = None
import math

from leeward import ZoneSet, _library

SEED = 20260501
POINTS = 100_000


def star(rng, lat, lon, radius, count):
    """A ring without crossings around a place, in e7."""
    turns = sorted(rng.uniform(0, 2 * math.pi) for _ in range(count))
    sizes = [radius * rng.uniform(0.3, 1) for _ in turns]
    return [(round((lat + s * math.sin(t)) * 1e7), round((lon + s * math.cos(t)) * 1e7))
            for t, s in zip(turns, sizes)]


def square(lat, lon, half):
    """Anticlockwise, in e7."""
    south, north = round((lat - half) * 1e7), round((lat + half) * 1e7)
    west, east = round((lon - half) * 1e7), round((lon + half) * 1e7)
    return [(south, west), (south, east), (north, east), (north, west)]


def make_zones(rng):
    """Zones as polygons of rings: stars, squares with holes, islands, an empty one."""
    zones = []
    for _ in range(30):
        zones.append([[star(rng, rng.uniform(30, 40), rng.uniform(30, 40), 1.5,
                            rng.choice((3, 5, 40, 200)))]])
    for _ in range(8):
        lat, lon = rng.uniform(30, 40), rng.uniform(30, 40)
        zones.append([[square(lat, lon, 1), square(lat, lon, 0.5)[::-1]],
                      [square(lat, lon, 0.25)]])
    zones.append([])
    zones.append([[square(0, 0, 89)]])
    return zones


def flat(zone):
    return [ring for polygon in zone for ring in polygon]


def degrees(ring):
    return [(lat / 1e7, lon / 1e7) for lat, lon in ring]


def geojson(zones):
    def close(ring):
        return [[lon, lat] for lat, lon in degrees(ring + ring[:1])]
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": f"zone {n}", "properties": {},
         "geometry": {"type": "MultiPolygon",
                      "coordinates": [[close(ring) for ring in polygon] for polygon in zone]}}
        for n, zone in enumerate(zones)]}


def holds(rings, lat, lon):
    """The even-odd rule in Python's integers, with the edge rule of geo/area.h."""
    inside = False
    for ring in rings:
        for (a_lat, a_lon), (b_lat, b_lon) in zip(ring, ring[1:] + ring[:1]):
            if (a_lat > lat) != (b_lat > lat):
                if a_lat > b_lat:
                    a_lat, a_lon, b_lat, b_lon = b_lat, b_lon, a_lat, a_lon
                inside ^= (lon - a_lon) * (b_lat - a_lat) < (b_lon - a_lon) * (lat - a_lat)
    return inside


def holds_many(rings, lat, lon):
    """The same in int64 columns, which hold every product of such coordinates."""
    inside = np.zeros(len(lat), dtype=bool)
    for ring in rings:
        for (a_lat, a_lon), (b_lat, b_lon) in zip(ring, ring[1:] + ring[:1]):
            if a_lat > b_lat:
                a_lat, a_lon, b_lat, b_lon = b_lat, b_lon, a_lat, a_lon
            at = np.flatnonzero((lat >= a_lat) & (lat < b_lat))
            inside[at] ^= ((lon[at] - a_lon) * (b_lat - a_lat)
                           < (b_lon - a_lon) * (lat[at] - a_lat))
    return inside


def awkward_points(rng, zones):
    """Vertices, their neighbours, middles of edges, and the latitude of a vertex elsewhere."""
    points = []
    for zone in zones:
        for ring in flat(zone):
            for (lat, lon), (lat2, lon2) in list(zip(ring, ring[1:] + ring[:1]))[:12]:
                points += [(lat + d, lon + e) for d in (-1, 0, 1) for e in (-1, 0, 1)]
                points += [((lat + lat2) // 2, (lon + lon2) // 2),
                           (lat, rng.randrange(300000000, 400000000))]
    return points


class Binding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rng = random.Random(SEED)
        print(f"seed {SEED}")
        cls.zones = make_zones(rng)
        cls.set = ZoneSet([[degrees(ring) for ring in flat(zone)] for zone in cls.zones])
        awkward = awkward_points(rng, cls.zones)
        even = [(rng.randrange(280000000, 420000000), rng.randrange(280000000, 420000000))
                for _ in range(POINTS - len(awkward))]
        cls.points = np.array(awkward + even, dtype=np.int64)
        cls.awkward_count = len(awkward)
        cls.lat, cls.lon = cls.points[:, 0] / 1e7, cls.points[:, 1] / 1e7

    def test_structures_lie_as_the_compiler_lays_them(self):
        layout = os.environ.get("LEEWARD_LAYOUT")
        if not layout:
            self.skipTest("LEEWARD_LAYOUT does not name the program that prints the layout")
        names = {"lee_" + name: getattr(_library, python) for name, python in (
            ("point", "Point"), ("box", "PointBox"), ("ring", "Ring"), ("area", "Area"),
            ("zone_watch", "Watch"), ("schedule", "Schedule"), ("alt_limit", "AltLimit"),
            ("zone", "Zone"), ("zone_list", "ZoneList"), ("zone_volume", "Volume"),
            ("zone_path", "Leg"), ("zone_passage", "Passage"), ("zone_motion", "Motion"))}
        lines = subprocess.run([layout], capture_output=True, text=True, check=True).stdout
        for line in lines.splitlines():
            what, number = line.split()
            kind, _, member = what.partition(".")
            found = getattr(names[kind], member).offset if member else ctypes.sizeof(names[kind])
            self.assertEqual(found, int(number), what)

    def test_every_point_agrees_with_exact_arithmetic(self):
        self.assertEqual(len(self.points), POINTS)
        points, zones = self.set.pairs(self.lat, self.lon)
        for number, zone in enumerate(self.zones):
            wanted = np.flatnonzero(holds_many(flat(zone), *self.points.T))
            np.testing.assert_array_equal(points[zones == number], wanted, f"zone {number}")
        self.assertGreater(len(points), POINTS)

    def test_a_sample_agrees_with_arithmetic_of_any_length(self):
        rng = random.Random(SEED + 1)
        sample = rng.sample(range(self.awkward_count), 150) + rng.sample(range(POINTS), 150)
        for at in sample:
            lat, lon = (int(v) for v in self.points[at])
            wanted = [n for n, zone in enumerate(self.zones) if holds(flat(zone), lat, lon)]
            self.assertEqual(self.set.locate(lat / 1e7, lon / 1e7), wanted, (lat, lon))

    def test_the_box_has_one_answer_everywhere(self):
        rng = random.Random(SEED + 2)
        for at in rng.sample(range(POINTS), 200):
            zones, box = self.set.box(self.lat[at], self.lon[at])
            self.assertEqual(zones, self.set.locate(self.lat[at], self.lon[at]))
            self.assertTrue(box.lat_min <= self.lat[at] <= box.lat_max)
            self.assertTrue(box.lon_min <= self.lon[at] <= box.lon_max)
            for lat in (box.lat_min, box.lat_max):
                for lon in (box.lon_min, box.lon_max):
                    self.assertEqual(self.set.locate(lat, lon), zones)

    def test_geojson_as_dict_text_and_file_gives_the_same(self):
        document = geojson(self.zones)
        wanted = self.set.pairs(self.lat, self.lon)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "zones.geojson"
            path.write_text(json.dumps(document))
            for given in (document, json.dumps(document), str(path), path):
                other = ZoneSet(given)
                self.assertEqual(other.ids[3], "zone 3")
                np.testing.assert_array_equal(other.pairs(self.lat, self.lon), wanted)

    def test_shapely_agrees_away_from_edges(self):
        if shapely is None or not hasattr(shapely, "STRtree") or shapely.__version__ < "2":
            self.skipTest("this Python has no shapely 2")
        shapes = [shapely.MultiPolygon([
            (  # shell, holes
                [(lon, lat) for lat, lon in degrees(polygon[0])],
                [[(lon, lat) for lat, lon in degrees(ring)] for ring in polygon[1:]])
            for polygon in zone]) for zone in self.zones]
        ours = ZoneSet(np.array(shapes, dtype=object))
        np.testing.assert_array_equal(ours.pairs(self.lat, self.lon),
                                      self.set.pairs(self.lat, self.lon))
        places = shapely.points(self.lon, self.lat)
        near = shapely.STRtree(shapely.boundary(shapes)).query(
            places, predicate="dwithin", distance=1e-6)[0]
        away = np.setdiff1d(np.arange(POINTS), near)
        self.assertGreater(len(away), POINTS // 2)
        theirs = shapely.STRtree(shapes).query(places[away], predicate="within")
        theirs = theirs[:, np.lexsort(theirs[::-1])]
        np.testing.assert_array_equal(
            np.array(ours.pairs(self.lat[away], self.lon[away])), theirs)

    def test_columns_longer_than_a_call_are_answered_whole(self):
        times = 7
        offsets, zones = self.set.locate_many(np.tile(self.lat, times), np.tile(self.lon, times))
        once, zones_once = self.set.locate_many(self.lat, self.lon)
        self.assertEqual(offsets[-1], len(zones))
        np.testing.assert_array_equal(np.diff(offsets), np.tile(np.diff(once), times))
        np.testing.assert_array_equal(np.sort(zones), np.sort(np.tile(zones_once, times)))

    def test_more_zones_around_a_point_than_first_fit(self):
        ring = [(0, 0), (0, 1), (1, 1), (1, 0)]
        many = ZoneSet([ring] * 1000)
        self.assertEqual(many.locate(0.5, 0.5), list(range(1000)))
        self.assertEqual(many.in_box(0, 0, 1, 1), list(range(1000)))
        offsets, zones = many.locate_many(np.full(5000, 0.5), np.full(5000, 0.5))
        np.testing.assert_array_equal(np.diff(offsets), 1000)
        np.testing.assert_array_equal(np.sort(zones.reshape(5000, 1000)),
                                      np.tile(np.arange(1000), (5000, 1)))

    def test_neighbours_share_an_edge_without_leak_or_double(self):
        west, east = [(0, 0), (0, 1), (1, 1), (1, 0)], [(0, 1), (0, 2), (1, 2), (1, 1)]
        zones = ZoneSet([west, east])
        self.assertEqual(zones.locate(0.5, 1), [1])
        self.assertEqual(zones.locate(0, 0.5), [0])
        self.assertEqual(zones.locate(1, 0.5), [])

    def test_rounding_is_to_the_nearest_integer(self):
        zones = ZoneSet([[(0, 0), (0, 1), (1, 1), (1, 0)]])
        self.assertEqual(zones.locate(0.5, -0.00000004), [0])
        self.assertEqual(zones.locate(0.5, -0.00000006), [])

    def test_missing_and_impossible_places_are_refused(self):
        for lats, lons in (([0, np.nan], [0, 0]), ([91], [0]), ([0], [180.1]), ([0], [np.inf]),
                           ([0, 0], [0])):
            with self.assertRaises(ValueError):
                self.set.locate_many(lats, lons)
        with self.assertRaises(ValueError):
            ZoneSet([[(0, 0), (0, 181), (1, 1)]])
        with self.assertRaises(TypeError):
            ZoneSet({"type": "Point", "coordinates": [0, 0]})
        with self.assertRaises(ValueError):
            ZoneSet([[(0, 0), (0, 1), (1, 1)]], ids=["a", "b"])

    def test_altitude_and_time_columns_agree_with_plain_comparisons(self):
        rng = random.Random(SEED + 3)
        count = len(self.zones)
        lower = np.array([rng.choice([float("nan"), 0, 1000, 5000]) for _ in range(count)])
        upper = np.array([rng.choice([float("nan"), 6000, 20000]) for _ in range(count)])
        active = [rng.choice([None, [(100, 200), (300, 400)], [(0, 150)], []]) for _ in range(count)]
        zones = ZoneSet([[degrees(ring) for ring in flat(zone)] for zone in self.zones],
                        lower_ft=lower, upper_ft=upper, active=active)
        some = slice(0, 4000)
        alts = np.array([rng.choice([float("nan"), 0, 999.5, 1000, 5999, 6000, 30000])
                         for _ in range(4000)])
        times = np.array([rng.choice([0, 99, 100, 199, 200, 350, 400]) for _ in range(4000)])

        def wanted(point, zone, alt, time):
            above = np.isnan(lower[zone]) or alt >= lower[zone]
            below = np.isnan(upper[zone]) or alt < upper[zone]
            on = active[zone] is None or any(a <= time < b for a, b in active[zone])
            return (np.isnan(alt) or above and below) and on
        both = [(p, z) for p, z in zip(*self.set.pairs(self.lat[some], self.lon[some]))
                if wanted(p, z, alts[p], times[p])]
        points, found = zones.pairs(self.lat[some], self.lon[some], alts, times)
        self.assertEqual(list(zip(points, found)), both)
        self.assertGreater(len(both), 500)
        stamps = times.astype("datetime64[us]")
        np.testing.assert_array_equal(
            zones.pairs(self.lat[some], self.lon[some], alts, stamps), (points, found))
        np.testing.assert_array_equal(zones.pairs(self.lat[some], self.lon[some]),
                                      self.set.pairs(self.lat[some], self.lon[some]))
        for wrong in ({"lower_ft": [0.5] * count}, {"active": [[(2, 1)]] * count},
                      {"active": [None]}):
            with self.assertRaises(ValueError):
                ZoneSet([[degrees(ring) for ring in flat(zone)] for zone in self.zones], **wrong)

    def test_prediction_tells_when_a_volume_is_entered(self):
        square_of = [(0, 1), (0, 2), (1, 2), (1, 1)]
        zones = ZoneSet([square_of, square_of], lower_ft=[0, 20000], upper_ft=[10000, np.nan])
        # 30 NM south to north would miss; 60 NM/min is not flown, so: 600 kt east from 5 NM west.
        west = 1 - 5 / 60
        told = zones.predict([0.5, 0.5, 0.5, 0.5, 0.5], [west, west, west, 1.5, west],
                             600, [90, 90, 270, 0, 90], alts_ft=[5000, np.nan, 5000, 25000, 19000],
                             rates_fpm=[0, 0, 0, 0, 3000], times=1000000)
        self.assertEqual([list(told.zones[a:b]) for a, b in zip(told.offsets, told.offsets[1:])],
                         [[0], [0, 1], [], [1], [1]])
        self.assertAlmostEqual((told.enter_us[0] - 1000000) / 1e6, 30, delta=.2)
        self.assertEqual(list(told.altitude_unknown), [False, True, True, False, False])
        self.assertEqual(list(told.starts_inside), [False, False, False, True, False])
        many = 10000
        again = zones.predict(np.full(many, .5), np.full(many, west), 600, 90, alts_ft=5000,
                              times=np.datetime64(1000000, "us"))
        self.assertEqual(len(again.zones), many)
        self.assertTrue((again.enter_us == told.enter_us[0]).all())
        for wrong in ({"speeds_kt": np.nan}, {"tracks_deg": np.inf}, {"look_ahead_s": 3601}):
            with self.assertRaises(ValueError):
                zones.predict(**{"lats": [0], "lons": [0], "speeds_kt": 1, "tracks_deg": 1, **wrong})

    def test_no_zones_and_no_points_are_answered(self):
        self.assertEqual(ZoneSet([]).locate(0, 0), [])
        self.assertEqual(ZoneSet({"type": "FeatureCollection", "features": []}).locate(0, 0), [])
        offsets, zones = self.set.locate_many([], [])
        self.assertEqual((list(offsets), list(zones)), ([0], []))

    def test_threads_ask_one_set_at_once(self):
        wanted, answers = self.set.locate_many(self.lat, self.lon), [None] * 4

        def ask(n):
            answers[n] = self.set.locate_many(self.lat, self.lon)
        threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for answer in answers:
            np.testing.assert_array_equal(answer[0], wanted[0])
            np.testing.assert_array_equal(answer[1], wanted[1])

    def test_the_wheel_works_by_itself(self):
        library = os.environ.get("LEEWARD_LIBRARY")
        if not library:
            self.skipTest("LEEWARD_LIBRARY does not name the library")
        with tempfile.TemporaryDirectory() as folder:
            build = [sys.executable, str(ROOT / "python/build_wheel.py"), library, folder]
            wheel = subprocess.run(build, capture_output=True, text=True, check=True).stdout.strip()
            first = Path(wheel).read_bytes()
            subprocess.run(build, capture_output=True, check=True)
            self.assertEqual(Path(wheel).read_bytes(), first)
            with zipfile.ZipFile(wheel) as opened:
                opened.extractall(folder)
            environment = {k: v for k, v in os.environ.items() if k != "LEEWARD_LIBRARY"}
            example = (ROOT / "python/README.md").read_text("utf-8").split("```python\n")[1]
            example = example.split("```")[0] + "\nprint([zones.ids[n] for n in hits])\n"
            run = subprocess.run([sys.executable, "-c", example], cwd=folder, text=True,
                                 capture_output=True, env={**environment, "PYTHONPATH": folder})
            self.assertEqual(run.stdout, "['hospital', 'corridor', 'hospital']\n", run.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
