import { existsSync } from "node:fs";
import type { Browser, BrowserContext } from "playwright-core";
import { type Measurement, percentile } from "../../backend/bench/measurement.js";
import { openBenchDatabase, startBenchBackend } from "../../backend/bench/services.js";
import { CHROMIUM, launchChromium } from "../src/testing/chromium.js";
import { insertLongSession } from "../src/testing/long-session.js";
import { changeOfPageMs, firstViewMs, scriptBytes, watchFirstView } from "../src/testing/page-times.js";
import { seedSession, sendSession } from "../src/testing/seed-session.js";
import { settled } from "../src/testing/settle.js";
import { longestTaskMs, type Trace, traced } from "../src/testing/trace.js";

const VISITS = 7;
const ROUNDS = 5;
const PAGES = ["Decisions", "Models", "Quality"] as const;
const DRAG_MS = 1_500;
const SETTLES_WITHIN_MS = 60_000;
const FRAME_MS = 1_000 / 60;

/** What people wait for in the web UI, with a backend on the same machine; none where there is no browser. */
export async function run(): Promise<Measurement[]> {
  if (!existsSync(CHROMIUM)) return [];
  const database = await openBenchDatabase();
  const backend = await startBenchBackend(database.config, "all");
  const browser = await launchChromium();
  try {
    await insertLongSession(backend.url, database.pool);
    await sendSession(
      backend.url,
      seedSession({
        prefix: "f",
        name: "Full",
        squares: 60,
        openedSquares: 1,
        holesPerSquare: 1_000,
        imagedPerSquare: 120,
      }),
    );
    await settled(database.pool, SETTLES_WITHIN_MS);
    const sendResult = async (value: number): Promise<unknown> => {
      const micrograph = "l-micrograph-0-0";
      await database.pool.query("update micrographs set ctf_max_resolution_estimate = $1 where uuid = $2", [
        value,
        micrograph,
      ]);
      // What the page is told of.
      return fetch(`${backend.url}/micrographs/${micrograph}`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ defocus: value * 1e-6 }),
      });
    };
    return [
      ...(await firstView(browser, backend.url)),
      ...(await changesOfPage(browser, backend.url)),
      ...(await movingHoles(browser, backend.url)),
      ...(await manyMicrographs(browser, backend.url, sendResult)),
    ];
  } finally {
    await browser.close();
    await backend.stop();
    await database.close();
  }
}

function newContext(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1_600, height: 1_000 } });
}

async function firstView(browser: Browser, url: string): Promise<Measurement[]> {
  const times: number[] = [];
  let bytes = 0;
  for (let visit = 0; visit < VISITS; visit++) {
    const context = await newContext(browser);
    const page = await context.newPage();
    await watchFirstView(page);
    await page.goto(`${url}/ui/sessions`);
    times.push(await firstViewMs(page));
    bytes = await scriptBytes(page);
    await context.close();
  }
  return [
    { name: "script for the first page, compressed", value: bytes / 1_000, unit: "kB", goal: "< 350" },
    { name: "list of sessions, nothing cached, median", value: percentile(times, 0.5), unit: "ms", goal: "< 1,500" },
    { name: "list of sessions, nothing cached, slowest", value: Math.max(...times), unit: "ms", goal: "< 1,500" },
  ];
}

async function changesOfPage(browser: Browser, url: string): Promise<Measurement[]> {
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.goto(`${url}/ui/quality/f-grid`);
  await page.getByRole("heading", { level: 1, name: "Quality" }).waitFor();
  // The pages' scripts are loaded ahead, when nothing else is going on.
  await page.waitForFunction(
    () =>
      performance.getEntriesByType("resource").filter(({ name }) => /\/\w+-page-[^/]*\.js$/.test(name)).length === 7,
  );
  const first: number[] = [];
  const later: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const name of PAGES) (round === 0 ? first : later).push(await changeOfPageMs(page, name));
  await context.close();
  return [
    {
      name: "change of page, never visited before, slowest",
      value: Math.max(...first),
      unit: "ms",
      goal: "< 200",
    },
    { name: "change of page, median", value: percentile(later, 0.5), unit: "ms", goal: "< 200" },
    { name: "change of page, slowest", value: Math.max(...later), unit: "ms", goal: "< 200" },
  ];
}

async function movingHoles(browser: Browser, url: string): Promise<Measurement[]> {
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.goto(`${url}/ui/squares/f-square-0`);
  await page.getByRole("img", { name: /with 1000 holes/ }).waitFor();
  const map = await page.getByRole("application").boundingBox();
  if (map === null) throw new Error("there is no map");
  const [x, y] = [map.x + map.width / 2, map.y + map.height / 2];
  await page.mouse.move(x, y);
  const dragged = await traced(page, async () => {
    await page.mouse.down();
    const start = performance.now();
    for (let passed = 0; passed < DRAG_MS; passed = performance.now() - start)
      await page.mouse.move(x + 250 * Math.sin(passed / 250), y + 150 * Math.sin(passed / 170));
    await page.mouse.up();
  });
  const zoomed = await traced(page, async () => {
    for (let step = 0; step < 40; step++) {
      await page.mouse.wheel(0, step % 20 < 10 ? -120 : 120);
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  });
  await context.close();
  return [...frames("moving 1,000 holes", dragged), ...frames("zooming 1,000 holes", zoomed)];
}

function frames(what: string, trace: Trace): Measurement[] {
  const at = trace.framesAtMs;
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? time));
  const late = gaps.filter((gap) => gap > 1.5 * FRAME_MS).length;
  return [
    { name: `${what}: frames per second, median`, value: 1_000 / percentile(gaps, 0.5), unit: "1/s", goal: "60" },
    { name: `${what}: frames that came late`, value: (100 * late) / Math.max(1, gaps.length), unit: "%", goal: "" },
    { name: `${what}: longest task`, value: longestTaskMs(trace), unit: "ms", goal: "" },
  ];
}

async function manyMicrographs(
  browser: Browser,
  url: string,
  sendResult: (value: number) => Promise<unknown>,
): Promise<Measurement[]> {
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.goto(`${url}/ui/quality/l-grid`);
  await page.getByText(/50,000 micrographs/).waitFor();
  const slider = page.getByRole("slider", { name: "Limit of CTF max resolution" });
  await slider.waitFor();
  const box = await slider.boundingBox();
  if (box === null) throw new Error("there is no limit to be dragged");
  const dragged = await traced(page, async () => {
    await page.mouse.move(box.x + box.width / 2, box.y + 6);
    await page.mouse.down();
    for (let round = 0; round < ROUNDS; round++)
      await page.mouse.move(box.x + (round % 2 === 0 ? -60 : -20), box.y + 6, { steps: 12 });
    await page.mouse.up();
  });
  const news = await traced(page, async () => {
    const answered = page.waitForResponse(/results\/columns/);
    await sendResult(-1);
    await (await answered).finished();
    await page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
  });
  await context.close();
  return [
    {
      name: "50,000 micrographs: longest task while a limit is dragged",
      value: longestTaskMs(dragged),
      unit: "ms",
      goal: "< 100",
    },
    {
      name: "50,000 micrographs: longest task when results arrive",
      value: longestTaskMs(news),
      unit: "ms",
      goal: "< 100",
    },
  ];
}
