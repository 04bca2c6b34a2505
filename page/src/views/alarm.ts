// Tells of a new high incident by ear: one short tone, and words for screen readers.
import type { Incident } from "../api";
import { h } from "../dom";
import { group, targetName, why, zoneName } from "../judge";
import { soundOff } from "../session";
import { current, serverNow, subscribe } from "../store";
import { t } from "../words";

let audio: AudioContext | null = null;

// Browsers let a page sound only after its reader touched it; the first key or click arms it.
function arm(): void {
    if (!audio && "AudioContext" in window) {
        audio = new AudioContext();
    }
    void audio?.resume();
}

export function tone(): void {
    arm();
    if (!audio || audio.state !== "running") {
        return;
    }
    const start_s = audio.currentTime;
    for (const [frequency_hz, at_s] of [
        [880, 0],
        [660, 0.18],
    ] as const) {
        const sound = audio.createOscillator();
        const loudness = audio.createGain();
        sound.frequency.value = frequency_hz;
        loudness.gain.setValueAtTime(0, start_s + at_s);
        loudness.gain.linearRampToValueAtTime(0.25, start_s + at_s + 0.02);
        loudness.gain.linearRampToValueAtTime(0, start_s + at_s + 0.17);
        sound.connect(loudness).connect(audio.destination);
        sound.start(start_s + at_s);
        sound.stop(start_s + at_s + 0.18);
    }
}

export function alarm(): HTMLElement {
    const region = h("div", { class: "visually-hidden", "aria-live": "assertive" });
    const known = new Set<string>();
    let primed = false;
    let missed = 0;

    function isNewHigh(incident: Incident): boolean {
        const open = incident.severity === "high" && group(incident) === "needs";
        if (!open || known.has(incident.incident)) {
            return false;
        }
        known.add(incident.incident);
        return true;
    }

    subscribe((topics) => {
        const { past } = current();
        if (past) {
            // The past does not ring; what begins now does.
            if (topics.has("past") && past.missed > missed) {
                region.textContent = t("past_missed", { n: past.missed });
                if (!soundOff()) {
                    tone();
                }
            }
            missed = past.missed;
            return;
        }
        missed = 0;
        if (!topics.has("incidents") || !current().loaded) {
            return;
        }
        const fresh = [...current().incidents.values()].filter(isNewHigh);
        // What was there when the page was opened is on the screen already and is no news.
        if (primed && fresh.length > 0) {
            region.textContent = fresh
                .map((incident) =>
                    t("announce_high", {
                        target: targetName(incident),
                        zone: zoneName(incident.zone),
                        why: why(incident, serverNow()),
                    }),
                )
                .join(" ");
            if (!soundOff()) {
                tone();
            }
        }
        primed = true;
    });
    window.addEventListener("pointerdown", arm, { once: true });
    window.addEventListener("keydown", arm, { once: true });
    return region;
}
