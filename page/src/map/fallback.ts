// The plain map for browsers without WebGL: zones and targets as SVG, drawn anew every few seconds.
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { selectIncident } from "../actions";
import { fill, h, setAttribute, svg } from "../dom";
import type { ZoneFeature } from "../api";
import { band } from "../format";
import { type Bounds, isEmpty, type Ring, zoneBounds, zonePolygons } from "../geometry";
import { carrierState, zoneName } from "../judge";
import { loadAtlas } from "../places";
import { theme } from "../session";
import { change, current, selectedIncident, subscribe } from "../store";
import { t } from "../words";
import { PALETTES } from "./colours";
import { provide } from "./commands";
import { movers } from "./movers";
import { scene } from "./scene";
import { SHAPE_HOLLOW } from "./targets";
import { firstBounds, incidentBounds } from "./view";

const SIZE = 1000;
const MARKS_MAX = 800;

function mercator(lat: number): number {
    const limited = Math.max(-85, Math.min(85, lat));
    return (Math.log(Math.tan(Math.PI / 4 + (limited * Math.PI) / 360)) * 180) / Math.PI;
}

export function startFallback(container: HTMLElement): void {
    const land = svg("g", { class: "flat-land" });
    const zones = svg("g", {});
    const marks = svg("g", {});
    const root = svg("svg", { class: "flat-map", role: "img", preserveAspectRatio: "xMidYMid meet" }, land, zones, marks);
    container.prepend(root);
    container.append(h("div", { class: "map-corner" }, movers()));
    let bounds: Bounds | null = null;
    let scale = 1;
    const x = (lon: number): number => (lon - (bounds?.west ?? 0)) * scale;
    const y = (lat: number): number => (mercator(bounds?.north ?? 0) - mercator(lat)) * scale;
    const path = (rings: Ring[]): string =>
        rings.map((ring) => `M${ring.map(([lon, lat]) => `${x(lon).toFixed(1)} ${y(lat).toFixed(1)}`).join("L")}Z`).join("");

    function frame(): void {
        const selected = selectedIncident();
        const wanted = (selected && incidentBounds(selected.incident)) ?? firstBounds();
        if (!wanted) {
            return;
        }
        const wide = Math.max(0.2, (wanted.east - wanted.west) * 0.2);
        bounds = { west: wanted.west - wide, east: wanted.east + wide, south: wanted.south - wide, north: wanted.north + wide };
        scale = SIZE / (bounds.east - bounds.west);
        setAttribute(root, "viewBox", `0 0 ${SIZE} ${Math.max(1, y(bounds.south)).toFixed(0)}`);
        drawZones();
        void drawLand();
    }

    function zoneLabel(zone: ZoneFeature): SVGElement {
        const box = zoneBounds(zone);
        const pixel = SIZE / Math.max(200, root.clientWidth || 400);
        const at = { x: x((box.west + box.east) / 2), y: y(box.north) + 18 * pixel, "font-size": 12 * pixel };
        const carrier = carrierState(zone, false);
        const text = [zoneName(zone.id), band(zone.properties), ...(carrier === null ? [] : [carrier])].join(" · ");
        return svg("text", { class: "flat-zone-name", ...at }, text);
    }

    // Edges as on the other map: dashed for a corridor, dotted while not active.
    function edge(zone: ZoneFeature): string | null {
        return zone.properties.active_now === false ? "2 5" : zone.now?.state === "stale" ? "3 5 8 5" : zone.properties.kind === "corridor" ? "9 5" : null;
    }

    function drawZones(): void {
        const palette = PALETTES[theme()];
        fill(
            zones,
            ...[...current().zones.values()].map((zone) => {
                const colour = palette.kind[zone.properties.kind];
                const act = (): void => change({ do: "select", selection: { kind: "zone", id: zone.id } });
                const d = zonePolygons(zone).map(path).join("");
                const shape = { d, fill: colour, stroke: colour, "stroke-dasharray": edge(zone), onclick: act };
                return svg("path", { class: "flat-zone", ...shape }, svg("title", {}, zoneName(zone.id)));
            }),
            ...[...current().zones.values()].filter((zone) => !isEmpty(zoneBounds(zone))).map(zoneLabel),
        );
    }

    async function drawLand(): Promise<void> {
        const atlas = await loadAtlas<Topology<{ land: GeometryCollection }>>("50m");
        const shapes = feature(atlas, atlas.objects.land).features.flatMap(({ geometry }) =>
            geometry.type === "MultiPolygon" ? geometry.coordinates : geometry.type === "Polygon" ? [geometry.coordinates] : [],
        );
        fill(land, svg("path", { d: shapes.map((rings) => path(rings as Ring[])).join("") }));
    }

    function drawMarks(): void {
        if (!bounds) {
            frame();
        }
        const shown = scene(theme());
        const pixel = SIZE / Math.max(200, root.clientWidth || 400);
        fill(
            marks,
            ...shown.marks.slice(-MARKS_MAX).map((mark) => {
                const [r, g, b, a] = mark.colour;
                const colour = `rgba(${Math.round(r * 255)},${Math.round(g * 255)},${Math.round(b * 255)},${a})`;
                const place = `translate(${x(mark.lon).toFixed(1)} ${y(mark.lat).toFixed(1)}) rotate(${mark.angle_deg}) scale(${pixel})`;
                const hollow = (mark.shape & SHAPE_HOLLOW) !== 0;
                const paint = hollow ? { fill: "none", stroke: colour } : { fill: colour };
                return svg("path", { d: "M0-8 6 7 0 4-6 7Z", transform: place, ...paint });
            }),
            ...shown.labels.slice(0, 20).map((label) =>
                svg(
                    "text",
                    { x: x(label.lon) + 12 * pixel, y: y(label.lat), "font-size": 12 * pixel, class: "flat-label" },
                    label.lines[0] ?? "",
                ),
            ),
        );
        setAttribute(root, "aria-label", t("map_label"));
    }

    frame();
    drawMarks();
    subscribe((topics) => {
        if (topics.has("zones") || topics.has("selection") || topics.has("session")) {
            frame();
        }
        if (topics.has("status") && bounds && [...current().zones.values()].some((zone) => zone.now)) {
            drawZones();
        }
        if (topics.has("tracks") || topics.has("selection")) {
            drawMarks();
        }
    });
    provide({
        flyTo: () => undefined,
        focus: () => {
            const first = [...current().incidents.values()][0];
            if (first && !current().selection) {
                selectIncident(first.incident);
            }
        },
    });
}
