// The incident list: gravest and soonest first, and still while somebody points at it.
import { acknowledge, selectIncident } from "../actions";
import type { Incident } from "../api";
import { arrange, fill, h, setAttribute, setHidden, setText } from "../dom";
import * as format from "../format";
import { compare, figure, group, isAcknowledged, targetName, why, zoneName, zoneOf, type Group } from "../judge";
import { change, current, isFresh, serverNow, subscribe } from "../store";
import { t, type Word } from "../words";
import { severityMark, zoneKind } from "./parts";
import { inhibitionsBar } from "./rules";

// After the pointer leaves, the order rests this long before rows may move again.
const REST_MS = 1200;
const ENDED_SHOWN_MAX = 30;

interface Row {
    root: HTMLLIElement;
    mark: HTMLElement;
    zone: HTMLElement;
    kind: HTMLElement;
    target: HTMLElement;
    figure: HTMLElement;
    figureLabel: HTMLElement;
    why: HTMLElement;
    acknowledged: HTMLElement;
    acknowledge: HTMLButtonElement;
    details: HTMLButtonElement;
    severity: string | undefined;
}

function makeRow(incident: Incident): Row {
    const id = incident.incident;
    const mark = h("span", {});
    const zone = h("span", { class: "row-zone", dir: "auto" });
    const kind = h("span", { class: "row-kind" });
    const target = h("bdi", { class: "row-target" });
    const figureText = h("span", { class: "row-figure" });
    const figureLabel = h("span", { class: "row-figure-label" });
    const reason = h("p", { class: "row-why" });
    const acknowledged = h("span", { class: "row-acknowledged" });
    const select = (): void => {
        selectIncident(id);
        change({ do: "sheet", sheet: "map" });
    };
    const head = h(
        "button",
        { type: "button", class: "row-head", onclick: select },
        h("span", { class: "row-names" }, h("span", { class: "row-line" }, mark, kind), target, zone),
        h("span", { class: "row-clock" }, figureText, figureLabel),
    );
    const acknowledgeButton = h("button", {
        type: "button",
        class: "button small primary",
        onclick: () => {
            const now = current().incidents.get(id);
            if (now) {
                void acknowledge(now);
            }
        },
    });
    const details = h("button", {
        type: "button",
        class: "button small",
        onclick: () => {
            selectIncident(id);
            change({ do: "sheet", sheet: "none" });
        },
    });
    const root = h(
        "li",
        { class: "row arriving", "data-incident": id },
        head,
        reason,
        h("div", { class: "row-actions" }, acknowledgeButton, details, acknowledged),
    );
    return {
        root,
        mark,
        zone,
        kind,
        target,
        figure: figureText,
        figureLabel,
        why: reason,
        acknowledged,
        acknowledge: acknowledgeButton,
        details,
        severity: "new",
    };
}

function showRow(row: Row, incident: Incident): void {
    if (row.severity !== incident.severity) {
        row.severity = incident.severity;
        fill(row.mark, severityMark(incident.severity));
    }
    setAttribute(row.root, "data-severity", incident.severity ?? "unknown");
    setAttribute(row.root, "data-state", incident.state);
    setText(row.zone, zoneName(incident.zone));
    setText(row.kind, zoneKind(incident.zone_kind ?? zoneOf(incident)?.properties.kind));
    setText(row.target, targetName(incident));
    setText(row.acknowledge, t("acknowledge"));
    setText(row.details, t("details"));
    setHidden(row.acknowledge, isAcknowledged(incident) || incident.state === "ended");
    const acknowledged = incident.acknowledged;
    setText(
        row.acknowledged,
        acknowledged ? t("acknowledged_by", { name: acknowledged.by, time: format.utcClock(acknowledged.t_us) }) : "",
    );
    const selection = current().selection;
    const selected = selection?.kind === "incident" && selection.id === incident.incident;
    setAttribute(row.root, "aria-current", selected ? "true" : null);
    tickRow(row, incident);
}

function tickRow(row: Row, incident: Incident): void {
    const now_us = serverNow();
    const shown = figure(incident, now_us);
    const stopped = !isFresh() && incident.state !== "ended";
    setText(row.figure, shown.text);
    setText(row.figureLabel, stopped ? t("stopped") : shown.label);
    setAttribute(row.figure, "data-overdue", shown.overdue ? "true" : null);
    setText(row.why, why(incident, now_us));
}

function empty(): HTMLElement {
    const { loaded, phase, status, targets } = current();
    if (!loaded) {
        return h(
            "div",
            { class: "empty" },
            h("p", { class: "empty-title" }, t(phase === "failed" ? "link_failed" : "loading")),
            phase === "failed" ? h("p", {}, t("screen_never")) : h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
        );
    }
    const blind = !status?.feeds.some((feed) => feed.state === "connected");
    const zones = format.count(status?.zones ?? 0);
    return h(
        "div",
        { class: blind ? "empty warn" : "empty" },
        h("p", { class: "empty-title" }, t("no_incidents")),
        h("p", {}, blind ? t("no_incidents_blind") : t("no_incidents_why", { zones, tracks: format.count(targets.size) })),
    );
}

interface Section {
    root: HTMLElement;
    heading: HTMLElement;
    list: HTMLElement;
}

function section(name: Group): Section {
    const heading = h("h3", { class: "list-heading" });
    const list = h("ol", { class: "rows" });
    return { root: h("div", { class: `group group-${name}` }, heading, list), heading, list };
}

const HEADINGS: Record<Group, Word> = { needs: "needs_action", handled: "being_handled", ended: "recently_ended" };

export function incidentList(): HTMLElement {
    const rows = new Map<string, Row>();
    const sections: Record<Group, Section> = { needs: section("needs"), handled: section("handled"), ended: section("ended") };
    const title = h("h2", { id: "incidents-title" });
    const total = h("span", { class: "total" });
    const emptyBox = h("div", {});
    const reorder = h("button", { type: "button", class: "reorder", hidden: true, onclick: () => release() });
    const showEnded = h("button", {
        type: "button",
        class: "text-button more",
        onclick: () => {
            endedOpen = !endedOpen;
            update();
        },
    });
    const body = h(
        "div",
        { class: "list-body", tabindex: -1 },
        emptyBox,
        sections.needs.root,
        sections.handled.root,
        showEnded,
        sections.ended.root,
    );
    const root = h(
        "section",
        { class: "list", "aria-labelledby": "incidents-title", id: "incidents" },
        h("div", { class: "list-head" }, title, total),
        reorder,
        inhibitionsBar(),
        body,
    );
    let endedOpen = false;
    let held = false;
    let restTimer: number | undefined;
    let order: string[] = [];

    function hold(): void {
        window.clearTimeout(restTimer);
        held = true;
    }

    function release(): void {
        window.clearTimeout(restTimer);
        held = false;
        update();
    }

    function rest(): void {
        window.clearTimeout(restTimer);
        restTimer = window.setTimeout(release, REST_MS);
    }

    // While held, what is there stays where it is and what is new goes below it.
    function ordered(incidents: Incident[]): Incident[] {
        const sorted = [...incidents].sort(compare);
        if (!held) {
            order = sorted.map((incident) => incident.incident);
            return sorted;
        }
        const place = new Map(order.map((id, index) => [id, index]));
        for (const incident of sorted) {
            if (!place.has(incident.incident)) {
                place.set(incident.incident, order.push(incident.incident) - 1);
            }
        }
        return sorted.sort((a, b) => (place.get(a.incident) ?? 0) - (place.get(b.incident) ?? 0));
    }

    // How many rows would stand elsewhere if the list were sorted now.
    function misplaced(shown: Incident[]): number {
        const sorted = [...shown].sort(compare);
        return shown.filter((incident, index) => sorted[index]?.incident !== incident.incident).length;
    }

    function put(name: Group, incidents: Incident[]): void {
        const target = sections[name];
        setHidden(target.root, incidents.length === 0);
        setText(target.heading, t(HEADINGS[name]));
        const wanted = incidents.map((incident) => {
            const row = rows.get(incident.incident) ?? makeRow(incident);
            rows.set(incident.incident, row);
            showRow(row, incident);
            return row.root;
        });
        arrange(target.list, wanted);
    }

    function update(): void {
        const all = [...current().incidents.values()];
        const shown = ordered(all.filter((incident) => group(incident) !== "ended"));
        const ended = all.filter((incident) => group(incident) === "ended").sort(compare);
        const needs = shown.filter((incident) => group(incident) === "needs");
        setText(title, t("incidents"));
        setText(total, needs.length > 0 ? format.count(needs.length) : "");
        put("needs", needs);
        put("handled", shown.filter((incident) => group(incident) === "handled"));
        put("ended", endedOpen ? ended.slice(0, ENDED_SHOWN_MAX) : []);
        setHidden(showEnded, ended.length === 0);
        setText(showEnded, endedOpen ? t("hide_ended") : t("show_ended", { n: ended.length }));
        setAttribute(showEnded, "aria-expanded", endedOpen ? "true" : "false");
        const moved = misplaced(needs);
        setHidden(reorder, moved === 0);
        setText(reorder, t("order_changed"));
        setHidden(emptyBox, shown.length > 0);
        if (shown.length === 0) {
            const next = empty();
            if (emptyBox.firstElementChild?.textContent !== next.textContent) {
                fill(emptyBox, next);
            }
        }
        for (const [id, row] of rows) {
            if (!row.root.isConnected) {
                rows.delete(id);
            }
        }
    }

    function tick(): void {
        for (const [id, row] of rows) {
            const incident = current().incidents.get(id);
            if (incident && incident.state !== "ended") {
                tickRow(row, incident);
            }
        }
    }

    function showSelected(): void {
        for (const [id, row] of rows) {
            const selection = current().selection;
            const selected = selection?.kind === "incident" && selection.id === id;
            const was = row.root.hasAttribute("aria-current");
            setAttribute(row.root, "aria-current", selected ? "true" : null);
            if (selected && !was) {
                row.root.scrollIntoView({ block: "nearest" });
            }
        }
    }

    body.addEventListener("pointerenter", hold);
    body.addEventListener("pointerleave", rest);
    body.addEventListener("focusin", hold);
    body.addEventListener("focusout", rest);
    update();
    subscribe((topics) => {
        if (topics.has("incidents") || topics.has("link") || topics.has("zones") || topics.has("language") || topics.has("status")) {
            update();
        }
        if (topics.has("selection")) {
            showSelected();
        }
    });
    window.setInterval(tick, 250);
    return root;
}
