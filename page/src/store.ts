// The one store. Stream messages and the reader's actions go in by `change`; views read `state` and
// are told which topics changed. Nothing else writes to the state.
import type {
    Incident,
    IncidentDetails,
    LeewardEvent,
    Sighting,
    Status,
    StreamMessage,
    Track,
    Warning,
    Why,
    ZoneCollection,
    ZoneFeature,
} from "./api";
import { US_PER_S } from "./format";
import { takeHours } from "./hours";

export const TRAIL_US = 120 * US_PER_S;
export const SIGHTING_SHOWN_US = 1800 * US_PER_S;
const TRAIL_POINTS_MAX = 240;
const INCIDENTS_MAX = 2000;
const WARNINGS_MAX = 500;
const SIGHTINGS_MAX = 500;
const CLOCK_BACK_US = 5 * US_PER_S;
// Past this without a message the picture counts as old although the link looks open.
const QUIET_MS = 4000;

export interface TrailPoint {
    t_us: number;
    lat: number;
    lon: number;
    alt_ft: number | undefined;
}

export interface Target {
    track: Track;
    trail: TrailPoint[];
}

export type Selection =
    | { kind: "incident"; id: string }
    | { kind: "target"; id: string }
    | { kind: "zone"; id: string }
    | { kind: "warnings" }
    | null;

// The moment that is looked at instead of now. What comes live meanwhile is not drawn, but new
// incidents are counted, so that nobody sits in the past unaware.
export interface Past {
    t_us: number;
    wanted_us: number; // where the reader is going
    record?: number | undefined; // of the run that it is in; else the last one
    speed: number; // 0: standing
    missed: number;
}

export interface PastPicture {
    t_us: number;
    zones: ZoneCollection;
    tracks: Track[];
    incidents: Incident[];
    warnings: Warning[];
    sightings: Sighting[];
}

export type Phase = "loading" | "live" | "lost" | "failed";
export type Topic =
    | "link"
    | "status"
    | "zones"
    | "tracks"
    | "incidents"
    | "warnings"
    | "sightings"
    | "selection"
    | "details"
    | "session"
    | "notice"
    | "past"
    | "language";

export interface State {
    phase: Phase;
    loaded: boolean;
    lastMessage_ms: number | null;
    error: string | null;
    status: Status | null;
    clockAnchor_us: number;
    clockAnchor_ms: number;
    seq: number;
    zoneGeneration: number;
    zones: Map<string, ZoneFeature>;
    targets: Map<string, Target>;
    incidents: Map<string, Incident>;
    details: Map<string, IncidentDetails>;
    whys: Map<string, Why>;
    warnings: Map<string, Warning>;
    sightings: Map<string, Sighting>;
    selection: Selection;
    hovered: string | null;
    phoneSheet: "none" | "map";
    notice: { text: string; bad: boolean } | null;
    past: Past | null;
}

export type Change =
    | { do: "message"; message: StreamMessage; now_ms: number }
    | { do: "phase"; phase: Phase; error?: string }
    | { do: "zones"; zones: ZoneCollection }
    | { do: "tracks"; t_us: number; tracks: Track[] }
    | { do: "incidents"; incidents: Incident[] }
    | { do: "warnings"; warnings: Warning[] }
    | { do: "sightings"; sightings: Sighting[] }
    | { do: "status"; status: Status; now_ms: number }
    | { do: "loaded" }
    | { do: "panel" } // what the panel asked for has come
    | { do: "forget" }
    | { do: "details"; details: IncidentDetails }
    | { do: "why"; id: string; why: Why }
    | { do: "incident"; incident: Incident }
    | { do: "select"; selection: Selection }
    | { do: "hover"; target: string | null }
    | { do: "sheet"; sheet: State["phoneSheet"] }
    | { do: "notice"; text: string | null; bad?: boolean }
    | { do: "past"; past: Past | null }
    | { do: "past_picture"; picture: PastPicture }
    | { do: "session" }
    | { do: "language" };

const state: State = {
    phase: "loading",
    loaded: false,
    lastMessage_ms: null,
    error: null,
    status: null,
    clockAnchor_us: 0,
    clockAnchor_ms: 0,
    seq: 0,
    zoneGeneration: -1,
    zones: new Map(),
    targets: new Map(),
    incidents: new Map(),
    details: new Map(),
    whys: new Map(),
    warnings: new Map(),
    sightings: new Map(),
    selection: null,
    hovered: null,
    phoneSheet: "none",
    notice: null,
    past: null,
};

type Listener = (topics: ReadonlySet<Topic>) => void;
const listeners: Listener[] = [];
let dirty = new Set<Topic>();
let flushing = false;

export function current(): Readonly<State> {
    return state;
}

export function subscribe(listener: Listener): void {
    listeners.push(listener);
}

// Listeners are told once for all that changed in one turn. A timer and not a frame, because a tab
// in the background gets no frames but must still sound its alarm.
function touch(...topics: Topic[]): void {
    for (const topic of topics) {
        dirty.add(topic);
    }
    if (!flushing) {
        flushing = true;
        setTimeout(() => {
            flushing = false;
            const told = dirty;
            dirty = new Set();
            for (const listener of listeners) {
                listener(told);
            }
        }, 0);
    }
}

export function change(next: Change): void {
    switch (next.do) {
        case "message":
            state.lastMessage_ms = next.now_ms;
            takeMessage(next.message, next.now_ms);
            break;
        case "phase":
            state.phase = next.phase;
            state.error = next.error ?? null;
            touch("link");
            break;
        case "zones":
            state.zones = new Map(next.zones.features.map((zone) => [zone.id, zone]));
            takeMoving();
            state.zoneGeneration = next.zones.generation ?? state.zoneGeneration;
            touch("zones", "incidents");
            break;
        case "tracks":
            state.targets.clear();
            takeTracks(next.tracks, [], next.t_us);
            break;
        case "incidents":
            state.incidents = new Map(next.incidents.map((incident) => [incident.incident, incident]));
            touch("incidents");
            break;
        case "warnings":
            state.warnings = new Map(next.warnings.map((warning) => [warning.identifier, warning]));
            touch("warnings");
            break;
        case "sightings":
            state.sightings = new Map(next.sightings.map((sighting) => [sighting.id, sighting]));
            touch("sightings");
            break;
        case "status":
            takeStatus(next.status, next.now_ms);
            break;
        case "loaded":
            state.loaded = true;
            touch("link", "incidents", "warnings");
            break;
        case "panel":
            touch("details");
            break;
        case "forget":
            forget();
            break;
        case "why":
            state.whys.set(next.id, next.why);
            touch("details");
            break;
        case "details":
            state.details.set(next.details.incident, next.details);
            touch("details");
            break;
        case "incident":
            takeIncident(next.incident);
            break;
        case "select":
            state.selection = next.selection;
            touch("selection");
            break;
        case "hover":
            if (state.hovered !== next.target) {
                state.hovered = next.target;
                touch("selection");
            }
            break;
        case "sheet":
            state.phoneSheet = next.sheet;
            touch("selection");
            break;
        case "notice":
            state.notice = next.text === null ? null : { text: next.text, bad: next.bad ?? false };
            touch("notice");
            break;
        case "past":
            state.past = next.past;
            touch("past", "link");
            break;
        case "past_picture":
            takePast(next.picture);
            break;
        case "session":
            touch("session", "link");
            break;
        case "language":
            touch("language");
            break;
    }
}

function takeMessage(message: StreamMessage, now_ms: number): void {
    if (state.past && message.type !== "hello" && message.type !== "status") {
        missWhilePast(message);
        return;
    }
    switch (message.type) {
        case "hello":
            takeStatus(message.status, now_ms);
            break;
        case "status":
            takeStatus(message.status, now_ms);
            break;
        case "event":
            takeEvent(message.event, message.incident);
            break;
        case "tracks":
            setClock(message.t_us, now_ms);
            takeTracks(message.tracks, message.gone ?? [], message.t_us);
            break;
        case "incident":
            takeIncident(message.incident);
            break;
        case "warning":
            state.warnings.set(message.warning.identifier, message.warning);
            trim(state.warnings, WARNINGS_MAX, (warning) => warning.sent_us);
            touch("warnings", "details");
            break;
        case "sighting":
            state.sightings.set(message.sighting.id, message.sighting);
            trim(state.sightings, SIGHTINGS_MAX, (sighting) => sighting.t_us);
            touch("sightings");
            break;
        case "zones":
            touch("zones");
            break;
    }
}

// Zones begin and end while the page is open.
function takeZoneHours(): void {
    const now_us = serverNow();
    let changed = false;
    for (const zone of state.zones.values()) {
        changed = takeHours(zone.properties, now_us) || changed;
    }
    if (changed) {
        touch("zones", "incidents");
    }
}

// Until the server says where a zone that moves is, nobody knows; it says so for now alone.
function takeMoving(): void {
    const moving = new Map((state.past ? [] : (state.status?.moving ?? [])).map((one) => [one.zone, one]));
    for (const zone of state.zones.values()) {
        if (zone.properties.moving) {
            zone.now = moving.get(zone.id) ?? { zone: zone.id, state: "unheard" };
        }
    }
}

const seenWhilePast = new Set<string>();

function missWhilePast(message: StreamMessage): void {
    const incident = message.type === "event" ? message.incident : undefined;
    const begins = message.type === "event" && ["predicted", "entered", "present", "crossed"].includes(message.event.event);
    if (state.past && incident && begins && !incident.attention && !incident.permit && !seenWhilePast.has(incident.incident)) {
        seenWhilePast.add(incident.incident);
        state.past = { ...state.past, missed: state.past.missed + 1 };
        touch("past");
    }
}

// Trails grow while time goes forward in small steps; takeTracks drops those that it does not fit.
function takePast(picture: PastPicture): void {
    if (!state.past) {
        return;
    }
    const far = Math.abs(picture.t_us - state.past.t_us) > TRAIL_US;
    state.past = { ...state.past, t_us: picture.t_us };
    const there = new Set(picture.tracks.map((track) => track.target));
    for (const id of [...state.targets.keys()]) {
        if (far || !there.has(id)) {
            state.targets.delete(id);
        }
    }
    takeTracks(picture.tracks, [], picture.t_us);
    state.zones = new Map(picture.zones.features.map((zone) => [zone.id, zone]));
    takeMoving();
    if (picture.zones.generation !== state.zoneGeneration) {
        state.zoneGeneration = picture.zones.generation ?? state.zoneGeneration;
        touch("zones");
    }
    state.incidents = new Map(picture.incidents.map((incident) => [incident.incident, incident]));
    state.warnings = new Map(picture.warnings.map((warning) => [warning.identifier, warning]));
    state.sightings = new Map(picture.sightings.map((sighting) => [sighting.id, sighting]));
    state.details.clear();
    state.whys.clear();
    touch("incidents", "warnings", "sightings", "details", "past", "status");
}

function takeStatus(status: Status, now_ms: number): void {
    state.status = status;
    takeMoving();
    setClock(status.t_us, now_ms);
    touch("status", "link");
    if (!state.past) {
        takeZoneHours();
    }
}

function setClock(t_us: number, now_ms: number): void {
    // A demo that starts over goes back in time: what was drawn of its later hours is not true any more.
    if (!state.past && t_us < liveNow(now_ms) - CLOCK_BACK_US && t_us < state.clockAnchor_us - CLOCK_BACK_US) {
        for (const target of state.targets.values()) {
            target.trail.length = 0;
        }
        touch("tracks");
    }
    state.clockAnchor_us = t_us;
    state.clockAnchor_ms = now_ms;
}

function takeEvent(event: LeewardEvent, incident: Incident | undefined): void {
    state.seq = Math.max(state.seq, event.seq);
    const details = state.details.get(event.incident);
    if (details && !details.events.some((known) => known.seq === event.seq)) {
        details.events.push(event);
        touch("details");
    }
    if (incident) {
        takeIncident(incident);
    }
}

function takeIncident(incident: Incident): void {
    state.incidents.set(incident.incident, incident);
    const details = state.details.get(incident.incident);
    if (details) {
        state.details.set(incident.incident, { ...details, ...incident });
        touch("details");
    }
    trim(state.incidents, INCIDENTS_MAX, (kept) => (kept.state === "ended" ? kept.updated_us : Infinity));
    touch("incidents");
}

// Drops the oldest by the given order; what has no end of its own needs one here.
function trim<T>(map: Map<string, T>, most: number, age: (value: T) => number): void {
    if (map.size <= most) {
        return;
    }
    const byAge = [...map.entries()].sort((a, b) => age(a[1]) - age(b[1]));
    for (const [key] of byAge.slice(0, map.size - most)) {
        map.delete(key);
    }
}

function takeTracks(tracks: Track[], gone: string[], t_us: number): void {
    for (const track of tracks) {
        const known = state.targets.get(track.target);
        const target = known ?? { track, trail: [] };
        target.track = track;
        if (!known) {
            state.targets.set(track.target, target);
        }
        lengthenTrail(target, t_us);
    }
    for (const id of gone) {
        state.targets.delete(id);
    }
    touch("tracks");
}

function lengthenTrail(target: Target, t_us: number): void {
    const { lat, lon, position_us, alt_baro_ft, alt_hae_ft } = target.track;
    if (lat === undefined || lon === undefined) {
        return;
    }
    const trail = target.trail;
    const last = trail[trail.length - 1];
    const at_us = position_us ?? t_us;
    if (last && at_us < last.t_us - CLOCK_BACK_US) {
        trail.length = 0;
    }
    if (!last || trail.length === 0 || at_us > last.t_us) {
        trail.push({ t_us: at_us, lat, lon, alt_ft: alt_baro_ft ?? alt_hae_ft });
    }
    const oldest_us = at_us - TRAIL_US;
    while (trail.length > TRAIL_POINTS_MAX || (trail[0] && trail[0].t_us < oldest_us)) {
        trail.shift();
    }
}

function forget(): void {
    state.seq = 0;
    state.targets.clear();
    state.incidents.clear();
    state.details.clear();
    state.whys.clear();
    state.warnings.clear();
    state.sightings.clear();
    touch("tracks", "incidents", "details", "warnings", "sightings");
}

// The server's time now, carried on from its last word for as long as the link is good, so that a
// countdown runs smoothly; it stands still when the link is lost or the demo is paused.
export function serverNow(now_ms: number = performance.now()): number {
    return state.past ? state.past.t_us : liveNow(now_ms);
}

export function liveNow(now_ms: number = performance.now()): number {
    const demo = state.status?.demo;
    const rate = demo ? (demo.paused ? 0 : demo.speed) : 1;
    const since_ms = Math.min(Math.max(0, now_ms - state.clockAnchor_ms), QUIET_MS);
    if (state.phase !== "live") {
        return state.clockAnchor_us;
    }
    return state.clockAnchor_us + since_ms * 1000 * rate;
}

export function isFresh(now_ms: number = performance.now()): boolean {
    return state.phase === "live" && state.lastMessage_ms !== null && now_ms - state.lastMessage_ms < QUIET_MS;
}

export function screenAge_s(now_ms: number = performance.now()): number | null {
    return state.lastMessage_ms === null ? null : (now_ms - state.lastMessage_ms) / 1000;
}

export function selectedIncident(): Incident | undefined {
    return state.selection?.kind === "incident" ? state.incidents.get(state.selection.id) : undefined;
}

export function selectedTarget(): string | null {
    if (state.selection?.kind === "target") {
        return state.selection.id;
    }
    return selectedIncident()?.target ?? null;
}

export function selectedZone(): string | null {
    if (state.selection?.kind === "zone") {
        return state.selection.id;
    }
    return selectedIncident()?.zone ?? null;
}
