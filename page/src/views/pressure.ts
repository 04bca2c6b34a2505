// The pressure at sea level: what the watch takes for a target, and who stated which.
import { statePressure } from "../actions";
import { api, type PressureHere, type Pressures, type Track } from "../api";
import { fill, h } from "../dom";
import * as format from "../format";
import { change, current, serverNow } from "../store";
import { t } from "../words";
import { fact } from "./parts";

// Asked again when the target went on by about 10 km, or after a while.
const CELL_DEG = 0.1;
const OLD_US = 30 * format.US_PER_S;

let known: { key: string; t_us: number; here: PressureHere | null } | null = null;

function hereOf(track: Track): PressureHere | null {
    if (track.lat === undefined || track.lon === undefined || current().past) {
        return null;
    }
    const key = [track.target, Math.round(track.lat / CELL_DEG), Math.round(track.lon / CELL_DEG)].join();
    const now_us = serverNow();
    if (known?.key !== key || Math.abs(now_us - known.t_us) > OLD_US) {
        const asked = { key, t_us: now_us, here: known?.key === key ? known.here : null };
        known = asked;
        void api.pressures({ lat: track.lat, lon: track.lon }).then(
            ({ here }) => {
                asked.here = here ?? null;
                change({ do: "panel" });
            },
            () => undefined,
        );
    }
    return known.here;
}

// Beside a pressure altitude: its height above the sea as far as that is known, and whose word it is.
export function pressureFacts(track: Track | undefined): (HTMLElement | null)[] {
    const here = track && hereOf(track);
    if (!here || track.alt_baro_ft === undefined || track.on_ground) {
        return [];
    }
    if (here.qnh_hpa === undefined || here.height_ft === undefined) {
        return [fact("qnh", t("qnh_unknown", { error: format.feet(here.error_ft) }))];
    }
    const height = format.altitude(track.alt_baro_ft + here.height_ft, "MSL");
    // The air is colder or warmer than the standard one: 6 % of the height (docs/altitudes.md).
    const error_ft = here.error_ft + Math.abs(track.alt_baro_ft + here.height_ft) * 0.06;
    return [
        fact("altitude_sea", t("altitude_sea_value", { height, error: format.feet(Math.round(error_ft)) })),
        fact("qnh", t("qnh_value", { qnh: here.qnh_hpa, from: t(`qnh_${here.from}`, { id: here.id ?? "", error: "" }) })),
    ];
}

function fillList(list: HTMLElement, { qnh }: Pressures): void {
    const rows = qnh.map((one) =>
        h(
            "li",
            { dir: "auto" },
            t("qnh_row", {
                id: one.id,
                qnh: one.qnh_hpa,
                radius: format.distance(one.radius_m),
                from: one.from.replace("T", " "),
                to: one.to.replace("T", " "),
            }),
        ),
    );
    fill(list, ...(rows.length ? rows : [h("li", { class: "quiet" }, t("qnh_none"))]));
}

// Everybody reads what is stated; to state one needs the operator's token.
export function pressureList(): HTMLElement {
    const list = h("ul", { class: "permits" });
    const act = (): void => void statePressure().then((answer) => answer && fillList(list, answer));
    api.pressures().then(
        (answer) => fillList(list, answer),
        () => fillList(list, { qnh: [] }),
    );
    return h("div", {}, list, h("button", { type: "button", class: "button small", onclick: act }, t("qnh_state")));
}
