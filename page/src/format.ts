// The only place where numbers get units and units are converted. Digits are Western in both
// languages, as on charts and radios, and marked so that they read left to right.
import type { AltitudeLimit, ZoneProperties } from "./api";
import { isRtl, t } from "./words";

export const US_PER_S = 1e6;
const FT_PER_M = 1 / 0.3048;
const KMH_PER_KT = 1.852;
const UNLIMITED_FT = 60000;

// A figure never parts from its unit at the end of a line.
function together(text: string): string {
    return text.replace(/ /g, "\u00a0");
}

function ltr(text: string): string {
    return isRtl() ? `\u2066${together(text)}\u2069` : together(text);
}

function two(n: number): string {
    return n < 10 ? `0${n}` : String(n);
}

export function count(n: number): string {
    return Math.round(n)
        .toString()
        .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export function utcClock(t_us: number): string {
    const date = new Date(t_us / 1000);
    return ltr(`${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}Z`);
}

export function utcDate(t_us: number): string {
    return ltr(new Date(t_us / 1000).toISOString().slice(0, 10));
}

export function localClock(t_us: number): string {
    const date = new Date(t_us / 1000);
    return ltr(`${two(date.getHours())}:${two(date.getMinutes())}`);
}

// "42 s", "3 min 10 s", "1 h 05 min": the two largest units, never more.
export function duration(seconds: number): string {
    return together(durationWords(seconds));
}

function durationWords(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds));
    const [s, min, h, d] = [t("unit_s"), t("unit_min"), t("unit_h"), t("unit_d")];
    if (whole < 60) {
        return `${whole} ${s}`;
    }
    if (whole < 3600) {
        const rest = whole % 60;
        return rest ? `${Math.floor(whole / 60)} ${min} ${rest} ${s}` : `${whole / 60} ${min}`;
    }
    if (whole < 172800) {
        return `${Math.floor(whole / 3600)} ${h} ${two(Math.floor((whole % 3600) / 60))} ${min}`;
    }
    return `${Math.floor(whole / 86400)} ${d}`;
}

export function between(from_us: number, to_us: number): string {
    return duration((to_us - from_us) / US_PER_S);
}

// "0:42", "12:05": for the large figure of a row.
export function countdown(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds));
    if (whole >= 3600) {
        return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
    }
    return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

export function altitude(alt_ft: number, ref = "STD"): string {
    return ltr(`${count(alt_ft)} ft ${ref}`);
}

export function feet(height_ft: number): string {
    return ltr(`${count(height_ft)} ft`);
}

export function altitudeShort(alt_ft: number, vertical_rate_fpm: number | undefined): string {
    const arrow =
        vertical_rate_fpm === undefined || Math.abs(vertical_rate_fpm) < 200 ? "" : vertical_rate_fpm > 0 ? " ↑" : " ↓";
    return ltr(`${count(alt_ft)} ft${arrow}`);
}

export function speed(speed_kt: number): string {
    return ltr(`${Math.round(speed_kt)} kt (${Math.round(speed_kt * KMH_PER_KT)} km/h)`);
}

export function speedShort(speed_kt: number): string {
    return ltr(`${Math.round(speed_kt)} kt`);
}

export function climb(rate_fpm: number): string {
    return ltr(`${rate_fpm > 0 ? "+" : rate_fpm < 0 ? "−" : ""}${count(Math.abs(rate_fpm))} ft/min`);
}

export function climbAbsolute(rate_fpm: number): string {
    return ltr(`${count(Math.abs(rate_fpm))} ft/min`);
}

export function degrees(track_deg: number): string {
    return ltr(`${String(Math.round(track_deg) % 360).padStart(3, "0")}°`);
}

export function degreesPerSecond(rate_dps: number): string {
    return ltr(`${rate_dps.toFixed(1)}°/s`);
}

export function angle(angle_deg: number): string {
    return ltr(`${Math.round(angle_deg)}°`);
}

export function mach(number: number): string {
    return ltr(number.toFixed(2));
}

export function pressure(pressure_hpa: number): string {
    return ltr(`${pressure_hpa.toFixed(1)} hPa`);
}

// Codes and names of standards, the same in every language.
export function codes(text: string): string {
    return isRtl() ? `\u2066${text}\u2069` : text;
}

export function distance(distance_m: number): string {
    if (distance_m < 1000) {
        return ltr(`${Math.round(distance_m)} m`);
    }
    return ltr(`${(distance_m / 1000).toFixed(distance_m < 10000 ? 1 : 0)} km`);
}

export function coordinates(lat: number, lon: number): string {
    const ns = lat < 0 ? "S" : "N";
    const ew = lon < 0 ? "W" : "E";
    return ltr(`${Math.abs(lat).toFixed(4)}° ${ns} ${Math.abs(lon).toFixed(4)}° ${ew}`);
}

export function rate(per_second: number): string {
    return per_second >= 100 ? count(per_second) : per_second.toFixed(per_second < 10 ? 1 : 0);
}

export function percent(share: number): string {
    return ltr(`${Math.round(share * 100)} %`);
}

export function minutes(value: number): string {
    return value < 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
}

export function population(people: number): string {
    return people >= 10000 ? `${count(Math.round(people / 1000) * 1000)}` : count(people);
}

function limitText(limit: AltitudeLimit | string | undefined, absent: string): string {
    if (limit === undefined) {
        return absent;
    }
    if (typeof limit === "string") {
        return limit;
    }
    if (limit.unit.toUpperCase() === "FL") {
        return `FL${String(limit.value).padStart(3, "0")}`;
    }
    const feet = limit.unit === "m" ? limit.value * FT_PER_M : limit.value;
    if (limit.ref === "STD" && feet % 500 === 0 && feet >= 3000) {
        return `FL${String(feet / 100).padStart(3, "0")}`;
    }
    return limit.unit === "m" ? `${count(limit.value)} m ${limit.ref}` : `${count(feet)} ft ${limit.ref}`;
}

export function band(zone: ZoneProperties): string {
    return ltr(`${limitText(zone.lower, "SFC")} – ${limitText(zone.upper, "UNL")}`);
}

function limitFt(limit: AltitudeLimit | string | undefined, absent_ft: number): number {
    if (limit === undefined) {
        return absent_ft;
    }
    if (typeof limit === "string") {
        return limit === "SFC" ? 0 : limit === "UNL" ? UNLIMITED_FT : absent_ft;
    }
    const unit = limit.unit.toUpperCase();
    return unit === "FL" ? limit.value * 100 : unit === "M" ? limit.value * FT_PER_M : limit.value;
}

// The band in feet for drawing only: references are not reconciled here, the server judges.
export function bandFt(zone: ZoneProperties): { lower_ft: number; upper_ft: number } {
    return { lower_ft: limitFt(zone.lower, 0), upper_ft: limitFt(zone.upper, UNLIMITED_FT) };
}

export function knotsToMps(speed_kt: number): number {
    return (speed_kt * KMH_PER_KT) / 3.6;
}

export function unknownIfAbsent<T>(value: T | undefined, say: (value: T) => string): string {
    return value === undefined ? t("unknown") : say(value);
}
