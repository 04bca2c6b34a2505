// Colours of the map in both themes. Red stands for high severity and for nothing else.
import type { Severity, ZoneKind } from "../api";
import type { Theme } from "../session";

export interface Palette {
    water: string;
    land: string;
    border: string;
    label: string;
    labelStrong: string;
    halo: string;
    target: string;
    text: string;
    textHalo: string;
    kind: Record<ZoneKind, string>;
}

export const SEVERITY: Record<Severity, string> = { low: "#4C8EDA", medium: "#E3A008", high: "#D64550" };
export const PERMITTED = "#2F9E77";
export const UNKNOWN = "#8A8F98";

export const PALETTES: Record<Theme, Palette> = {
    dark: {
        water: "#0a0f15",
        land: "#151c24",
        border: "#33404e",
        label: "#8795a3",
        labelStrong: "#a9b5c1",
        halo: "#10161d",
        target: "#a7b2bd",
        text: "#e6ebf0",
        textHalo: "#0b1016",
        kind: {
            safe: "#45b8a8",
            no_fly: "#b98be6",
            restricted: "#8c9bea",
            danger: "#d09a7c",
            prohibited: "#cf82c4",
            controlled: "#7f9bbb",
            corridor: "#5bb2d6",
            notice: "#98a0aa",
        },
    },
    light: {
        water: "#dbe4ec",
        land: "#f7f8f7",
        border: "#b9c3cc",
        label: "#5a6672",
        labelStrong: "#3d4853",
        halo: "#f7f8f7",
        target: "#5b6671",
        text: "#16202a",
        textHalo: "#ffffff",
        kind: {
            safe: "#0f7f71",
            no_fly: "#7d46b8",
            restricted: "#4658b8",
            danger: "#96552f",
            prohibited: "#99408c",
            controlled: "#456488",
            corridor: "#1f7399",
            notice: "#5f6872",
        },
    },
};

export function rgba(hex: string, alpha: number): [number, number, number, number] {
    const n = parseInt(hex.slice(1), 16);
    return [((n >> 16) & 255) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255, alpha];
}
