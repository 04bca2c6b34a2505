// Questions to the reader: the token, a name with a note, how long to be silent; and the help.
import type { Incident } from "../api";
import { h, icon } from "../dom";
import { ICON } from "../icons";
import { targetName, zoneName } from "../judge";
import { operatorName, setOperatorName, setSoundOff, setToken } from "../session";
import { t } from "../words";

type Fields = Record<string, string>;

let counter = 0;

function field(label: string, name: string, type: string, value: string, hint?: string, required = true): HTMLElement {
    const id = `field-${++counter}`;
    return h(
        "div",
        { class: "field" },
        h("label", { for: id }, label),
        h("input", {
            id,
            name,
            type,
            value,
            required,
            autocomplete: "off",
            spellcheck: "false",
            maxlength: 200,
            "aria-describedby": hint ? `${id}-hint` : null,
        }),
        hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null,
    );
}

function ask(title: string, why: string, fields: (HTMLElement | null)[], action: string): Promise<Fields | null> {
    return new Promise((resolve) => {
        const form = h(
            "form",
            { method: "dialog", class: "dialog-form" },
            h("h2", { id: "dialog-title" }, title),
            h("p", { class: "dialog-why" }, why),
            ...fields,
            h(
                "div",
                { class: "dialog-actions" },
                h("button", { type: "button", class: "button", value: "cancel", onclick: () => dialog.close() }, t("cancel")),
                h("button", { type: "submit", class: "button primary", value: "ok" }, action),
            ),
        );
        const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, form);
        let answer: Fields | null = null;
        form.addEventListener("submit", () => {
            answer = Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, String(value).trim()]));
        });
        dialog.addEventListener("close", () => {
            dialog.remove();
            resolve(answer);
        });
        document.body.append(dialog);
        dialog.showModal();
    });
}

export async function askToken(): Promise<string | null> {
    const given = await ask(
        t("sign_in_title"),
        t("sign_in_why"),
        [field(t("token"), "token", "password", "")],
        t("sign_in"),
    );
    const held = given?.["token"];
    if (!held) {
        return null;
    }
    setToken(held);
    return held;
}

export interface Answer {
    by: string;
    note: string;
    for_s: number;
}

function howLong(choices_min: number[], chosen_min: number): HTMLElement {
    const id = `field-${++counter}`;
    const select = h(
        "select",
        { id, name: "minutes" },
        ...choices_min.map((n) => h("option", { value: n, selected: n === chosen_min }, t("minutes", { n }))),
    );
    return h("div", { class: "field" }, h("label", { for: id }, t("sound_off_for")), select);
}

async function askOf(title: string, why: string, known: string, minutes: HTMLElement, action: string, noteNeeded: boolean): Promise<Answer | null> {
    const given = await ask(
        title,
        why,
        [
            field(t("your_name"), "by", "text", known, t("your_name_why")),
            field(noteNeeded ? t("inhibit_reason") : t("note"), "note", "text", "", undefined, noteNeeded),
            minutes,
        ],
        action,
    );
    const by = given?.["by"];
    if (!by) {
        return null;
    }
    setOperatorName(by);
    return { by, note: given["note"] ?? "", for_s: Number(given["minutes"]) * 60 };
}

export interface PressureGiven {
    by: string;
    id: string;
    qnh_hpa: number;
    lat: number;
    lon: number;
    radius_km: number;
    hours: number;
}

// A place, a pressure and how long it holds.
export async function askPressure(known: string): Promise<PressureGiven | null> {
    const number = (label: string, name: string, value: string): HTMLElement => field(label, name, "text", value);
    const given = await ask(
        t("qnh_state"),
        t("qnh_state_why"),
        [
            field(t("your_name"), "by", "text", known, t("your_name_why")),
            field(t("qnh_id"), "id", "text", ""),
            number(t("qnh_hpa"), "qnh_hpa", ""),
            number(t("qnh_lat"), "lat", ""),
            number(t("qnh_lon"), "lon", ""),
            number(t("qnh_radius"), "radius_km", "50"),
            number(t("qnh_hours"), "hours", "1"),
        ],
        t("qnh_state"),
    );
    const by = given?.["by"];
    if (!by) {
        return null;
    }
    setOperatorName(by);
    const read = (name: string): number => Number((given[name] ?? "").replace(",", "."));
    const id = given["id"] ?? "";
    return { by, id, qnh_hpa: read("qnh_hpa"), lat: read("lat"), lon: read("lon"), radius_km: read("radius_km"), hours: read("hours") };
}

// Which party says the word about the permit.
export async function askParty(word: string, permit: string, known: string): Promise<string | null> {
    const given = await ask(`${word}: ${permit}`, t("party_why"), [field(t("party"), "by", "text", known)], word);
    return given?.["by"] || null;
}

export function askName(incident: Incident, known: string): Promise<Answer | null> {
    return askOf(
        `${t("acknowledge_title")}: ${targetName(incident)}, ${zoneName(incident.zone)}`,
        t("acknowledge_why"),
        known,
        howLong([10, 30, 60, 240], 60),
        t("acknowledge"),
        false,
    );
}

export function askInhibition(incident: Incident, known: string): Promise<Answer | null> {
    return askOf(
        `${t("inhibit")}: ${targetName(incident)}, ${zoneName(incident.zone)}`,
        t("inhibit_why"),
        known,
        howLong([10, 30, 60, 240], 30),
        t("inhibit"),
        true,
    );
}

export async function askSilence(): Promise<void> {
    const select = h(
        "select",
        { id: "silence-minutes", name: "minutes" },
        ...[5, 15, 30, 60].map((n) => h("option", { value: n, selected: n === 15 }, t("minutes", { n }))),
    );
    const given = await ask(
        t("sound_off_title"),
        t("sound_off_why"),
        [
            field(t("your_name"), "by", "text", operatorName()),
            h("div", { class: "field" }, h("label", { for: "silence-minutes" }, t("sound_off_for")), select),
        ],
        t("sound_turn_off"),
    );
    if (given?.["by"]) {
        setOperatorName(given["by"]);
        setSoundOff({ by: given["by"], until_ms: Date.now() + Number(given["minutes"]) * 60000 });
    }
}

function key(name: string, what: string): HTMLElement {
    return h("div", { class: "key-row" }, h("dt", {}, h("kbd", {}, name)), h("dd", {}, what));
}

export function toggleHelp(): void {
    const open = document.querySelector<HTMLDialogElement>("dialog.help");
    if (open) {
        open.close();
        return;
    }
    const dialog = h(
        "dialog",
        { class: "dialog help", "aria-labelledby": "help-title" },
        h(
            "div",
            { class: "dialog-form" },
            h("h2", { id: "help-title" }, t("help_title")),
            h(
                "dl",
                { class: "keys" },
                key("J", t("key_next")),
                key("K", t("key_previous")),
                key("A", t("key_acknowledge")),
                key("M", t("key_map")),
                key("H", t("key_past")),
                key("P", t("key_past_play")),
                key(", .", t("key_past_jump")),
                key("/", t("key_search")),
                key("?", t("key_help")),
                key("Esc", t("key_escape")),
            ),
            h("p", { class: "dialog-why" }, t("help_observer", { address: "/observe.html" })),
            h(
                "div",
                { class: "dialog-actions" },
                h("button", { type: "button", class: "button primary", onclick: () => dialog.close() }, icon(ICON.close, 16), t("close")),
            ),
        ),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
}
