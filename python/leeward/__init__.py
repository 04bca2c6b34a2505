"""Leeward's zone index from Python: which zones hold these points, exactly and fast.

    from leeward import ZoneSet
    zones = ZoneSet(geometries)              # shapely, GeoJSON, GeoPandas, or lists of rings
    offsets, hits = zones.locate_many(lats, lons)

Degrees are rounded once to integers of 1e-7 degrees (1.1 cm; halves to the even one), zones and
points alike; after that every answer is exact. A point on an edge belongs to exactly one side: an
area holds its western and southern edges, not its eastern and northern ones. Where rings of one
zone overlap, inside is what lies inside an odd number of them.
"""
from ._volumes import Passages
from ._zones import Box, LeewardError, ZoneSet

__all__ = ["Box", "LeewardError", "Passages", "ZoneSet"]
