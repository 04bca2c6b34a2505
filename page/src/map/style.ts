// The map's layers: a quiet basemap, zones and sightings. Targets are drawn by our own layer on top.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Theme } from "../session";
import type { Language } from "../words";
import { PALETTES, UNKNOWN } from "./colours";

const FONT = ["Noto Sans", "Noto Sans Arabic", "sans-serif"];

function kindColour(theme: Theme): ExpressionSpecification {
    const pairs = Object.entries(PALETTES[theme].kind).flat();
    return ["match", ["get", "kind"], ...pairs, UNKNOWN] as unknown as ExpressionSpecification;
}

// What is not selected is dimmed while something is.
function dimmed(selected: string | null, full: number): ExpressionSpecification | number {
    return selected === null ? full : ["case", ["==", ["get", "zone"], selected], full, full * 0.3];
}

function basemap(theme: Theme, language: Language): LayerSpecification[] {
    const palette = PALETTES[theme];
    return [
        { id: "water", type: "background", paint: { "background-color": palette.water } },
        { id: "land", type: "fill", source: "land", paint: { "fill-color": palette.land, "fill-antialias": false } },
        {
            id: "borders",
            type: "line",
            source: "borders",
            paint: { "line-color": palette.border, "line-width": 0.8 },
        },
        {
            id: "countries",
            type: "symbol",
            source: "countries",
            minzoom: 1.5,
            maxzoom: 6.5,
            filter: [">=", ["get", "area"], ["step", ["zoom"], 60, 3, 12, 4, 2, 5, 0]],
            layout: {
                "text-field": ["get", language],
                "text-font": FONT,
                "text-size": ["interpolate", ["linear"], ["zoom"], 2, 11, 6, 14],
                "text-max-width": 7,
                "text-letter-spacing": language === "ar" ? 0 : 0.08,
                "symbol-sort-key": ["-", 0, ["get", "area"]],
            },
            paint: { "text-color": palette.label, "text-halo-color": palette.halo, "text-halo-width": 1.2 },
        },
    ];
}

function placeNames(theme: Theme): LayerSpecification {
    const palette = PALETTES[theme];
    return {
        id: "places",
        type: "symbol",
        source: "places",
        minzoom: 3.5,
        filter: ["<=", ["get", "from_zoom"], ["zoom"]],
        layout: {
            "text-field": ["get", "name"],
            "text-font": FONT,
            "text-size": ["case", ["get", "big"], 12.5, 11.5],
            "text-anchor": "center",
            "text-max-width": 8,
            "text-padding": 6,
            "symbol-sort-key": ["get", "order"],
        },
        paint: {
            "text-color": ["case", ["get", "big"], palette.labelStrong, palette.label],
            "text-halo-color": palette.halo,
            "text-halo-width": 1.4,
        },
    };
}

function zoneLayers(theme: Theme, selected: string | null): LayerSpecification[] {
    const palette = PALETTES[theme];
    const colour = kindColour(theme);
    const active: ExpressionSpecification = ["get", "active"];
    const isCorridor: ExpressionSpecification = ["==", ["get", "kind"], "corridor"];
    const isStale: ExpressionSpecification = ["get", "stale"];
    return [
        {
            id: "zone-fill",
            type: "fill",
            source: "zones",
            paint: { "fill-color": colour, "fill-opacity": dimmed(selected, 0.11) },
        },
        {
            id: "zone-pattern",
            type: "fill",
            source: "zones",
            filter: ["all", active, ["in", ["get", "kind"], ["literal", ["no_fly", "restricted", "danger", "notice", "prohibited"]]]],
            paint: {
                "fill-pattern": ["concat", "zone-", ["get", "kind"]],
                "fill-opacity": dimmed(selected, 0.32),
            },
        },
        {
            id: "zone-edge",
            type: "line",
            source: "zones",
            filter: ["all", active, ["!", isCorridor], ["!", isStale]],
            paint: { "line-color": colour, "line-width": 1.5, "line-opacity": dimmed(selected, 0.95) },
        },
        {
            id: "zone-edge-corridor",
            type: "line",
            source: "zones",
            filter: ["all", active, isCorridor, ["!", isStale]],
            paint: { "line-color": colour, "line-width": 1.5, "line-dasharray": [5, 3], "line-opacity": dimmed(selected, 0.95) },
        },
        {
            id: "zone-edge-stale",
            type: "line",
            source: "zones",
            filter: ["all", active, isStale],
            paint: { "line-color": colour, "line-width": 2, "line-dasharray": [1.5, 2.5, 4, 2.5], "line-opacity": dimmed(selected, 0.95) },
        },
        {
            id: "zone-route",
            type: "line",
            source: "zone-routes",
            paint: { "line-color": colour, "line-width": 1.2, "line-dasharray": [1, 4], "line-opacity": dimmed(selected, 0.8) },
        },
        {
            id: "zone-edge-waiting",
            type: "line",
            source: "zones",
            filter: ["!", active],
            layout: { "line-cap": "round" },
            paint: { "line-color": colour, "line-width": 1.8, "line-dasharray": [0.2, 2.4], "line-opacity": dimmed(selected, 0.9) },
        },
        {
            id: "zone-selected",
            type: "line",
            source: "zones",
            filter: ["==", ["get", "zone"], selected ?? ""],
            paint: { "line-color": colour, "line-width": 3 },
        },
        {
            id: "sighting-fill",
            type: "fill",
            source: "sightings",
            paint: { "fill-color": UNKNOWN, "fill-opacity": ["get", "strength"] },
        },
        {
            id: "sighting-edge",
            type: "line",
            source: "sightings",
            paint: { "line-color": UNKNOWN, "line-width": 1.5, "line-dasharray": [2, 2] },
        },
        {
            id: "zone-label",
            type: "symbol",
            source: "zone-labels",
            filter: [">=", ["get", "span"], ["step", ["zoom"], 4, 4, 1.8, 5, 0.9, 6, 0.45, 7, 0.22, 8, 0.1, 9, 0.05, 10, 0]],
            layout: {
                "text-field": ["format", ["get", "name"], {}, "\n", {}, ["get", "band"], { "font-scale": 0.92 }],
                "text-font": FONT,
                "text-size": 12,
                "text-max-width": 12,
                "text-padding": 4,
            },
            paint: {
                "text-color": colour,
                "text-halo-color": palette.halo,
                "text-halo-width": 1.6,
                "text-opacity": dimmed(selected, 1),
            },
        },
        {
            id: "sighting-label",
            type: "symbol",
            source: "sighting-labels",
            layout: { "text-field": ["get", "text"], "text-font": FONT, "text-size": 12, "text-max-width": 10 },
            paint: { "text-color": palette.labelStrong, "text-halo-color": palette.halo, "text-halo-width": 1.6 },
        },
    ];
}

export function layers(theme: Theme, language: Language, selected: string | null): LayerSpecification[] {
    const zones = zoneLayers(theme, selected);
    return [...basemap(theme, language), ...zones.slice(0, 10), placeNames(theme), ...zones.slice(10)];
}
