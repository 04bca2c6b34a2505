// The map with WebGL. Loaded after the list and the strip, which work without it.
import {
    LngLatBounds,
    Map as GlMap,
    setWorkerUrl,
    type GeoJSONSource,
    type LayerSpecification,
    type StyleSpecification,
} from "maplibre-gl";
import { h } from "../dom";
import { isEmpty, zoneBounds, type Bounds } from "../geometry";
import type { ZoneFeature } from "../api";
import { selectIncident } from "../actions";
import { carrierState } from "../judge";
import { theme } from "../session";
import { change, current, selectedZone, subscribe, type Topic } from "../store";
import { currentLanguage, t } from "../words";
import { iconButton } from "../views/parts";
import { PALETTES, rgba } from "./colours";
import { provide } from "./commands";
import { legend } from "./legend";
import { movers } from "./movers";
import { Overlay } from "./overlay";
import { patterns } from "./patterns";
import { scene, type Scene } from "./scene";
import { countryPoints, EMPTY, landAndBorders, placePoints, sightingShapes, zoneShapes } from "./sources";
import { layers } from "./style";
import { TargetLayer } from "./targets";
import { allBounds, firstBounds, incidentBounds } from "./view";

declare const __MAP_WORKER__: string;

const FINE_FROM_ZOOM = 5;
const HIT_PX = 16;
const SIGHTINGS_EVERY_MS = 2000;

export interface MapHandle {
    ready: () => boolean;
    drawn: () => Scene | null;
    zones: () => string; // as drawn
    zoom: () => number;
}

function style(): StyleSpecification {
    const source = { type: "geojson" as const, data: EMPTY };
    const names = ["land", "borders", "countries", "places", "zones", "zone-labels", "zone-routes", "sightings", "sighting-labels"];
    return {
        version: 8,
        sources: Object.fromEntries(names.map((name) => [name, source])),
        layers: layers(theme(), currentLanguage(), null),
    };
}

function toLngLat(bounds: Bounds): LngLatBounds {
    return new LngLatBounds([bounds.west, bounds.south], [bounds.east, bounds.north]);
}

export function startMap(container: HTMLElement): Promise<MapHandle> {
    setWorkerUrl(__MAP_WORKER__);
    const host = h("div", { class: "map-host", tabindex: -1 });
    container.prepend(host);
    const map = new GlMap({
        container: host,
        style: style(),
        center: [20, 25],
        zoom: 1.6,
        attributionControl: false,
        dragRotate: true,
        maxPitch: 0,
        fadeDuration: 0,
        locale: { "Map.Title": t("map_label") },
        renderWorldCopies: false,
        localIdeographFontFamily: '"Noto Sans", "Noto Sans Arabic", system-ui, sans-serif',
        canvasContextAttributes: { antialias: false, preserveDrawingBuffer: navigator.webdriver },
    });
    return new Promise((resolve, reject) => {
        const failed = (): void => {
            map.remove();
            host.remove();
            reject(new Error("WebGL"));
        };
        const timer = window.setTimeout(failed, 30000);
        map.once("load", () => {
            window.clearTimeout(timer);
            resolve(new Controller(map, container).handle());
        });
    });
}

class Controller {
    private readonly overlay = new Overlay();
    private readonly marks: TargetLayer;
    private shown: Scene | null = null;
    private framed = false;
    private coarse = false;
    private fine: "no" | "asked" = "no";
    private sceneDue = false;

    constructor(
        private readonly map: GlMap,
        private readonly container: HTMLElement,
    ) {
        this.marks = new TargetLayer(() => map.getBearing());
        map.addLayer(this.marks);
        this.container.append(this.overlay.canvas);
        this.container.append(this.controls(), h("div", { class: "map-corner" }, movers(), legend()));
        map.getCanvas().setAttribute("aria-label", t("map_label"));
        map.on("render", () => this.drawOverlay());
        map.on("resize", () => this.resized());
        map.on("zoomend", () => this.fineIfNear());
        map.on("mousemove", (event) => this.hover(event.point));
        map.on("mouseout", () => change({ do: "hover", target: null }));
        map.on("click", (event) => this.click(event.point));
        new ResizeObserver(() => map.resize()).observe(container);
        subscribe((topics) => this.update(topics));
        window.setInterval(() => this.sightings(), SIGHTINGS_EVERY_MS);
        provide({
            flyTo: (lat, lon, zoom) => this.map.easeTo({ center: [lon, lat], zoom, duration: 700 }),
            focus: () => this.map.getCanvas().focus(),
        });
        this.resized();
        this.pictures();
        this.zones();
        this.sightings();
        this.targets();
        void this.basemap();
    }

    handle(): MapHandle {
        return { ready: () => this.framed, drawn: () => this.shown, zones: () => this.drawnZones, zoom: () => this.map.getZoom() };
    }

    private source(name: string): GeoJSONSource | undefined {
        return this.map.getSource<GeoJSONSource>(name);
    }

    private async basemap(): Promise<void> {
        await this.land("50m");
        this.source("countries")?.setData(await countryPoints());
        this.source("places")?.setData(await placePoints());
        // The fine coast keeps the worker busy for seconds on a slow machine: labels and zones come first.
        this.map.once("idle", () => {
            this.coarse = true;
            this.fineIfNear();
        });
    }

    private async land(detail: "50m" | "10m"): Promise<void> {
        const { land, borders } = await landAndBorders(detail);
        this.source("land")?.setData(land);
        this.source("borders")?.setData(borders);
    }

    private fineIfNear(): void {
        if (this.coarse && this.fine === "no" && this.map.getZoom() >= FINE_FROM_ZOOM) {
            this.fine = "asked";
            this.land("10m").catch(() => {
                this.fine = "no";
            });
        }
    }

    private pictures(): void {
        for (const [name, picture] of patterns(PALETTES[theme()])) {
            if (this.map.hasImage(name)) {
                this.map.updateImage(name, picture);
            } else {
                this.map.addImage(name, picture);
            }
        }
    }

    private update(topics: ReadonlySet<Topic>): void {
        if (topics.has("session") || topics.has("language")) {
            this.pictures();
            this.restyle();
            this.map.getCanvas().setAttribute("aria-label", t("map_label"));
        }
        if (topics.has("zones") || topics.has("language") || topics.has("status")) {
            this.zones();
        }
        if (topics.has("sightings") || topics.has("language")) {
            this.sightings();
        }
        if (topics.has("selection")) {
            this.selected();
        }
        if (["tracks", "incidents", "selection", "session", "language"].some((topic) => topics.has(topic as Topic))) {
            this.targets();
        }
    }

    // Only what a theme, a language or a selection changes is set, so that nothing flickers.
    private restyle(): void {
        for (const layer of layers(theme(), currentLanguage(), selectedZone())) {
            this.applyLayer(layer);
        }
    }

    private applyLayer(layer: LayerSpecification): void {
        for (const [name, value] of Object.entries(layer.paint ?? {})) {
            this.map.setPaintProperty(layer.id, name as never, value as never);
        }
        for (const [name, value] of Object.entries("layout" in layer ? (layer.layout ?? {}) : {})) {
            this.map.setLayoutProperty(layer.id, name as never, value as never);
        }
        if (layer.id === "zone-selected" && "filter" in layer && layer.filter) {
            this.map.setFilter(layer.id, layer.filter);
        }
    }

    private lastZones = "";
    private drawnZones = "";

    private zones(): void {
        const place = (zone: ZoneFeature): string => (zone.now ? JSON.stringify(zone.now) + String(carrierState(zone, false)) : "");
        const key =
            [...current().zones.values()].map((zone) => `${zone.id}${String(zone.properties.active_now)}${String(zone.properties.pre_active_now)}${place(zone)}`).join() +
            currentLanguage();
        if (key !== this.lastZones) {
            this.lastZones = key;
            const { zones, labels, routes } = zoneShapes();
            this.source("zones")?.setData(zones);
            this.drawnZones = JSON.stringify(zones);
            this.source("zone-labels")?.setData(labels);
            this.source("zone-routes")?.setData(routes);
        }
        if (!this.framed && current().loaded) {
            const bounds = firstBounds();
            if (bounds) {
                this.framed = true;
                this.map.fitBounds(toLngLat(bounds), { padding: this.padding(), animate: false, maxZoom: 11 });
            }
        }
    }

    private padding(): number {
        return Math.min(60, this.container.clientWidth / 8, this.container.clientHeight / 8);
    }

    private sightings(): void {
        const { areas, labels } = sightingShapes();
        if (areas.features.length > 0 || this.hadSightings) {
            this.source("sightings")?.setData(areas);
            this.source("sighting-labels")?.setData(labels);
        }
        this.hadSightings = areas.features.length > 0;
    }

    private hadSightings = false;
    private lastSelection = "";

    private selected(): void {
        const { selection } = current();
        const key = selection === null ? "" : selection.kind + ("id" in selection ? selection.id : "");
        if (key === this.lastSelection) {
            return;
        }
        this.lastSelection = key;
        this.restyle();
        if (selection?.kind === "incident") {
            this.fit(incidentBounds(selection.id));
        } else if (selection?.kind === "zone") {
            const zone = current().zones.get(selection.id);
            const bounds = zone ? zoneBounds(zone) : null;
            this.fit(bounds && !isEmpty(bounds) ? bounds : null);
        }
    }

    private fit(bounds: Bounds | null): void {
        if (bounds) {
            // After the panel has opened beside the map, so that the map has its new width.
            window.setTimeout(() => {
                this.map.resize();
                this.map.fitBounds(toLngLat(bounds), { padding: this.padding() * 1.3, maxZoom: 11.5, duration: 900 });
            }, 60);
        }
    }

    private targets(): void {
        if (this.sceneDue) {
            return;
        }
        this.sceneDue = true;
        window.requestAnimationFrame(() => {
            this.sceneDue = false;
            const center = this.map.getCenter();
            this.shown = scene(theme());
            const [r, g, b] = rgba(PALETTES[theme()].textHalo, 1);
            this.marks.set(this.shown.marks, this.shown.trails, { lat: center.lat, lon: center.lng }, [r, g, b]);
            this.map.triggerRepaint();
        });
    }

    private resized(): void {
        this.overlay.resize(this.container.clientWidth, this.container.clientHeight);
        this.drawOverlay();
    }

    private drawOverlay(): void {
        if (this.shown) {
            this.overlay.draw(this.shown, theme(), (lat, lon) => this.map.project([lon, lat]));
        }
    }

    private targetAt(point: { x: number; y: number }): string | null {
        let best: string | null = null;
        let nearest = HIT_PX;
        const corner = this.map.unproject([point.x - HIT_PX, point.y + HIT_PX]);
        const other = this.map.unproject([point.x + HIT_PX, point.y - HIT_PX]);
        for (const [id, { track }] of current().targets) {
            const { lat, lon } = track;
            if (lat === undefined || lon === undefined) {
                continue;
            }
            if (lon < corner.lng || lon > other.lng || lat < corner.lat || lat > other.lat) {
                continue;
            }
            const at = this.map.project([lon, lat]);
            const away = Math.hypot(at.x - point.x, at.y - point.y);
            if (away < nearest) {
                nearest = away;
                best = id;
            }
        }
        return best;
    }

    private hover(point: { x: number; y: number }): void {
        const target = this.targetAt(point);
        change({ do: "hover", target });
        this.map.getCanvas().style.cursor = target ? "pointer" : "";
    }

    private click(point: { x: number; y: number }): void {
        const target = this.targetAt(point);
        if (target) {
            const incident = [...current().incidents.values()].find((one) => one.target === target && one.state !== "ended");
            if (incident) {
                selectIncident(incident.incident);
            } else {
                change({ do: "select", selection: { kind: "target", id: target } });
            }
            return;
        }
        const found = this.map.queryRenderedFeatures([point.x, point.y], { layers: ["zone-fill"] })[0];
        const zone = found?.properties["zone"] as unknown;
        const selected = current().selection;
        if (typeof zone === "string" && !(selected?.kind === "zone" && selected.id === zone)) {
            change({ do: "select", selection: { kind: "zone", id: zone } });
        } else if (selected) {
            change({ do: "select", selection: null });
        }
    }

    private controls(): HTMLElement {
        const all = (): void => {
            const bounds = allBounds();
            if (bounds) {
                this.map.fitBounds(toLngLat(bounds), { padding: this.padding(), duration: 600 });
            }
        };
        const make = (): HTMLButtonElement[] => [
            iconButton("plus", t("map_zoom_in"), () => this.map.zoomIn()),
            iconButton("minus", t("map_zoom_out"), () => this.map.zoomOut()),
            iconButton("frame", t("map_all"), all),
        ];
        const root = h("div", { class: "map-controls" }, ...make());
        subscribe((topics) => {
            if (topics.has("language")) {
                root.replaceChildren(...make());
            }
        });
        return root;
    }
}
