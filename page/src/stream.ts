// The link to the server: reads the picture once, then follows the stream, and comes back by itself.
import { api, type StreamMessage } from "./api";
import { change, current } from "./store";
import { token } from "./session";
import { t } from "./words";

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 8000;
// The stream says something every second; silence this long means a dead link that TCP has not noticed.
const DEAD_MS = 12000;

let socket: WebSocket | null = null;
let retry_ms = RETRY_FIRST_MS;
let retryTimer: number | undefined;
let attempt = 0;

export function start(): void {
    void connect();
    window.setInterval(closeIfDead, 1000);
    window.addEventListener("online", retryNow);
}

export function retryNow(): void {
    if (socket === null) {
        window.clearTimeout(retryTimer);
        void connect();
    }
}

function closeIfDead(): void {
    const last_ms = current().lastMessage_ms;
    if (socket && last_ms !== null && performance.now() - last_ms > DEAD_MS) {
        const dead = socket;
        dead.close();
        lost(dead);
    }
}

// The sequence number is read before the picture: events in between come twice, never not at all.
async function connect(): Promise<void> {
    const mine = ++attempt;
    try {
        const status = await api.status();
        change({ do: "status", status, now_ms: performance.now() });
        if (current().past) {
            follow(status.seq); // what is looked at stays; the live picture is read on the way back
            return;
        }
        const [zones, tracks, incidents, warnings, sightings] = await Promise.all([
            api.zones(),
            api.tracks(),
            api.incidents(),
            optional(api.warnings(), { warnings: [] }, "warnings"),
            optional(api.sightings(token()), { sightings: [] }, "sighting"),
        ]);
        if (mine !== attempt) {
            return;
        }
        if (current().past) {
            follow(status.seq);
            return;
        }
        change({ do: "zones", zones });
        change({ do: "tracks", t_us: tracks.t_us, tracks: tracks.tracks });
        change({ do: "incidents", incidents: incidents.incidents });
        change({ do: "warnings", warnings: warnings.warnings });
        change({ do: "sightings", sightings: sightings.sightings });
        change({ do: "loaded" });
        follow(status.seq);
    } catch (error) {
        if (mine === attempt) {
            change({ do: "phase", phase: current().loaded ? "lost" : "failed", error: String(error) });
            again();
        }
    }
}

// Warnings and sightings are not the core of the picture: without them the rest is still shown, and said.
async function optional<T>(asked: Promise<T>, instead: T, what: "warnings" | "sighting"): Promise<T> {
    try {
        return await asked;
    } catch (error) {
        change({ do: "notice", text: t("load_error", { what: t(what), reason: String(error) }), bad: true });
        return instead;
    }
}

function follow(after: number): void {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(`${scheme}//${window.location.host}/api/v1/stream?after=${after}`);
    socket = opened;
    opened.onmessage = (message: MessageEvent<string>) => {
        if (socket === opened) {
            take(message.data);
        }
    };
    opened.onclose = () => lost(opened);
}

function take(text: string): void {
    let message: StreamMessage;
    try {
        message = JSON.parse(text) as StreamMessage;
    } catch {
        return;
    }
    change({ do: "message", message, now_ms: performance.now() });
    if (current().phase !== "live") {
        retry_ms = RETRY_FIRST_MS;
        change({ do: "phase", phase: "live" });
    }
    if (!current().past && message.type === "zones" && message.generation !== current().zoneGeneration) {
        void readZones();
    }
}

async function readZones(): Promise<void> {
    try {
        change({ do: "zones", zones: await api.zones() });
    } catch (error) {
        change({ do: "notice", text: t("load_error", { what: t("zone"), reason: String(error) }), bad: true });
        window.setTimeout(() => void readZones(), RETRY_MOST_MS);
    }
}

function lost(which: WebSocket): void {
    if (socket !== which) {
        return;
    }
    socket = null;
    change({ do: "phase", phase: "lost" });
    again();
}

function again(): void {
    window.clearTimeout(retryTimer);
    // Spread, so that many pages do not come back in the same instant.
    retryTimer = window.setTimeout(() => void connect(), retry_ms * (0.75 + Math.random() * 0.5));
    retry_ms = Math.min(retry_ms * 2, RETRY_MOST_MS);
}

// Reads the live picture anew.
export function reload(): void {
    const old = socket;
    socket = null;
    old?.close();
    window.clearTimeout(retryTimer);
    void connect();
}

// For the tests: cut the link as a bad network would.
export function cut(): void {
    socket?.close();
}
