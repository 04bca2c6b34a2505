"""Geometries of several kinds to flat arrays of rings."""
import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

LAT_MAX, LON_MAX = 90.0, 180.0


class Rings(NamedTuple):
    """points: int32 (n, 2), latitude first, in 1e-7 degrees. Ring r is points[ring_at[r]] up to
    points[ring_at[r + 1]]; zone z is the rings zone_at[z] up to zone_at[z + 1]."""
    points: np.ndarray
    ring_at: np.ndarray
    zone_at: np.ndarray
    ids: list


def to_e7(degrees, limit, name):
    """Degrees to integers of 1e-7 degrees. Missing is never read as a place: NaN is refused."""
    degrees = np.asarray(degrees, dtype=np.float64)
    wrong = ~(np.abs(degrees) <= limit)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ValueError(f"{name}[{at}] is {degrees.flat[at]}; must be within ±{limit:g} degrees")
    return np.rint(degrees * 1e7).astype(np.int32)


def gather(zones):
    """`zones` as ZoneSet takes them, as Rings."""
    if isinstance(zones, (str, Path)):
        text = str(zones)
        zones = json.loads(text if text.lstrip()[:1] in "{[" else Path(text).read_text("utf-8"))
    fast = _from_shapely(zones)
    if fast is not None:
        return fast
    parts, ids = [], []
    for number, item in enumerate(_items(zones)):
        name, rings = _rings_of(item)
        parts.append(rings)
        ids.append(str(number) if name is None else str(name))
    flat = [ring for rings in parts for ring in rings]
    zone_at = np.cumsum([0] + [len(rings) for rings in parts], dtype=np.int64)
    ring_at = np.cumsum([0] + [len(ring) for ring in flat], dtype=np.int64)
    points = np.concatenate(flat) if flat else np.empty((0, 2))
    return _finish(points, ring_at, zone_at, ids)


def _finish(points, ring_at, zone_at, ids):
    e7 = np.empty((len(points), 2), dtype=np.int32)
    e7[:, 0] = to_e7(points[:, 0], LAT_MAX, "latitude of vertex ")
    e7[:, 1] = to_e7(points[:, 1], LON_MAX, "longitude of vertex ")
    return Rings(e7, ring_at, zone_at, ids)


def _from_shapely(zones):
    """Shapely polygons all at once; None when they are not all polygons of shapely 2."""
    shapely = sys.modules.get("shapely")
    if shapely is None or not hasattr(shapely, "to_ragged_array") or isinstance(zones, dict):
        return None
    ids = None
    if hasattr(zones, "geometry") and hasattr(zones, "index"):
        ids = [str(i) for i in zones.index]
        zones = zones.geometry
    if isinstance(zones, shapely.Geometry):
        zones = [zones]
    try:
        array = np.asarray(zones, dtype=object)
    except ValueError:
        return None
    if array.ndim != 1 or len(array) == 0 or not shapely.is_geometry(array).all() \
            or not np.isin(shapely.get_type_id(array), (3, 6)).all():
        return None
    kind, lon_lat, offsets = shapely.to_ragged_array(array, include_z=False)
    ring_at, zone_at = offsets[0], offsets[1]
    if len(offsets) == 3:
        zone_at = offsets[1][offsets[2]]
    return _finish(lon_lat[:, ::-1], np.asarray(ring_at, np.int64), np.asarray(zone_at, np.int64),
                   ids or [str(i) for i in range(len(array))])


def _items(zones):
    """One item for each zone."""
    zones = getattr(zones, "__geo_interface__", zones)
    if isinstance(zones, dict):
        return zones["features"] if zones.get("type") == "FeatureCollection" else [zones]
    return zones


def _rings_of(item):
    """(id or None, rings with latitude first) of a geometry, a feature or rings as numbers."""
    item = getattr(item, "__geo_interface__", item)
    if not isinstance(item, dict):
        return None, _plain_rings(item)
    name = None
    if item.get("type") == "Feature":
        name = item.get("id", (item.get("properties") or {}).get("id"))
        item = item.get("geometry") or {"type": "Polygon", "coordinates": []}
    if item.get("type") == "Polygon":
        polygons = [item["coordinates"]]
    elif item.get("type") == "MultiPolygon":
        polygons = item["coordinates"]
    else:
        raise TypeError(f"a zone is a Polygon or a MultiPolygon, not {item.get('type')!r}")
    return name, [np.array([(p[1], p[0]) for p in ring], dtype=np.float64).reshape(-1, 2)
                  for polygon in polygons for ring in polygon]


def _plain_rings(item):
    """A ring [(lat, lon), …] or a list of such rings."""
    if item is None or isinstance(item, str):
        raise TypeError(f"a zone is a geometry or rings, not {item!r}")
    if len(item) and np.ndim(item[0]) == 1:
        item = [item]
    rings = [np.asarray(ring, dtype=np.float64) for ring in item]
    for ring in rings:
        if ring.ndim != 2 or ring.shape[1] != 2:
            raise TypeError("a ring is a list of (latitude, longitude)")
    return rings
