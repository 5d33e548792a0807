import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { type Backend, startBackend } from "@smartem/backend/backend";
import { readConfig } from "@smartem/backend/config";
import { createTestDatabase, type TestDatabase } from "@smartem/backend/testing/postgres-for-tests";
import { createLogger } from "@smartem/common/logging";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { describe, vi } from "vitest";
import { builtWeb } from "./built-web.js";
import { offerMissingLists } from "./missing-lists.js";

const CHROMIUM = process.env.SMARTEM_CHROMIUM ?? "/usr/bin/chromium";
const REQUIRED = process.env.SMARTEM_REQUIRE_BROWSER === "1";

const LAUNCH_ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const RESULTS = fileURLToPath(new URL("../../test-results", import.meta.url));

// A browser shares its machine with others: these are limits, not expectations.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

/** Tests that need a browser: skipped by name where there is none, unless SMARTEM_REQUIRE_BROWSER=1 wants them to fail. */
export const describeInBrowser = describe.skipIf(!existsSync(CHROMIUM) && !REQUIRED);

/** The whole product in one: a browser, the built pages, the backend, a database of its own. */
export interface WebForTests {
  readonly url: string;
  readonly backend: Backend;
  /** A page in a profile of its own, with what went wrong in it. */
  open(path: string, options?: OpenOptions): Promise<OpenPage>;
  stop(): Promise<void>;
}

export interface OpenOptions {
  readonly scheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
  /** Called before the first request. */
  readonly prepare?: (context: BrowserContext) => Promise<unknown>;
}

export interface OpenPage {
  readonly page: Page;
  /** Errors that the page's scripts threw. */
  readonly errors: readonly string[];
}

export async function startWebForTests(): Promise<WebForTests> {
  const webRoot = await builtWeb();
  const database: TestDatabase = await createTestDatabase();
  const config = readConfig({});
  const backend = await startBackend({
    config: {
      ...config,
      http: { ...config.http, host: "127.0.0.1", port: 0 },
      database: { ...database, maxConnections: 10 },
      rabbitmq: null,
      decisions: { defaultMode: "observe", planIntervalMs: 0, instructionIntervalMs: 0 },
    },
    logger: createLogger("test", process.env.SMARTEM_TEST_LOG_LEVEL ?? "silent"),
    webRoot,
  });
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: LAUNCH_ARGUMENTS });
  const url = backend.url ?? "";
  return {
    url,
    backend,
    async open(path, { scheme = "light", width = 1600, height = 1000, prepare } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: scheme,
        timezoneId: "UTC",
        locale: "en-GB",
        acceptDownloads: true,
      });
      await offerMissingLists(context, backend.pool, url);
      await prepare?.(context);
      const page = await context.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.stack ?? error.message));
      await page.goto(`${url}${path}`);
      return { page, errors };
    },
    async stop() {
      await browser.close();
      await backend.stop();
      await database.drop();
    },
  };
}

/** Keeps what the page looks like for people to see. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await page.screenshot({ path: join(RESULTS, `${name}.png`) });
}

/** What keeps the page from WCAG 2.1 AA: rule, and where. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    .analyze();
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
