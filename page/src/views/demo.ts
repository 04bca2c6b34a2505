// The ribbon of the demo: what is recorded, what is drawn by us, and the controls.
import { steerDemo } from "../actions";
import { fill, h, icon, setAttribute, setHidden, setText } from "../dom";
import { ICON } from "../icons";
import { current, subscribe } from "../store";
import { t } from "../words";

const SPEEDS = [1, 2, 4, 8, 16];

export function demoRibbon(): HTMLElement {
    const recorded = h("bdi", { class: "ribbon-text" });
    const drawn = h("bdi", { class: "ribbon-text" });
    const recordedLabel = h("strong", {});
    const drawnLabel = h("strong", {});
    const pause = h("button", {
        type: "button",
        class: "button small",
        onclick: () => void steerDemo({ paused: !current().status?.demo?.paused }),
    });
    const jump = h("button", { type: "button", class: "button small", onclick: () => void steerDemo({ jump: "next_incident" }) });
    const speed = h("select", {
        class: "small",
        onchange: () => void steerDemo({ speed: Number(speed.value) }),
    });
    const root = h(
        "section",
        { class: "ribbon", hidden: true },
        h(
            "button",
            {
                type: "button",
                class: "ribbon-words",
                "aria-expanded": "false",
                onclick: (event) => {
                    const open = root.classList.toggle("open");
                    (event.currentTarget as Element).setAttribute("aria-expanded", String(open));
                },
            },
            h("span", { class: "ribbon-part" }, recordedLabel, recorded),
            h("span", { class: "ribbon-part" }, drawnLabel, drawn),
        ),
        h("div", { class: "ribbon-controls" }, pause, speed, jump),
    );
    let shown = "";

    function update(): void {
        const demo = current().status?.demo;
        setHidden(root, !demo);
        if (!demo) {
            return;
        }
        setAttribute(root, "aria-label", t("demo_controls"));
        setText(recordedLabel, `${t("demo_recorded")}: `);
        setText(recorded, demo.recorded ?? t("unknown"));
        setText(drawnLabel, `${t("demo_drawn")}: `);
        setText(drawn, demo.drawn ?? t("unknown"));
        setAttribute(speed, "aria-label", t("speed"));
        const state = `${demo.paused}/${demo.speed}/${t("pause")}`;
        if (state !== shown) {
            shown = state;
            setAttribute(pause, "aria-label", t(demo.paused ? "resume" : "pause"));
            setAttribute(jump, "aria-label", t("jump_next"));
            fill(pause, icon(demo.paused ? ICON.play : ICON.pause, 14), h("span", {}, t(demo.paused ? "resume" : "pause")));
            fill(jump, icon(ICON.next, 14), h("span", {}, t("jump_next")));
            const speeds = SPEEDS.includes(demo.speed) ? SPEEDS : [...SPEEDS, demo.speed].sort((a, b) => a - b);
            fill(speed, ...speeds.map((n) => h("option", { value: n, selected: n === demo.speed }, `${n}×`)));
        }
    }

    update();
    subscribe((topics) => {
        if (topics.has("status") || topics.has("language")) {
            update();
        }
    });
    return root;
}
