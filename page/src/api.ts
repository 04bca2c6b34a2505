// The shapes of docs/api.md. A key that is not known is absent; times are microseconds UTC.

export type Role = "operator" | "observer" | "custodian";
export type Severity = "low" | "medium" | "high";
export type IncidentState = "predicted" | "entered" | "left" | "lost" | "ended";
export type Relation = "none" | "near" | "permitted" | "predicted" | "inside";
export type ZoneKind =
    | "safe"
    | "no_fly"
    | "restricted"
    | "danger"
    | "prohibited"
    | "controlled"
    | "corridor"
    | "notice";

export interface Feed {
    name: string;
    format?: string;
    state: "connected" | "waiting" | "ended" | "failed";
    frames: number;
    reports: number;
    no_report?: number;
    refused?: number;
    reports_per_s?: number;
    last_us?: number;
    silent_s?: number;
    reason?: string;
}

export interface Journal {
    state: "durable" | "degraded" | "off";
    records?: number;
    since_us?: number; // its first moment
    reason?: string;
}

export interface Demo {
    speed: number;
    paused: boolean;
    from_us?: number;
    to_us?: number;
    recorded?: string;
    drawn?: string;
}

// Where a zone that goes with a target is by now; unheard: nobody knows.
export interface Moving {
    zone: string;
    state: "unheard" | "heard" | "stale";
    heard_us?: number;
    lat?: number;
    lon?: number;
    radius_m?: number;
    tail?: number; // the open part of a route, in positions of it
    head?: number;
    off_route?: boolean;
}

export interface Status {
    version: string;
    mode: "live" | "demo";
    t_us: number;
    zone_generation: number;
    zones: number;
    journal: Journal;
    seq: number;
    tracks: number;
    incidents_open: number;
    feeds: Feed[];
    inhibitions?: Inhibition[];
    moving?: Moving[];
    moving_left_out?: number;
    demo?: Demo;
}

export type Confidence = "uncorroborated" | "corroborated" | "confirmed" | "suspect";
// Leave by decision of an operator, for a zone, a target or the pair, with an end.
export interface Inhibition {
    id: string;
    zone?: string;
    target?: string;
    by: string;
    note?: string;
    from_us: number;
    to_us: number;
}

export interface Track {
    target: string;
    lat?: number;
    lon?: number;
    position_us?: number;
    seen_us?: number;
    age?: "fresh" | "stale";
    alt_baro_ft?: number;
    alt_hae_ft?: number;
    speed_ground_kt?: number;
    track_deg?: number;
    vertical_rate_fpm?: number;
    on_ground?: boolean;
    callsign?: string;
    registration?: string;
    squawk?: string;
    category?: string;
    source?: string;
    relation?: Relation;
    confidence?: Confidence;
    doubts?: string[];
    error_m?: number;
    region_m?: number;
    observers?: number;
    feeds?: number[];
}

// All that is known of one target. Without said_us it is what was known at a moment of the past.
export interface WholeTrack extends Track {
    heading_deg?: number;
    heading_magnetic_deg?: number;
    speed_air_kt?: number;
    speed_indicated_kt?: number;
    mach?: number;
    roll_deg?: number;
    track_rate_dps?: number;
    alt_selected_ft?: number;
    alt_selected_source?: string;
    heading_selected_deg?: number;
    qnh_hpa?: number;
    nic_baro?: boolean;
    adsb_version?: number;
    nic?: number;
    rc_m?: number;
    nac_p?: number;
    nac_v?: number;
    sil?: number;
    sda?: number;
    gva?: number;
    emergency?: string;
    acas_ra?: string;
    said_us?: Record<string, number>;
}

export interface Acknowledgement {
    by: string;
    t_us: number;
    until_us?: number;
    note?: string;
}

export interface Incident {
    incident: string;
    zone: string;
    zone_kind?: ZoneKind;
    target: string;
    callsign?: string;
    state: IncidentState;
    severity?: Severity;
    started_us: number;
    updated_us: number;
    entry_at_us?: number;
    entry_lat?: number;
    entry_lon?: number;
    entered_us?: number;
    crossed_at_us?: number;
    left_us?: number;
    ended_us?: number;
    reason?: string;
    permit?: string;
    depth_m?: number;
    lat?: number;
    lon?: number;
    alt_ft?: number;
    alt_ref?: string;
    first_seq?: number;
    last_seq?: number;
    acknowledged?: Acknowledgement;
    severity_reasons?: string;
    attention?: "repeat" | "member" | "acknowledged"; // why it does not ask for attention
    group?: string; // the first incident of its group
    member_count?: number;
    members?: string[];
}

export interface LeewardEvent {
    seq: number;
    t_us: number;
    event: string;
    incident: string;
    zone: string;
    zone_generation: number;
    target: string;
    lat?: number;
    lon?: number;
    alt_ft?: number;
    alt_ref?: string;
    callsign?: string;
    time_to_entry_s?: number;
    entry_lat?: number;
    entry_lon?: number;
    crossed_at_us?: number;
    cross_lat?: number;
    cross_lon?: number;
    depth_m?: number;
    severity?: Severity;
    permit?: string;
    p_inside?: number;
    reason?: string;
    confidence?: string;
}

export interface IncidentDetails extends Incident {
    events: LeewardEvent[];
    warnings: Warning[];
}

export interface Place {
    name: string;
    lat?: number;
    lon?: number;
    population?: number;
    minutes?: number;
}

export interface Delivery {
    outlet: string;
    state: "delivered" | "pending" | "failed";
    t_us?: number;
    attempts?: number;
}

export interface Warning {
    identifier: string;
    msg_type: "Alert" | "Update" | "Cancel";
    status?: "Actual" | "Exercise";
    sent_us: number;
    expires_us?: number;
    incident?: string;
    zone?: string;
    target?: string;
    headline?: Record<string, string>;
    places?: Place[];
    references?: string;
    deliveries?: Delivery[];
}

export type SightingWhat = "jet" | "helicopter" | "drone" | "propeller" | "explosion" | "unknown";
export type SightingHeading = "N" | "NE" | "E" | "SE" | "S" | "SW" | "W" | "NW" | "unknown";
export type SightingHow = "heard" | "seen";

export interface SightingIn {
    lat: number;
    lon: number;
    t_us?: number;
    what: SightingWhat;
    count: number;
    heading: SightingHeading;
    how: SightingHow;
    seq?: number;
}

export interface Sighting {
    id: string;
    t_us: number;
    what: SightingWhat;
    count?: number;
    heading?: SightingHeading;
    how?: SightingHow;
    area: { lat: number; lon: number; radius_m: number };
    grows_mps?: number;
}

export interface AltitudeLimit {
    value: number;
    unit: "ft" | "m" | "FL" | "fl";
    ref: string;
}

export interface ZoneProperties {
    kind: ZoneKind;
    name?: string | Record<string, string>;
    lower?: AltitudeLimit | string;
    upper?: AltitudeLimit | string;
    active_now?: boolean;
    pre_active_now?: boolean; // it begins within the time that it looks ahead
    starts_us?: number; // of one that is not active: when it will be
    watch?: { look_ahead_s?: number };
    active?: { from?: string; to?: string }[];
    entry?: "deny" | "permit" | "allow";
    authority?: string | Record<string, string>;
    mandate?: string | Record<string, string>;
    protects?: unknown;
    exempts?: string[]; // ids of zones that do not hold within this one
    axis?: number[][]; // of a corridor: the line that who is in it is expected to follow
    radius_m?: number;
    half_width_m?: number;
    moving?: { around: string; radius_m?: number; ahead_m?: number; behind_m?: number };
}

export type ZoneGeometry =
    | { type: "Polygon"; coordinates: number[][][] }
    | { type: "MultiPolygon"; coordinates: number[][][][] }
    | { type: "Point"; coordinates: number[] }
    | { type: "LineString"; coordinates: number[][] };

export interface ZoneFeature {
    type: "Feature";
    id: string;
    geometry: ZoneGeometry | null; // null: it goes with a target; of a corridor that does, its route
    properties: ZoneProperties;
    now?: Moving; // set by the store, of zones that go with a target
}

export interface ZoneCollection {
    type: "FeatureCollection";
    generation?: number;
    features: ZoneFeature[];
}

// One step of a decision, in the server's words.
export interface Step {
    t_us: number;
    step: string;
    words: string;
    said?: string[]; // the sentences of `words` before their values stand in them
    values: Record<string, string | number>;
}

// Without steps: not worked out yet.
export interface Why {
    steps?: Step[];
    decisions_different?: number;
    truncated?: boolean;
    records_read?: number;
    failed?: string; // why the page has no answer
}

export type StreamMessage =
    | { type: "hello"; seq: number; status: Status }
    | { type: "event"; event: LeewardEvent; incident?: Incident }
    | { type: "tracks"; t_us: number; tracks: Track[]; gone?: string[] }
    | { type: "status"; status: Status }
    | { type: "incident"; incident: Incident }
    | { type: "warning"; warning: Warning }
    | { type: "sighting"; sighting: Sighting }
    | { type: "zones"; generation: number };

export interface PermitStep {
    state: "requested" | "acknowledged" | "granted" | "refused" | "revoked";
    by: string;
    at: string;
    note?: string;
}

export interface Permit {
    id: string;
    target: string;
    zones: string[];
    from?: string;
    to?: string;
    granted_by?: string;
    duty?: "remain" | "be_present";
    needs?: string[];
    steps?: PermitStep[];
}

export interface PressureStated {
    id: string;
    lat: number;
    lon: number;
    radius_m: number;
    from: string;
    to: string;
    qnh_hpa: number;
    error_hpa?: number;
}

// What a report at a place is judged with now.
export interface PressureHere {
    from: "stated" | "configured" | "aircraft" | "unknown";
    qnh_hpa?: number;
    height_ft?: number; // added to a pressure altitude it gives the height above the sea
    error_ft: number;
    id?: string;
}

export interface Pressures {
    qnh: PressureStated[];
    here?: PressureHere;
}

export interface Permits {
    permits: Permit[];
    conflicts?: { permits: string[]; reason: string }[];
}

export interface InhibitionIn {
    by: string;
    note?: string;
    zone?: string;
    target?: string;
    for_s: number;
}

export type DemoCommand = { speed: number } | { paused: boolean } | { jump: "next_incident" };

// One line of what the journal holds of past incidents.
export interface PastIncident {
    incident: string;
    zone: string;
    zone_names?: string;
    target: string;
    callsign?: string;
    state?: IncidentState;
    severity?: Severity;
    verdict?: string;
    started_us: number;
    entered_us?: number;
    ended_us?: number;
    first_record?: number;
}

// A moment, and where the hour goes back (in a demo) the run that holds a record of the journal.
export interface Moment {
    t_us: number;
    record?: number | undefined;
}

export interface PastIncidents {
    records: number;
    complete: boolean;
    incidents: PastIncident[];
    next?: string;
}

// What a refused call said, in the server's words.
export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        message: string,
    ) {
        super(message);
    }
}

async function call<T>(path: string, init: RequestInit, token: string | null): Promise<T> {
    const headers = new Headers(init.headers);
    headers.set("Accept", "application/json");
    if (token) {
        headers.set("Authorization", `Bearer ${token}`);
    }
    const answer = await fetch(path, { ...init, headers, cache: "no-store", credentials: "same-origin" });
    const text = await answer.text();
    let body: unknown = undefined;
    try {
        body = text ? JSON.parse(text) : undefined;
    } catch {
        body = undefined;
    }
    if (!answer.ok) {
        const said = (body as { error?: { code?: string; message?: string } } | undefined)?.error;
        throw new ApiError(answer.status, said?.code ?? "error", said?.message ?? `HTTP ${answer.status}`);
    }
    return body as T;
}

function get<T>(path: string, token: string | null = null): Promise<T> {
    return call<T>(`/api/v1${path}`, {}, token);
}

// The same of another moment than now.
function at<T>(path: string, moment: Moment | undefined, token: string | null = null, signal?: AbortSignal): Promise<T> {
    const record = moment?.record === undefined ? "" : `&record=${moment.record}`;
    const asked = moment ? `${path}${path.includes("?") ? "&" : "?"}at=${Math.round(moment.t_us)}${record}` : path;
    return call<T>(`/api/v1${asked}`, signal ? { signal } : {}, token);
}

function post<T>(path: string, body: unknown, token: string | null): Promise<T> {
    const init = { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    return call<T>(`/api/v1${path}`, init, token);
}

export const api = {
    status: () => get<Status>("/status"),
    zones: (moment?: Moment, signal?: AbortSignal) => at<ZoneCollection>("/zones", moment, null, signal),
    tracks: (moment?: Moment, signal?: AbortSignal) =>
        at<{ t_us: number; tracks: Track[] }>("/tracks", moment, null, signal),
    track: (target: string) => get<WholeTrack>(`/tracks/${encodeURIComponent(target)}`),
    incidents: (moment?: Moment, signal?: AbortSignal) =>
        at<{ incidents: Incident[] }>("/incidents?state=all", moment, null, signal),
    incident: (id: string, moment?: Moment) => at<IncidentDetails>(`/incidents/${encodeURIComponent(id)}`, moment),
    search: (words: string, from_us?: number, to_us?: number, limit = 12) =>
        get<PastIncidents>(
            `/search?kind=incidents&limit=${limit}&q=${encodeURIComponent(words)}` +
                (from_us === undefined ? "" : `&from_us=${Math.max(0, Math.round(from_us))}`) +
                (to_us === undefined ? "" : `&to_us=${Math.round(to_us)}`),
        ),
    why: (id: string) => get<Why>(`/incidents/${encodeURIComponent(id)}/why`),
    warnings: (moment?: Moment, signal?: AbortSignal) =>
        at<{ warnings: Warning[] }>("/warnings", moment, null, signal),
    sightings: (token: string | null, moment?: Moment, signal?: AbortSignal) =>
        at<{ sightings: Sighting[] }>("/sightings", moment, token, signal),
    acknowledge: (id: string, by: string, note: string, for_s: number, token: string) =>
        post<Incident>(`/incidents/${encodeURIComponent(id)}/acknowledge`, { by, ...(note ? { note } : {}), for_s }, token),
    pressures: (at?: { lat: number; lon: number }) =>
        get<Pressures>(at ? `/qnh?lat=${at.lat.toFixed(4)}&lon=${at.lon.toFixed(4)}` : "/qnh"),
    statePressure: (qnh: PressureStated, by: string, token: string) => post<Pressures>("/qnh", { by, qnh }, token),
    permits: () => get<Permits>("/permits"),
    stepPermit: (id: string, state: PermitStep["state"], by: string, token: string) =>
        post<Permits>("/permits/step", { id, state, by }, token),
    inhibit: (asked: InhibitionIn, token: string) => post<{ inhibitions: Inhibition[] }>("/inhibitions", asked, token),
    endInhibition: (id: string, by: string, token: string) =>
        post<{ inhibitions: Inhibition[] }>("/inhibitions/end", { id, by }, token),
    demo: (command: DemoCommand, token: string) => post<unknown>("/demo", command, token),
    report: (sighting: SightingIn, token: string) => post<{ id: string }>("/sightings", sighting, token),
};
