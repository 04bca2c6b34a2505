// What a row says and where it stands: order, the large figure and the line of why.
import type { Incident, Severity, Track, ZoneFeature } from "./api";
import * as format from "./format";
import { current, serverNow } from "./store";
import { inLanguage, named, t } from "./words";

export type Group = "needs" | "handled" | "ended";

const WEIGHT: Record<Severity, number> = { high: 3, medium: 2, low: 1 };
const CLIMB_LEAST_FPM = 200;

export function weight(incident: Incident): number {
    return incident.severity ? WEIGHT[incident.severity] : 0;
}

export function isAcknowledged(incident: Incident): boolean {
    const until_us = incident.acknowledged?.until_us;
    return incident.acknowledged !== undefined && (until_us === undefined || until_us > serverNow());
}

export function group(incident: Incident): Group {
    if (incident.state === "ended") {
        return "ended";
    }
    // Who has leave is recorded; nobody has to act on it.
    // The watch says what was told before, belongs to a group or is acknowledged for a time.
    return isAcknowledged(incident) || incident.permit || incident.attention ? "handled" : "needs";
}

// Soonest first: what is inside has already happened, so it stands before what is predicted.
function due_us(incident: Incident): number {
    return incident.entered_us ?? incident.crossed_at_us ?? incident.entry_at_us ?? incident.started_us;
}

const STATE_ORDER: Record<Incident["state"], number> = { entered: 0, predicted: 1, lost: 2, left: 3, ended: 4 };

export function compare(a: Incident, b: Incident): number {
    if (group(a) === "ended" && group(b) === "ended") {
        return (b.ended_us ?? b.updated_us) - (a.ended_us ?? a.updated_us);
    }
    return (
        weight(b) - weight(a) ||
        STATE_ORDER[a.state] - STATE_ORDER[b.state] ||
        due_us(a) - due_us(b) ||
        (a.incident < b.incident ? -1 : 1)
    );
}

export function zoneName(id: string): string {
    const zone = current().zones.get(id);
    return inLanguage(zone?.properties.name) ?? id;
}

// The zones within which this one does not hold for who may be there.
export function exemptedIn(id: string): string[] {
    return [...current().zones.values()].filter((zone) => zone.properties.exempts?.includes(id)).map((zone) => zone.id);
}

export function zoneOf(incident: Incident): ZoneFeature | undefined {
    return current().zones.get(incident.zone);
}

// "icao24:a1b2c3" is shown as A1B2C3: the kind of address is in the details.
export function shortTarget(target: string): string {
    const rest = target.slice(target.indexOf(":") + 1);
    return target.startsWith("icao24:") ? rest.toUpperCase() : rest;
}

export function targetName(incident: Incident): string {
    const track = current().targets.get(incident.target)?.track;
    return (incident.callsign ?? track?.callsign ?? shortTarget(incident.target)).trim();
}

export interface Figure {
    text: string;
    label: string;
    overdue: boolean;
}

export function figure(incident: Incident, now_us: number): Figure {
    const since = (from_us: number): string => format.countdown((now_us - from_us) / format.US_PER_S);
    switch (incident.state) {
        case "predicted": {
            if (incident.entry_at_us === undefined) {
                return { text: "–:––", label: t("to_entry"), overdue: false };
            }
            const left_s = (incident.entry_at_us - now_us) / format.US_PER_S;
            return left_s > -0.5
                ? { text: format.countdown(left_s), label: t("to_entry"), overdue: false }
                : { text: "0:00", label: t("due"), overdue: true };
        }
        case "entered":
            return { text: since(enteredAt(incident)), label: t("inside"), overdue: false };
        case "left":
            return { text: since(incident.left_us ?? incident.updated_us), label: t("since_left"), overdue: false };
        case "lost":
            return { text: since(incident.updated_us), label: t("since_seen"), overdue: false };
        case "ended":
            return {
                text: format.utcClock(incident.ended_us ?? incident.updated_us).replace(/(:\d\d)Z/, "Z"),
                label: t("ended"),
                overdue: false,
            };
    }
}

export function enteredAt(incident: Incident): number {
    return incident.crossed_at_us ?? incident.entered_us ?? incident.started_us;
}

function motion(track: Track | undefined, incident: Incident): string {
    const alt_ft = track?.alt_baro_ft ?? track?.alt_hae_ft ?? incident.alt_ft;
    if (alt_ft === undefined) {
        return t("why_alt_unknown");
    }
    const alt = format.altitudeShort(alt_ft, undefined);
    const rate = track?.vertical_rate_fpm;
    if (rate === undefined || Math.abs(rate) < CLIMB_LEAST_FPM) {
        return t("why_level", { alt });
    }
    return t(rate > 0 ? "why_climb" : "why_descend", { rate: format.climbAbsolute(rate), alt });
}

function happened(incident: Incident, now_us: number): string {
    switch (incident.state) {
        case "predicted": {
            if (incident.entry_at_us === undefined) {
                return t("state_predicted");
            }
            const time = format.between(now_us, incident.entry_at_us);
            return incident.entry_at_us >= now_us
                ? t("why_predicted", { time })
                : t("why_predicted_due", { time: format.between(incident.entry_at_us, now_us) });
        }
        case "entered": {
            const clock = format.utcClock(enteredAt(incident));
            if (incident.crossed_at_us === undefined && incident.entered_us === undefined) {
                return t("why_present", { clock });
            }
            return incident.depth_m !== undefined && incident.depth_m > 0
                ? t("why_entered_deep", { clock, depth: format.distance(incident.depth_m) })
                : t("why_entered", { clock });
        }
        case "left": {
            const clock = format.utcClock(incident.left_us ?? incident.updated_us);
            const from_us = incident.crossed_at_us ?? incident.entered_us;
            return from_us === undefined || incident.left_us === undefined
                ? t("why_left_only", { clock })
                : t("why_left", { clock, time: format.between(from_us, incident.left_us) });
        }
        case "lost":
            return t("why_lost", { clock: format.utcClock(incident.updated_us) });
        case "ended":
            return t("why_ended", { clock: format.utcClock(incident.ended_us ?? incident.updated_us) });
    }
}

export function why(incident: Incident, now_us: number): string {
    const parts = [happened(incident, now_us)];
    if (incident.permit) {
        parts.push(t("why_permitted", { permit: incident.permit }));
    }
    if (incident.state === "ended" && incident.reason) {
        parts.push(named("reason", incident.reason));
    }
    if (incident.state === "predicted" || incident.state === "entered") {
        parts.push(motion(current().targets.get(incident.target)?.track, incident));
    }
    return parts.join(" · ");
}

// The gravest open incident of a target gives it its colour on the map.
export function gravest(): Map<string, Incident> {
    const found = new Map<string, Incident>();
    for (const incident of current().incidents.values()) {
        if (incident.state === "ended" || incident.state === "left") {
            continue;
        }
        const known = found.get(incident.target);
        if (!known || weight(incident) > weight(known)) {
            found.set(incident.target, incident);
        }
    }
    return found;
}

// What is known of where a zone that goes with a target is, in words; null for any other zone. `full` says how old
// that is to the second, else only when it is no longer fresh, so that a label on the map does not flicker.
export function carrierState(zone: ZoneFeature, full: boolean): string | null {
    const { now } = zone;
    if (!zone.properties.moving || !now) {
        return null;
    }
    if (now.state === "unheard" || now.heard_us === undefined) {
        return t("carrier_unheard");
    }
    const age_us = serverNow() - now.heard_us;
    const age = full ? format.between(now.heard_us, serverNow()) : format.duration(Math.max(60, Math.floor(age_us / 60e6) * 60));
    const state = now.state === "stale" ? t("carrier_stale", { age }) : full ? t("carrier_heard", { age }) : t("carrier_here");
    return now.off_route ? `${state} · ${t("carrier_off_route")}` : state;
}
