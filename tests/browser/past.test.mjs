// Journeys into the past, against the real program alone: the made-up server has no journal.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { DESKTOP, launch, live, openPage, PHONE, server } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.LEEWARD_SHOTS;
const skip = process.env.LEEWARD_URL ? false : "only against the real program";

let browser;
before(async () => {
    browser = await launch();
});
after(() => browser?.close());

async function inThePast(options, act) {
    const under = await server();
    const opened = await openPage(browser, under.address, { ...options, path: `/#token=${under.operator}` });
    try {
        await live(opened.page);
        await opened.page.waitForFunction(() => window.leeward.state().incidents.size > 0, null, { timeout: 60000 });
        await opened.page.keyboard.press("h");
        await shown(opened.page);
        await act(opened.page, under);
        assert.deepEqual(opened.outside, [], "a request left the origin");
        assert.deepEqual(opened.errors, [], "the page reported errors");
    } finally {
        await opened.context.close();
        await under.close();
    }
}

// The picture on the screen is that of the moment wanted.
function shown(page) {
    return page.waitForFunction(
        () => {
            const { past } = window.leeward.state();
            return past && past.t_us === past.wanted_us;
        },
        null,
        { timeout: 30000 },
    );
}

function past(page) {
    return page.evaluate(() => window.leeward.state().past);
}

async function violations(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

async function shot(page, name) {
    if (shots) {
        mkdirSync(shots, { recursive: true });
        await page.waitForTimeout(1500);
        await page.screenshot({ path: join(shots, `${name}.png`) });
    }
}

describe("the past", { skip }, () => {
    test("shows what the server knew at that moment, and says so", async () => {
        await inThePast({ viewport: DESKTOP }, async (page, under) => {
            const at = (await past(page)).t_us;
            const then = await (await fetch(`${under.address}/api/v1/tracks?at=${at}`)).json();
            const here = await page.evaluate(() => [...window.leeward.state().targets.values()].map(({ track }) => track));
            assert.equal(then.t_us, at);
            assert.deepEqual(new Map(here.map((one) => [one.target, one])), new Map(then.tracks.map((one) => [one.target, one])));
            assert.match(await page.locator(".past-words").textContent(), /looking at the past: \d{4}-.*Z$/);
            assert.equal(await page.evaluate(() => window.leeward.serverNow()), at);
            assert.deepEqual(await violations(page), []);
            await shot(page, "past-desktop");
        });
    });

    test("is moved through by keyboard, played, and left for the present", async () => {
        await inThePast({ viewport: DESKTOP }, async (page) => {
            await page.locator(".past-slider").focus();
            await page.keyboard.press("End");
            await shown(page);
            const first = await past(page);
            await page.keyboard.press("ArrowLeft");
            await page.keyboard.press("ArrowLeft");
            await shown(page);
            assert.ok((await past(page)).t_us < first.t_us, "the left arrow goes back");
            await page.keyboard.press("Home");
            await shown(page);
            await page.keyboard.press("p");
            await page.waitForFunction((was) => window.leeward.state().past.t_us >= was + 4e6, (await past(page)).t_us, { timeout: 20000 });
            await page.keyboard.press("p");
            assert.equal((await past(page)).speed, 0);
            await page.keyboard.press(".");
            await page.waitForFunction(() => window.leeward.state().selection?.kind === "incident", null, { timeout: 20000 });
            await shown(page);
            const incident = await page.evaluate(() => window.leeward.state().selection.id);
            const there = await page.evaluate(() => [...window.leeward.state().incidents.keys()]);
            assert.ok(there.includes(incident), `the incident jumped to, ${incident}, is there: ${there} at ${JSON.stringify(await past(page))}`);
            await page.keyboard.press("a");
            assert.equal(await page.locator("dialog[open]").count(), 0, "nothing can be acknowledged in the past");
            await page.keyboard.press("h");
            await live(page);
            assert.equal(await past(page), null);
            await page.locator(".past").waitFor({ state: "hidden", timeout: 5000 });
            const status = await page.evaluate(() => window.leeward.state().status.t_us);
            await page.waitForFunction((was) => window.leeward.state().status.t_us > was, status, { timeout: 10000 });
        });
    });

    test("is found by searching for an incident that is over", async () => {
        await inThePast({ viewport: DESKTOP }, async (page, under) => {
            await page.keyboard.press("h");
            await live(page);
            const found = (await (await fetch(`${under.address}/api/v1/search?limit=200`)).json()).incidents;
            const ended = found.find((one) => one.state === "ended");
            if (!ended) {
                return; // the recording has not come so far
            }
            await page.keyboard.press("/");
            await page.locator("dialog.search input").fill(ended.incident);
            await page.locator("dialog.search li", { hasText: "past" }).first().click();
            await page.waitForFunction((id) => window.leeward.state().selection?.id === id, ended.incident, { timeout: 20000 });
            await shown(page);
            assert.ok(await page.evaluate((id) => window.leeward.state().incidents.get(id).state !== undefined, ended.incident));
        });
    });

    for (const [name, options] of [
        ["a phone", { viewport: PHONE }],
        ["a phone in Arabic", { viewport: PHONE, lang: "ar" }],
    ]) {
        test(`fits ${name}`, async () => {
            await inThePast(options, async (page) => {
                if (options.lang) {
                    await page.waitForFunction(() => document.documentElement.dir === "rtl");
                }
                const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
                assert.equal(over, 0, "it is wider than the screen");
                for (const part of [".past-slider", ".past .button.primary"]) {
                    const box = await page.locator(part).boundingBox();
                    assert.ok(box.height >= 44 && box.x >= 0 && box.x + box.width <= PHONE.width, `${part} cannot be touched`);
                }
                assert.deepEqual(await violations(page), []);
                await shot(page, options.lang ? "past-phone-ar" : "past-phone");
            });
        });
    }
});
