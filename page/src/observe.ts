// The observer's page: what, which way, send. Three taps, works without a link, keeps nothing once received.
import "./observe.css";
import { api, ApiError, type SightingHeading, type SightingHow, type SightingIn, type SightingWhat } from "./api";
import { fill, h, svg } from "./dom";
import * as format from "./format";
import { applyTheme, setToken, startLanguage, takeTokenFromAddress, toggleLanguage, token } from "./session";
import { named, t } from "./words";

const TOKEN = "leeward.observer";
const QUEUE = "leeward.queue";
const NUMBER = "leeward.number";
const QUEUE_MAX = 50;
const RETRY_MS = 10000;
const COUNT_MAX = 99;

type Step = "token" | "what" | "heading" | "send" | "sent";
type Position = { lat: number; lon: number; radius_m: number | null };

const WHATS: [SightingWhat, string][] = [
    ["jet", "M12 2 14 9 22 15 22 17 14 14.500 13.500 19 16 21 16 22 12 21 8 22 8 21 10.500 19 10 14.500 2 17 2 15 10 9Z"],
    ["helicopter", "M3 4h18v2h-8v3h2a5 5 0 0 1 5 5v2h-9l-2-4-7-1V8h2l1 2h5V6H3V4Zm8 13h2v2h6v2H7v-2h4v-2Z"],
    ["drone", "M4 4h6v2H8v3l3 1h2l3-1V6h-2V4h6v2h-2v4l-3 2v2l3 2v2h2v2h-6v-2h2v-1l-3-2h-2l-3 2v1h2v2H4v-2h2v-2l3-2v-2L6 10V6H4V4Z"],
    ["propeller", "M11 2h2v6h8v3l-8 1v6l3 2v2l-4-1-4 1v-2l3-2v-6l-8-1V8h8V2Z"],
    ["explosion", "m12 2 2.500 5.500L20 5l-2 5.500 5 2.500-5.500 2 1.500 6-5-3.500L11 22l-1.500-5L4 19l1.500-5L1 12l5.500-2L5 4l5 3.500L12 2Z"],
    ["unknown", "M11 16h2v3h-2v-3Zm1-11a5 5 0 0 0-5 5h2.500a2.500 2.500 0 1 1 4 2c-1.600 1.100-2.500 2-2.500 3.500h2c0-1 .7-1.500 2-2.500A5 5 0 0 0 12 5Z"],
];
const HEADINGS: SightingHeading[] = ["NW", "N", "NE", "W", "unknown", "E", "SW", "S", "SE"];
const TURN: Partial<Record<SightingHeading, number>> = { N: 0, NE: 45, E: 90, SE: 135, S: 180, SW: 225, W: 270, NW: 315 };

let step: Step = "what";
let what: SightingWhat = "unknown";
let heading: SightingHeading = "unknown";
let how: SightingHow = "heard";
let count = 1;
let seen_us = 0;
let position: Position | null = null;
let locating = false;
let manual = false;
let typed = { lat: "", lon: "" };
let problem = "";
let sending = false;
let queue: SightingIn[] = [];

const main = h("main", { class: "observe" });
const say = h("p", { class: "say", role: "status" });

function readQueue(): void {
    try {
        const kept: unknown = JSON.parse(window.localStorage.getItem(QUEUE) ?? "[]");
        queue = Array.isArray(kept) ? (kept as SightingIn[]).slice(0, QUEUE_MAX) : [];
    } catch {
        queue = [];
    }
}

// Kept only while unsent: the phone may be taken from its owner.
function writeQueue(): void {
    try {
        if (queue.length === 0) {
            window.localStorage.removeItem(QUEUE);
        } else {
            window.localStorage.setItem(QUEUE, JSON.stringify(queue));
        }
    } catch {
        // It stays in this page's memory.
    }
}

function locate(): void {
    if (position || locating || !("geolocation" in navigator)) {
        manual = manual || !("geolocation" in navigator);
        return;
    }
    locating = true;
    navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
            locating = false;
            position = { lat: coords.latitude, lon: coords.longitude, radius_m: coords.accuracy };
            showIfSending();
        },
        () => {
            locating = false;
            manual = true;
            showIfSending();
        },
        { enableHighAccuracy: true, timeout: 12000, maximumAge: 60000 },
    );
}

function showIfSending(): void {
    if (step === "send") {
        show();
    }
}

function typedPosition(): Position | null {
    const lat = Number(typed.lat.replace(",", "."));
    const lon = Number(typed.lon.replace(",", "."));
    const good = typed.lat.trim() !== "" && typed.lon.trim() !== "" && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
    return good ? { lat, lon, radius_m: null } : null;
}

function reset(): void {
    what = "unknown";
    heading = "unknown";
    count = 1;
    position = null;
    typed = { lat: "", lon: "" };
    problem = "";
}

// Numbers this device's sightings, so that one sent twice is one and a lost one is missed.
function nextNumber(): number {
    try {
        const next = (Number(window.localStorage.getItem(NUMBER)) || 0) + 1;
        window.localStorage.setItem(NUMBER, String(next));
        return next;
    } catch {
        return seen_us;
    }
}

async function send(): Promise<void> {
    const at = manual ? typedPosition() : position;
    if (!at) {
        problem = t("observe_position_needed");
        show();
        return;
    }
    problem = "";
    queue.push({ lat: at.lat, lon: at.lon, t_us: seen_us, what, count, heading, how, seq: nextNumber() });
    queue = queue.slice(-QUEUE_MAX);
    writeQueue();
    reset();
    step = "sent";
    await flush();
}

async function flush(): Promise<void> {
    const held = token();
    if (sending || !held || queue.length === 0) {
        return;
    }
    sending = true;
    show();
    try {
        for (let next = queue[0]; next; next = queue[0]) {
            await api.report(next, held);
            queue.shift();
            writeQueue();
        }
        problem = "";
    } catch (error) {
        refused(error);
    }
    sending = false;
    show();
}

function refused(error: unknown): void {
    if (!(error instanceof ApiError)) {
        return;
    }
    if (error.status === 401 || error.status === 403) {
        setToken(null, TOKEN);
        step = "token";
    } else if (error.status >= 400 && error.status < 500 && error.status !== 429) {
        // It will never be taken: saying so is better than trying for ever.
        queue.shift();
        writeQueue();
    }
    problem = t("observe_refused", { reason: error.message });
}

function go(next: Step): void {
    step = next;
    problem = "";
    if (next === "heading") {
        seen_us = Date.now() * 1000;
    }
    show();
    main.querySelector("h1")?.focus();
    window.scrollTo(0, 0);
}

function title(text: string, back: Step | null): HTMLElement {
    return h(
        "div",
        { class: "step-head" },
        back && h("button", { type: "button", class: "back", onclick: () => go(back) }, t("observe_back")),
        h("h1", { tabindex: -1 }, text),
    );
}

function picture(path: string, turn = 0): SVGSVGElement {
    return svg(
        "svg",
        { viewBox: "0 0 24 24", width: 40, height: 40, "aria-hidden": "true" },
        svg("path", { d: path, transform: `rotate(${turn} 12 12)` }),
    );
}

function toggle(value: SightingHow): HTMLElement {
    return h(
        "button",
        {
            type: "button",
            "aria-pressed": how === value ? "true" : "false",
            onclick: () => {
                how = value;
                show();
            },
        },
        named("how", value),
    );
}

function whatStep(): HTMLElement[] {
    const pick = (value: SightingWhat): void => {
        what = value;
        locate();
        if (value === "explosion") {
            heading = "unknown";
            seen_us = Date.now() * 1000;
        }
        go(value === "explosion" ? "send" : "heading");
    };
    return [
        title(t("observe_step_what"), null),
        h(
            "div",
            { class: "whats" },
            ...WHATS.map(([value, path]) =>
                h("button", { type: "button", "data-what": value, onclick: () => pick(value) }, picture(path), h("span", {}, named("what", value))),
            ),
        ),
    ];
}

const ARROW = "M12 3 19 20 12 16 5 20Z";

function headingStep(): HTMLElement[] {
    const pick = (value: SightingHeading): void => {
        heading = value;
        go("send");
    };
    return [
        title(t("observe_step_heading"), "what"),
        h(
            "div",
            { class: "compass", dir: "ltr" },
            ...HEADINGS.map((value) => {
                const turn = TURN[value];
                const label = value === "unknown" ? t("observe_heading_unknown") : named("heading", value);
                return h(
                    "button",
                    { type: "button", "data-heading": value, onclick: () => pick(value) },
                    turn === undefined ? null : picture(ARROW, turn),
                    h("span", { dir: "auto" }, label),
                );
            }),
        ),
    ];
}

function positionPart(): HTMLElement {
    const byHand = (key: "lat" | "lon", label: string): HTMLElement => {
        const input = h("input", { id: `by-hand-${key}`, inputmode: "text", dir: "ltr", value: typed[key], autocomplete: "off" });
        input.addEventListener("input", () => {
            // "36.2, 37.1" pasted into the first box fills both.
            const pair = /^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(input.value);
            if (key === "lat" && pair?.[1] && pair[2]) {
                typed = { lat: pair[1], lon: pair[2] };
                show();
            } else {
                typed[key] = input.value;
            }
        });
        return h("div", { class: "field" }, h("label", { for: `by-hand-${key}` }, label), input);
    };
    const toManual = h("button", {
        type: "button",
        class: "plain",
        onclick: () => {
            manual = true;
            show();
        },
    }, t("observe_manual"));
    if (manual) {
        return h(
            "div",
            { class: "part" },
            h("p", {}, t("observe_not_located")),
            h("div", { class: "pair" }, byHand("lat", t("observe_latitude")), byHand("lon", t("observe_longitude"))),
        );
    }
    const found = position
        ? `${format.coordinates(position.lat, position.lon)} · ${t("observe_located", { radius: format.distance(position.radius_m ?? 0) })}`
        : t("observe_locating");
    return h("div", { class: "part" }, h("p", {}, found), toManual);
}

function sendStep(): HTMLElement[] {
    const change = (by: number): void => {
        count = Math.max(1, Math.min(COUNT_MAX, count + by));
        show();
    };
    const summary = what === "explosion" ? named("what", what) : `${named("what", what)} · ${named("heading", heading)}`;
    return [
        title(t("observe_step_send"), what === "explosion" ? "what" : "heading"),
        h("p", { class: "summary" }, summary),
        h("div", { class: "part" }, h("h2", {}, t("observe_how")), h("div", { class: "toggle" }, toggle("heard"), toggle("seen"))),
        h(
            "div",
            { class: "part" },
            h("h2", {}, t("observe_count")),
            h(
                "div",
                { class: "stepper" },
                h("button", { type: "button", "aria-label": t("fewer"), onclick: () => change(-1) }, "−"),
                h("output", {}, String(count)),
                h("button", { type: "button", "aria-label": t("more"), onclick: () => change(1) }, "+"),
            ),
        ),
        h("div", { class: "part" }, h("h2", {}, t("observe_position")), positionPart()),
        h("button", { type: "button", class: "send", onclick: () => void send() }, t("observe_send")),
        h("p", { class: "quiet" }, t("observe_private")),
    ];
}

function sentStep(): HTMLElement[] {
    const waiting = queue.length > 0;
    const done = problem === "" && !waiting;
    return [
        h(
            "div",
            { class: done ? "result good" : "result" },
            h("h1", { tabindex: -1 }, done ? t("observe_sent") : sending ? t("observe_sending") : ""),
            done ? h("p", {}, t("observe_sent_why")) : null,
        ),
        h("button", { type: "button", class: "send", onclick: () => go("what") }, t("observe_again")),
    ];
}

function tokenStep(): HTMLElement[] {
    const input = h("input", { id: "observer-token", type: "password", autocomplete: "off", required: true });
    const form = h(
        "form",
        {},
        h("div", { class: "field" }, h("label", { for: "observer-token" }, t("observe_token")), input),
        h("p", { class: "quiet" }, t("observe_token_why")),
        h("button", { type: "submit", class: "send" }, t("observe_start")),
    );
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        setToken(input.value.trim(), TOKEN);
        go(queue.length > 0 ? "sent" : "what");
        void flush();
    });
    return [title(t("observe_title"), null), form];
}

const STEPS: Record<Step, () => HTMLElement[]> = {
    token: tokenStep,
    what: whatStep,
    heading: headingStep,
    send: sendStep,
    sent: sentStep,
};

function show(): void {
    document.title = t("observe_title");
    const waiting = queue.length > 0 && !sending;
    fill(
        say,
        problem || null,
        waiting ? h("span", {}, t("observe_queued", { n: queue.length })) : null,
        waiting
            ? h("button", {
                  type: "button",
                  class: "plain",
                  onclick: () => {
                      queue = [];
                      writeQueue();
                      go("what");
                  },
              }, t("observe_drop"))
            : null,
    );
    say.classList.toggle("attention", problem !== "" || waiting);
    fill(main, ...STEPS[step]());
    language.textContent = t("language_other");
    brand.textContent = t("title");
}

const brand = h("span", { class: "brand" });
const language = h("button", {
    type: "button",
    class: "plain",
    onclick: () => {
        toggleLanguage();
        show();
    },
});

function begin(): void {
    takeTokenFromAddress(TOKEN);
    startLanguage();
    applyTheme();
    readQueue();
    step = token() ? "what" : "token";
    document.body.append(h("header", { class: "observe-head" }, brand, language), say, main);
    show();
    window.addEventListener("online", () => void flush());
    window.setInterval(() => void flush(), RETRY_MS);
    void flush();
}

begin();
