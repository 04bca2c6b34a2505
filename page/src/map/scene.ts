// What the map shows, made from the store: marks and trails of targets, labels, the predicted path.
// Both maps, with WebGL and without, draw from here.
import type { Incident, Track } from "../api";
import * as format from "../format";
import { ahead } from "../geometry";
import { gravest, shortTarget } from "../judge";
import type { Theme } from "../session";
import { current, selectedIncident, selectedTarget, type Target } from "../store";
import { t } from "../words";
import { PALETTES, PERMITTED, rgba, SEVERITY } from "./colours";
import { SHAPE_DISC, SHAPE_HOLLOW, SHAPE_RING, type Mark, type TrailMark } from "./targets";

// Beyond this many targets, trails are kept for those that matter.
const TRAILS_FOR_ALL_MAX = 600;
const LABELS_MAX = 80;
const PREDICT_S = 120;
const DIM = 0.28;
const CHOSEN_RANK = 6;

export interface Label {
    lat: number;
    lon: number;
    lines: string[];
    rank: number;
    strong: boolean;
    dim: boolean;
    chosen: boolean;
}

export interface Path {
    points: { lat: number; lon: number }[];
    entry: { lat: number; lon: number; text: string } | null;
    colour: string;
}

export interface Scene {
    marks: Mark[];
    trails: TrailMark[];
    labels: Label[];
    path: Path | null;
}

function colourOf(track: Track, incident: Incident | undefined, theme: Theme): string {
    switch (track.relation) {
        case "permitted":
            return PERMITTED;
        case "predicted":
        case "inside":
            return SEVERITY[incident?.severity ?? "medium"];
        case "near":
            return SEVERITY.low;
        default:
            return PALETTES[theme].target;
    }
}

function mark(track: Track, colour: string, matters: boolean, chosen: boolean, dim: boolean): Mark | null {
    if (track.lat === undefined || track.lon === undefined) {
        return null;
    }
    const stale = track.age === "stale" ? SHAPE_HOLLOW : 0;
    const disc = track.track_deg === undefined ? SHAPE_DISC : 0;
    const size_px = matters ? 22 : 16;
    return {
        lat: track.lat,
        lon: track.lon,
        angle_deg: track.track_deg ?? 0,
        size_px: chosen ? size_px * 1.6 : size_px,
        colour: rgba(colour, dim ? DIM : 1),
        shape: stale | disc | (chosen ? SHAPE_RING : 0),
    };
}

function trail(target: Target, colour: string, dim: boolean): TrailMark {
    const points = target.trail;
    const last = points.length - 1;
    return {
        points: points.map(({ lat, lon }, index) => ({ lat, lon, strength: last > 0 ? index / last : 1 })),
        colour: rgba(colour, dim ? 0.15 : 0.75),
    };
}

function label(track: Track, rank: number, dim: boolean): Label | null {
    if (track.lat === undefined || track.lon === undefined) {
        return null;
    }
    const alt_ft = track.alt_baro_ft ?? track.alt_hae_ft;
    const facts = [
        track.on_ground ? t("on_ground") : alt_ft === undefined ? "" : format.altitudeShort(alt_ft, track.vertical_rate_fpm),
        track.speed_ground_kt === undefined ? "" : format.speedShort(track.speed_ground_kt),
    ].filter(Boolean);
    const name = track.callsign?.trim() || shortTarget(track.target);
    return { lat: track.lat, lon: track.lon, lines: [name, facts.join("  ")].filter(Boolean), rank, strong: rank >= 3, dim, chosen: rank === CHOSEN_RANK };
}

const LABEL_RANK: Record<string, number> = { inside: 4, predicted: 3, permitted: 2, near: 1 };

function predictedPath(theme: Theme): Path | null {
    const incident = selectedIncident();
    const id = selectedTarget();
    const track = id ? current().targets.get(id)?.track : undefined;
    if (track?.lat === undefined || track.lon === undefined || incident?.state === "ended") {
        return null;
    }
    const points = [{ lat: track.lat, lon: track.lon }];
    let entry: Path["entry"] = null;
    let reach_s = PREDICT_S;
    if (incident?.state === "predicted" && incident.entry_lat !== undefined && incident.entry_lon !== undefined) {
        const text = incident.entry_at_us === undefined ? "" : t("entry_point", { time: format.utcClock(incident.entry_at_us) });
        entry = { lat: incident.entry_lat, lon: incident.entry_lon, text };
        points.push({ lat: entry.lat, lon: entry.lon });
        reach_s = PREDICT_S / 3;
    }
    if (track.track_deg !== undefined && track.speed_ground_kt !== undefined) {
        const from = points[points.length - 1] ?? { lat: track.lat, lon: track.lon };
        const [lon, lat] = ahead(from.lat, from.lon, track.track_deg, format.knotsToMps(track.speed_ground_kt) * reach_s);
        points.push({ lat, lon });
    }
    const colour = incident?.severity ? SEVERITY[incident.severity] : PALETTES[theme].text;
    return points.length > 1 ? { points, entry, colour } : null;
}

export function scene(theme: Theme): Scene {
    const { targets, hovered } = current();
    const chosen = selectedTarget();
    const focus = selectedIncident() !== undefined;
    const incidents = gravest();
    const made: Scene = { marks: [], trails: [], labels: [], path: predictedPath(theme) };
    const last: Mark[] = [];
    for (const [id, target] of targets) {
        const { track } = target;
        const relation = track.relation ?? "none";
        const matters = relation !== "none";
        const isChosen = id === chosen;
        const dim = focus && !isChosen;
        const colour = colourOf(track, incidents.get(id), theme);
        const one = mark(track, colour, matters, isChosen, dim);
        if (!one) {
            continue;
        }
        // What matters is drawn last and so lies on top.
        (matters || isChosen ? last : made.marks).push(one);
        if (isChosen || matters || id === hovered || targets.size <= TRAILS_FOR_ALL_MAX) {
            made.trails.push(trail(target, colour, dim));
        }
        const rank = isChosen ? CHOSEN_RANK : id === hovered ? 5 : (LABEL_RANK[relation] ?? 0);
        if (rank > 0 && !(dim && rank < 5)) {
            const text = label(track, rank, dim && rank < 5);
            if (text) {
                made.labels.push(text);
            }
        }
    }
    made.marks.push(...last);
    made.labels.sort((a, b) => b.rank - a.rank);
    made.labels.length = Math.min(made.labels.length, LABELS_MAX);
    return made;
}
