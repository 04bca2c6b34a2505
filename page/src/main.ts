// The duty officer's page: puts the views together; the map comes when all else already works.
import "./page.css";
import { acknowledge, step } from "./actions";
import { h, icon, isTyping, setHidden, setText } from "./dom";
import { ICON } from "./icons";
import { group } from "./judge";
import { mapCommands } from "./map/commands";
import type { MapHandle } from "./map/map";
import { applyTheme, startLanguage, takeTokenFromAddress } from "./session";
import { change, current, isFresh, screenAge_s, selectedIncident, serverNow, subscribe } from "./store";
import { cut, start } from "./stream";
import { alarm } from "./views/alarm";
import { detailsPanel } from "./views/details";
import { demoRibbon } from "./views/demo";
import { toggleHelp } from "./views/dialogs";
import { incidentList } from "./views/incidents";
import { pastBar } from "./views/past";
import { openSearch } from "./views/search";
import { jump, togglePast, togglePlay } from "./past";
import { strip } from "./views/strip";
import { t, type Word } from "./words";

// What the tests read; nothing in the page depends on it.
interface DebugHook {
    state: typeof current;
    serverNow: () => number;
    fresh: () => boolean;
    screenAge_s: () => number | null;
    map: () => MapHandle | null;
    mapMode: () => "loading" | "webgl" | "flat";
    cut: () => void;
}

declare global {
    interface Window {
        leeward: DebugHook;
    }
}

let handle: MapHandle | null = null;
let mode: "loading" | "webgl" | "flat" = "loading";

function hasWebgl(): boolean {
    if (new URLSearchParams(window.location.search).has("flat")) {
        return false;
    }
    try {
        return document.createElement("canvas").getContext("webgl2") !== null;
    } catch {
        return false;
    }
}

async function openMap(box: HTMLElement, message: HTMLElement): Promise<void> {
    try {
        if (!hasWebgl()) {
            throw new Error("WebGL");
        }
        const { startMap } = await import("./map/map");
        handle = await startMap(box);
        mode = "webgl";
        setHidden(message, true);
    } catch (error) {
        const { startFallback } = await import("./map/fallback");
        startFallback(box);
        mode = "flat";
        message.className = "map-message note";
        setText(message, t("map_failed", { reason: error instanceof Error ? error.message : String(error) }));
    }
}

function phoneBar(): HTMLElement {
    const tab = (word: Word, path: string, act: () => void): HTMLButtonElement =>
        h("button", { type: "button", class: "tab", onclick: act }, icon(path, 22), h("span", {}, t(word)));
    const make = (): HTMLButtonElement[] => [
        tab("incidents", ICON.list, () => {
            change({ do: "sheet", sheet: "none" });
            change({ do: "select", selection: null });
        }),
        tab("map", ICON.map, () => {
            change({ do: "sheet", sheet: current().phoneSheet === "map" ? "none" : "map" });
        }),
        tab("warnings", ICON.warning, () => {
            change({ do: "sheet", sheet: "none" });
            change({ do: "select", selection: { kind: "warnings" } });
        }),
    ];
    const root = h("nav", { class: "phone-bar", "aria-label": t("title") }, ...make());
    function update(): void {
        const { phoneSheet, selection } = current();
        const at = phoneSheet === "map" ? 1 : selection?.kind === "warnings" ? 2 : 0;
        [...root.children].forEach((child, index) => child.setAttribute("aria-pressed", String(index === at)));
        document.body.dataset["sheet"] = phoneSheet;
    }
    update();
    subscribe((topics) => {
        if (topics.has("language")) {
            root.replaceChildren(...make());
        }
        update();
    });
    return root;
}

function noticeBox(): HTMLElement {
    const root = h("div", { class: "notice", role: "status", hidden: true });
    subscribe((topics) => {
        if (topics.has("notice")) {
            const { notice } = current();
            setHidden(root, notice === null);
            setText(root, notice?.text ?? "");
            root.classList.toggle("bad", notice?.bad ?? false);
        }
    });
    return root;
}

function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]:not(.help)")) {
        return;
    }
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
        change({ do: "select", selection: null });
        change({ do: "sheet", sheet: "none" });
        return;
    }
    if (isTyping()) {
        return;
    }
    // By place as well as by letter, so that they work on an Arabic keyboard.
    const key = event.key.length === 1 && event.key.charCodeAt(0) > 127 ? event.code.replace("Key", "").toLowerCase() : event.key.toLowerCase();
    const keys: Record<string, () => unknown> = {
        j: () => step(1),
        k: () => step(-1),
        a: () => {
            const incident = selectedIncident();
            if (incident && group(incident) === "needs") {
                void acknowledge(incident);
            }
        },
        m: () => {
            change({ do: "sheet", sheet: "map" });
            mapCommands.focus();
        },
        h: togglePast,
        p: () => current().past && togglePlay(),
        ",": () => current().past && void jump(-1),
        ".": () => current().past && void jump(1),
        "/": openSearch,
        slash: openSearch,
        "?": toggleHelp,
    };
    const act = keys[key];
    if (act) {
        event.preventDefault();
        act();
    }
}

function titleWithCount(): void {
    const needs = [...current().incidents.values()].filter((incident) => group(incident) === "needs").length;
    document.title = needs > 0 ? `(${needs}) ${t("title")}` : t("title");
}

function begin(): void {
    takeTokenFromAddress();
    startLanguage();
    applyTheme();
    const message = h("p", { class: "map-message" }, t("map_loading"));
    const box = h("div", { class: "map", id: "map" }, message);
    const mapSection = h("div", { class: "map-section" }, box);
    document.body.append(
        strip(),
        demoRibbon(),
        pastBar(),
        h("main", { class: "main" }, incidentList(), mapSection, detailsPanel()),
        phoneBar(),
        noticeBox(),
        alarm(),
    );
    document.addEventListener("keydown", onKey);
    subscribe((topics) => {
        if (topics.has("incidents") || topics.has("language")) {
            titleWithCount();
        }
    });
    window.leeward = {
        state: current,
        serverNow: () => serverNow(),
        fresh: () => isFresh(),
        screenAge_s: () => screenAge_s(),
        map: () => handle,
        mapMode: () => mode,
        cut,
    };
    start();
    window.setTimeout(() => void openMap(box, message), 0);
}

begin();
