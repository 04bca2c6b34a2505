// The altitude profile: time across, the zone's band shaded, what was flown and what is predicted.
import type { Incident } from "../api";
import { h, svg } from "../dom";
import * as format from "../format";
import { zoneOf } from "../judge";
import { current, serverNow, type TrailPoint } from "../store";
import { t } from "../words";

const WIDTH = 340;
const HEIGHT = 150;
const LEFT = 50;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 20;
const LABEL_ROOM = 56;
const PAST_US = 120 * format.US_PER_S;
const BEFORE_LAST_US = 30 * format.US_PER_S;
const FUTURE_LEAST_US = 60 * format.US_PER_S;
const FUTURE_MOST_US = 300 * format.US_PER_S;
const UNLIMITED_FT = 60000;

interface Scale {
    x: (t_us: number) => number;
    y: (alt_ft: number) => number;
    top_ft: number;
}

function samples(incident: Incident): TrailPoint[] {
    const trail = current().targets.get(incident.target)?.trail ?? [];
    const events = current().details.get(incident.incident)?.events ?? [];
    const points: TrailPoint[] = [...trail];
    const first_us = trail[0]?.t_us ?? Infinity;
    for (const event of events) {
        if (event.alt_ft !== undefined && event.t_us < first_us) {
            points.push({ t_us: event.t_us, lat: event.lat ?? 0, lon: event.lon ?? 0, alt_ft: event.alt_ft });
        }
    }
    return points.filter((point) => point.alt_ft !== undefined).sort((a, b) => a.t_us - b.t_us);
}

function niceTop(ft: number): number {
    for (const step of [500, 1000, 2000, 3000, 4000, 6000, 8000, 10000, 15000, 20000, 25000, 30000, 40000, 50000, 60000]) {
        if (ft <= step) {
            return step;
        }
    }
    return UNLIMITED_FT;
}

function path(points: TrailPoint[], scale: Scale): string {
    return points
        .map((point, index) => {
            const verb = index === 0 ? "M" : "L";
            return `${verb}${scale.x(point.t_us).toFixed(1)} ${scale.y(point.alt_ft ?? 0).toFixed(1)}`;
        })
        .join("");
}

function axis(scale: Scale, now_us: number, from_us: number, to_us: number): SVGElement[] {
    const parts: SVGElement[] = [];
    for (const share of [0, 0.5, 1]) {
        const ft = scale.top_ft * share;
        const y = scale.y(ft);
        parts.push(
            svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }),
            svg("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, `${format.count(ft)}${share === 1 ? " ft" : ""}`),
        );
    }
    parts.push(
        svg("line", { class: "now", x1: scale.x(now_us), x2: scale.x(now_us), y1: TOP, y2: HEIGHT - BOTTOM }),
        svg("text", { x: LEFT, y: HEIGHT - 5, "text-anchor": "start" }, `−${format.countdown((now_us - from_us) / format.US_PER_S)}`),
        svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 5, "text-anchor": "end" }, `+${format.countdown((to_us - now_us) / format.US_PER_S)}`),
    );
    if (WIDTH - RIGHT - scale.x(now_us) > LABEL_ROOM && scale.x(now_us) - LEFT > LABEL_ROOM) {
        parts.push(svg("text", { x: scale.x(now_us), y: HEIGHT - 5, "text-anchor": "middle" }, "0:00"));
    }
    return parts;
}

export function profile(incident: Incident): HTMLElement {
    const zone = zoneOf(incident);
    const points = samples(incident);
    const last = points[points.length - 1];
    if (!last || last.alt_ft === undefined) {
        return h("p", { class: "quiet" }, t("profile_none"));
    }
    const now_us = Math.max(serverNow(), last.t_us);
    const from_us = Math.min(
        now_us - PAST_US,
        Math.max(points[0]?.t_us ?? now_us, now_us - 2 * PAST_US),
        last.t_us - BEFORE_LAST_US, // however long ago that was
    );
    const entry_us = incident.state === "predicted" ? incident.entry_at_us : undefined;
    const to_us = now_us + Math.min(FUTURE_MOST_US, Math.max(FUTURE_LEAST_US, ((entry_us ?? now_us) - now_us) * 1.3));
    const rate_fpm = current().targets.get(incident.target)?.track.vertical_rate_fpm ?? 0;
    const later_ft = Math.max(0, last.alt_ft + (rate_fpm * (to_us - now_us)) / (60 * format.US_PER_S));
    const band = zone ? format.bandFt(zone.properties) : null;
    const highest = Math.max(...points.map((point) => point.alt_ft ?? 0), later_ft);
    const bandTop = band && band.upper_ft < UNLIMITED_FT && band.upper_ft < highest * 4 + 2000 ? band.upper_ft : 0;
    const scale: Scale = {
        top_ft: niceTop(Math.max(highest, bandTop) * 1.1),
        x: (t_us) => LEFT + ((t_us - from_us) / (to_us - from_us)) * (WIDTH - LEFT - RIGHT),
        y: (alt_ft) => HEIGHT - BOTTOM - (alt_ft / scale.top_ft) * (HEIGHT - TOP - BOTTOM),
    };
    const visible = points.filter((point) => point.t_us >= from_us);
    const parts: SVGElement[] = [];
    if (band) {
        const top = scale.y(Math.min(band.upper_ft, scale.top_ft));
        const bottom = scale.y(Math.min(band.lower_ft, scale.top_ft));
        const box = { x: LEFT, width: WIDTH - LEFT - RIGHT, y: top, height: Math.max(0, bottom - top) };
        parts.push(svg("rect", { class: "band", ...box }));
    }
    parts.push(...axis(scale, now_us, from_us, to_us));
    parts.push(svg("path", { class: "flown", d: path(visible, scale) }));
    if (incident.state !== "ended" && incident.state !== "lost" && isFinite(later_ft)) {
        const future = [last, { ...last, t_us: to_us, alt_ft: later_ft }];
        parts.push(svg("path", { class: "ahead", d: path(future, scale) }));
    }
    if (entry_us !== undefined && entry_us > now_us && entry_us < to_us) {
        const entry_ft = last.alt_ft + (rate_fpm * (entry_us - now_us)) / (60 * format.US_PER_S);
        parts.push(svg("circle", { class: "entry", cx: scale.x(entry_us), cy: scale.y(Math.max(0, entry_ft)), r: 4.5 }));
    }
    parts.push(svg("circle", { class: "here", cx: scale.x(last.t_us), cy: scale.y(last.alt_ft), r: 3.5 }));
    const said = t("profile_text", {
        alt: format.altitudeShort(last.alt_ft, rate_fpm),
        band: zone ? format.band(zone.properties) : t("unknown"),
    });
    return h(
        "figure",
        { class: "profile" },
        svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said, direction: "ltr" }, ...parts),
    );
}
