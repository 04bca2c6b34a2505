// Where to look first: the gravest incident's zone, or all zones when they lie close together.
import { emptyBounds, extend, isEmpty, zoneBounds, type Bounds } from "../geometry";
import { compare, group } from "../judge";
import { current } from "../store";

const TOGETHER_DEG = 14;

function span(bounds: Bounds): number {
    return Math.max(bounds.east - bounds.west, bounds.north - bounds.south);
}

export function allBounds(): Bounds | null {
    const bounds = emptyBounds();
    for (const zone of current().zones.values()) {
        const one = zoneBounds(zone);
        if (!isEmpty(one)) {
            extend(bounds, one.west, one.south);
            extend(bounds, one.east, one.north);
        }
    }
    if (isEmpty(bounds)) {
        for (const { track } of current().targets.values()) {
            if (track.lat !== undefined && track.lon !== undefined) {
                extend(bounds, track.lon, track.lat);
            }
        }
    }
    return isEmpty(bounds) ? null : bounds;
}

function widened(bounds: Bounds, by: number): Bounds {
    const width = (bounds.east - bounds.west) * by;
    const height = (bounds.north - bounds.south) * by;
    return { west: bounds.west - width, east: bounds.east + width, south: bounds.south - height, north: bounds.north + height };
}

function busiest(): Bounds | null {
    let best: Bounds | null = null;
    let most = -1;
    for (const zone of current().zones.values()) {
        const bounds = zoneBounds(zone);
        if (isEmpty(bounds)) {
            continue;
        }
        const around = widened(bounds, 0.5);
        let inside = 0;
        for (const { track } of current().targets.values()) {
            const { lat, lon } = track;
            if (lat !== undefined && lon !== undefined && lon > around.west && lon < around.east && lat > around.south && lat < around.north) {
                inside++;
            }
        }
        if (inside > most) {
            most = inside;
            best = around;
        }
    }
    return best;
}

export function firstBounds(): Bounds | null {
    const all = allBounds();
    if (!all || span(all) <= TOGETHER_DEG) {
        return all;
    }
    const open = [...current().incidents.values()].filter((incident) => group(incident) !== "ended").sort(compare)[0];
    const zone = open && current().zones.get(open.zone);
    const bounds = zone && zoneBounds(zone);
    return bounds && !isEmpty(bounds) ? widened(bounds, 0.5) : (busiest() ?? all);
}

// The incident's zone with its target; a target far away is not dragged in.
export function incidentBounds(id: string): Bounds | null {
    const incident = current().incidents.get(id);
    if (!incident) {
        return null;
    }
    const track = current().targets.get(incident.target)?.track;
    const lat = track?.lat ?? incident.lat;
    const lon = track?.lon ?? incident.lon;
    const zone = current().zones.get(incident.zone);
    const bounds = zone ? zoneBounds(zone) : emptyBounds();
    if (lat !== undefined && lon !== undefined) {
        const with_target = { ...bounds };
        extend(with_target, lon, lat);
        if (isEmpty(bounds) || span(with_target) < span(bounds) * 3 + 0.5) {
            return with_target;
        }
    }
    return isEmpty(bounds) ? null : bounds;
}
