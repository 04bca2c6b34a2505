// GeoJSON of the map's sources, made from the store and from the packed basemap.
import type { FeatureCollection } from "geojson";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import * as format from "../format";
import { circle, isEmpty, zoneBounds, zonePolygons } from "../geometry";
import type { ZoneProperties } from "../api";
import { carrierState, zoneName } from "../judge";
import { loadAtlas, loadCountries, loadPlaces, type Detail } from "../places";
import { current, serverNow, SIGHTING_SHOWN_US } from "../store";
import { named, t } from "../words";

type Atlas = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

export const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

export async function landAndBorders(detail: Detail): Promise<{ land: FeatureCollection; borders: FeatureCollection }> {
    const atlas = await loadAtlas<Atlas>(detail);
    const inner = mesh(atlas, atlas.objects.countries, (a, b) => a !== b);
    return {
        land: feature(atlas, atlas.objects.land) as FeatureCollection,
        borders: { type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: inner }] },
    };
}

function fromZoom(population: number, capital: boolean): number {
    if (capital || population >= 3e6) {
        return 4;
    }
    return population >= 1e6 ? 5 : population >= 3e5 ? 6 : population >= 1e5 ? 7 : population >= 4e4 ? 8.5 : 9.5;
}

export async function placePoints(): Promise<FeatureCollection> {
    const places = await loadPlaces();
    return {
        type: "FeatureCollection",
        features: places.map((place, index) => ({
            type: "Feature",
            geometry: { type: "Point", coordinates: [place.lon, place.lat] },
            properties: {
                name: place.name,
                from_zoom: fromZoom(place.population, place.capital),
                big: place.capital || place.population >= 1e6,
                order: place.capital ? index - 1e5 : index,
            },
        })),
    };
}

export async function countryPoints(): Promise<FeatureCollection> {
    const countries = await loadCountries();
    return {
        type: "FeatureCollection",
        features: countries.map((country) => ({
            type: "Feature",
            geometry: { type: "Point", coordinates: [country.lon, country.lat] },
            properties: { en: country.en.toUpperCase(), ar: country.ar, area: country.area },
        })),
    };
}

// Of a zone that is about to begin, and may be predicted to be around somebody.
function startsSoon(zone: ZoneProperties): string | null {
    return zone.pre_active_now && zone.starts_us !== undefined ? t("starts_at", { time: format.utcClock(zone.starts_us) }) : null;
}

export function zoneShapes(): { zones: FeatureCollection; labels: FeatureCollection; routes: FeatureCollection } {
    const zones: FeatureCollection = { type: "FeatureCollection", features: [] };
    const routes: FeatureCollection = { type: "FeatureCollection", features: [] };
    const labels: FeatureCollection = { type: "FeatureCollection", features: [] };
    for (const zone of current().zones.values()) {
        const { kind, active_now } = zone.properties;
        const bounds = zoneBounds(zone);
        if (zone.properties.moving && zone.geometry?.type === "LineString") {
            routes.features.push({ type: "Feature", properties: { zone: zone.id, kind }, geometry: zone.geometry });
        }
        if (isEmpty(bounds)) {
            continue;
        }
        const carrier = carrierState(zone, false);
        const properties = {
            zone: zone.id,
            kind,
            active: active_now !== false,
            stale: zone.now?.state === "stale",
            name: zoneName(zone.id),
            band: [format.band(zone.properties), carrier, startsSoon(zone.properties)].filter(Boolean).join("\n"),
            // Those that move are few and matter more: they are named from farther away.
            span: Math.max(bounds.east - bounds.west, bounds.north - bounds.south) * (carrier === null ? 1 : 3),
        };
        const coordinates = zonePolygons(zone);
        zones.features.push({ type: "Feature", properties, geometry: { type: "MultiPolygon", coordinates } });
        // Near the northern edge, where it hides least of what flies inside.
        const at = [(bounds.west + bounds.east) / 2, bounds.north - (bounds.north - bounds.south) * 0.2];
        labels.features.push({ type: "Feature", properties, geometry: { type: "Point", coordinates: at } });
    }
    return { zones, labels, routes };
}

export function sightingShapes(): { areas: FeatureCollection; labels: FeatureCollection } {
    const areas: FeatureCollection = { type: "FeatureCollection", features: [] };
    const labels: FeatureCollection = { type: "FeatureCollection", features: [] };
    const now_us = serverNow();
    for (const sighting of current().sightings.values()) {
        const age_us = Math.max(0, now_us - sighting.t_us);
        if (age_us > SIGHTING_SHOWN_US) {
            continue;
        }
        const { lat, lon, radius_m } = sighting.area;
        const grown_m = radius_m + ((sighting.grows_mps ?? 0) * age_us) / format.US_PER_S;
        const strength = 0.18 * (1 - (0.7 * age_us) / SIGHTING_SHOWN_US);
        const how = named("how", sighting.how ?? "heard");
        const count = (sighting.count ?? 1) > 1 ? `${sighting.count} × ` : "";
        const text = t("sighting_text", {
            what: count + named("what", sighting.what),
            how,
            age: format.between(sighting.t_us, now_us),
        });
        areas.features.push({
            type: "Feature",
            properties: { strength },
            geometry: { type: "Polygon", coordinates: [circle(lat, lon, grown_m)] },
        });
        labels.features.push({ type: "Feature", properties: { text }, geometry: { type: "Point", coordinates: [lon, lat] } });
    }
    // What was made of sightings is a region too: nobody knows a place of it.
    for (const { track } of current().targets.values()) {
        if (!track.region_m || track.lat === undefined || track.lon === undefined) {
            continue;
        }
        areas.features.push({
            type: "Feature",
            properties: { strength: 0.22 },
            geometry: { type: "Polygon", coordinates: [circle(track.lat, track.lon, track.region_m)] },
        });
        labels.features.push({
            type: "Feature",
            properties: { text: track.target },
            geometry: { type: "Point", coordinates: [track.lon, track.lat] },
        });
    }
    return { areas, labels };
}
