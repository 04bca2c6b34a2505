"""ZoneSet: the zone index of libleeward."""
import ctypes
import weakref
from typing import NamedTuple

import numpy as np

from . import _library as lib
from ._geometry import LAT_MAX, LON_MAX, gather, to_e7
from ._library import LeewardError
from ._volumes import Volumes, passages, paths_of

BLOCK = 1 << 18  # points a call
ZONES_FIRST = 1 << 20  # room for their zones
SCRATCH = 64  # locate_many may use 40 places beyond what it answers


class Box(NamedTuple):
    """Degrees; both ends belong to it."""
    lat_min: float
    lon_min: float
    lat_max: float
    lon_max: float


class ZoneSet:
    """An immutable set of zones, numbered from 0 in the order given.

    `zones` is a list of zones or a whole: shapely polygons, anything with __geo_interface__ (a
    GeoDataFrame), GeoJSON (dict, text or path), or plain rings: each zone a ring
    [(lat, lon), …] or a list of rings. Latitude stands first everywhere but in GeoJSON and
    shapely. `ids` names the zones; else a feature's id or its number does.

    `lower_ft` (inside) and `upper_ft` (outside) are columns of whole feet, one a zone, on the scale of
    the altitudes asked about; NaN is no limit. `active` has for each zone None (always) or a list of
    (from, to), as datetime64 or microseconds since 1970 UTC; `to` is outside.

    Any number of threads may ask one set at once; the interpreter lock is free meanwhile.
    """

    def __init__(self, zones, ids=None, lower_ft=None, upper_ft=None, active=None):
        rings = gather(zones)
        self.ids = rings.ids if ids is None else [str(i) for i in ids]
        if len(self.ids) != len(rings.ids):
            raise ValueError(f"{len(self.ids)} ids for {len(rings.ids)} zones")
        self._keep = _structures(rings, self.ids)
        handle = ctypes.c_void_p()
        self._volumes = Volumes(len(self.ids), lower_ft, upper_ft, active)
        lib.check(lib.library.lee_zone_set_build(ctypes.byref(self._keep[0]), ctypes.byref(handle)))
        self._handle = handle
        # The set borrows the arrays: the finalizer holds them until it is gone.
        self._free = weakref.finalize(self, _free, handle, self._keep)

    def __len__(self):
        return len(self.ids)

    def __repr__(self):
        return f"ZoneSet({len(self)} zones)"

    def locate(self, lat, lon):
        """The numbers of the zones that hold the point, ascending."""
        point = _point(lat, lon)
        return self._all(lambda *room: lib.library.lee_zone_set_locate(self._handle, point, *room))

    def locate_many(self, lats, lons, alts_ft=None, times=None):
        """(offsets, zones) of many points: those of point i are zones[offsets[i]:offsets[i + 1]],
        in no particular order. offsets is int64 with one more than points, zones is uint32.

        With alts_ft (feet; NaN where not known) only zones whose band holds the altitude, or may hold
        it, as it is not known; with times only zones active then."""
        offsets, zones = self._locate_many(lats, lons)
        if not self._volumes.is_bound or (alts_ft is None and times is None):
            return offsets, zones
        kept = self._volumes.keep(offsets, zones, alts_ft, times)
        before = np.concatenate([[0], np.cumsum(kept)])
        return before[offsets].astype(np.int64), zones[kept]

    def _locate_many(self, lats, lons):
        lat, lon = _columns(lats, lons)
        offsets = np.zeros(len(lat) + 1, dtype=np.int64)
        room = np.empty(max(ZONES_FIRST, len(self) + SCRATCH), dtype=np.uint32)
        ends = np.empty(min(BLOCK, len(lat)), dtype=np.uint32)
        pieces, done, total = [], 0, 0
        while done < len(lat):
            count = min(BLOCK, len(lat) - done)
            answered = lib.library.lee_zone_set_locate_many(
                self._handle, lat[done:].ctypes.data, lon[done:].ctypes.data, count,
                room.ctypes.data, len(room), ends.ctypes.data)
            if answered == 0:  # the room holds every zone there is, so one point always fits
                raise LeewardError("no point was answered")
            offsets[done + 1:done + answered + 1] = ends[:answered]
            offsets[done + 1:done + answered + 1] += total
            found = int(ends[answered - 1])
            pieces.append(room[:found].copy())
            done, total = done + answered, total + found
        return offsets, np.concatenate(pieces) if pieces else np.empty(0, np.uint32)

    def pairs(self, lats, lons, alts_ft=None, times=None):
        """(points, zones): one entry for each point and zone that holds it, sorted by both."""
        offsets, zones = self.locate_many(lats, lons, alts_ft, times)
        points = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        order = np.lexsort((zones, points))
        return points[order], zones[order]

    def box(self, lat, lon):
        """(zones, Box): as locate, and a box around the point in which every point has the same
        answer; a target that stays within it needs no asking."""
        point, same = _point(lat, lon), lib.PointBox()
        zones = self._all(lambda *room: lib.library.lee_zone_set_locate_box(
            self._handle, point, *room, ctypes.byref(same)))
        return zones, Box(same.min.lat_e7 / 1e7, same.min.lon_e7 / 1e7,
                          same.max.lat_e7 / 1e7, same.max.lon_e7 / 1e7)

    def in_box(self, lat_min, lon_min, lat_max, lon_max):
        """The numbers of the zones whose bounding box meets this one, ascending."""
        box = lib.PointBox(_point(lat_min, lon_min), _point(lat_max, lon_max))
        return self._all(lambda *room: lib.library.lee_zone_set_in_box(self._handle, box, *room))

    def predict(self, lats, lons, speeds_kt, tracks_deg, look_ahead_s=120, alts_ft=None, rates_fpm=0,
                times=0):
        """Into which volumes targets go that fly straight on, and when: Passages. Speed over the
        ground and true track, one for all or one each; altitudes in feet (NaN: not known, then every
        band may hold it) that change by rates_fpm a minute; each path begins at its time."""
        paths = paths_of(lats, lons, speeds_kt, tracks_deg, look_ahead_s, alts_ft, rates_fpm, times)
        return passages(self._handle, self._volumes, len(self), paths)

    def _all(self, ask):
        """Asks again with more room when there are more zones than fit."""
        capacity = 64
        while True:
            room = (ctypes.c_uint32 * capacity)()
            count = ask(ctypes.addressof(room), capacity)
            if count <= capacity:
                return list(room[:count])
            capacity = count


def _free(handle, keep):
    lib.library.lee_zone_set_free(handle)
    del keep


def _point(lat, lon):
    return lib.Point(int(to_e7([lat], LAT_MAX, "lat")[0]), int(to_e7([lon], LON_MAX, "lon")[0]))


def _columns(lats, lons):
    lat, lon = to_e7(lats, LAT_MAX, "lats"), to_e7(lons, LON_MAX, "lons")
    if lat.ndim != 1 or lat.shape != lon.shape:
        raise ValueError("lats and lons are columns of the same length")
    return np.ascontiguousarray(lat), np.ascontiguousarray(lon)


def _structures(rings, ids):
    """A lee_zone_list over arrays; the tuple keeps all of them alive."""
    points, ring_at, zone_at = np.ascontiguousarray(rings.points), rings.ring_at, rings.zone_at
    ring = np.zeros(max(1, len(ring_at) - 1), dtype=np.dtype(lib.Ring))
    ring["points"][:len(ring_at) - 1] = points.ctypes.data + 8 * ring_at[:-1]
    ring["count"][:len(ring_at) - 1] = np.diff(ring_at)
    texts = [name.encode() + b"\0" for name in ids]
    text = ctypes.create_string_buffer(b"".join(texts))
    text_at = np.cumsum([0] + [len(t) for t in texts], dtype=np.int64)[:-1]
    zone = np.zeros(max(1, len(ids)), dtype=np.dtype(lib.Zone))
    used = zone[:len(ids)]
    used["id"] = ctypes.addressof(text) + text_at
    used["schedule"]["always"] = True
    used["watch"]["confirm"] = 1
    used["upper"]["kind"] = 2  # LEE_LIMIT_UNL
    used["area"]["rings"] = ring.ctypes.data + ring.itemsize * zone_at[:-1]
    used["area"]["count"] = np.diff(zone_at)
    zone_list = lib.ZoneList(zone.ctypes.data, len(ids))
    return zone_list, zone, ring, points, text
