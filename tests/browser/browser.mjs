// What all browser tests share: Chromium, a page that refuses to leave its origin, and the server under test.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { FakeServer, TOKENS } from "../../page/dev/fake-server.mjs";

const CHROMIUM = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
export const SMALL = { width: 900, height: 520 };

export function chromiumPath() {
    return CHROMIUM.find((path) => path && existsSync(path));
}

export function launch() {
    return chromium.launch({
        executablePath: chromiumPath(),
        args: [
            "--headless",
            "--no-sandbox",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--use-gl=angle",
            "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader",
            "--ignore-gpu-blocklist",
        ],
    });
}

// The real server when the caller started one, else the made-up one.
export async function server(options) {
    const address = process.env.LEEWARD_URL;
    if (address) {
        return {
            address: address.replace(/\/$/, ""),
            operator: process.env.LEEWARD_OPERATOR_TOKEN ?? "",
            observer: process.env.LEEWARD_OBSERVER_TOKEN ?? "",
            fake: null,
            close: async () => undefined,
        };
    }
    const fake = new FakeServer(options);
    return { address: await fake.listen(), ...TOKENS, fake, close: () => fake.close() };
}

// A page whose every request is noted; one that leaves the origin is refused and remembered.
export async function openPage(browser, address, { path = "/", viewport = SMALL, theme = "dark", lang = "en", ...more } = {}) {
    const context = await browser.newContext({ viewport, colorScheme: theme, locale: lang, reducedMotion: "reduce", ...more });
    const page = await context.newPage();
    const outside = [];
    const errors = [];
    page.on("request", (request) => {
        const { origin, protocol } = new URL(request.url());
        if (protocol.startsWith("http") && origin !== address) {
            outside.push(request.url());
        }
    });
    page.on("websocket", (socket) => {
        if (new URL(socket.url()).host !== new URL(address).host) {
            outside.push(socket.url());
        }
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
        if (message.type() === "error" && !/Failed to load resource|ERR_CONNECTION|WebSocket connection/.test(message.text())) {
            errors.push(message.text());
        }
    });
    await page.goto(address + path, { waitUntil: "domcontentloaded" });
    return { page, context, outside, errors };
}

export function live(page) {
    return page.waitForFunction(() => window.leeward?.state().loaded && window.leeward.fresh(), null, { timeout: 30000 });
}

export function mapReady(page) {
    return page.waitForFunction(() => window.leeward?.mapMode() === "flat" || window.leeward?.map()?.ready(), null, { timeout: 60000 });
}

export function openIncident(page) {
    return page.waitForFunction(() => document.querySelector(".group-needs .row"), null, { timeout: 150000 });
}
