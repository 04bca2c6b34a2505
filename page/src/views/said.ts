// What a target says beyond what the map shows: asked for only while the panel shows it.
import { api, type Track, type WholeTrack } from "../api";
import { h } from "../dom";
import * as format from "../format";
import { change, current, serverNow } from "../store";
import { named, t } from "../words";
import { fact } from "./parts";

const ASK_EVERY_MS = 2000;
const OLD_US = 30 * format.US_PER_S;

let open = false;
let known: { target: string; asked_ms: number; track: WholeTrack | null } | null = null;

function wholeOf(track: Track): WholeTrack | null {
    if (current().past) {
        return track; // of a moment of the past all tracks come with it
    }
    const { target } = track;
    const now_ms = performance.now();
    if (known?.target !== target || now_ms - known.asked_ms > ASK_EVERY_MS) {
        const asked = { target, asked_ms: now_ms, track: known?.target === target ? known.track : null };
        known = asked;
        void api.track(target).then(
            (answer) => {
                asked.track = answer;
                change({ do: "panel" });
            },
            () => undefined,
        );
    }
    return known.track;
}

// A value that was said long ago is shown with its age, and never as if it were of now.
function aged(track: WholeTrack, key: keyof WholeTrack, value: string | undefined): string | undefined {
    const said_us = track.said_us?.[key];
    if (value === undefined || said_us === undefined || serverNow() - said_us < OLD_US) {
        return value;
    }
    return `${value} (${t("seconds_ago", { age: format.between(said_us, serverNow()) })})`;
}

function selected(track: WholeTrack): string | undefined {
    if (track.alt_selected_ft === undefined) {
        return undefined;
    }
    const height = format.feet(track.alt_selected_ft);
    const by = track.alt_selected_source;
    return by ? t("alt_selected_value", { height, by: named("selected_by", by) }) : height;
}

function turning(dps: number): string {
    return Math.abs(dps) < 0.1 ? t("turn_none") : t(dps > 0 ? "turn_right" : "turn_left", { rate: format.degreesPerSecond(Math.abs(dps)) });
}

function bank(deg: number): string {
    return Math.abs(deg) < 1 ? t("bank_none") : t(deg > 0 ? "bank_right" : "bank_left", { angle: format.angle(Math.abs(deg)) });
}

// The codes of DO-260B, for those who know them; the radius in words stands in a row of its own.
function codes(track: WholeTrack): string | undefined {
    const said: [string, number | undefined][] = [
        ["NIC", track.nic],
        ["NACp", track.nac_p],
        ["NACv", track.nac_v],
        ["SIL", track.sil],
        ["SDA", track.sda],
        ["GVA", track.gva],
    ];
    const there = said.filter(([, code]) => code !== undefined).map(([name, code]) => `${name} ${code}`);
    return there.length ? format.codes(there.join(" · ")) : undefined;
}

function given<T>(value: T | undefined, say: (value: T) => string): string | undefined {
    return value === undefined ? undefined : say(value);
}

function rows(track: WholeTrack): (HTMLElement | null)[] {
    const row = (word: Parameters<typeof fact>[0], key: keyof WholeTrack, value: string | undefined): HTMLElement | null =>
        fact(word, aged(track, key, value));
    return [
        row("altitude_satellite", "alt_hae_ft", given(track.alt_hae_ft, (ft) => format.altitude(ft, "HAE"))),
        row("alt_selected", "alt_selected_ft", selected(track)),
        row("heading_selected", "heading_selected_deg", given(track.heading_selected_deg, format.degrees)),
        row("qnh_cockpit", "qnh_hpa", given(track.qnh_hpa, (hpa) => format.pressure(hpa))),
        row("heading_true", "heading_deg", given(track.heading_deg, format.degrees)),
        row("heading_magnetic", "heading_magnetic_deg", given(track.heading_magnetic_deg, format.degrees)),
        row("speed_true", "speed_air_kt", given(track.speed_air_kt, format.speed)),
        row("speed_indicated", "speed_indicated_kt", given(track.speed_indicated_kt, format.speed)),
        row("mach", "mach", given(track.mach, format.mach)),
        row("turning", "track_rate_dps", given(track.track_rate_dps, turning)),
        row("bank", "roll_deg", given(track.roll_deg, bank)),
        row("altitude_checked", "nic_baro", given(track.nic_baro, (yes) => t(yes ? "altitude_checked_yes" : "altitude_checked_no"))),
        row("position_within", "rc_m", given(track.rc_m, format.distance)),
        fact("position_error", given(track.error_m, format.distance)),
        row("quality_codes", "nic", codes(track)),
        row("adsb_version", "adsb_version", given(track.adsb_version, String)),
        row("category", "category", given(track.category, format.codes)),
        fact("heard_by", track.feeds?.length ? track.feeds.map(feedName).join(", ") : undefined),
    ];
}

function feedName(feed: number): string {
    return current().status?.feeds[feed]?.name ?? String(feed);
}

// What is wrong on board is never folded.
function alarms(track: WholeTrack): (HTMLElement | null)[] {
    const wrong = track.emergency !== undefined && track.emergency !== "none" ? named("emergency", track.emergency) : undefined;
    const advice = given(track.acas_ra, (advised) => named("acas", advised));
    return [fact("emergency", aged(track, "emergency", wrong)), fact("acas", aged(track, "acas_ra", advice))];
}

// A group that is folded until somebody opens it, and stays as it was left.
export function saidPart(track: Track | undefined): HTMLElement | null {
    if (!track) {
        return null;
    }
    const whole = wholeOf(track);
    const act = (): void => {
        open = !open;
        change({ do: "panel" });
    };
    const button = h("button", { type: "button", class: "fold", "aria-expanded": String(open), onclick: act }, t("said"));
    const shown = whole && open ? rows(whole).filter((node) => node !== null) : [];
    const nothing = open && shown.length === 0 ? h("p", { class: "quiet" }, t(whole ? "said_nothing" : "said_loading")) : null;
    const wrong = whole ? alarms(whole).filter((node) => node !== null) : [];
    return h(
        "section",
        { class: "part said" },
        wrong.length ? h("dl", { class: "facts" }, ...wrong) : null,
        button,
        shown.length ? h("dl", { class: "facts" }, ...shown) : nothing,
    );
}
