import type { Locator, Page, Request } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  describeInBrowser,
  screenshot,
  send,
  startWebForTests,
  type WebForTests,
} from "../testing/browser-for-tests.js";
import { seedSession, sendSession } from "../testing/seed-session.js";

interface AskingPage {
  readonly name: string;
  readonly path: string;
  /** What is there as long as {@link AskingPage.needed} is. */
  readonly heart: (page: Page) => Locator;
  /** Requests without which there is nothing to show. */
  readonly needed: RegExp;
  /** How many different requests it makes at least. */
  readonly asks: number;
  /** What alerts name when all but what is needed fails; "": a part of the page that says so in its own place. */
  readonly told: readonly string[];
}

const GRIDS_TO_CHOOSE_FROM = "^/grids$|^/acquisitions$";

const PAGES: readonly AskingPage[] = [
  {
    name: "sessions",
    path: "/ui/sessions",
    heart: (page) => page.getByRole("row", { name: /Apoferritin/ }),
    needed: /^\/acquisitions$/,
    asks: 4,
    told: ["counts of grids", "counts of squares", "good per hour", "holes and micrographs"],
  },
  {
    name: "session",
    path: "/ui/sessions/e-acquisition",
    heart: (page) => page.getByText("Told to the microscope"),
    needed: /^\/acquisitions\/e-acquisition$/,
    asks: 10,
    told: ["", "counts of squares", "holes and micrographs"],
  },
  {
    name: "grid",
    path: "/ui/grids/e-grid?square=e-square-0",
    heart: (page) => page.getByRole("application"),
    needed: /\/gridsquares$/,
    asks: 12,
    told: [
      "changes of plan",
      "choices",
      "intensities",
      "micrographs",
      "models",
      "predictions",
      "the atlas image",
      "the grid",
      "the plan",
      "the square's image",
    ],
  },
  {
    name: "square",
    path: "/ui/squares/e-square-0?hole=e-hole-0-1",
    heart: (page) => page.getByRole("application"),
    needed: /^\/gridsquares\/e-square-0(\/foilholes)?$/,
    asks: 12,
    told: [
      "choices",
      "micrographs",
      "models",
      "the grid",
      "the grid's plan",
      "the hole's micrographs",
      "the plan",
      "the square's image",
    ],
  },
  {
    name: "quality",
    path: "/ui/quality/e-grid",
    heart: (page) => page.getByRole("region", { name: "CTF max resolution" }),
    needed: new RegExp(`${GRIDS_TO_CHOOSE_FROM}|/results/columns$`),
    asks: 4,
    told: ["limits of quality"],
  },
  {
    name: "decisions",
    path: "/ui/decisions/e-grid",
    heart: (page) => page.getByText("Newest first"),
    needed: new RegExp(`${GRIDS_TO_CHOOSE_FROM}|/decisions$`),
    asks: 3,
    told: [],
  },
  {
    name: "replay",
    path: "/ui/decisions/e-grid?view=replay",
    heart: (page) => page.getByRole("slider", { name: "Time" }),
    needed: new RegExp(`${GRIDS_TO_CHOOSE_FROM}|/decisions$|/results/columns$|/gridsquares$`),
    asks: 5,
    told: ["limits of quality"],
  },
  {
    name: "models",
    path: "/ui/models/e-grid",
    heart: (page) => page.getByRole("table", { name: "Models" }),
    needed: new RegExp(`${GRIDS_TO_CHOOSE_FROM}|^/prediction_models$|/model_weights$`),
    asks: 9,
    told: ["limits of quality", "micrographs", "predictions", "the plan", "what was predicted before"],
  },
  {
    name: "agents",
    path: "/ui/agents",
    heart: (page) => page.getByRole("heading", { name: "Logs" }),
    needed: /^nothing$/,
    asks: 8,
    told: ["", "connections", "dead letters", "names of sessions", "services", "the queue", "the server's version"],
  },
];

const BROKEN = { status: 500, json: { detail: "Broken on purpose." } };

/** The path of a question that a page asks; null for streams, and for what it has to know before it asks anything. */
function questionOf(request: Request): string | null {
  const { pathname } = new URL(request.url());
  const other = request.resourceType() !== "fetch" || request.method() !== "GET";
  return other || pathname.endsWith("/stream") || pathname.startsWith("/auth/") ? null : pathname;
}

/** What the alerts of a page name, in alphabetical order; those that say only that there is a failure: "". */
async function namedIn(page: Page): Promise<string[]> {
  const titles = await page.getByRole("alert").locator(".mantine-Alert-title").allInnerTexts();
  return [...new Set(titles.flatMap((title) => (/: (.*)$/.exec(title)?.[1] ?? "").split(", ")))].sort();
}

/** Opens a page and waits until it has been told all that it asked for. */
async function questionsOf(web: WebForTests, { path, heart, asks }: AskingPage): Promise<string[]> {
  const asked = new Set<string>();
  const open = new Set<Request>();
  const { page } = await web.open(path, {
    prepare: async (tab) => {
      tab.on("request", (request) => {
        const question = questionOf(request);
        if (question === null) return;
        asked.add(question);
        open.add(request);
      });
      for (const end of ["requestfinished", "requestfailed"] as const)
        tab.on(end as "requestfinished", (request) => open.delete(request));
    },
  });
  await heart(page).first().waitFor();
  // Some are asked when others have been answered.
  await expect.poll(() => open.size === 0 && asked.size >= asks).toBe(true);
  await page.close();
  return [...asked];
}

describeInBrowser("what can't be had", () => {
  let web: WebForTests;
  beforeAll(async () => {
    web = await startWebForTests();
    await sendSession(
      web.url,
      seedSession({
        prefix: "e",
        name: "Apoferritin",
        squares: 12,
        openedSquares: 2,
        holesPerSquare: 16,
        imagedPerSquare: 8,
      }),
    );
    await web.settle();
  });
  afterAll(() => web?.stop());

  test.each(PAGES)(
    "is said on the page of $name, all of it by name; what else there is stays",
    async (asking) => {
      const questions = await questionsOf(web, asking);
      const failing = async (which: (question: string) => boolean): Promise<Page> => {
        const { page, errors } = await web.open(asking.path, {
          // Pages that lie behind another of their window ask nothing anew.
          fresh: true,
          prepare: (tab) =>
            tab.route("**/*", (route) => {
              const question = questionOf(route.request());
              return question !== null && which(question) ? route.fulfill(BROKEN) : route.continue();
            }),
        });
        await page.getByRole("alert").getByText("Broken on purpose.").first().waitFor();
        expect(errors).toEqual([]);
        return page;
      };
      const allButNeeded = async (): Promise<void> => {
        const page = await failing((question) => !asking.needed.test(question));
        await asking.heart(page).first().waitFor();
        await expect.poll(() => namedIn(page)).toEqual(asking.told);
        expect(await page.getByRole("alert").getByRole("button", { name: "Try again" }).count()).toBeGreaterThan(0);
        await page.close();
      };
      // Pages mostly wait until they give up asking: they do so beside each other.
      await Promise.all([
        ...(asking.told.length > 0 ? [allButNeeded()] : []),
        ...questions
          .filter((one) => asking.needed.test(one))
          .map(async (needed) => (await failing((one) => one === needed)).close()),
      ]);
    },
    240_000,
  );

  test.each(PAGES)(
    "anew takes nothing away on the page of $name: it is said to be old until it is had",
    async (asking) => {
      const { page, errors } = await web.open(asking.path);
      await asking.heart(page).first().waitFor();
      await page.getByTestId("live-indicator").getByText("Live").waitFor();
      let broken = true;
      await page.route("**/*", (route) =>
        broken && questionOf(route.request()) !== null ? route.fulfill(BROKEN) : route.continue(),
      );
      const limit = PAGES.indexOf(asking) + 20;
      await send(web.url, "PUT", "/acquisitions/e-acquisition", { status: limit % 2 === 0 ? "paused" : "started" });
      await send(web.url, "PUT", "/acquisitions/e-acquisition/decision_settings", {
        limits: { motioncorrection: limit },
      });
      const alert = page.getByRole("alert").filter({ hasText: /Not up to date/ });
      await alert.first().waitFor();
      expect(await asking.heart(page).first().isVisible()).toBe(true);
      await screenshot(page, `not-up-to-date-${asking.name}`);
      broken = false;
      await expect
        .poll(async () => {
          const again = alert.getByRole("button", { name: "Try again" });
          // It may be gone by itself at any time.
          if ((await again.count()) > 0)
            await again
              .first()
              .click({ timeout: 1_000 })
              .catch(() => undefined);
          return alert.count();
        })
        .toBe(0);
      expect(await asking.heart(page).first().isVisible()).toBe(true);
      expect(errors).toEqual([]);
    },
  );

  test("is not what a refused save is called: it says what was not done, and keeps what one had in mind", async () => {
    const { page, errors } = await web.open("/ui/quality/e-grid?try=motioncorrection:33", {
      prepare: (tab) =>
        tab.route(/decision_settings$|\/results$/, (route) =>
          route.request().method() === "PUT" || route.request().url().endsWith("/results")
            ? route.fulfill(BROKEN)
            : route.continue(),
        ),
    });
    await page.getByRole("button", { name: "Save limits" }).click();
    const said = (title: string) => page.getByRole("alert").filter({ hasText: title });
    await said("The limits were not saved").getByText("Broken on purpose.").waitFor();
    expect(await page.getByRole("button", { name: "Save limits" }).isEnabled()).toBe(true);
    await page.getByRole("button", { name: "Export" }).click();
    await page.getByRole("menuitem", { name: "Results (CSV)" }).click();
    await said("No file of results").getByText("Broken on purpose.").waitFor();

    await page.goto(page.url().replace(/quality.*/, "sessions/e-acquisition"));
    await page.getByLabel("Total motion at most").fill("33");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await said("The settings were not saved").getByText("Broken on purpose.").waitFor();
    expect(await page.getByText("This can't be shown").count()).toBe(0);
    expect(errors).toEqual([]);
  });
});
