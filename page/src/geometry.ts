// Shapes for drawing only. What is inside a zone is decided by the server in exact integers.
import type { ZoneFeature } from "./api";

const M_PER_DEG = 111195;
const CIRCLE_STEPS = 64;

export type Ring = [number, number][];
export interface Bounds {
    west: number;
    south: number;
    east: number;
    north: number;
}

function metresPerLonDeg(lat: number): number {
    return Math.max(0.01, Math.cos((lat * Math.PI) / 180)) * M_PER_DEG;
}

export function circle(lat: number, lon: number, radius_m: number): Ring {
    const ring: Ring = [];
    for (let i = 0; i <= CIRCLE_STEPS; i++) {
        const angle = (i / CIRCLE_STEPS) * 2 * Math.PI;
        ring.push([
            lon + (Math.sin(angle) * radius_m) / metresPerLonDeg(lat),
            lat + (Math.cos(angle) * radius_m) / M_PER_DEG,
        ]);
    }
    return ring;
}

function corridor(line: number[][], half_width_m: number): Ring[] {
    const rings: Ring[] = [];
    for (let i = 0; i + 1 < line.length; i++) {
        const [ax = 0, ay = 0] = line[i] ?? [];
        const [bx = 0, by = 0] = line[i + 1] ?? [];
        const scale = metresPerLonDeg((ay + by) / 2);
        const dx = (bx - ax) * scale;
        const dy = (by - ay) * M_PER_DEG;
        const length = Math.hypot(dx, dy) || 1;
        const ox = ((-dy / length) * half_width_m) / scale;
        const oy = ((dx / length) * half_width_m) / M_PER_DEG;
        rings.push([
            [ax + ox, ay + oy],
            [bx + ox, by + oy],
            [bx - ox, by - oy],
            [ax - ox, ay - oy],
            [ax + ox, ay + oy],
        ]);
    }
    return rings;
}

// Polygons of a zone, however its file put it: each a list of rings, outer first.
export function zonePolygons(zone: ZoneFeature): Ring[][] {
    const { geometry, properties } = zone;
    if (!geometry) {
        return [];
    }
    switch (geometry.type) {
        case "Polygon":
            return [geometry.coordinates as Ring[]];
        case "MultiPolygon":
            return geometry.coordinates as Ring[][];
        case "Point": {
            const [lon = 0, lat = 0] = geometry.coordinates;
            return [[circle(lat, lon, properties.radius_m ?? 1000)]];
        }
        case "LineString":
            return corridor(geometry.coordinates, properties.half_width_m ?? 1000).map((ring) => [ring]);
    }
}

export function emptyBounds(): Bounds {
    return { west: 180, south: 90, east: -180, north: -90 };
}

export function isEmpty(bounds: Bounds): boolean {
    return bounds.east < bounds.west;
}

export function extend(bounds: Bounds, lon: number, lat: number): void {
    bounds.west = Math.min(bounds.west, lon);
    bounds.east = Math.max(bounds.east, lon);
    bounds.south = Math.min(bounds.south, lat);
    bounds.north = Math.max(bounds.north, lat);
}

export function zoneBounds(zone: ZoneFeature): Bounds {
    const bounds = emptyBounds();
    for (const polygon of zonePolygons(zone)) {
        for (const [lon, lat] of polygon[0] ?? []) {
            extend(bounds, lon, lat);
        }
    }
    return bounds;
}

// Where the target would be after the time, going straight on.
export function ahead(lat: number, lon: number, track_deg: number, distance_m: number): [number, number] {
    const angle = (track_deg * Math.PI) / 180;
    return [
        lon + (Math.sin(angle) * distance_m) / metresPerLonDeg(lat),
        lat + (Math.cos(angle) * distance_m) / M_PER_DEG,
    ];
}

export function distanceM(lat_a: number, lon_a: number, lat_b: number, lon_b: number): number {
    const scale = metresPerLonDeg((lat_a + lat_b) / 2);
    return Math.hypot((lat_b - lat_a) * M_PER_DEG, (lon_b - lon_a) * scale);
}
