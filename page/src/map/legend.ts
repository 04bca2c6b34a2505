// The key to the map, folded away until asked for.
import { fill, h, svg } from "../dom";
import { theme } from "../session";
import { current, subscribe } from "../store";
import { named, t, type Word } from "../words";
import { hasMovers } from "./movers";
import { PALETTES, PERMITTED, SEVERITY, UNKNOWN } from "./colours";

const ARROW = "M12 2 19 21 12 17 5 21Z";

function targetRow(colour: string, word: Word, hollow = false): HTMLElement {
    const paint = hollow ? { fill: "none", stroke: colour, "stroke-width": 2 } : { fill: colour };
    return h(
        "li",
        {},
        svg("svg", { viewBox: "0 0 24 24", width: 16, height: 16, "aria-hidden": "true" }, svg("path", { d: ARROW, ...paint })),
        t(word),
    );
}

function zoneRow(kind: string, colour: string): HTMLElement {
    const swatch = h("span", { class: `swatch swatch-${kind}`, "aria-hidden": "true" });
    swatch.style.setProperty("--kind", colour);
    return h("li", {}, swatch, named("kind", kind));
}

export function legend(): HTMLElement {
    const summary = h("summary", {});
    const body = h("div", { class: "legend-body" });
    const root = h("details", { class: "legend" }, summary, body);

    function update(): void {
        const palette = PALETTES[theme()];
        const kinds = new Set([...current().zones.values()].map((zone) => zone.properties.kind));
        summary.textContent = t("legend");
        fill(
            body,
            h("h3", {}, t("legend_relation")),
            h(
                "ul",
                {},
                targetRow(palette.target, "relation_none"),
                targetRow(SEVERITY.low, "relation_near"),
                targetRow(SEVERITY.medium, "relation_predicted"),
                targetRow(SEVERITY.high, "legend_high"),
                targetRow(PERMITTED, "relation_permitted"),
                targetRow(palette.target, "legend_stale", true),
            ),
            h("h3", {}, t("legend_zone")),
            h("ul", {}, ...[...kinds].map((kind) => zoneRow(kind, palette.kind[kind] ?? UNKNOWN))),
            h("ul", {}, h("li", {}, h("span", { class: "swatch swatch-waiting", "aria-hidden": "true" }), t("zone_not_active"))),
            hasMovers() && h("ul", {}, h("li", {}, h("span", { class: "swatch swatch-stale", "aria-hidden": "true" }), t("legend_stale_zone"))),
            h("ul", {}, h("li", {}, h("span", { class: "swatch swatch-sighting", "aria-hidden": "true" }), t("legend_sighting"))),
        );
    }

    update();
    subscribe((topics) => {
        if (topics.has("zones") || topics.has("language") || topics.has("session")) {
            update();
        }
    });
    return root;
}
