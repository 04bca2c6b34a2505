// Small parts that several views share.
import type { Severity, Warning } from "../api";
import { h, icon, svg } from "../dom";
import * as format from "../format";
import { ICON, SEVERITY_SHAPE } from "../icons";
import { inLanguage, named, t, type Word } from "../words";

const PLACES_SHOWN = 4;

export function severityMark(severity: Severity | undefined): HTMLElement {
    const name = severity ?? "unknown";
    return h(
        "span",
        { class: "severity", "data-severity": name },
        svg(
            "svg",
            { viewBox: "0 0 24 24", width: 13, height: 13, "aria-hidden": "true" },
            svg("path", { d: SEVERITY_SHAPE[name] ?? "" }),
        ),
        h("span", {}, t(`severity_${name}` as Word)),
    );
}

export function iconButton(name: keyof typeof ICON, label: string, act: () => void): HTMLButtonElement {
    return h(
        "button",
        { type: "button", class: "icon-button", "aria-label": label, title: label, onclick: act },
        icon(ICON[name]),
    );
}

export function fact(word: Word, value: string | Node | undefined): HTMLElement | null {
    return value === undefined ? null : h("div", { class: "fact" }, h("dt", {}, t(word)), h("dd", {}, value));
}

function deliveries(warning: Warning): HTMLElement {
    const list = h("ul", { class: "deliveries" });
    for (const delivery of warning.deliveries ?? []) {
        const parts = [t(delivery.state)];
        if (delivery.t_us !== undefined && delivery.state === "delivered") {
            parts.push(format.utcClock(delivery.t_us));
        }
        if ((delivery.attempts ?? 1) > 1) {
            parts.push(t("attempts", { n: delivery.attempts ?? 1 }));
        }
        list.append(
            h(
                "li",
                { "data-state": delivery.state },
                h("bdi", {}, delivery.outlet),
                h("span", { class: "delivery-state" }, parts.join(" · ")),
            ),
        );
    }
    if (!list.firstChild) {
        list.append(h("li", { class: "quiet" }, t("no_outlet")));
    }
    return list;
}

export function warningCard(warning: Warning): HTMLElement {
    const places = warning.places ?? [];
    const shown = places.slice(0, PLACES_SHOWN);
    const kind = `warning_${warning.msg_type.toLowerCase()}` as Word;
    return h(
        "li",
        { class: "warning", "data-type": warning.msg_type.toLowerCase() },
        h(
            "div",
            { class: "warning-head" },
            h("span", { class: "warning-type" }, t(kind)),
            warning.status === "Exercise" && h("span", { class: "tag" }, t("exercise")),
            h("time", {}, format.utcClock(warning.sent_us)),
        ),
        h("p", { class: "warning-text", dir: "auto" }, inLanguage(warning.headline) ?? warning.zone ?? ""),
        shown.length > 0 &&
            h(
                "ul",
                { class: "places" },
                ...shown.map((place) =>
                    h(
                        "li",
                        {},
                        h("bdi", {}, place.name),
                        place.population !== undefined &&
                            h("span", { class: "quiet" }, t("people", { n: format.population(place.population) })),
                        place.minutes !== undefined &&
                            h("strong", {}, t("place_minutes", { minutes: format.minutes(place.minutes) })),
                    ),
                ),
                places.length > shown.length &&
                    h("li", { class: "quiet" }, t("more_places", { n: places.length - shown.length })),
            ),
        deliveries(warning),
    );
}

export function zoneKind(kind: string | undefined): string {
    return named("kind", kind);
}
