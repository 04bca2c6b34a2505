#!/usr/bin/env python3
"""Turns GeoJSON and TopoJSON into the file of rings that bench/kernel/sets.h reads.

usage: rings.py OUT FILE...   All polygons of all files, one zone a feature, degrees x 10^7.
"""
import json
import struct
import sys


def topology_geometries(topology):
    """The features of a TopoJSON file as GeoJSON geometries."""
    scale = topology["transform"]["scale"]
    move = topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x += dx
            y += dy
            line.append((x * scale[0] + move[0], y * scale[1] + move[1]))
        arcs.append(line)

    def ring(numbers):
        points = []
        for number in numbers:
            line = arcs[number] if number >= 0 else arcs[~number][::-1]
            points.extend(line if not points else line[1:])
        return points

    for geometry in topology["objects"]["countries"]["geometries"]:
        kind = geometry.get("type")
        if kind == "Polygon":
            yield {"type": kind, "coordinates": [ring(r) for r in geometry["arcs"]]}
        elif kind == "MultiPolygon":
            yield {
                "type": kind,
                "coordinates": [[ring(r) for r in polygon] for polygon in geometry["arcs"]],
            }


def geometries(path):
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    if data.get("type") == "Topology":
        yield from topology_geometries(data)
    else:
        for feature in data.get("features", []):
            if feature.get("geometry"):
                yield feature["geometry"]


def clean(ring):
    """Integer points, repeated ones left out, the last not repeating the first."""
    points = []
    for lon, lat, *_ in ring:
        point = (round(lat * 1e7), round(lon * 1e7))
        point = (max(-900000000, min(900000000, point[0])), point[1])
        if not points or points[-1] != point:
            points.append(point)
    while len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return points if len(points) >= 3 else None


def main():
    zones = []
    for path in sys.argv[2:]:
        for geometry in geometries(path):
            if geometry["type"] == "Polygon":
                polygons = [geometry["coordinates"]]
            elif geometry["type"] == "MultiPolygon":
                polygons = geometry["coordinates"]
            else:
                continue
            kept = []
            for polygon in polygons:
                rings = [clean(ring) for ring in polygon]
                if rings and rings[0]:
                    kept.append([ring for ring in rings if ring])
            if kept:
                zones.append(kept)
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack("<I", len(zones)))
        for polygons in zones:
            out.write(struct.pack("<I", len(polygons)))
            for rings in polygons:
                out.write(struct.pack("<I", len(rings)))
                for ring in rings:
                    out.write(struct.pack("<I", len(ring)))
                    for lat, lon in ring:
                        out.write(struct.pack("<ii", lat, lon))


if __name__ == "__main__":
    main()
