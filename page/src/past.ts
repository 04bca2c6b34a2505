// Goes to moments of the past and back: asks the server for the picture of one moment, one at a time.
import { api, ApiError, type Moment, type PastIncident, type Sighting } from "./api";
import { notify, selectIncident } from "./actions";
import { US_PER_S } from "./format";
import { token } from "./session";
import { change, current, liveNow, type Past, type PastPicture } from "./store";
import { reload } from "./stream";
import { t } from "./words";

export const SPEEDS = [1, 4, 16, 60];
const STEP_MS = 1000;
const BUSY_MS = 700;
const BACK_US = 300 * US_PER_S;
// A jump shows the incident just after it began.
const AFTER_US = US_PER_S;

let asked: AbortController | null = null;
let busy = false;
let playing: number | undefined;

export function togglePast(): void {
    if (current().past) {
        goLive();
    } else {
        void goTo(Math.max(liveNow() - BACK_US, firstMoment()));
    }
}

// The first moment that can be asked for: of the demo that of this run, else of the journal.
export function firstMoment(): number {
    const { status } = current();
    return status?.demo?.from_us ?? status?.journal.since_us ?? 0;
}

// The end of what can be asked for: now, or the end of a run of the demo that is over.
export function lastMoment(record = current().past?.record): number {
    const { status } = current();
    return record !== undefined && status?.demo?.to_us ? Math.max(status.demo.to_us, liveNow()) : liveNow();
}

export function goLive(): void {
    asked?.abort();
    window.clearTimeout(playing);
    change({ do: "past", past: null });
    change({ do: "forget" });
    reload();
}

// Where the reader is going is shown at once; the newest wish is read as soon as the one before is.
export async function goTo(t_us: number, record?: number): Promise<void> {
    const { past } = current();
    const run = record ?? past?.record;
    const wanted_us = Math.round(Math.min(Math.max(t_us, firstMoment()), lastMoment(run) - 1));
    const next = past ?? { t_us: Math.round(liveNow()), speed: 0, missed: 0 };
    change({ do: "past", past: { ...next, wanted_us, record: run } });
    if (!busy) {
        busy = true;
        try {
            await readWanted();
        } finally {
            busy = false;
        }
    }
}

async function readWanted(): Promise<void> {
    let shown: number | null = null;
    for (let past: Past | null = current().past; past && past.wanted_us !== shown; past = current().past) {
        const wanted_us: number = past.wanted_us;
        asked = new AbortController();
        try {
            const picture = await read({ t_us: wanted_us, record: past.record }, asked.signal);
            change({ do: "past_picture", picture });
        } catch (error) {
            if (error instanceof ApiError && error.status === 503) {
                await new Promise((resolve) => window.setTimeout(resolve, BUSY_MS));
                continue;
            }
            if (!asked.signal.aborted) {
                notify(t("past_failed", { reason: error instanceof Error ? error.message : String(error) }), true);
                stop();
            }
        }
        shown = wanted_us;
    }
}

// The first answer brings the server's worker to the moment; the others find it there.
async function read(moment: Moment, signal: AbortSignal): Promise<PastPicture> {
    const { tracks } = await api.tracks(moment, signal);
    const [zones, incidents, warnings, sightings] = await Promise.all([
        api.zones(moment, signal),
        api.incidents(moment, signal),
        api.warnings(moment, signal),
        api.sightings(token(), moment, signal).catch(() => ({ sightings: [] as Sighting[] })),
    ]);
    return {
        t_us: moment.t_us,
        zones,
        tracks,
        incidents: incidents.incidents,
        warnings: warnings.warnings,
        sightings: sightings.sightings,
    };
}

export function setSpeed(speed: number): void {
    const { past } = current();
    if (past) {
        change({ do: "past", past: { ...past, speed } });
        window.clearTimeout(playing);
        if (speed > 0) {
            playing = window.setTimeout(() => void playOn(), STEP_MS);
        }
    }
}

function stop(): void {
    setSpeed(0);
}

export function togglePlay(): void {
    setSpeed((current().past?.speed ?? 0) > 0 ? 0 : 4);
}

async function playOn(): Promise<void> {
    const { past } = current();
    if (!past || past.speed === 0) {
        return;
    }
    const next_us = past.wanted_us + past.speed * STEP_MS * 1000;
    if (next_us >= lastMoment()) {
        stop();
        return;
    }
    const start_ms = performance.now();
    await goTo(next_us);
    const now = current().past;
    if (now && now.speed > 0) {
        const left_ms = Math.max(50, STEP_MS - (performance.now() - start_ms));
        playing = window.setTimeout(() => void playOn(), left_ms);
    }
}

// When an incident begins to matter.
export function momentOf(incident: PastIncident): number {
    return (incident.entered_us ?? incident.started_us) + AFTER_US;
}

export async function showPast(incident: PastIncident): Promise<void> {
    const isDemo = Boolean(current().status?.demo);
    await goTo(momentOf(incident), isDemo ? incident.first_record : undefined);
    selectIncident(incident.incident);
}

// The incident that began next after the moment shown, or last before it.
export async function jump(by: 1 | -1): Promise<void> {
    const { past } = current();
    if (!past) {
        return;
    }
    try {
        const found = await api.search("", firstMoment(), lastMoment(), 200);
        const begun = found.incidents.map((incident) => ({ incident, at_us: momentOf(incident) }));
        const side = begun
            .filter(({ at_us }) => (by > 0 ? at_us > past.wanted_us : at_us < past.wanted_us))
            .sort((a, b) => (a.at_us - b.at_us) * by);
        if (side[0]) {
            await showPast(side[0].incident);
        } else {
            notify(t("past_none"));
        }
    } catch (error) {
        notify(t("past_failed", { reason: error instanceof Error ? error.message : String(error) }), true);
    }
}
