// The strip on top: is the watch itself alive? Silence is amber, never calm.
import type { Feed, Journal } from "../api";
import { togglePast } from "../past";
import { retryNow } from "../stream";
import { notify } from "../actions";
import { arrange, h, icon, setAttribute, setHidden, setText } from "../dom";
import * as format from "../format";
import { ICON } from "../icons";
import { setSoundOff, setTheme, setToken, soundOff, theme, toggleLanguage, token } from "../session";
import { change, current, isFresh, screenAge_s, serverNow, subscribe } from "../store";
import { t, type Word } from "../words";
import { askSilence, askToken, toggleHelp } from "./dialogs";
import { iconButton } from "./parts";
import { openSearch } from "./search";
import { tone } from "./alarm";

type Health = "good" | "warn" | "bad" | "idle";

// A feed is silent when it has said nothing for this long though it is connected.
const SILENT_S = 10;

interface Cell {
    root: HTMLElement;
    label: HTMLElement;
    value: HTMLElement;
    detail: HTMLElement;
}

function cell(name: string): Cell {
    const label = h("span", { class: "cell-label" });
    const value = h("span", { class: "cell-value" });
    const detail = h("span", { class: "cell-detail" });
    const root = h(
        "div",
        { class: `cell cell-${name}` },
        h("span", { class: "lamp", "aria-hidden": "true" }),
        h("div", { class: "cell-text" }, label, h("span", { class: "cell-line" }, value, detail)),
    );
    return { root, label, value, detail };
}

function show(target: Cell, label: string, value: string, detail: string, health: Health): void {
    setText(target.label, label);
    setText(target.value, value);
    setText(target.detail, detail);
    setAttribute(target.root, "data-health", health);
}

// In a demo that plays faster, its seconds pass faster too.
function isSilent(feed: Feed): boolean {
    return (feed.silent_s ?? 0) > SILENT_S * Math.max(1, current().status?.demo?.speed ?? 1);
}

function feedHealth(feed: Feed): Health {
    if (feed.state === "failed") {
        return "bad";
    }
    if (feed.state === "ended") {
        return "idle";
    }
    return feed.state === "waiting" || isSilent(feed) || feed.last_us === undefined ? "warn" : "good";
}

function showFeed(target: Cell, feed: Feed): void {
    const health = feedHealth(feed);
    const rate = feed.reports_per_s === undefined ? "" : t("per_second", { n: format.rate(feed.reports_per_s) });
    const silent = isSilent(feed) && feed.state === "connected";
    const value = silent
        ? t("feed_silent", { age: format.duration(feed.silent_s ?? 0) })
        : feed.state === "connected" && rate
          ? rate
          : t(`feed_${feed.state}` as Word);
    const age =
        feed.state === "connected" && feed.silent_s !== undefined && !silent
            ? t("seconds_ago", { age: format.duration(feed.silent_s) })
            : (feed.reason ?? "");
    show(target, feed.name, value, age, isFresh() ? health : "idle");
    setAttribute(target.root, "title", [feed.format, feed.reason].filter(Boolean).join(" · ") || null);
}

function showJournal(target: Cell, journal: Journal): void {
    const health: Health = journal.state === "durable" ? "good" : journal.state === "degraded" ? "bad" : "warn";
    const detail = journal.reason ?? (journal.records === undefined ? "" : t("records", { n: format.count(journal.records) }));
    show(target, t("journal"), t(`journal_${journal.state}` as Word), detail, isFresh() ? health : "idle");
}

function showLink(target: Cell): void {
    const { phase } = current();
    const age_s = screenAge_s() ?? 0;
    if (phase === "live") {
        const quiet = !isFresh();
        const age = format.duration(age_s);
        show(target, t("connection"), quiet ? t("link_quiet", { age }) : t("link_live"), quiet ? "" : age, quiet ? "warn" : "good");
        return;
    }
    const word: Record<typeof phase, Word> = { loading: "link_loading", lost: "link_lost", failed: "link_failed" };
    show(target, t("connection"), t(word[phase]), phase === "lost" ? format.duration(age_s) : "", phase === "loading" ? "idle" : "bad");
}

function tools(): { root: HTMLElement; update: () => void } {
    const root = h("div", { class: "tools" });
    const update = (): void => {
        const off = soundOff();
        const label = off
            ? t("sound_off_until", { time: format.localClock(off.until_ms * 1000), name: off.by })
            : t("sound_on");
        const sound = iconButton(off ? "soundOff" : "sound", label, () => {
            if (soundOff()) {
                setSoundOff(null);
                tone();
                notify(t("sound_on"));
            } else {
                void askSilence();
            }
        });
        sound.classList.toggle("attention", off !== null);
        const dark = theme() === "dark";
        const held = token() !== null;
        const sign = h(
            "button",
            {
                type: "button",
                class: "text-button",
                title: held ? t("sign_out") : t("sign_in"),
                onclick: () => {
                    if (token()) {
                        setToken(null);
                    } else {
                        void askToken();
                    }
                },
            },
            icon(held ? ICON.check : ICON.key, 16),
            h("span", {}, held ? t("sign_out") : t("sign_in")),
        );
        const warnings = iconButton("warning", t("warnings"), () => {
            const open = current().selection?.kind === "warnings";
            change({ do: "select", selection: open ? null : { kind: "warnings" } });
        });
        const past = iconButton("history", `${t("past")} (H)`, togglePast);
        past.classList.toggle("attention", current().past !== null);
        const language = h(
            "button",
            { type: "button", class: "text-button language", onclick: toggleLanguage, lang: t("language_other") === "English" ? "en" : "ar" },
            t("language_other"),
        );
        arrange(root, [
            iconButton("search", `${t("search")} (/)`, openSearch),
            past,
            warnings,
            sound,
            iconButton(dark ? "sun" : "moon", t(dark ? "theme_to_light" : "theme_to_dark"), () => setTheme(dark ? "light" : "dark")),
            iconButton("help", `${t("help")} (?)`, toggleHelp),
            language,
            sign,
        ]);
    };
    return { root, update };
}

// The bar under the strip that says that the screen is old. It is the loudest thing there is.
function staleBar(): { root: HTMLElement; update: () => void } {
    const text = h("p", {});
    const button = h("button", { type: "button", class: "button", onclick: retryNow });
    const root = h("div", { class: "stale-bar", role: "alert", hidden: true }, text, button);
    const update = (): void => {
        const { phase, loaded } = current();
        const bad = phase === "lost" || phase === "failed" || (phase === "live" && !isFresh());
        setHidden(root, !bad);
        if (bad) {
            const age_s = screenAge_s();
            setText(text, loaded && age_s !== null ? t("screen_age", { age: format.duration(age_s) }) : t("screen_never"));
            setText(button, t("try_now"));
            setHidden(button, phase === "live");
        }
        document.body.classList.toggle("is-stale", bad);
    };
    return { root, update };
}

export function strip(): HTMLElement {
    const mode = h("span", { class: "mode" });
    const name = h("span", { class: "name" });
    const link = cell("link");
    const journal = cell("journal");
    const picture = cell("picture");
    const feeds = new Map<string, Cell>();
    const noFeed = cell("feed");
    const clock = h("time", { class: "clock-utc" });
    const clockLocal = h("span", { class: "clock-local" });
    // Where the line is narrow the cells scroll, so the keyboard must reach them.
    const cells = h("div", { class: "cells", tabindex: "0", role: "group" });
    const bar = staleBar();
    const toolbox = tools();

    function update(): void {
        const { status } = current();
        setText(name, t("title"));
        showLink(link);
        setText(mode, status?.mode === "demo" ? t("demo") : t("live"));
        setAttribute(mode, "data-mode", status?.mode ?? "live");
        setHidden(mode, !status);
        const wanted: Element[] = [link.root];
        if (status) {
            if (status.feeds.length === 0) {
                show(noFeed, t("feeds"), t("feed_none"), "", "warn");
                wanted.push(noFeed.root);
            }
            for (const feed of status.feeds) {
                const known = feeds.get(feed.name) ?? cell("feed");
                feeds.set(feed.name, known);
                showFeed(known, feed);
                wanted.push(known.root);
            }
            showJournal(journal, status.journal);
            show(
                picture,
                t("picture"),
                t("picture_counts", { zones: format.count(status.zones), tracks: format.count(current().targets.size) }),
                "",
                "idle",
            );
            wanted.push(journal.root, picture.root);
        }
        arrange(cells, wanted);
        bar.update();
    }

    function tick(): void {
        if (current().status) {
            const now_us = serverNow();
            setText(clock, format.utcClock(now_us));
            setAttribute(clock, "title", `${t("time_utc")} ${format.utcDate(now_us)}`);
            const paused = current().status?.demo?.paused ? ` · ${t("paused")}` : "";
            setText(clockLocal, `${format.utcDate(now_us)} · ${t("local", { time: format.localClock(now_us) })}${paused}`);
        }
        showLink(link);
        bar.update();
    }

    let isPast = false;
    update();
    toolbox.update();
    subscribe((topics) => {
        if (topics.has("status") || topics.has("link") || topics.has("tracks") || topics.has("language")) {
            update();
        }
        if (topics.has("session") || topics.has("language") || (topics.has("past") && isPast !== (current().past !== null))) {
            isPast = current().past !== null;
            toolbox.update();
        }
    });
    window.setInterval(tick, 250);
    const root = h(
        "header",
        { class: "strip" },
        h(
            "div",
            { class: "strip-line" },
            h("h1", { class: "brand" }, name, mode),
            cells,
            h("div", { class: "clock" }, clock, clockLocal),
            toolbox.root,
        ),
        bar.root,
    );
    return root;
}
