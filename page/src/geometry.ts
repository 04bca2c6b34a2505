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

// The part of a line between two places on it, given in positions: 2.5 is half way from the third to the fourth.
function cut(line: number[][], tail: number, head: number): Ring {
    const at = (place: number): [number, number] => {
        const index = Math.max(0, Math.min(line.length - 2, Math.floor(place)));
        const [ax = 0, ay = 0] = line[index] ?? [];
        const [bx = ax, by = ay] = line[index + 1] ?? [];
        const share = place - index;
        return [ax + (bx - ax) * share, ay + (by - ay) * share];
    };
    const between = line.slice(Math.floor(tail) + 1, Math.ceil(head)).map(([x = 0, y = 0]): [number, number] => [x, y]);
    return [at(tail), ...between, at(head)];
}

// Everything within a distance of a line, as one ring: along one side and round the end, and back.
function around(line: Ring, distance_m: number): Ring {
    const scale = metresPerLonDeg(line[0]?.[1] ?? 0);
    const side = (points: Ring): Ring => {
        const ring: Ring = [];
        points.forEach(([x, y], index) => {
            const [px, py] = points[index - 1] ?? [x, y];
            const [nx, ny] = points[index + 1] ?? [x, y];
            const into = Math.atan2((y - py) * M_PER_DEG, (x - px) * scale);
            const out = Math.atan2((ny - y) * M_PER_DEG, (nx - x) * scale);
            const first = index === 0 ? out : into;
            let turn = index === 0 ? 0 : index === points.length - 1 ? Math.PI : out - into;
            turn -= turn > Math.PI ? 2 * Math.PI : turn < -Math.PI ? -2 * Math.PI : 0;
            // The right side: round the outside of a bend in steps, the inside at its middle.
            const steps = turn > 0 ? Math.max(1, Math.ceil(turn / 0.2)) : 1;
            for (let step = 0; step <= steps; step++) {
                const angle = turn > 0 ? first - Math.PI / 2 + (turn * step) / steps : first - Math.PI / 2 + turn / 2;
                ring.push([x + (Math.cos(angle) * distance_m) / scale, y + (Math.sin(angle) * distance_m) / M_PER_DEG]);
            }
        });
        return ring;
    };
    const ring = [...side(line), ...side([...line].reverse())];
    return ring[0] ? [...ring, ring[0]] : ring;
}

// A zone that goes with a target, where it is by now; nothing while its carrier is not heard.
function movingPolygons({ geometry, now }: ZoneFeature): Ring[][] {
    if (!now || now.lat === undefined || now.lon === undefined || now.radius_m === undefined) {
        return [];
    }
    if (geometry?.type === "LineString") {
        return [[around(cut(geometry.coordinates, now.tail ?? 0, now.head ?? 0), now.radius_m)]];
    }
    return [[circle(now.lat, now.lon, now.radius_m)]];
}

// Polygons of a zone, however its file put it: each a list of rings, outer first.
export function zonePolygons(zone: ZoneFeature): Ring[][] {
    const { geometry, properties } = zone;
    if (properties.moving) {
        return movingPolygons(zone);
    }
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
