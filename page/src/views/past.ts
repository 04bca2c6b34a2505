// The bar that says that the past is shown, and moves through it.
import { fill, h, icon, setAttribute, setHidden, setText } from "../dom";
import * as format from "../format";
import { US_PER_S } from "../format";
import { ICON } from "../icons";
import { firstMoment, goLive, goTo, jump, lastMoment, setSpeed, SPEEDS, togglePlay } from "../past";
import { current, subscribe } from "../store";
import { t } from "../words";

const SPANS_H = [1, 6, 24, 168];
const HOUR_US = 3600 * US_PER_S;
const STEP_S = 1;

function button(path: string, act: () => void): HTMLButtonElement {
    return h("button", { type: "button", class: "button small", onclick: act }, icon(path, 14));
}

export function pastBar(): HTMLElement {
    const words = h("strong", { class: "past-words", role: "status" });
    const missed = h("button", { type: "button", class: "past-missed", hidden: true, onclick: goLive });
    const live = h("button", { type: "button", class: "button primary small", onclick: goLive });
    const play = button(ICON.play, togglePlay);
    const previous = button(ICON.previous, () => void jump(-1));
    const next = button(ICON.next, () => void jump(1));
    const speed = h("select", { class: "small", onchange: () => setSpeed(Number(speed.value)) });
    const span = h("select", { class: "small", onchange: () => update() });
    const slider = h("input", {
        type: "range",
        class: "past-slider",
        step: String(STEP_S),
        oninput: () => void goTo(Number(slider.value) * US_PER_S),
    });
    const root = h(
        "section",
        { class: "past", hidden: true },
        h("div", { class: "past-line" }, words, missed, live),
        h("div", { class: "past-line" }, previous, play, next, speed, slider, span),
    );
    let drawn = "";

    // A run of the demo is short: there, the slider is all of it.
    function range(): { from_us: number; to_us: number } {
        const to_us = lastMoment();
        const isDemo = Boolean(current().status?.demo);
        const from_us = Math.max(firstMoment(), isDemo ? 0 : to_us - Number(span.value || 1) * HOUR_US);
        return { from_us, to_us };
    }

    function drawOnce(): void {
        const { past, status } = current();
        const isDemo = Boolean(status?.demo);
        const playing = (past?.speed ?? 0) > 0;
        const state = `${t("past")}/${playing}/${past?.speed ?? 0}/${isDemo}`;
        if (state === drawn) {
            return;
        }
        drawn = state;
        setAttribute(root, "aria-label", t("past"));
        setText(live, t("past_live"));
        setAttribute(previous, "aria-label", t("past_previous"));
        setAttribute(next, "aria-label", t("past_next"));
        setAttribute(play, "aria-label", t(playing ? "pause" : "resume"));
        fill(play, icon(playing ? ICON.pause : ICON.play, 14));
        setAttribute(speed, "aria-label", t("speed"));
        setAttribute(slider, "aria-label", t("past_slider"));
        setAttribute(span, "aria-label", t("past_span"));
        const speeds = playing ? SPEEDS : [0, ...SPEEDS];
        fill(
            speed,
            ...speeds.map((n) => h("option", { value: n, selected: n === (past?.speed ?? 0) }, n === 0 ? t("paused") : `${n}×`)),
        );
        const kept = span.value || "1";
        fill(span, ...SPANS_H.map((n) => h("option", { value: n, selected: String(n) === kept }, t("past_hours", { n }))));
        setHidden(span, isDemo);
    }

    function update(): void {
        const { past } = current();
        setHidden(root, !past);
        document.body.classList.toggle("is-past", past !== null);
        if (!past) {
            return;
        }
        drawOnce();
        const at = { date: format.utcDate(past.wanted_us), time: format.utcClock(past.wanted_us) };
        setText(words, t("past_at", at));
        setHidden(missed, past.missed === 0);
        setText(missed, t("past_missed", { n: past.missed }));
        const { from_us, to_us } = range();
        setAttribute(slider, "min", String(Math.floor(Math.min(from_us, past.wanted_us) / US_PER_S)));
        setAttribute(slider, "max", String(Math.floor(to_us / US_PER_S)));
        slider.value = String(Math.round(past.wanted_us / US_PER_S));
        setAttribute(slider, "aria-valuetext", `${at.date} ${at.time}`);
        root.classList.toggle("waiting", past.t_us !== past.wanted_us);
    }

    update();
    subscribe((topics) => {
        if (topics.has("past") || topics.has("language") || (topics.has("status") && current().past)) {
            update();
        }
    });
    return root;
}
