// A made-up server that speaks docs/api.md, for building and testing the page. Everything it tells is
// invented: no aircraft, zone or warning in it is real.
//   node dev/fake-server.mjs [PORT]
import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const DIST = join(here, "..", "dist");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css" };
const CSP =
    "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; " +
    "img-src 'self' data: blob:; connect-src 'self' ws: wss:";
const OPERATOR = "made-up-operator";
const OBSERVER = "made-up-observer";
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const START_US = Date.UTC(2026, 2, 3, 2, 10, 0) * 1000;
const M_PER_DEG = 111195;

function box(west, south, east, north) {
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]];
}

function zone(id, kind, en, ar, coordinates, lower, upper, more = {}) {
    const properties = { kind, name: { en, ar }, lower, upper, active_now: true, authority: "Made-up authority", ...more };
    return { type: "Feature", id, geometry: { type: "Polygon", coordinates }, properties };
}

const ft = (value, ref) => ({ value, unit: "ft", ref });
const ZONES = {
    type: "FeatureCollection",
    generation: 1,
    features: [
        zone("camps-north", "no_fly", "Northern camps", "المخيمات الشمالية", box(36.55, 36.25, 37.05, 36.6), "SFC", ft(19500, "STD"),
            { mandate: "Made-up resolution 1", entry: "permit", protects: "people" }),
        zone("hospital-ring", "safe", "Hospital ring", "طوق المستشفى", box(37.05, 36.05, 37.4, 36.28), "SFC", ft(5000, "MSL"), { protects: "people" }),
        zone("aid-corridor", "corridor", "Aid corridor east", "ممر المساعدات الشرقي",
            [[[37.4, 36.1], [38.3, 36.35], [38.3, 36.45], [37.4, 36.2], [37.4, 36.1]]], "SFC", ft(9500, "STD")),
        zone("range-south", "danger", "Southern range", "ميدان الجنوب", box(36.7, 35.4, 37.3, 35.75), ft(1000, "AGL"), { value: 240, unit: "FL", ref: "STD" }),
        zone("dam", "prohibited", "Dam", "السد", box(38.0, 35.8, 38.3, 36.0), "SFC", "UNL"),
        zone("night-hold", "restricted", "Night hold", "حظر ليلي", box(36.0, 35.7, 36.45, 36.05), "SFC", ft(6500, "STD"), { active_now: false }),
    ],
};
// Zones that go with a target: a bubble, a corridor that opens with a convoy, and one whose carrier nobody heard.
const ROAD = [[36.2, 35.85], [36.7, 35.95], [37.0, 35.8], [37.6, 35.85]];
const moving = (id, kind, en, ar, geometry, more) =>
    ({ type: "Feature", id, geometry, properties: { kind, name: { en, ar }, lower: "SFC", upper: "UNL", active_now: true, ...more } });
const MOVING = [
    moving("medevac", "safe", "Medevac bubble", "فقاعة الإسعاف", null, { moving: { around: "icao24:0badf3", radius_m: 9000 } }),
    moving("convoy-road", "corridor", "Convoy road", "طريق القافلة", { type: "LineString", coordinates: ROAD },
        { half_width_m: 3000, moving: { around: "unit:convoy-7", ahead_m: 25000, behind_m: 8000 } }),
    moving("relief-ship", "no_fly", "Relief ship", "سفينة الإغاثة", null, { moving: { around: "mmsi:200000009", radius_m: 18520 } }),
];
const PLACES = [
    { name: "Made-up town A", lat: 36.42, lon: 36.8, population: 41200, minutes: 2.4 },
    { name: "Made-up town B", lat: 36.36, lon: 36.9, population: 18700, minutes: 3.1 },
];

function contains(id, lat, lon, alt_ft) {
    const feature = ZONES.features.find((one) => one.id === id);
    const ring = feature.geometry.coordinates[0];
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [ax, ay] = ring[i];
        const [bx, by] = ring[j];
        if (ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax) {
            inside = !inside;
        }
    }
    const upper = feature.properties.upper;
    return inside && (typeof upper === "string" || alt_ft < (upper.unit === "FL" ? upper.value * 100 : upper.value));
}

// A handful with a part to play, the rest as quiet traffic; all fly straight and turn back at the edges.
function cast(quiet) {
    const actors = [
        { hex: "0badf1", callsign: "MADEUP1", lat: 36.42, lon: 36.36, track: 92, kt: 240, alt: 14000, fpm: -1200, zone: "camps-north", severity: "high" },
        { hex: "0badf2", callsign: "MADEUP2", lat: 36.15, lon: 37.0, track: 85, kt: 95, alt: 3200, fpm: 0, zone: "hospital-ring", severity: "medium" },
        { hex: "0badf3", callsign: "AIDX07", lat: 36.13, lon: 37.42, track: 73, kt: 130, alt: 6500, fpm: 300, zone: "aid-corridor", severity: "low", permit: "made-up-permit-7" },
        { hex: "0badf4", callsign: "MADEUP4", lat: 35.3, lon: 36.9, track: 8, kt: 180, alt: 9000, fpm: 0, zone: "range-south", severity: "medium" },
        { hex: "0badf5", callsign: "", lat: 35.98, lon: 37.9, track: 140, kt: 110, alt: undefined, fpm: undefined, zone: "dam", severity: "high", later: 12 },
    ];
    for (let i = 0; i < quiet; i++) {
        const angle = (i * 137) % 360;
        actors.push({
            hex: (0x100000 + i * 7919).toString(16),
            callsign: `FAKE${100 + i}`,
            lat: 35.2 + ((i * 61) % 170) / 100,
            lon: 35.9 + ((i * 97) % 260) / 100,
            track: angle,
            kt: 180 + ((i * 31) % 260),
            alt: 21000 + ((i * 13) % 18) * 1000,
            fpm: i % 5 === 0 ? 900 : 0,
        });
    }
    return actors;
}

function frameText(text) {
    const body = Buffer.from(text);
    const head = body.length < 126 ? Buffer.alloc(2) : body.length < 65536 ? Buffer.alloc(4) : Buffer.alloc(10);
    head[0] = 0x81;
    if (head.length === 2) {
        head[1] = body.length;
    } else if (head.length === 4) {
        head[1] = 126;
        head.writeUInt16BE(body.length, 2);
    } else {
        head[1] = 127;
        head.writeBigUInt64BE(BigInt(body.length), 2);
    }
    return Buffer.concat([head, body]);
}

export class FakeServer {
    constructor({ quiet = 40, mode = "demo", hush = false, movers = false } = {}) {
        Object.assign(this, { mode, hush, movers, t_us: START_US, speed: 1, paused: false, seq: 0, ticks: 0 });
        this.actors = cast(quiet);
        this.incidents = new Map();
        this.events = [];
        this.warnings = [];
        this.pressures = [];
        this.sightings = [{ id: "s1", t_us: START_US - 240e6, what: "helicopter", count: 2, heading: "E", how: "heard",
            area: { lat: 35.95, lon: 36.75, radius_m: 9000 }, grows_mps: 12 }];
        this.sockets = new Set();
        this.frames = 0;
        this.acknowledgements = 0;
        this.http = createServer((request, answer) => this.answer(request, answer));
        this.http.on("upgrade", (request, socket) => this.upgrade(request, socket));
    }

    listen(port = 0) {
        return new Promise((resolve) => {
            this.http.listen(port, "127.0.0.1", () => {
                this.timer = setInterval(() => this.tick(), 1000);
                this.port = this.http.address().port;
                resolve(`http://127.0.0.1:${this.port}`);
            });
        });
    }

    close() {
        clearInterval(this.timer);
        for (const socket of this.sockets) {
            socket.destroy();
        }
        this.http.closeAllConnections?.();
        return new Promise((resolve) => this.http.close(resolve));
    }

    tick() {
        const dt_s = this.paused ? 0 : this.speed;
        this.t_us += dt_s * 1e6;
        this.ticks++;
        this.frames += this.actors.length;
        for (const actor of this.actors) {
            this.move(actor, dt_s);
            this.judge(actor);
        }
        this.say({ type: "tracks", t_us: this.t_us, tracks: this.tracks(), gone: [] });
        this.say({ type: "status", status: this.status() });
    }

    move(actor, dt_s) {
        const metres = actor.kt * 0.514444 * dt_s;
        const angle = (actor.track * Math.PI) / 180;
        actor.lat += (Math.cos(angle) * metres) / M_PER_DEG;
        actor.lon += (Math.sin(angle) * metres) / (M_PER_DEG * Math.cos((actor.lat * Math.PI) / 180));
        if (actor.alt !== undefined) {
            actor.alt = Math.max(1500, actor.alt + ((actor.fpm ?? 0) * dt_s) / 60);
        }
        if (actor.lat < 34.9 || actor.lat > 37.1 || actor.lon < 35.6 || actor.lon > 38.8) {
            actor.track = (actor.track + 170) % 360;
        }
    }

    judge(actor) {
        if (!actor.zone || this.hush || this.ticks < (actor.later ?? 0)) {
            return;
        }
        const id = createHash("sha256").update(actor.hex).digest("hex").slice(0, 16);
        const inside = contains(actor.zone, actor.lat, actor.lon, actor.alt ?? 0);
        const known = this.incidents.get(id);
        const to_entry_s = inside ? 0 : this.timeToEntry(actor);
        actor.relation = actor.permit ? "permitted" : inside ? "inside" : known?.state === "predicted" ? "predicted" : "near";
        if (!known && (inside || to_entry_s < 240) && !actor.permit) {
            this.begin(id, actor, inside, to_entry_s);
        } else if (known?.state === "predicted" && inside) {
            this.event(id, actor, "entered", { crossed_at_us: this.t_us }, { state: "entered", entered_us: this.t_us, crossed_at_us: this.t_us, depth_m: 120 });
        } else if (known?.state === "entered" && !inside) {
            this.event(id, actor, "left", {}, { state: "left", left_us: this.t_us });
        } else if (known?.state === "left" && this.t_us - known.left_us > 30e6) {
            this.event(id, actor, "ended", { reason: "left" }, { state: "ended", ended_us: this.t_us, reason: "left" });
        } else if (known?.state === "predicted") {
            Object.assign(known, { lat: actor.lat, lon: actor.lon });
        }
    }

    timeToEntry(actor) {
        const copy = { ...actor };
        for (let s = 0; s < 240; s += 2) {
            this.move(copy, 2);
            if (contains(actor.zone, copy.lat, copy.lon, copy.alt ?? 0)) {
                actor.entry = { lat: copy.lat, lon: copy.lon };
                return s + 2;
            }
        }
        return Infinity;
    }

    begin(id, actor, inside, to_entry_s) {
        const kind = ZONES.features.find((one) => one.id === actor.zone).properties.kind;
        this.incidents.set(id, {
            incident: id, zone: actor.zone, zone_kind: kind, target: `icao24:${actor.hex}`, severity: actor.severity,
            started_us: this.t_us, first_seq: this.seq + 1, ...(actor.callsign ? { callsign: actor.callsign } : {}),
        });
        if (inside) {
            this.event(id, actor, "present", { depth_m: 800 }, { state: "entered", depth_m: 800 });
        } else {
            const entry = { entry_lat: actor.entry.lat, entry_lon: actor.entry.lon };
            this.event(id, actor, "predicted", { time_to_entry_s: to_entry_s, ...entry },
                { state: "predicted", entry_at_us: this.t_us + to_entry_s * 1e6, ...entry });
        }
        if (actor.severity === "high") {
            this.warn(id, actor);
        }
    }

    event(id, actor, name, facts, changes) {
        const incident = this.incidents.get(id);
        this.seq++;
        const event = { seq: this.seq, t_us: this.t_us, event: name, incident: id, zone: actor.zone, zone_generation: 1,
            target: `icao24:${actor.hex}`, lat: actor.lat, lon: actor.lon, severity: actor.severity, ...facts };
        if (actor.alt !== undefined) {
            Object.assign(event, { alt_ft: Math.round(actor.alt), alt_ref: "STD" });
        }
        Object.assign(incident, changes, { updated_us: this.t_us, last_seq: this.seq, lat: actor.lat, lon: actor.lon });
        this.events.push(event);
        this.say({ type: "event", event, incident });
    }

    warn(id, actor) {
        const warning = {
            identifier: `made-up-${id}-1`, msg_type: "Alert", status: "Exercise", sent_us: this.t_us, expires_us: this.t_us + 600e6,
            incident: id, zone: actor.zone, target: `icao24:${actor.hex}`,
            headline: { en: "Exercise: aircraft approaching. Take shelter now.", ar: "تمرين: طائرة تقترب. احتموا الآن." },
            places: PLACES,
            deliveries: [
                { outlet: "webhook:0", state: "delivered", t_us: this.t_us + 400000, attempts: 1 },
                { outlet: "mqtt:sirens", state: "delivered", t_us: this.t_us + 900000, attempts: 2 },
                { outlet: "webhook:1", state: "pending", attempts: 3 },
            ],
        };
        this.warnings.unshift(warning);
        this.say({ type: "warning", warning });
    }

    tracks() {
        return this.actors.map((actor, index) => ({
            target: `icao24:${actor.hex}`, lat: actor.lat, lon: actor.lon, position_us: this.t_us, seen_us: this.t_us,
            age: index % 17 === 9 ? "stale" : "fresh", speed_ground_kt: actor.kt, track_deg: actor.track,
            source: "adsb", relation: actor.relation ?? "none",
            ...(actor.alt === undefined ? {} : { alt_baro_ft: Math.round(actor.alt / 25) * 25, vertical_rate_fpm: actor.fpm }),
            ...(actor.callsign ? { callsign: actor.callsign, squawk: "2000" } : {}),
        }));
    }

    // All that one of them says; some of it was said a while ago.
    whole(target) {
        const track = this.tracks().find((one) => one.target === target);
        const said = {
            heading_magnetic_deg: 88.5, speed_indicated_kt: 212, speed_air_kt: 236, mach: 0.386, track_rate_dps: -1.5, roll_deg: -21,
            alt_selected_ft: 9000, alt_selected_source: "mcp", heading_selected_deg: 90, qnh_hpa: 1003.2, nic_baro: true, alt_hae_ft: 13850,
            adsb_version: 2, nic: 8, rc_m: 186, nac_p: 9, nac_v: 2, sil: 3, sda: 2, gva: 2, error_m: 30, category: "A3", feeds: [0, 1],
            ...(target === "icao24:0badf2" ? { emergency: "minfuel", acas_ra: "climb" } : {}),
        };
        const ages = Object.keys(said).map((key) => [key, this.t_us - (key === "qnh_hpa" ? 200e6 : 1e6)]);
        return track && { ...track, ...said, said_us: Object.fromEntries(ages) };
    }

    status() {
        const open = [...this.incidents.values()].filter((one) => one.state !== "ended").length;
        const n = this.actors.length;
        return {
            version: "0.1.0", mode: this.mode, t_us: this.t_us, zone_generation: 1, zones: ZONES.features.length,
            journal: { state: "durable", records: 1200 + this.frames }, seq: this.seq, tracks: n, incidents_open: open,
            feeds: [
                { name: "made-up beast", format: "beast", state: "connected", frames: this.frames, reports: this.frames, no_report: 0,
                    refused: 0, reports_per_s: n, last_us: this.t_us, silent_s: 0.4 },
                { name: "made-up mlat", format: "sbs", state: "connected", frames: 88, reports: 80, no_report: 8, refused: 0,
                    reports_per_s: 0, last_us: this.t_us - 47e6, silent_s: 47 + this.ticks },
            ],
            moving: this.movers ? this.moving() : [],
            ...(this.mode === "demo" ? { demo: { speed: this.speed, paused: this.paused, from_us: START_US, to_us: START_US + 3600e6,
                recorded: "nothing: this is the page's made-up test server.", drawn: "all zones, aircraft and warnings are invented." } } : {}),
        };
    }

    // The convoy drives until it falls silent; then its corridor opens at both ends.
    moving() {
        const medevac = this.actors.find((one) => one.hex === "0badf3");
        const driven_s = Math.min(this.ticks, this.silentFrom ?? Infinity);
        const grown = (this.ticks - driven_s) * 0.02;
        const at = 1 + driven_s * 0.002;
        const [[ax, ay], [bx, by]] = ROAD.slice(Math.floor(at), Math.floor(at) + 2);
        const share = at - Math.floor(at);
        return [
            { zone: "medevac", state: "heard", heard_us: this.t_us, lat: medevac.lat, lon: medevac.lon, radius_m: 9000 },
            { zone: "convoy-road", state: grown > 0 ? "stale" : "heard", heard_us: this.t_us - (this.ticks - driven_s) * 60e6,
                lat: ay + (by - ay) * share, lon: ax + (bx - ax) * share, radius_m: 3000,
                tail: Math.max(0, at - 0.25 - grown), head: Math.min(3, at + 0.75 + grown), off_route: false },
            { zone: "relief-ship", state: "unheard" },
        ];
    }

    say(message) {
        const bytes = frameText(JSON.stringify(message));
        for (const socket of this.sockets) {
            socket.write(bytes);
        }
    }

    upgrade(request, socket) {
        const key = request.headers["sec-websocket-key"];
        const accept = createHash("sha1").update(key + WEBSOCKET_GUID).digest("base64");
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
        socket.on("error", () => undefined);
        socket.on("close", () => this.sockets.delete(socket));
        // The page never speaks on the stream; the only frame that matters is close.
        socket.on("data", (data) => (data[0] & 15) === 8 && socket.end());
        const after = Number(new URL(request.url, "http://x").searchParams.get("after") ?? 0);
        socket.write(frameText(JSON.stringify({ type: "hello", seq: this.seq, status: this.status() })));
        for (const event of this.events.filter((one) => one.seq > after)) {
            socket.write(frameText(JSON.stringify({ type: "event", event, incident: this.incidents.get(event.incident) })));
        }
        this.sockets.add(socket);
    }

    async answer(request, answer) {
        const url = new URL(request.url, "http://x");
        const send = (status, body) => {
            answer.writeHead(status, { "Content-Type": "application/json", "Content-Security-Policy": CSP });
            answer.end(JSON.stringify(body));
        };
        if (!url.pathname.startsWith("/api/v1/")) {
            return this.file(url.pathname, answer);
        }
        const path = url.pathname.slice("/api/v1".length);
        if (request.method === "POST") {
            let text = "";
            for await (const part of request) {
                text += part;
            }
            return this.post(path, JSON.parse(text || "{}"), request.headers.authorization ?? "", send);
        }
        const wanted = /^\/tracks\/(.+)$/.exec(path)?.[1];
        if (wanted) {
            const whole = this.whole(decodeURIComponent(wanted));
            return whole ? send(200, whole) : send(404, { error: { code: "not_found", message: "no such track" } });
        }
        const incident = this.incidents.get(/^\/incidents\/(\w+)$/.exec(path)?.[1]);
        const answers = {
            "/status": () => this.status(),
            "/zones": () => (this.movers ? { ...ZONES, features: [...ZONES.features, ...MOVING] } : ZONES),
            "/tracks": () => ({ t_us: this.t_us, tracks: this.tracks() }),
            "/incidents": () => ({ incidents: [...this.incidents.values()] }),
            "/warnings": () => ({ warnings: this.warnings }),
            "/sightings": () => ({ sightings: this.sightings }),
            "/qnh": () => ({
                qnh: this.pressures,
                ...(url.searchParams.has("lat")
                    ? { here: { from: "stated", id: "XXXX", qnh_hpa: 1003.2, height_ft: -274, error_ft: 27 } }
                    : {}),
            }),
        };
        if (incident) {
            const mine = (one) => one.incident === incident.incident;
            return send(200, { ...incident, events: this.events.filter(mine), warnings: this.warnings.filter(mine) });
        }
        return answers[path] ? send(200, answers[path]()) : send(404, { error: { code: "not_found", message: "no such thing" } });
    }

    post(path, body, authorization, send) {
        const token = authorization.replace("Bearer ", "");
        const refuse = () => send(token ? 403 : 401, { error: { code: "forbidden", message: "this needs another token" } });
        const acknowledged = /^\/incidents\/(\w+)\/acknowledge$/.exec(path);
        if (path === "/sightings") {
            if (token !== OBSERVER) {
                return refuse();
            }
            const sighting = { id: `s${this.sightings.length + 1}`, t_us: this.t_us, ...body,
                area: { lat: Math.round(body.lat * 5) / 5, lon: Math.round(body.lon * 5) / 5, radius_m: 12000 }, grows_mps: 60 };
            this.sightings.push(sighting);
            this.say({ type: "sighting", sighting });
            return send(201, { id: sighting.id });
        }
        if (token !== OPERATOR) {
            return refuse();
        }
        if (acknowledged) {
            const incident = this.incidents.get(acknowledged[1]);
            incident.acknowledged = { by: body.by, t_us: this.t_us, ...(body.note ? { note: body.note } : {}) };
            this.acknowledgements++;
            this.say({ type: "incident", incident });
            return send(200, incident);
        }
        if (path === "/qnh") {
            this.pressures = [...this.pressures.filter(({ id }) => id !== body.qnh.id), body.qnh];
            return send(200, { qnh: this.pressures });
        }
        if (path === "/demo") {
            this.speed = body.speed ?? this.speed;
            this.paused = body.paused ?? this.paused;
            return send(200, this.status());
        }
        return send(404, { error: { code: "not_found", message: "no such thing" } });
    }

    file(path, answer) {
        const file = normalize(join(DIST, path === "/" ? "index.html" : path));
        if (!file.startsWith(DIST) || !existsSync(file) || !statSync(file).isFile()) {
            answer.writeHead(404);
            return answer.end();
        }
        const type = TYPES[extname(file)] ?? "application/octet-stream";
        answer.writeHead(200, { "Content-Type": type, "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff" });
        return createReadStream(file).pipe(answer);
    }
}

export const TOKENS = { operator: OPERATOR, observer: OBSERVER };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const server = new FakeServer({ movers: true });
    const address = await server.listen(Number(process.argv[2] ?? 8137));
    console.log(`made-up server: ${address}/#token=${OPERATOR}\nobserver: ${address}/observe.html#token=${OBSERVER}`);
}
