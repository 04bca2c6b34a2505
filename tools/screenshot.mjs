// Pictures of the page with an incident selected; see tools/screenshot.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DESKTOP, launch, live, mapReady, openIncident, openPage, PHONE, server } from "../tests/browser/browser.mjs";

const SETTLE_MS = 5000;
const given = process.argv.length > 3 ? process.argv[2] : undefined;
const out = process.argv[given ? 3 : 2] ?? "screenshots";
const under = given ? null : await server();
const url = new URL(given ?? `${under.address}/#token=${under.operator}`);
mkdirSync(out, { recursive: true });
const browser = await launch();

async function take(name, options, sheet) {
    const { page, context } = await openPage(browser, url.origin, { ...options, path: `/${url.hash}` });
    await live(page);
    await mapReady(page);
    await openIncident(page);
    if (options.viewport === DESKTOP) {
        await page.locator(".group-needs .row-head").first().click();
    } else if (sheet) {
        await page.locator(".phone-bar .tab").nth(1).click();
    }
    await page.waitForTimeout(SETTLE_MS);
    await page.screenshot({ path: join(out, `${name}.png`) });
    await context.close();
    console.log(join(out, `${name}.png`));
}

try {
    await take("desktop-dark", { viewport: DESKTOP, theme: "dark" });
    await take("desktop-light", { viewport: DESKTOP, theme: "light" });
    await take("desktop-ar", { viewport: DESKTOP, theme: "dark", lang: "ar" });
    await take("phone-dark", { viewport: PHONE, theme: "dark" });
    await take("phone-map", { viewport: PHONE, theme: "dark" }, true);
} finally {
    await browser.close();
    await under?.close();
}
