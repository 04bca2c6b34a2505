// Search over targets, zones, incidents and places.
import { selectIncident } from "../actions";
import { fill, h, setAttribute } from "../dom";
import * as format from "../format";
import { shortTarget, targetName, zoneName } from "../judge";
import { mapCommands } from "../map/commands";
import { api, type PastIncident } from "../api";
import { showPast } from "../past";
import { loadPlaces, type Place } from "../places";
import { change, current } from "../store";
import { t } from "../words";

const FOUND_MAX = 12;
const PAST_AFTER_MS = 200;

interface Found {
    kind: string;
    text: string;
    detail: string;
    act: () => void;
}

function matches(text: string | undefined, asked: string): boolean {
    return text !== undefined && text.toLowerCase().includes(asked);
}

function find(asked: string, places: Place[]): Found[] {
    const found: Found[] = [];
    const { incidents, targets, zones } = current();
    for (const incident of incidents.values()) {
        if (incident.state !== "ended" && (matches(targetName(incident), asked) || matches(incident.incident, asked))) {
            found.push({
                kind: t("search_incident"),
                text: targetName(incident),
                detail: zoneName(incident.zone),
                act: () => selectIncident(incident.incident),
            });
        }
    }
    for (const { track } of targets.values()) {
        if (found.length >= FOUND_MAX) {
            break;
        }
        if (matches(track.callsign, asked) || matches(track.target, asked) || matches(track.registration, asked)) {
            found.push({
                kind: t("search_target"),
                text: track.callsign?.trim() || shortTarget(track.target),
                detail: track.target,
                act: () => change({ do: "select", selection: { kind: "target", id: track.target } }),
            });
        }
    }
    for (const zone of zones.values()) {
        if (matches(zoneName(zone.id), asked) || matches(zone.id, asked)) {
            found.push({
                kind: t("search_zone"),
                text: zoneName(zone.id),
                detail: format.band(zone.properties),
                act: () => change({ do: "select", selection: { kind: "zone", id: zone.id } }),
            });
        }
    }
    for (const place of places) {
        if (found.length >= FOUND_MAX) {
            break;
        }
        if (place.name.toLowerCase().startsWith(asked)) {
            found.push({
                kind: t("search_place"),
                text: place.name,
                detail: `${place.country} · ${t("people", { n: format.population(place.population) })}`,
                act: () => mapCommands.flyTo(place.lat, place.lon, 9),
            });
        }
    }
    return found.slice(0, FOUND_MAX);
}

// Those the list has are found there; the others are shown in the moment when they began.
function pastFound(incidents: PastIncident[]): Found[] {
    return incidents
        .filter(({ incident }) => (current().incidents.get(incident)?.state ?? "ended") === "ended")
        .map((incident) => ({
            kind: t("search_past"),
            text: incident.callsign?.trim() || shortTarget(incident.target),
            detail: `${zoneName(incident.zone)} · ${format.utcDate(incident.started_us)} ${format.utcClock(incident.started_us)}`,
            act: () => void showPast(incident),
        }));
}

export function openSearch(): void {
    if (document.querySelector("dialog.search")) {
        return;
    }
    const input = h("input", {
        type: "text",
        role: "combobox",
        "aria-expanded": "true",
        "aria-controls": "search-results",
        "aria-label": t("search"),
        "aria-autocomplete": "list",
        placeholder: t("search_hint"),
        autocomplete: "off",
        spellcheck: "false",
    });
    const results = h("ul", { id: "search-results", role: "listbox", "aria-label": t("search"), class: "results" });
    const nothing = h("p", { class: "quiet search-empty", role: "status" });
    const dialog = h("dialog", { class: "dialog search", "aria-label": t("search") }, input, results, nothing);
    let places: Place[] = [];
    let found: Found[] = [];
    let chosen = 0;
    let past: Found[] = [];
    let timer: number | undefined;

    function askPast(): void {
        const asked = input.value.trim();
        window.clearTimeout(timer);
        past = [];
        if (asked) {
            timer = window.setTimeout(() => {
                api.search(asked).then(
                    (answer) => {
                        if (input.value.trim() === asked) {
                            past = pastFound(answer.incidents);
                            update();
                        }
                    },
                    () => undefined, // the rest of the search still works
                );
            }, PAST_AFTER_MS);
        }
    }

    function choose(index: number): void {
        chosen = Math.max(0, Math.min(found.length - 1, index));
        [...results.children].forEach((item, at) => setAttribute(item, "aria-selected", at === chosen ? "true" : "false"));
        setAttribute(input, "aria-activedescendant", found.length ? `search-${chosen}` : null);
    }

    function go(item: Found | undefined): void {
        if (item) {
            dialog.close();
            item.act();
        }
    }

    function update(): void {
        const asked = input.value.trim().toLowerCase();
        found = asked ? [...find(asked, places), ...past] : [];
        fill(
            results,
            ...found.map((item, index) =>
                h(
                    "li",
                    { id: `search-${index}`, role: "option", "aria-selected": "false", onclick: () => go(item) },
                    h("span", { class: "result-kind" }, item.kind),
                    h("bdi", { class: "result-text" }, item.text),
                    h("span", { class: "quiet", dir: "auto" }, item.detail),
                ),
            ),
        );
        nothing.textContent = asked && found.length === 0 ? t("search_empty", { text: input.value.trim() }) : "";
        choose(0);
    }

    input.addEventListener("input", () => {
        askPast();
        update();
    });
    dialog.addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
        } else if (event.key === "Escape") {
            // At once and not by the browser's own way, so that the next key already means its shortcut.
            event.preventDefault();
            event.stopPropagation();
            dialog.close();
            dialog.remove();
        } else if (event.key === "Enter") {
            event.preventDefault();
            go(found[chosen]);
        }
    });
    dialog.addEventListener("click", (event) => {
        if (event.target === dialog) {
            dialog.close();
        }
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    void loadPlaces().then(
        (loaded) => {
            places = loaded;
            update();
        },
        () => undefined,
    );
}
