// What the reader can do. Each says plainly when it did not work.
import { api, ApiError, type DemoCommand, type Incident, type Inhibition, type Permits, type PermitStep, type Pressures } from "./api";
import { compare, group, isAcknowledged } from "./judge";
import { operatorName, setToken, token } from "./session";
import { change, current, selectedIncident, serverNow } from "./store";
import { askInhibition, askName, askParty, askPressure, askToken } from "./views/dialogs";
import { t } from "./words";

const NOTICE_MS = 6000;
let noticeTimer: number | undefined;

export function notify(text: string, bad = false): void {
    change({ do: "notice", text, bad });
    window.clearTimeout(noticeTimer);
    noticeTimer = window.setTimeout(() => change({ do: "notice", text: null }), NOTICE_MS);
}

// Runs what needs the operator; a refused token is forgotten and asked for once more.
async function asOperator<T>(act: (token: string) => Promise<T>): Promise<T | null> {
    if (current().past) {
        notify(t("past_no_action"), true);
        return null;
    }
    const held = token() ?? (await askToken());
    if (!held) {
        return null;
    }
    try {
        return await act(held);
    } catch (error) {
        if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
            setToken(null);
            notify(t("token_refused"), true);
        } else {
            notify(t("action_failed", { reason: error instanceof Error ? error.message : String(error) }), true);
        }
        return null;
    }
}

export async function acknowledge(incident: Incident): Promise<void> {
    if (isAcknowledged(incident) || incident.state === "ended") {
        return;
    }
    if (current().past) {
        notify(t("past_no_action"), true);
        return;
    }
    const given = await askName(incident, operatorName());
    if (!given) {
        return;
    }
    const answer = await asOperator((held) => api.acknowledge(incident.incident, given.by, given.note, given.for_s, held));
    if (answer) {
        change({ do: "incident", incident: answer });
        notify(t("ack_done"));
    }
}

// For everybody: the target in this zone raises no alert until the time given.
export async function inhibit(incident: Incident): Promise<void> {
    const given = await askInhibition(incident, operatorName());
    if (!given) {
        return;
    }
    const asked = { by: given.by, note: given.note, target: incident.target, zone: incident.zone, for_s: given.for_s };
    if (await asOperator((held) => api.inhibit(asked, held))) {
        notify(t("inhibit_done"));
    }
}

export async function stepPermit(id: string, state: PermitStep["state"]): Promise<Permits | null> {
    const by = await askParty(t(`step_${state}`), id, operatorName());
    return by ? asOperator((held) => api.stepPermit(id, state, by, held)) : null;
}

// A pressure at sea level for a place, from now on.
export async function statePressure(): Promise<Pressures | null> {
    const given = await askPressure(operatorName());
    if (!given) {
        return null;
    }
    const from_us = serverNow();
    const iso = (t_us: number): string => new Date(t_us / 1000).toISOString();
    const qnh = {
        id: given.id,
        lat: given.lat,
        lon: given.lon,
        radius_m: Math.round(given.radius_km * 1000),
        from: iso(from_us),
        to: iso(from_us + given.hours * 3600e6),
        qnh_hpa: given.qnh_hpa,
    };
    return asOperator((held) => api.statePressure(qnh, given.by, held));
}

export async function endInhibition(inhibition: Inhibition): Promise<void> {
    const by = operatorName() || inhibition.by;
    if (await asOperator((held) => api.endInhibition(inhibition.id, by, held))) {
        notify(t("inhibit_ended"));
    }
}

export async function steerDemo(command: DemoCommand): Promise<void> {
    await asOperator((held) => api.demo(command, held));
}

export function selectIncident(id: string): void {
    change({ do: "select", selection: { kind: "incident", id } });
    void readDetails(id);
}

export async function readDetails(id: string): Promise<void> {
    try {
        const moment = current().past ?? undefined;
        const details = await api.incident(id, moment);
        if (current().past?.t_us === moment?.t_us) {
            change({ do: "details", details });
        }
    } catch {
        // The panel shows what the list knows and asks again with the next event.
    }
}

// Why it was decided so: the server runs its journal again, which may take a while.
export async function readWhy(id: string): Promise<void> {
    change({ do: "why", id, why: {} });
    try {
        for (;;) {
            const why = await api.why(id);
            if (selectedIncident()?.incident !== id) {
                return;
            }
            change({ do: "why", id, why });
            if (why.steps) {
                return;
            }
            await new Promise((resolve) => window.setTimeout(resolve, 300));
        }
    } catch (error) {
        change({ do: "why", id, why: { failed: error instanceof Error ? error.message : String(error) } });
    }
}

export function listed(): Incident[] {
    return [...current().incidents.values()].filter((incident) => group(incident) !== "ended").sort(
        (a, b) => (group(a) === group(b) ? compare(a, b) : group(a) === "needs" ? -1 : 1),
    );
}

export function step(by: 1 | -1): void {
    const order = listed();
    const selected = selectedIncident();
    const at = selected ? order.findIndex((incident) => incident.incident === selected.incident) : -1;
    const next = at < 0 ? (by > 0 ? 0 : order.length - 1) : Math.min(order.length - 1, Math.max(0, at + by));
    const incident = order[next];
    if (incident) {
        selectIncident(incident.incident);
    }
}
