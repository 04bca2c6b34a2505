"""What bounds zones beside their area: altitude bands and hours; and where paths lead into them."""
import ctypes
from typing import NamedTuple

import numpy as np

from . import _library as lib
from ._geometry import LAT_MAX, LON_MAX, to_e7

I32 = np.iinfo(np.int32)
PATHS = 4096  # a call


class Passages(NamedTuple):
    """Those of path i are [offsets[i]:offsets[i + 1]] of the other columns, in the order of entry."""
    offsets: np.ndarray  # int64, one more than paths
    zones: np.ndarray  # uint32
    enter_us: np.ndarray  # int64; the path's own time where it begins inside
    leave_us: np.ndarray
    starts_inside: np.ndarray  # bool
    altitude_unknown: np.ndarray  # bool: the altitude would decide, and is not known


def to_us(times, count):
    """Microseconds UTC as int64, from integers or datetime64; one for all, or one each."""
    times = np.asarray(times)
    if np.issubdtype(times.dtype, np.datetime64):
        if np.isnat(times).any():
            raise ValueError("a time is missing")
        times = times.astype("datetime64[us]")
    elif not np.issubdtype(times.dtype, np.integer):
        raise TypeError("times are datetime64, or integers of microseconds since 1970 UTC")
    return np.ascontiguousarray(np.broadcast_to(times.astype(np.int64), count))


def _numbers(values, count, name):
    values = np.asarray(values, dtype=np.float64)
    if values.ndim > 1 or values.ndim == 1 and values.shape != (count,):
        raise ValueError(f"{name} is one number or a column of {count}")
    return np.broadcast_to(values, count)


def _limits(values, count, none, name):
    """Feet as int32; NaN and infinity, or no column at all: no limit."""
    if values is None:
        return np.full(count, none, dtype=np.int32)
    values = _numbers(values, count, name)
    known = np.isfinite(values)
    if (values[known] != np.rint(values[known])).any() or (abs(values[known]) > 1e6).any():
        raise ValueError(f"{name} are whole feet")
    limits = np.full(count, none, dtype=np.int32)
    limits[known] = values[known].astype(np.int32)
    return limits


class Volumes:
    """Bands and hours of `count` zones. lower_ft is inside, upper_ft outside. active: None, or for
    each zone None (always) or a list of (from, to), `to` outside, as to_us takes them."""

    def __init__(self, count, lower_ft, upper_ft, active):
        self.lower = _limits(lower_ft, count, I32.min, "lower_ft")
        self.upper = _limits(upper_ft, count, I32.max, "upper_ft")
        active = [None] * count if active is None else list(active)
        if len(active) != count:
            raise ValueError(f"active names {len(active)} zones of {count}")
        self.hours = {zone: self._sorted(spans) for zone, spans in enumerate(active)
                      if spans is not None}
        self.is_bound = bool((self.lower > I32.min).any() or (self.upper < I32.max).any()
                             or self.hours)
        self._structures(count)

    @staticmethod
    def _sorted(spans):
        if not len(spans):
            return np.empty((0, 2), np.int64)
        spans = np.array([[to_us(at, 1)[0] for at in span] for span in spans], dtype=np.int64)
        spans = spans[np.argsort(spans[:, 0])]
        if (spans[:, 1] <= spans[:, 0]).any() or (spans[1:, 0] < spans[:-1, 1]).any():
            raise ValueError("spans of `active` are ordered and do not overlap")
        return spans

    def _structures(self, count):
        self.array = np.zeros(max(1, count), dtype=np.dtype(lib.Volume))
        self.array["lower_ft"][:count] = self.lower
        self.array["upper_ft"][:count] = self.upper
        self.array["schedule"]["always"] = True
        self.spans = {}
        for zone, spans in self.hours.items():
            self.spans[zone] = np.ascontiguousarray(spans)
            self.array["schedule"]["always"][zone] = False
            self.array["schedule"]["intervals"][zone] = self.spans[zone].ctypes.data
            self.array["schedule"]["count"][zone] = len(spans)

    def keep(self, offsets, zones, alts_ft, times):
        """Which hits are also in their zone's band and hours. An altitude that is not known (NaN) is
        in every band: unknown is never outside."""
        count = len(offsets) - 1
        points = np.repeat(np.arange(count), np.diff(offsets))
        kept = np.ones(len(zones), dtype=bool)
        if alts_ft is not None:
            alts = _numbers(alts_ft, count, "alts_ft")[points]
            kept &= np.isnan(alts) | (alts >= np.where(self.lower == I32.min, -np.inf, self.lower)[zones]
                                      ) & (alts < np.where(self.upper == I32.max, np.inf,
                                                           self.upper)[zones])
        if times is not None:
            at_us = to_us(times, count)[points]
            for zone, spans in self.hours.items():
                hits = np.flatnonzero(zones == zone)
                span = np.searchsorted(spans[:, 0], at_us[hits], side="right") - 1
                inside = span >= 0
                inside[inside] = at_us[hits][inside] < spans[span[inside], 1]
                kept[hits] &= inside
        return kept


def paths_of(lats, lons, speeds_kt, tracks_deg, look_ahead_s, alts_ft, rates_fpm, times):
    """An array of lee_zone_path: straight on, as the library extrapolates."""
    lat, lon = to_e7(lats, LAT_MAX, "lats"), to_e7(lons, LON_MAX, "lons")
    count = len(lat)
    if lat.ndim != 1 or lat.shape != lon.shape:
        raise ValueError("lats and lons are columns of the same length")
    speeds, tracks = _numbers(speeds_kt, count, "speeds_kt"), _numbers(tracks_deg, count, "tracks_deg")
    if not ((speeds >= 0) & (speeds <= 10000)).all() or not np.isfinite(tracks).all():
        raise ValueError("speeds_kt are 0 to 10,000 knots, tracks_deg degrees; neither may be missing")
    if not 0 <= look_ahead_s <= 3600:
        raise ValueError("look_ahead_s is 0 to 3600")
    alts = _numbers(np.nan if alts_ft is None else alts_ft, count, "alts_ft")
    rates = _numbers(rates_fpm, count, "rates_fpm")
    known = np.isfinite(alts)
    motions = np.zeros(count, dtype=np.dtype(lib.Motion))
    motions["point"]["lat_e7"], motions["point"]["lon_e7"] = lat, lon
    motions["t_us"] = to_us(times, count)
    motions["speed_kt_e3"] = np.rint(speeds * 1000)
    motions["track_deg_e3"] = np.rint(np.mod(tracks, 360) * 1000).astype(np.int64) % 360000
    motions["alt_ft"] = np.floor(np.where(known, alts, 0))
    motions["rate_fpm"] = np.rint(np.nan_to_num(rates))
    motions["has_alt"] = known
    paths = (lib.Leg * count)()
    for i, at in enumerate(range(motions.ctypes.data, motions.ctypes.data + motions.nbytes,
                                 motions.itemsize)):
        paths[i] = lib.library.lee_zone_path_straight(at, int(look_ahead_s))
    return paths


def passages(handle, volumes, zone_count, paths):
    """The passages of all paths as columns."""
    predictor = ctypes.c_void_p()
    lib.check(lib.library.lee_zone_predictor_create(handle, volumes.array.ctypes.data,
                                                    ctypes.byref(predictor)))
    try:
        room = np.empty(max(1 << 16, zone_count), dtype=np.dtype(lib.Passage))
        ends, done = np.empty(PATHS, np.uint32), ctypes.c_size_t()
        pieces, counts, at = [], [np.zeros(1, np.int64)], 0
        while at < len(paths):
            lib.check(lib.library.lee_zone_predictor_paths(
                predictor, ctypes.addressof(paths) + at * ctypes.sizeof(lib.Leg),
                min(PATHS, len(paths) - at), room.ctypes.data, len(room), ends.ctypes.data,
                ctypes.byref(done)))
            found = ends[:done.value].astype(np.int64)
            counts.append(np.diff(found, prepend=0))
            pieces.append(room[:found[-1]].copy())
            at += done.value
    finally:
        lib.library.lee_zone_predictor_free(predictor)
    rows = np.concatenate(pieces) if pieces else room[:0]
    return Passages(np.cumsum(np.concatenate(counts)), rows["zone"], rows["enter_us"],
                    rows["leave_us"], rows["starts"], rows["alt_unknown"])
