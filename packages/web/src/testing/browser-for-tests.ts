import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { type Backend, startBackend } from "@smartem/backend/backend";
import { type BackendConfig, readConfig } from "@smartem/backend/config";
import { createTestDatabase, type TestDatabase } from "@smartem/backend/testing/postgres-for-tests";
import { createLogger } from "@smartem/common/logging";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { describe, onTestFinished, vi } from "vitest";
import { builtWeb } from "./built-web.js";
import { CHROMIUM, launchChromium } from "./chromium.js";
import { settled } from "./settle.js";

const REQUIRED = process.env.SMARTEM_REQUIRE_BROWSER === "1";

const RESULTS = fileURLToPath(new URL("../../test-results", import.meta.url));

/** A browser shares its machine with others: this is a limit, not an expectation. */
const STEP_TIMEOUT_MS = 30_000;

/** Tests that need a browser: skipped by name where there is none, unless SMARTEM_REQUIRE_BROWSER=1 wants them to fail. */
export const describeInBrowser = describe.skipIf(!existsSync(CHROMIUM) && !REQUIRED);

/** The whole product in one: a browser, the built pages, the backend, a database of its own. */
export interface WebForTests {
  readonly url: string;
  readonly backend: Backend;
  /** Opens a page, with what goes wrong in it. It is closed when the test ends. */
  open(path: string, options?: OpenOptions): Promise<OpenPage>;
  /** Waits until everything that was sent has been applied and every grid has its plan. */
  settle(): Promise<void>;
  /** The server goes away, and comes back with what it had on the same address. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  stop(): Promise<void>;
}

export interface OpenOptions {
  readonly scheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
  /** In a browser that has never been here; otherwise pages of one test file share their cache. */
  readonly fresh?: boolean;
  /** Called before the first request. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

export interface OpenPage {
  readonly page: Page;
  /** Errors that the page's scripts threw, and what the content security policy has kept the page from. */
  readonly errors: readonly string[];
}

/** @param changes to the backend's configuration */
export async function startWebForTests(changes: Partial<BackendConfig> = {}): Promise<WebForTests> {
  // Held for one test file: to be said anew in each, though they share this module.
  vi.setConfig({
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: STEP_TIMEOUT_MS, interval: 100 } },
  });
  const [webRoot, database, browser] = await Promise.all([builtWeb(), createTestDatabase(), launchChromium()]);
  let backend = await startTestBackend(webRoot, database, 0, changes);
  const url = backend.url ?? "";
  const newContext = async (): Promise<BrowserContext> => {
    const context = await browser.newContext({
      timezoneId: "UTC",
      locale: "en-GB",
      acceptDownloads: true,
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(STEP_TIMEOUT_MS);
    return context;
  };
  let shared: Promise<BrowserContext> | null = null;
  return {
    url,
    get backend() {
      return backend;
    },
    async open(path, { scheme = "light", width = 1600, height = 1000, fresh = false, prepare } = {}) {
      if (fresh) shared = null;
      shared ??= newContext();
      const page = await (await shared).newPage();
      onTestFinished(async ({ task }) => {
        if (task.result?.state === "fail") await screenshot(page, `failed-${task.name.replaceAll(/\W+/g, "-")}`);
        await page.close();
      });
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.stack ?? error.message));
      page.on("console", (message) => {
        if (/content security policy/i.test(message.text())) errors.push(message.text());
      });
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height });
      await prepare?.(page);
      await page.goto(`${url}${path}`, { waitUntil: "commit" });
      return { page, errors };
    },
    settle: () => settled(backend.pool, STEP_TIMEOUT_MS),
    stopServer: () => backend.stop(),
    async startServer() {
      backend = await startTestBackend(webRoot, database, Number(new URL(url).port), changes);
    },
    async stop() {
      await browser.close();
      await backend.stop();
      await database.drop();
    },
  };
}

function startTestBackend(
  webRoot: string,
  database: TestDatabase,
  port: number,
  changes: Partial<BackendConfig>,
): Promise<Backend> {
  const config = readConfig({});
  return startBackend({
    config: {
      ...config,
      http: { ...config.http, host: "127.0.0.1", port },
      database: { ...database, maxConnections: 10 },
      rabbitmq: null,
      decisions: { defaultMode: "observe", planIntervalMs: 0, instructionIntervalMs: 0 },
      ...changes,
    },
    logger: createLogger("test", process.env.SMARTEM_TEST_LOG_LEVEL ?? "silent"),
    webRoot,
  });
}

/** Keeps what the page looks like for people to see. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await page.screenshot({ path: join(RESULTS, `${name}.png`) });
}

const PICTURES = fileURLToPath(new URL("../../../../docs/screenshots", import.meta.url));
/** The pictures that the documentation shows. */
const DOCUMENTED: ReadonlySet<string> = new Set([
  "sessions-light",
  "session-light",
  "grid-light",
  "square-dark",
  "quality-light",
  "decisions-light",
  "agents-dark",
]);

/** {@link screenshot}; and, where SMARTEM_SCREENSHOTS=1 asks for it, the picture of the same name in the documentation. */
export async function documentedScreenshot(page: Page, name: string): Promise<void> {
  await screenshot(page, name);
  if (process.env.SMARTEM_SCREENSHOTS !== "1" || !DOCUMENTED.has(name)) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.jpg`), type: "jpeg", quality: 80 });
}

/** Chooses an item of a menu of exports, and takes the file that the browser saves. */
export async function exported(page: Page, menu: Locator, item: RegExp): Promise<Buffer> {
  await menu.click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: item }).click();
  const file = await (await download).path();
  // The menu fades away; what lies under it can't be clicked before.
  await page.getByRole("menu").waitFor({ state: "detached" });
  return readFile(file);
}

/** What keeps the page from WCAG 2.1 AA: rule, and where; or from one of its rules. */
export async function accessibilityProblems(page: Page, rule?: string): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (rule === undefined
    ? axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    : axe.withRules(rule)
  ).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
  );
}

/** Sends JSON as any client does; fails on any answer but success. */
export async function send(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}
