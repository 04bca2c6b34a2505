// Journeys through the duty officer's page. With LEEWARD_URL they run against a real server, else
// against the made-up one, which alone can be hushed, stopped and started.
import assert from "node:assert/strict";
import { readFileSync, statSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FakeServer } from "../../page/dev/fake-server.mjs";
import { DESKTOP, launch, live, mapReady, openIncident, openPage, PHONE, server, SMALL } from "./browser.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../../page/dist");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.LEEWARD_SHOTS;
const real = Boolean(process.env.LEEWARD_URL);
const FIRST_PAINT_BYTES_MAX = 200000;

let browser;

async function violations(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

async function withPage(options, act, serverOptions) {
    const under = await server(serverOptions);
    const opened = await openPage(browser, under.address, {
        ...options,
        path: options.token === false ? "/" : `${options.path ?? "/"}#token=${under.operator}`,
    });
    try {
        await live(opened.page);
        await act(opened.page, under, opened);
        assert.deepEqual(opened.outside, [], "a request left the origin");
        assert.deepEqual(opened.errors, [], "the page reported errors");
    } finally {
        await opened.context.close();
        await under.close();
    }
}

function positions(page) {
    return page.evaluate(() => JSON.stringify([...window.leeward.state().targets.values()].map(({ track }) => [track.lat, track.lon])));
}

async function acknowledgeFirst(page) {
    const row = page.locator(".group-needs .row").first();
    const id = await row.getAttribute("data-incident");
    await page.locator(`.row[data-incident="${id}"] .button.primary`).click();
    await page.locator("dialog input[name=by]").fill("Test officer");
    await page.locator("dialog input[name=note]").fill("seen");
    await page.locator("dialog button[type=submit]").click();
    await page.waitForFunction((key) => window.leeward.state().incidents.get(key)?.acknowledged?.by === "Test officer", id, { timeout: 10000 });
    return id;
}

async function overflow(page) {
    return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

async function shot(page, name) {
    if (shots) {
        mkdirSync(shots, { recursive: true });
        await page.screenshot({ path: join(shots, `${name}.png`) });
    }
}

before(async () => {
    browser = await launch();
});
after(() => browser?.close());

describe("the duty officer's page", () => {
    test("loads, draws the map and shows aircraft that move", async () => {
        await withPage({}, async (page) => {
            await mapReady(page);
            const first = await positions(page);
            await page.waitForFunction((was) => {
                const now = [...window.leeward.state().targets.values()].map(({ track }) => [track.lat, track.lon]);
                return now.length > 0 && JSON.stringify(now) !== was;
            }, first, { timeout: 30000 });
            await page.waitForFunction(() => (window.leeward.map()?.drawn()?.marks.length ?? 0) > 0, null, { timeout: 20000 });
        });
    });

    test("takes the token out of the address, acknowledges an incident, and still shows it after a reload", async () => {
        await withPage({}, async (page) => {
            assert.equal(new URL(page.url()).hash, "");
            await openIncident(page);
            const id = await acknowledgeFirst(page);
            await page.reload();
            await live(page);
            const kept = await page.evaluate((key) => window.leeward.state().incidents.get(key)?.acknowledged, id);
            assert.equal(kept.by, "Test officer");
            assert.equal(kept.note, "seen");
        });
    });

    test("asks for the token when it has none and says when it is refused", async () => {
        await withPage({ token: false }, async (page) => {
            await openIncident(page);
            await page.locator(".group-needs .row .button.primary").first().click();
            await page.locator("dialog input[name=by]").fill("Test officer");
            await page.locator("dialog button[type=submit]").click();
            await page.locator("dialog input[name=token]").fill("wrong");
            await page.locator("dialog button[type=submit]").click();
            await page.waitForFunction(() => document.querySelector(".notice.bad")?.textContent.includes("refused"), null, { timeout: 10000 });
            assert.equal(await page.evaluate(() => sessionStorage.getItem("leeward.token")), null);
        });
    });

    test("shows the height above the sea by the pressure that is stated, and states one", { skip: real }, async () => {
        await withPage({ viewport: DESKTOP }, async (page) => {
            await openIncident(page);
            await page.locator(".group-needs .row-head").first().click();
            await page.locator(".panel dd", { hasText: "1003.2 hPa" }).first().waitFor({ state: "visible" });
            const facts = await page.locator(".panel .fact").evaluateAll((all) =>
                Object.fromEntries(all.map((one) => [one.querySelector("dt").textContent, one.querySelector("dd").textContent])));
            const feet = (word) => Number(facts[word].split("ft")[0].replace(/\D/g, ""));
            assert.equal(feet("Above the sea"), feet("Altitude") - 274);
            await page.getByRole("button", { name: "Warnings" }).first().click();
            await page.locator(".panel button", { hasText: "State a pressure" }).click();
            for (const [name, value] of Object.entries({ by: "Test officer", id: "OSDI", qnh_hpa: "1013.2", lat: "33.4", lon: "36.5" })) {
                await page.locator(`dialog input[name=${name}]`).fill(value);
            }
            await page.locator("dialog button[type=submit]").click();
            await page.locator(".panel li", { hasText: "OSDI: 1013.2 hPa" }).waitFor({ state: "visible" });
        });
    });

    test("unfolds what a target says of itself, in plain words and both languages", async () => {
        await withPage({ viewport: DESKTOP }, async (page) => {
            await openIncident(page);
            await page.locator(".group-needs .row-head").first().click();
            const fold = page.locator(".panel .fold");
            await fold.waitFor({ state: "visible" });
            assert.equal(await fold.getAttribute("aria-expanded"), "false");
            assert.equal(await page.locator(".panel .said .fact").count(), 0);
            await fold.focus();
            await page.keyboard.press("Enter");
            await page.locator(".panel .said .fact").first().waitFor({ state: "visible" });
            if (!real) {
                const said = async () => Object.fromEntries(await page.locator(".panel .said .fact").evaluateAll((all) =>
                    all.map((one) => [one.querySelector("dt").textContent, one.querySelector("dd").textContent.replace(/\u00a0/g, " ")])));
                const facts = await said();
                assert.equal(facts["Selected altitude"], "9,000 ft, set by the crew");
                assert.equal(facts.Turn, "to the left, 1.5°/s");
                assert.equal(facts.Bank, "left wing down 21°");
                assert.equal(facts["Indicated airspeed"], "212 kt (393 km/h)");
                assert.equal(facts.Altimeter, "checked against a second one");
                assert.equal(facts["Heard by"], "made-up beast, made-up mlat");
                // What was said minutes ago has its age.
                assert.match(facts["Pressure set aboard"], /^1003\.2 hPa \(3 min \d+ s ago\)$/);
                await shot(page, "desktop-said");
                await page.getByRole("button", { name: "العربية" }).click();
                await page.locator(".panel .said dd", { hasText: "ضبطه الطاقم" }).waitFor({ state: "visible" });
                await shot(page, "desktop-said-arabic");
            }
            // The panel is filled anew each second; who reads by keyboard stays where he is.
            await fold.focus();
            await page.waitForTimeout(2500);
            assert.equal(await page.evaluate(() => document.activeElement?.className), "fold");
            assert.equal(await fold.getAttribute("aria-expanded"), "true");
            assert.equal(await overflow(page), 0);
        });
    });

    test("shows an emergency without being asked", { skip: real }, async () => {
        await withPage({ viewport: PHONE }, async (page) => {
            await openIncident(page);
            await page.locator(".row", { hasText: "MADEUP2" }).locator(".row-actions button").nth(1).click();
            await page.locator(".panel .said .fact", { hasText: "little fuel left" }).waitFor({ state: "visible" });
            await page.locator(".panel .fold").click();
            await page.locator(".panel .said dd", { hasText: "0.39" }).waitFor({ state: "visible" });
            await page.evaluate(() => document.querySelector(".panel .said").scrollIntoView()); // it is renewed each second
            await shot(page, "phone-said");
            assert.equal(await overflow(page), 0);
        });
    });

    test("flies to a chosen incident and dims what else there is", async () => {
        await withPage({ viewport: DESKTOP }, async (page) => {
            await mapReady(page);
            await openIncident(page);
            const before = await page.evaluate(() => window.leeward.map().zoom());
            await page.locator(".group-needs .row-head").first().click();
            await page.waitForFunction((was) => window.leeward.map().zoom() !== was, before, { timeout: 20000 });
            await page.waitForFunction(() => window.leeward.map().drawn().marks.some((mark) => mark.colour[3] < 0.5));
            await page.locator(".panel .timeline li").first().waitFor({ state: "visible" });
            await shot(page, "desktop-incident");
        });
    });

    test("works by keyboard alone", async () => {
        await withPage({}, async (page) => {
            await openIncident(page);
            await page.keyboard.press("j");
            const first = await page.evaluate(() => window.leeward.state().selection?.id);
            assert.ok(first);
            await page.keyboard.press("?");
            await page.locator("dialog.help").waitFor({ state: "visible" });
            await page.keyboard.press("?");
            await page.locator("dialog.help").waitFor({ state: "detached" });
            await page.keyboard.press("/");
            await page.locator("dialog.search").waitFor({ state: "visible" });
            await page.keyboard.type("zzzzz");
            await page.waitForFunction(() => document.querySelector(".search-empty")?.textContent !== "");
            await page.keyboard.press("Escape");
            await page.keyboard.press("k");
            await page.keyboard.press("a");
            await page.locator("dialog input[name=by]").fill("Test officer");
            await page.keyboard.press("Enter");
            await page.waitForFunction((id) => window.leeward.state().incidents.get(id)?.acknowledged, first, { timeout: 10000 });
            await page.keyboard.press("Escape");
            await page.waitForFunction(() => window.leeward.state().selection === null);
        });
    });

    test("finds a town of the basemap", async () => {
        await withPage({}, async (page) => {
            await page.keyboard.press("/");
            await page.keyboard.type("aleppo");
            await page.waitForFunction(() => document.querySelector(".results li")?.textContent.includes("Aleppo"), null, { timeout: 15000 });
        });
    });

    for (const [name, viewport, theme, lang] of [
        ["desktop dark", DESKTOP, "dark", "en"],
        ["desktop light in Arabic", DESKTOP, "light", "ar"],
        ["phone light", PHONE, "light", "en"],
        ["phone dark in Arabic", PHONE, "dark", "ar"],
    ]) {
        test(`has no accessibility violation and no overflow: ${name}`, async () => {
            await withPage({ viewport, theme, lang }, async (page) => {
                await openIncident(page);
                await mapReady(page);
                assert.equal(await page.evaluate(() => document.documentElement.dir), lang === "ar" ? "rtl" : "ltr");
                assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
                await page.waitForTimeout(2000);
                await shot(page, `${name.replaceAll(" ", "-")}-list`);
                assert.deepEqual(await violations(page), []);
                assert.ok((await overflow(page)) <= 0);
                await page.locator(".group-needs .row-actions button").nth(1).click();
                await page.waitForTimeout(1500);
                await shot(page, `${name.replaceAll(" ", "-")}-details`);
                assert.deepEqual(await violations(page), []);
                assert.ok((await overflow(page)) <= 0);
                if (viewport === DESKTOP) {
                    const [list, map] = await page.evaluate(() => [".list", ".map"].map((one) => document.querySelector(one).getBoundingClientRect().x));
                    assert.equal(list > map, lang === "ar");
                } else {
                    await page.locator(".phone-bar .tab").nth(1).click();
                    await page.waitForTimeout(800);
                    await page.locator(".map-section").waitFor({ state: "visible" });
                    await shot(page, `${name.replaceAll(" ", "-")}-map`);
                    assert.deepEqual(await violations(page), []);
                }
            });
        });
    }

    for (const [name, viewport, path] of [["desktop", DESKTOP, "/"], ["phone", PHONE, "/"], ["without WebGL", SMALL, "/?flat"]]) {
        test(`draws zones that move where they are and says which are nowhere: ${name}`, { skip: real }, async () => {
            await withPage({ viewport, path }, async (page, under) => {
                await mapReady(page);
                if (viewport === PHONE) {
                    await page.locator(".phone-bar .tab").nth(1).click();
                }
                const list = page.locator(".movers");
                await list.waitFor({ state: "visible" });
                assert.match(await list.locator("summary").textContent(), /Zones that move · 1 not known where/);
                if (viewport === PHONE) {
                    await shot(page, "movers-folded");
                    await list.locator("summary").focus();
                    await page.keyboard.press("Enter");
                }
                await list.locator(".mover").first().waitFor({ state: "visible" });
                // What is not known comes first and is said in words.
                assert.deepEqual(await list.locator(".mover-name").allTextContents(), ["Relief ship", "Medevac bubble", "Convoy road"]);
                assert.match(await list.locator(".mover-state").first().textContent(), /not known/);
                if (path === "/") {
                    const shape = () => page.evaluate(() => window.leeward.map().zones());
                    const first = await shape();
                    assert.ok(!first.includes("relief-ship") && first.includes("medevac") && first.includes("convoy-road"));
                    await page.waitForFunction((was) => window.leeward.map().zones() !== was, first, { timeout: 10000 });
                } else {
                    await page.waitForFunction(() => document.querySelectorAll(".flat-zone[d^=M]").length === 8, null, { timeout: 10000 });
                    assert.equal(await page.locator(".flat-zone").count(), 9);
                }
                await page.waitForTimeout(1500);
                await shot(page, `movers-${name.replaceAll(" ", "-")}`);
                assert.deepEqual(await violations(page), []);
                assert.ok((await overflow(page)) <= 0);
                // The carrier falls silent: the list says so and the order follows.
                under.fake.silentFrom = under.fake.ticks;
                await page.waitForFunction(() => /silent/.test(document.querySelectorAll(".mover-state")[1]?.textContent), null, { timeout: 15000 });
                // By keyboard alone, and the focus stays where it is while the list is filled anew.
                await list.locator("button[data-zone=convoy-road]").focus();
                await page.waitForTimeout(2500);
                assert.equal(await page.evaluate(() => document.activeElement.dataset.zone), "convoy-road");
                await shot(page, `movers-stale-${name.replaceAll(" ", "-")}`);
                await page.keyboard.press("Enter");
                const facts = page.locator(".panel .facts").first();
                await facts.waitFor({ state: "visible" });
                const text = await facts.textContent();
                assert.match(text, /Moves with.*convoy-7/);
                assert.match(text, /silent/);
                assert.match(text, /ahead to .* behind/);
                await shot(page, `movers-panel-${name.replaceAll(" ", "-")}`);
                assert.deepEqual(await violations(page), []);
            }, { movers: true });
        });
    }

    test("without WebGL the list, the details and a plain map remain", async () => {
        await withPage({ path: "/?flat" }, async (page) => {
            await mapReady(page);
            assert.equal(await page.evaluate(() => window.leeward.mapMode()), "flat");
            await openIncident(page);
            await page.waitForFunction(() => document.querySelectorAll(".flat-zone").length > 0, null, { timeout: 15000 });
            await page.locator(".group-needs .row-head").first().click();
            await page.locator(".panel .facts").first().waitFor({ state: "visible" });
        });
    });

    test("first paint weighs little: the map comes later", () => {
        const html = readFileSync(join(dist, "index.html"), "utf8");
        const seen = new Set(html.match(/assets\/[\w.-]+\.(?:js|css)/g));
        for (const file of seen) {
            if (file.endsWith(".js")) {
                for (const found of readFileSync(join(dist, file), "utf8").matchAll(/from"\.\/([\w.-]+\.js)"/g)) {
                    seen.add(`assets/${found[1]}`);
                }
            }
        }
        const bytes = [...seen].reduce((sum, file) => sum + statSync(join(dist, file)).size, 0);
        assert.ok(bytes < FIRST_PAINT_BYTES_MAX, `${bytes} bytes before the first paint`);
    });
});

describe("the duty officer's page over a made-up server", { skip: real }, () => {
    test("says that the link is lost, how old the screen is, stops the countdowns, and comes back", async () => {
        const fake = new FakeServer();
        const address = await fake.listen();
        const { page, context, outside } = await openPage(browser, address);
        await live(page);
        await openIncident(page);
        await fake.close();
        await page.waitForFunction(() => window.leeward.state().phase === "lost", null, { timeout: 5000 });
        await page.waitForFunction(() => !document.querySelector(".stale-bar").hidden);
        const stopped = await page.locator(".group-needs .row-figure").first().textContent();
        await page.waitForTimeout(2500);
        assert.match(await page.locator(".stale-bar p").textContent(), /known [23456]\ss ago/);
        assert.equal(await page.locator(".group-needs .row-figure").first().textContent(), stopped);
        assert.equal(await page.locator(".group-needs .row-figure-label").first().textContent(), "stopped");
        assert.deepEqual(await violations(page), []);
        await shot(page, "link-lost");
        const again = new FakeServer();
        await again.listen(Number(new URL(address).port));
        await live(page);
        assert.ok(await page.locator(".stale-bar").isHidden());
        assert.deepEqual(outside, []);
        await context.close();
        await again.close();
    });

    test("rows stay where they are while the pointer is over the list, and a new high one is announced", async () => {
        await withPage({ viewport: DESKTOP }, async (page) => {
            await openIncident(page);
            await page.locator(".list-body").hover();
            const ids = () => page.evaluate(() => [...document.querySelectorAll(".group-needs .row")].map((row) => row.dataset.incident));
            const before = await ids();
            await page.waitForFunction((n) => document.querySelectorAll(".group-needs .row").length > n, before.length, { timeout: 40000 });
            const during = await ids();
            assert.deepEqual(during.slice(0, before.length), before);
            await page.locator(".reorder").waitFor({ state: "visible" });
            assert.match(await page.locator("[aria-live=assertive]").textContent(), /New high incident: 0BADF5/);
            await page.mouse.move(900, 500);
            await page.waitForFunction((id) => {
                const rows = [...document.querySelectorAll(".group-needs .row")].map((row) => row.dataset.incident);
                return rows.indexOf(id) < 2;
            }, during[during.length - 1], { timeout: 5000 });
            await page.locator(".reorder").waitFor({ state: "hidden" });
        });
    });

    test("sound goes off only under a name and for a time", async () => {
        await withPage({}, async (page) => {
            await page.locator(".tools button[aria-label='Sound on']").click();
            await page.locator("dialog input[name=by]").fill("Night officer");
            await page.locator("dialog button[type=submit]").click();
            await page.waitForFunction(() => [...document.querySelectorAll(".tools button")].some((one) => /Sound off until .* by Night officer/.test(one.getAttribute("aria-label"))));
        });
    });

    test("demo controls steer the demo", async () => {
        await withPage({}, async (page, under) => {
            await page.locator(".ribbon-controls select").selectOption("4");
            await page.waitForFunction(() => window.leeward.state().status.demo.speed === 4, null, { timeout: 5000 });
            await page.locator(".ribbon-controls button").first().click();
            await page.waitForFunction(() => window.leeward.state().status.demo.paused, null, { timeout: 5000 });
            assert.equal(under.fake.paused, true);
        });
    });

    test("calm and silence are told apart", async () => {
        await withPage({}, async (page, under) => {
            assert.match(await page.locator(".empty").textContent(), /Nothing needs you now/);
            under.fake.status = ((status) => () => ({ ...status(), feeds: [] }))(under.fake.status.bind(under.fake));
            await page.waitForFunction(() => document.querySelector(".empty.warn"), null, { timeout: 5000 });
            assert.match(await page.locator(".cells").textContent(), /NO FEED/);
        }, { hush: true });
    });
});
