// The altitude profile (page/src/views/profile.ts) drawn into elements that only remember what they are made of.
// Leaves with 77, which ctest reads as skipped, where the packages of the page are not installed.
//
// usage: node test_profile.mjs
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import test from "node:test";

const page = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "page");
const esbuild = (() => {
    try {
        return createRequire(join(page, "build.mjs"))("esbuild");
    } catch {
        console.log("skipped: the packages of the page are not installed");
        process.exit(77);
    }
})();

class Element {
    constructor(tag) {
        this.tag = tag;
        this.attributes = {};
        this.children = [];
    }
    setAttribute(name, value) {
        this.attributes[name] = value;
    }
    removeAttribute(name) {
        delete this.attributes[name];
    }
    append(child) {
        this.children.push(child);
    }
}
globalThis.document = {
    createElement: (tag) => new Element(tag),
    createElementNS: (_space, tag) => new Element(tag),
};

async function load() {
    const folder = mkdtempSync(join(tmpdir(), "leeward-profile-"));
    const file = join(folder, "profile.mjs");
    await esbuild.build({
        stdin: {
            contents: 'export { profile } from "./views/profile"; export { current } from "./store";',
            resolveDir: join(page, "src"),
            loader: "ts",
        },
        bundle: true,
        format: "esm",
        platform: "node",
        outfile: file,
        logLevel: "error",
    });
    const loaded = await import(pathToFileURL(file));
    rmSync(folder, { recursive: true });
    return loaded;
}

const { profile, current } = await load();
const S = 1_000_000;
const NOW_US = 1_800_000_000 * S;
const LEFT = 50;
const RIGHT = 332;

// A target at 3,000 ft, heard every ten seconds for two minutes until so long ago.
function draw(state, ago_s) {
    const trail = [];
    for (let t_s = -ago_s - 120; t_s <= -ago_s; t_s += 10) {
        trail.push({ t_us: NOW_US + t_s * S, lat: 50, lon: 10, alt_ft: 3000 });
    }
    const store = current();
    store.clockAnchor_us = NOW_US;
    store.targets.set("icao24:abcdef", { track: { target: "icao24:abcdef", vertical_rate_fpm: 0 }, trail });
    const figure = profile({ incident: "1", target: "icao24:abcdef", zone: "none", state });
    const parts = figure.children[0].children;
    const found = (name) => parts.filter((part) => part.attributes.class === name);
    const points = (part) => part.attributes.d.slice(1).split("L").map((point) => point.split(" ").map(Number));
    return { flown: points(found("flown")[0]), ahead: found("ahead"), now: found("now")[0], here: found("here")[0] };
}

function assertWithin(points) {
    for (const [x] of points) {
        assert.ok(x >= LEFT - 0.1 && x <= RIGHT + 0.1, `${x} lies outside the plot`);
    }
}

test("of a target that is heard the last minutes and the way ahead are drawn", () => {
    const drawn = draw("entered", 0);
    assert.equal(drawn.flown.length, 13);
    assertWithin(drawn.flown);
    assert.equal(drawn.ahead.length, 1);
    assert.equal(drawn.here.attributes.cx, drawn.now.attributes.x1);
});

for (const ago_s of [180, 600, 7200]) {
    test(`of a target lost ${ago_s} s ago the last report lies in the plot, and nothing is predicted`, () => {
        const drawn = draw("lost", ago_s);
        assert.ok(drawn.flown.length >= 4, `${drawn.flown.length} points`);
        assertWithin(drawn.flown);
        const here = Number(drawn.here.attributes.cx);
        assertWithin([[here]]);
        assert.ok(Math.abs(drawn.flown.at(-1)[0] - here) < 0.1);
        assert.ok(here < Number(drawn.now.attributes.x1), "it was before now");
        assert.equal(drawn.ahead.length, 0);
    });
}

test("of one that is lost while it was predicted no way ahead is drawn once it has ended", () => {
    assert.equal(draw("ended", 600).ahead.length, 0);
    assert.equal(draw("predicted", 600).ahead.length, 1);
});
