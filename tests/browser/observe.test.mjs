// The observer's phone page: three taps, a queue while there is no link, nothing kept once received.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { launch, openPage, PHONE, server } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HERE = { latitude: 36.21, longitude: 37.11, accuracy: 25 };
let browser;

async function withObserver(options, act) {
    const under = await server();
    const opened = await openPage(browser, under.address, {
        viewport: PHONE,
        path: `/observe.html#token=${under.observer}`,
        permissions: ["geolocation"],
        geolocation: HERE,
        ...options,
    });
    try {
        await act(opened.page, under, opened);
        assert.deepEqual(opened.outside, []);
        assert.deepEqual(opened.errors, []);
    } finally {
        await opened.context.close();
        await under.close();
    }
}

async function violations(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run());
    return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

before(async () => {
    browser = await launch();
});
after(() => browser?.close());

describe("the observer's page", () => {
    test("reports in three taps and keeps nothing", async () => {
        await withObserver({}, async (page, under) => {
            await page.locator("[data-what=helicopter]").click();
            await page.locator("[data-heading=NE]").click();
            await page.waitForFunction(() => /36\.2100/.test(document.querySelector("main").textContent));
            await page.locator(".send").click();
            await page.waitForFunction(() => document.querySelector(".result.good"), null, { timeout: 10000 });
            assert.equal(await page.evaluate(() => localStorage.getItem("leeward.queue")), null);
            if (under.fake) {
                const last = under.fake.sightings.at(-1);
                assert.deepEqual([last.what, last.heading, last.how, last.count], ["helicopter", "NE", "heard", 1]);
                assert.ok(Math.abs(last.t_us / 1e6 - Date.now() / 1000) < 60);
            }
        });
    });

    test("keeps reports while there is no link, says so, and sends them when it is back", async () => {
        await withObserver({}, async (page, under, { context }) => {
            await context.setOffline(true);
            await page.locator("[data-what=drone]").click();
            await page.locator("[data-heading=unknown]").click();
            await page.waitForFunction(() => /36\.2100/.test(document.querySelector("main").textContent));
            await page.locator(".send").click();
            await page.waitForFunction(() => /No link\. 1 report/.test(document.querySelector(".say").textContent), null, { timeout: 10000 });
            await context.setOffline(false);
            await page.waitForFunction(() => document.querySelector(".result.good"), null, { timeout: 20000 });
            assert.equal(await page.evaluate(() => localStorage.getItem("leeward.queue")), null);
            assert.equal(under.fake?.sightings.at(-1).what ?? "drone", "drone");
        });
    });

    test("takes a position by hand when the phone gives none, and refuses an impossible one", async () => {
        await withObserver({ permissions: [] }, async (page) => {
            await page.locator("[data-what=explosion]").click();
            await page.locator("#by-hand-lat").fill("99");
            await page.locator("#by-hand-lon").fill("37");
            await page.locator(".send").click();
            await page.waitForFunction(() => /A position is needed/.test(document.querySelector(".say").textContent));
            await page.locator("#by-hand-lat").fill("36.3, 37.2");
            assert.equal(await page.locator("#by-hand-lon").inputValue(), "37.2");
            await page.locator(".send").click();
            await page.waitForFunction(() => document.querySelector(".result.good"), null, { timeout: 10000 });
        });
    });

    for (const [lang, theme] of [
        ["ar", "dark"],
        ["en", "light"],
    ]) {
        test(`has no accessibility violation at any step: ${lang} ${theme}`, async () => {
            await withObserver({ lang, theme }, async (page) => {
                assert.equal(await page.evaluate(() => document.documentElement.dir), lang === "ar" ? "rtl" : "ltr");
                assert.deepEqual(await violations(page), []);
                await page.locator("[data-what=jet]").click();
                assert.deepEqual(await violations(page), []);
                await page.locator("[data-heading=W]").click();
                assert.deepEqual(await violations(page), []);
            });
        });
    }
});
