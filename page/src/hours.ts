// Which zones are active, as time goes on: the server says it once, with the intervals that decide.
import type { ZoneProperties } from "./api";

interface Interval {
    from_us: number;
    to_us: number;
}

const read = new WeakMap<object, Interval[]>();

function intervals(active: { from?: string; to?: string }[]): Interval[] {
    let known = read.get(active);
    if (!known) {
        known = active.map(({ from, to }) => ({
            from_us: from === undefined ? -Infinity : Date.parse(from) * 1000,
            to_us: to === undefined ? Infinity : Date.parse(to) * 1000,
        }));
        read.set(active, known);
    }
    return known;
}

// The first interval that ends after now_us; they are in order and apart.
function nextOf(all: Interval[], now_us: number): Interval | undefined {
    let low = 0;
    let high = all.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((all[middle]?.to_us ?? Infinity) <= now_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return all[low];
}

// Writes how the zone stands at now_us into its properties. True: otherwise than before.
export function takeHours(zone: ZoneProperties, now_us: number): boolean {
    if (!zone.active) {
        return false;
    }
    const next = nextOf(intervals(zone.active), now_us);
    const active = next !== undefined && next.from_us <= now_us;
    const starts_us = active ? undefined : next?.from_us;
    const pre = starts_us !== undefined && starts_us - now_us <= (zone.watch?.look_ahead_s ?? 0) * 1e6;
    const changed = zone.active_now !== active || (zone.pre_active_now ?? false) !== pre;
    zone.active_now = active;
    zone.pre_active_now = pre;
    zone.starts_us = starts_us;
    return changed;
}
