// The panel beside the map: one incident, one target, one zone, or all warnings.
import { acknowledge, inhibit, readDetails, readWhy, selectIncident } from "../actions";
import type { Incident, LeewardEvent, Track, ZoneFeature, ZoneProperties } from "../api";
import { h, renew, setAttribute, setHidden, setText } from "../dom";
import * as format from "../format";
import { carrierState, enteredAt, exemptedIn, figure, isAcknowledged, shortTarget, targetName, why, zoneName, zoneOf } from "../judge";
import { change, current, serverNow, subscribe, type Selection } from "../store";
import { whyWords } from "../why";
import { inLanguage, named, t } from "../words";
import { fact, iconButton, severityMark, warningCard, zoneKind } from "./parts";
import { profile } from "./profile";
import { pressureFacts, pressureList } from "./pressure";
import { permitList } from "./rules";
import { saidPart } from "./said";

const WARNINGS_SHOWN_MAX = 100;

function part(title: string, ...children: (Node | null)[]): HTMLElement {
    return h("section", { class: "part" }, h("h3", {}, title), ...children);
}

function targetFacts(track: Track | undefined, target: string): (HTMLElement | null)[] {
    const alt_ft = track?.alt_baro_ft;
    const seen_us = track?.position_us ?? track?.seen_us;
    const age = seen_us === undefined ? undefined : t("seconds_ago", { age: format.between(seen_us, serverNow()) });
    return [
        fact("target", h("bdi", {}, target)),
        fact("registration", track?.registration && h("bdi", {}, track.registration)),
        fact("squawk", track?.squawk),
        fact(
            "altitude",
            track?.on_ground
                ? t("on_ground")
                : alt_ft !== undefined
                  ? format.altitude(alt_ft, "STD")
                  : track?.alt_hae_ft !== undefined
                    ? format.altitude(track.alt_hae_ft, "HAE")
                    : t("unknown"),
        ),
        ...pressureFacts(track),
        fact("vertical_rate", track?.vertical_rate_fpm === undefined ? undefined : format.climb(track.vertical_rate_fpm)),
        fact("speed_ground", track?.speed_ground_kt === undefined ? undefined : format.speed(track.speed_ground_kt)),
        fact("track_over_ground", track?.track_deg === undefined ? undefined : format.degrees(track.track_deg)),
        fact(
            "position",
            track?.lat === undefined || track.lon === undefined ? undefined : format.coordinates(track.lat, track.lon),
        ),
        fact("anywhere", track?.region_m === undefined ? undefined : t("anywhere_within", { radius: format.distance(track.region_m) })),
        fact("told_by", track?.observers === undefined ? undefined : t("told_by_observers", { n: track.observers })),
        fact("source", track?.source && named("source", track.source)),
        fact("confidence", track?.confidence && named("confidence", track.confidence)),
        fact("doubts", track?.doubts?.map((doubt) => named("doubt", doubt)).join(", ")),
        fact("last_report", age && (track?.age === "stale" ? `${age} (${t("stale")})` : age)),
    ];
}

function carrierLink(target: string): HTMLElement {
    const name = current().targets.get(target)?.track.callsign?.trim() || shortTarget(target);
    const act = (): void => change({ do: "select", selection: { kind: "target", id: target } });
    return h("button", { type: "button", class: "link-row", onclick: act }, h("bdi", {}, name));
}

// How far a corridor is open ahead of and behind its carrier, or how wide a bubble is by now.
function openPart(zone: ZoneFeature | undefined): string | undefined {
    const moving = zone?.properties.moving;
    if (!moving) {
        return undefined;
    }
    if (moving.ahead_m !== undefined) {
        return t("ahead_behind", { ahead: format.distance(moving.ahead_m), behind: format.distance(moving.behind_m ?? 0) });
    }
    return t("within", { radius: format.distance(zone.now?.radius_m ?? moving.radius_m ?? 0) });
}

function zoneHours(zone: ZoneProperties): string {
    if (zone.active_now !== false) {
        return t("zone_active");
    }
    const state = t(zone.pre_active_now ? "zone_pre_active" : "zone_not_active");
    return zone.starts_us === undefined ? state : `${state}, ${t("starts_at", { time: format.utcClock(zone.starts_us) })}`;
}

// Zones that do not hold within this one, or within which this one does not hold.
function exemptions(ids: readonly string[] | undefined): string | undefined {
    return ids?.length ? ids.map((id) => zoneName(id)).join(", ") : undefined;
}

function zoneFacts(zone: ZoneFeature | undefined): (HTMLElement | null)[] {
    const properties = zone?.properties;
    return [
        fact("kind", zoneKind(properties?.kind)),
        fact("band", properties && format.band(properties)),
        fact("moves_with", properties?.moving && carrierLink(properties.moving.around)),
        fact("carrier", (zone && carrierState(zone, true)) ?? undefined),
        fact("open_part", openPart(zone)),
        fact("zone_active", properties && zoneHours(properties)),
        fact("entry_rule", properties?.entry && named("entry", properties.entry)),
        fact("exempts", exemptions(properties?.exempts)),
        fact("exempted_in", exemptions(zone && exemptedIn(zone.id))),
        fact("authority", inLanguage(properties?.authority)),
        fact("mandate", inLanguage(properties?.mandate)),
    ];
}

function eventItem(event: LeewardEvent): HTMLElement {
    const facts: string[] = [];
    if (event.time_to_entry_s !== undefined) {
        facts.push(t("why_predicted", { time: format.duration(event.time_to_entry_s) }));
    }
    if (event.severity) {
        facts.push(named("severity", event.severity));
    }
    if (event.alt_ft !== undefined) {
        facts.push(format.altitude(event.alt_ft, event.alt_ref));
    }
    if (event.depth_m) {
        facts.push(`${t("depth")} ${format.distance(event.depth_m)}`);
    }
    if (event.p_inside !== undefined) {
        facts.push(`${t("probability")} ${format.percent(event.p_inside)}`);
    }
    if (event.reason) {
        facts.push(named("reason", event.reason));
    }
    if (event.permit) {
        facts.push(t("why_permitted", { permit: event.permit }));
    }
    return h(
        "li",
        { "data-event": event.event },
        h("time", {}, format.utcClock(event.crossed_at_us ?? event.t_us)),
        h("div", {}, h("span", { class: "event-name" }, named("event", event.event)), h("span", { class: "event-facts" }, facts.join(" · "))),
    );
}

function groupFact(incident: Incident): Node | undefined {
    const first = incident.group;
    if (first !== undefined) {
        return h("button", { type: "button", class: "link-row", onclick: () => selectIncident(first) }, t("group_of"));
    }
    const count = incident.member_count ?? 0;
    return count > 0 ? h("span", {}, t("group_members", { n: count + 1 })) : undefined;
}

// Every step of the decision.
function whyPart(incident: Incident): HTMLElement {
    const why = current().whys.get(incident.incident);
    if (why?.failed !== undefined) {
        return part(t("why_title"), h("p", { class: "quiet" }, t("why_failed", { reason: why.failed })));
    }
    if (why?.steps) {
        const items = why.steps.map((step) => {
            const words = whyWords(step);
            return h(
                "li",
                { "data-step": step.step },
                h("time", {}, format.utcClock(step.t_us)),
                h("div", { class: "event-facts", dir: words.language === "ar" ? "rtl" : "ltr", lang: words.language }, words.text),
            );
        });
        return part(t("why_title"), h("ol", { class: "timeline" }, ...items));
    }
    return part(
        t("why_title"),
        why
            ? h("p", { class: "quiet" }, t("why_working", { n: why.records_read ?? 0 }))
            : h("button", { type: "button", class: "button", onclick: () => void readWhy(incident.incident) }, t("why_ask")),
    );
}

function incidentPanel(incident: Incident): (HTMLElement | null)[] {
    const details = current().details.get(incident.incident);
    const zone = zoneOf(incident);
    const shown = figure(incident, serverNow());
    const head = h(
        "div",
        { class: "panel-summary", "data-severity": incident.severity ?? "unknown" },
        h(
            "div",
            { class: "panel-line" },
            severityMark(incident.severity),
            h("span", { class: "panel-state" }, named("state", incident.state)),
        ),
        h("div", { class: "panel-figure" }, h("span", { class: "row-figure" }, shown.text), h("span", { class: "row-figure-label" }, shown.label)),
        h("p", {}, why(incident, serverNow())),
        incident.acknowledged && isAcknowledged(incident)
            ? h(
                  "p",
                  { class: "panel-acknowledged" },
                  t("acknowledged_by", { name: incident.acknowledged.by, time: format.utcClock(incident.acknowledged.t_us) }),
                  incident.acknowledged.note ? h("span", { dir: "auto" }, ` “${incident.acknowledged.note}”`) : null,
              )
            : incident.state !== "ended" &&
                  h("button", { type: "button", class: "button primary", onclick: () => void acknowledge(incident) }, t("acknowledge")),
        incident.state !== "ended" &&
            !incident.permit &&
            h("button", { type: "button", class: "button", onclick: () => void inhibit(incident) }, t("inhibit")),
    );
    const times = h(
        "dl",
        { class: "facts" },
        fact("zone", h("span", { dir: "auto" }, zoneName(incident.zone))),
        ...zoneFacts(zone).slice(0, 2),
        incident.state === "predicted"
            ? fact("entry_time", incident.entry_at_us === undefined ? undefined : format.utcClock(incident.entry_at_us))
            : fact(
                  "entry_time",
                  incident.entered_us ?? incident.crossed_at_us ? format.utcClock(enteredAt(incident)) : undefined,
              ),
        fact("exit_time", incident.left_us === undefined ? undefined : format.utcClock(incident.left_us)),
        fact("depth", incident.depth_m ? format.distance(incident.depth_m) : undefined),
        fact("permit", incident.permit ?? t("permit_none")),
        fact("severity_reasons", incident.severity_reasons && h("span", { dir: "ltr", lang: "en" }, incident.severity_reasons)),
        fact("attention", incident.attention && named("attention", incident.attention)),
        fact("incidents", groupFact(incident)),
        ...targetFacts(current().targets.get(incident.target)?.track, incident.target),
        fact(
            "journal_position",
            incident.first_seq === undefined
                ? undefined
                : t("journal_events", { first: incident.first_seq, last: incident.last_seq ?? incident.first_seq }),
        ),
    );
    const events = [...(details?.events ?? [])].sort((a, b) => b.seq - a.seq);
    const timeline = events.length
        ? h("ol", { class: "timeline" }, ...events.map(eventItem))
        : h("p", { class: "quiet" }, t(details ? "timeline_none" : "timeline_loading"));
    const fromStream = [...current().warnings.values()].filter((warning) => warning.incident === incident.incident);
    const told = fromStream.length ? fromStream : (details?.warnings ?? []);
    const sorted = [...told].sort((a, b) => b.sent_us - a.sent_us);
    return [
        head,
        part(t("profile"), profile(incident)),
        part(t("facts"), times),
        saidPart(current().targets.get(incident.target)?.track),
        part(
            t("told"),
            sorted.length ? h("ul", { class: "warnings" }, ...sorted.map(warningCard)) : h("p", { class: "quiet" }, t("told_none")),
        ),
        part(t("timeline"), timeline),
        whyPart(incident),
    ];
}

function incidentLinks(wanted: (incident: Incident) => boolean): HTMLElement | null {
    const found = [...current().incidents.values()].filter(wanted).slice(0, 20);
    if (found.length === 0) {
        return null;
    }
    const items = found.map((incident) =>
        h(
            "li",
            {},
            h(
                "button",
                { type: "button", class: "link-row", onclick: () => selectIncident(incident.incident) },
                severityMark(incident.severity),
                h("span", { dir: "auto" }, `${targetName(incident)} · ${zoneName(incident.zone)}`),
                h("span", { class: "quiet" }, named("state", incident.state)),
            ),
        ),
    );
    return part(t("incidents"), h("ul", { class: "link-rows" }, ...items));
}

function targetPanel(id: string): (HTMLElement | null)[] {
    const track = current().targets.get(id)?.track;
    return [
        part(t("facts"), h("dl", { class: "facts" }, ...targetFacts(track, id), fact("relation", named("relation", track?.relation ?? "none")))),
        saidPart(track),
        incidentLinks((incident) => incident.target === id),
    ];
}

function zonePanel(id: string): (HTMLElement | null)[] {
    return [
        part(t("facts"), h("dl", { class: "facts" }, ...zoneFacts(current().zones.get(id)))),
        incidentLinks((incident) => incident.zone === id),
    ];
}

// Read when the panel opens, and again after each word that is said here.
let permitsShown: HTMLElement | null = null;
let pressuresShown: HTMLElement | null = null;

function pressuresPart(): HTMLElement {
    pressuresShown ??= pressureList();
    return part(t("qnh_statements"), h("p", { class: "quiet" }, t("qnh_statements_why")), pressuresShown);
}

function permitsPart(): HTMLElement {
    permitsShown ??= permitList();
    return part(t("permits"), h("p", { class: "quiet" }, t("permits_why")), permitsShown);
}

function warningsPanel(): HTMLElement[] {
    const all = [...current().warnings.values()].sort((a, b) => b.sent_us - a.sent_us).slice(0, WARNINGS_SHOWN_MAX);
    return [
        h("p", { class: "panel-why" }, t("warnings_why")),
        all.length ? h("ul", { class: "warnings" }, ...all.map(warningCard)) : h("p", { class: "quiet panel-why" }, t("warnings_none")),
        permitsPart(),
        pressuresPart(),
    ];
}

function heading(selection: NonNullable<Selection>): string {
    switch (selection.kind) {
        case "incident": {
            const incident = current().incidents.get(selection.id);
            return incident ? targetName(incident) : "";
        }
        case "target":
            return current().targets.get(selection.id)?.track.callsign?.trim() || shortTarget(selection.id);
        case "zone":
            return zoneName(selection.id);
        case "warnings":
            return t("warnings");
    }
}

function content(selection: NonNullable<Selection>): (HTMLElement | null)[] {
    switch (selection.kind) {
        case "incident": {
            const incident = current().incidents.get(selection.id);
            return incident ? incidentPanel(incident) : [];
        }
        case "target":
            return targetPanel(selection.id);
        case "zone":
            return zonePanel(selection.id);
        case "warnings":
            return warningsPanel();
    }
}

export function detailsPanel(): HTMLElement {
    const title = h("h2", { id: "panel-title", dir: "auto" });
    const close = iconButton("close", t("close"), () => change({ do: "select", selection: null }));
    const body = h("div", { class: "panel-body", tabindex: 0, role: "group", "aria-labelledby": "panel-title" });
    const root = h("aside", { class: "panel", hidden: true, "aria-labelledby": "panel-title" }, h("div", { class: "panel-head" }, title, close), body);
    let shownKey = "";
    let lastEvents = 0;

    function update(): void {
        const { selection } = current();
        setHidden(root, selection === null);
        document.body.classList.toggle("has-panel", selection !== null);
        if (selection?.kind !== "warnings") {
            permitsShown = null;
            pressuresShown = null;
        }
        if (selection === null) {
            shownKey = "";
            return;
        }
        setAttribute(close, "aria-label", t("close"));
        const key = selection.kind + ("id" in selection ? selection.id : "");
        const top = key === shownKey ? body.scrollTop : 0;
        const focused = document.activeElement;
        const refocus = focused instanceof HTMLElement && body.contains(focused) && focused !== body ? focused.textContent : null;
        shownKey = key;
        setText(title, heading(selection));
        renew(body, content(selection).filter((node): node is HTMLElement => node !== null));
        body.scrollTop = top;
        // Filling the panel anew must not throw the keyboard's reader out of it.
        if (refocus !== null) {
            [...body.querySelectorAll("button")].find((button) => button.textContent === refocus)?.focus();
        }
    }

    function readAgainIfNews(): void {
        const { selection } = current();
        const incident = selection?.kind === "incident" ? current().incidents.get(selection.id) : undefined;
        const last = incident?.last_seq ?? 0;
        if (incident && last !== lastEvents) {
            lastEvents = last;
            const known = current().details.get(incident.incident);
            if (!known?.events.some((event) => event.seq === last)) {
                void readDetails(incident.incident);
            }
        }
    }

    // The figure runs on between messages, in step with the list.
    function tick(): void {
        const { selection } = current();
        const incident = selection?.kind === "incident" ? current().incidents.get(selection.id) : undefined;
        const text = body.querySelector(".panel-figure .row-figure");
        if (incident && text) {
            setText(text, figure(incident, serverNow()).text);
        }
    }

    window.setInterval(tick, 250);
    subscribe((topics) => {
        const about = ["selection", "details", "incidents", "tracks", "zones", "warnings", "language", "link"] as const;
        if (about.some((topic) => topics.has(topic))) {
            update();
        }
        if (topics.has("incidents")) {
            readAgainIfNews();
        }
    });
    return root;
}
