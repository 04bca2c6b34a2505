// What the reader's own browser keeps: the operator token (this tab only), name, theme, language, sound.
import { change } from "./store";
import { currentLanguage, setLanguage, type Language } from "./words";

const TOKEN = "leeward.token";
const NAME = "leeward.name";
const THEME = "leeward.theme";
const LANGUAGE = "leeward.language";
const SOUND = "leeward.sound";

export type Theme = "dark" | "light";
export interface SoundOff {
    by: string;
    until_ms: number;
}

// Storage may be refused (private windows); the page then works and forgets.
function read(storage: () => Storage, key: string): string | null {
    try {
        return storage().getItem(key);
    } catch {
        return null;
    }
}

function write(storage: () => Storage, key: string, value: string | null): void {
    try {
        if (value === null) {
            storage().removeItem(key);
        } else {
            storage().setItem(key, value);
        }
    } catch {
        // Kept for this view only.
    }
}

const session = (): Storage => window.sessionStorage;
const local = (): Storage => window.localStorage;

let tokenNow: string | null = null;

// The token comes once in the address, which is then cleaned so that it does not end in a history or a screenshot.
export function takeTokenFromAddress(key: string = TOKEN): void {
    const found = /(?:^#|&)token=([^&]+)/.exec(window.location.hash);
    if (found?.[1]) {
        write(session, key, decodeURIComponent(found[1]));
        window.history.replaceState(null, "", window.location.pathname + window.location.search);
    }
    tokenNow = read(session, key);
}

export function token(): string | null {
    return tokenNow;
}

export function setToken(next: string | null, key: string = TOKEN): void {
    tokenNow = next;
    write(session, key, next);
    change({ do: "session" });
}

export function operatorName(): string {
    return read(local, NAME) ?? "";
}

export function setOperatorName(name: string): void {
    write(local, NAME, name);
}

export function theme(): Theme {
    const kept = read(local, THEME);
    if (kept === "dark" || kept === "light") {
        return kept;
    }
    return window.matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

export function setTheme(next: Theme): void {
    write(local, THEME, next);
    applyTheme();
    change({ do: "session" });
}

export function applyTheme(): void {
    document.documentElement.dataset["theme"] = theme();
}

export function startLanguage(): void {
    const asked = new URLSearchParams(window.location.search).get("lang") ?? read(local, LANGUAGE);
    const first = asked ?? (navigator.language.toLowerCase().startsWith("ar") ? "ar" : "en");
    applyLanguage(first === "ar" ? "ar" : "en");
}

function applyLanguage(language: Language): void {
    setLanguage(language);
    document.documentElement.lang = language;
    document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
}

export function toggleLanguage(): void {
    const next = currentLanguage() === "ar" ? "en" : "ar";
    write(local, LANGUAGE, next);
    applyLanguage(next);
    change({ do: "language" });
}

export function soundOff(): SoundOff | null {
    const kept = read(local, SOUND);
    if (!kept) {
        return null;
    }
    try {
        const off = JSON.parse(kept) as Partial<SoundOff>;
        if (typeof off.by === "string" && typeof off.until_ms === "number" && off.until_ms > Date.now()) {
            return { by: off.by, until_ms: off.until_ms };
        }
    } catch {
        // Unreadable means on: silence must be chosen.
    }
    return null;
}

export function setSoundOff(off: SoundOff | null): void {
    write(local, SOUND, off && JSON.stringify(off));
    change({ do: "session" });
}
