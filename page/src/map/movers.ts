// The zones that go with a target, as a list on the map: where they are is not known while the target is not heard, and
// then nothing of them is drawn that one could see.
import { fill, h, setHidden, setText } from "../dom";
import { carrierState, zoneName } from "../judge";
import { change, current, subscribe } from "../store";
import { t } from "../words";

const SHOWN_MAX = 8;

export function hasMovers(): boolean {
    return [...current().zones.values()].some((zone) => zone.properties.moving);
}

// On a phone the map lies over the panel.
function open(zone: string): void {
    change({ do: "sheet", sheet: "none" });
    change({ do: "select", selection: { kind: "zone", id: zone } });
}

export function movers(): HTMLElement {
    const summary = h("summary", {});
    const list = h("ul", {});
    const wide = window.matchMedia("(min-width: 701px)").matches;
    const root = h("details", { class: "movers", open: wide, hidden: true }, summary, list);
    let shown = "";

    function update(): void {
        // Those of which nothing is known first, then those that are silent.
        const order = { unheard: 0, stale: 1, heard: 2 };
        const zones = [...current().zones.values()]
            .filter((zone) => zone.now)
            .sort((a, b) => order[a.now?.state ?? "heard"] - order[b.now?.state ?? "heard"]);
        const rows = zones.slice(0, SHOWN_MAX).map((zone) => ({ id: zone.id, name: zoneName(zone.id), state: carrierState(zone, false) ?? "", bad: zone.now?.state !== "heard" }));
        const key = JSON.stringify(rows) + t("movers") + String(zones.length);
        setHidden(root, zones.length === 0);
        if (key === shown) {
            return;
        }
        shown = key;
        const focused = document.activeElement instanceof HTMLElement && root.contains(document.activeElement) ? document.activeElement.dataset["zone"] : undefined;
        const unknown = zones.filter((zone) => zone.now?.state === "unheard").length;
        setText(summary, unknown > 0 ? `${t("movers")} · ${t("movers_unknown", { n: unknown })}` : t("movers"));
        fill(
            list,
            ...rows.map((row) =>
                h(
                    "li",
                    {},
                    h(
                        "button",
                        { type: "button", class: row.bad ? "mover bad" : "mover", "data-zone": row.id, onclick: () => open(row.id) },
                        h("span", { class: "mover-name", dir: "auto" }, row.name),
                        h("span", { class: "mover-state" }, row.state),
                    ),
                ),
            ),
            zones.length > rows.length && h("li", { class: "quiet" }, t("movers_more", { n: zones.length - rows.length })),
        );
        // Filling the list anew must not throw the keyboard's reader out of it.
        [...list.querySelectorAll("button")].find((button) => focused !== undefined && button.dataset["zone"] === focused)?.focus();
    }

    update();
    subscribe((topics) => {
        if (topics.has("zones") || topics.has("status") || topics.has("language")) {
            update();
        }
    });
    return root;
}
