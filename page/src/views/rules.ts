// What is inhibited now, shown to everybody above the list, with its end and by whom.
import { endInhibition, stepPermit } from "../actions";
import { api, type Permit, type Permits, type PermitStep } from "../api";
import { fill, h, setHidden } from "../dom";
import * as format from "../format";
import { shortTarget, zoneName } from "../judge";
import { current, subscribe } from "../store";
import { t } from "../words";

export function inhibitionsBar(): HTMLElement {
    const root = h("section", { class: "inhibitions", hidden: true });
    let shown = "";

    function update(): void {
        const all = current().status?.inhibitions ?? [];
        setHidden(root, all.length === 0);
        const key = JSON.stringify([all, t("inhibitions")]);
        if (key === shown) {
            return;
        }
        shown = key;
        const rows = all.map((one) => {
            const what = [one.target && shortTarget(one.target), one.zone && zoneName(one.zone)].filter(Boolean).join(" · ");
            const text = t("inhibited_row", { what, time: format.utcClock(one.to_us), name: one.by });
            return h(
                "li",
                {},
                h("span", { dir: "auto", title: one.note ?? "" }, text),
                h("button", { type: "button", class: "button small", onclick: () => void endInhibition(one) }, t("inhibit_end")),
            );
        });
        fill(root, h("h3", { class: "list-heading" }, t("inhibitions")), h("ul", { class: "link-rows" }, ...rows));
    }

    update();
    subscribe((topics) => {
        if (topics.has("status") || topics.has("language") || topics.has("zones")) {
            update();
        }
    });
    return root;
}

const STEPS: PermitStep["state"][] = ["acknowledged", "granted", "refused", "revoked"];

function permitItem(permit: Permit, conflict: string | undefined, show: (permits: Permits) => void): HTMLElement {
    const word = permit.steps?.at(-1)?.state ?? "granted";
    const by = permit.steps?.map((step) => `${t(`step_${step.state}`)}: ${step.by}`).join(" · ") ?? permit.granted_by ?? "";
    const buttons = STEPS.map((state) =>
        h(
            "button",
            {
                type: "button",
                class: "button small",
                onclick: () => void stepPermit(permit.id, state).then((permits) => permits && show(permits)),
            },
            t(`step_${state}`),
        ),
    );
    return h(
        "li",
        { class: "permit", "data-state": word },
        h("strong", {}, h("bdi", {}, permit.id), ` · ${t(`step_${word}`)}${permit.duty ? ` · ${t("duty")}` : ""}`),
        h("span", { dir: "auto" }, `${permit.target} · ${permit.zones.map(zoneName).join(", ")}`),
        h("span", { class: "quiet", dir: "auto" }, [permit.from, permit.to].filter(Boolean).join(" – ")),
        h("span", { class: "quiet", dir: "auto" }, by),
        conflict ? h("span", { class: "bad" }, `${t("permit_conflict")}: ${conflict}`) : null,
        h("span", { class: "permit-steps" }, ...buttons),
    );
}

// Everybody reads who has leave and by whose word; the words need the operator's token.
export function permitList(): HTMLElement {
    const list = h("ul", { class: "permits" });
    const show = (permits: Permits): void => {
        const conflictOf = (id: string): string | undefined => permits.conflicts?.find((one) => one.permits.includes(id))?.reason;
        fill(list, ...permits.permits.map((permit) => permitItem(permit, conflictOf(permit.id), show)));
        if (permits.permits.length === 0) {
            fill(list, h("li", { class: "quiet" }, t("permits_none")));
        }
    };
    api.permits().then(show, () => fill(list, h("li", { class: "quiet" }, t("permits_none"))));
    return list;
}
