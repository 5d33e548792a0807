import { cpus, loadavg } from "node:os";
import type { Page, Request } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accessibilityProblems,
  describeInBrowser,
  documentedScreenshot,
  exported,
  screenshot,
  send,
  startWebForTests,
  type WebForTests,
} from "../testing/browser-for-tests.js";
import { changeOfPageMs, changeToMapMs, firstViewMs, scriptBytes, watchFirstView } from "../testing/page-times.js";
import { seedSession, sendSession } from "../testing/seed-session.js";
import { slowness } from "../testing/trace.js";

const INITIAL_SCRIPT_BYTES = 350 * 1024;
const FIRST_VIEW_MS = 1_500;
const ROUTE_CHANGE_MS = 200;

/** A chart, and what has to be read and seen in a drawing of it. */
interface ExpectedChart {
  readonly name: RegExp;
  readonly words: readonly string[];
  /** How many signs or bars; otherwise as many as its table has cells. */
  readonly marks?: number;
  readonly rulers?: number;
}

interface ExpectedPage {
  readonly name: string;
  readonly path: string;
  /** There once the page shows what it is for. */
  readonly ready: string;
  /** Where its charts are, if not at once. */
  readonly panel?: string;
  readonly charts?: readonly ExpectedChart[];
}

const PAGES: readonly ExpectedPage[] = [
  { name: "sessions", path: "/ui/sessions", ready: "Apoferritin" },
  {
    name: "session",
    path: "/ui/sessions/p-acquisition",
    ready: "Told to the microscope",
    charts: [{ name: /^Micrographs per hour/, words: ["Time (UTC), from 2 Mar 2026", "per hour", "Taken", "Good"] }],
  },
  {
    name: "grid",
    path: "/ui/grids/p-grid?square=p-square-1",
    ready: "Good holes expected",
    panel: "Distribution",
    charts: [{ name: /^Distribution of Plan/, words: ["count", "Plan: good holes per hour"], rulers: 1 }],
  },
  { name: "square", path: "/ui/squares/p-square-0?hole=p-hole-0-5", ready: "Belief" },
  {
    name: "quality",
    path: "/ui/quality/p-grid",
    ready: "CTF max resolution",
    charts: [
      {
        name: /^CTF max resolution of 160 micrographs over time/,
        words: ["Time (UTC), from 2 Mar 2026", "Å", "Within the limit", "Beyond it", "Failed fit"],
        marks: 160,
        rulers: 1,
      },
      {
        name: /^Distribution of CTF max resolution/,
        words: ["micrographs", "CTF max resolution (Å)"],
        rulers: 1,
      },
    ],
  },
  {
    name: "decisions",
    path: "/ui/decisions/p-grid",
    ready: "Hour's worth",
    charts: [{ name: /^\d+ decisions/, words: ["good holes expected", "good holes per hour", "An hour is worth"] }],
  },
  {
    name: "models",
    path: "/ui/models/p-grid",
    ready: "Weight over time",
    charts: [
      { name: /^Weights of models over time/, words: ["weight", "hole-resnet"] },
      { name: /^Predictions against/, words: ["predicted", "came out good", "hole-resnet"] },
    ],
  },
  { name: "agents", path: "/ui/agents", ready: "uploaded batch 3" },
];

/** Charts and maps are drawn in the frame after the text, which may be as late as the second; colours take their time to change. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
}

/** Keeps a chart as files, and looks at what is in them. */
async function expectFiles(page: Page, { name, words, marks, rulers = 0 }: ExpectedChart): Promise<void> {
  const chart = page.getByRole("img", { name }).or(page.getByRole("application", { name }));
  const menu = chart.locator("xpath=..").getByRole("button", { name: "Save this chart" });
  const table = (await exported(page, menu, /CSV/)).toString().trim().split("\r\n");
  const cells = table.slice(1).flatMap((line) => line.split(",").slice(1));
  expect(cells.length).toBeGreaterThan(0);
  const drawing = await readSvg(page, (await exported(page, menu, /SVG/)).toString());
  for (const word of words) expect(drawing.words).toContain(word);
  if (drawing.lines === 0) expect(drawing.marks).toBe(marks ?? cells.filter((cell) => cell !== "").length);
  expect(drawing.rulers).toBe(rulers);
  expect(drawing.places.filter((place) => place.includes("NaN"))).toEqual([]);
}

/** What an SVG file shows, as a browser reads it; fails where it is none. */
async function readSvg(page: Page, text: string) {
  return page.evaluate((source) => {
    const document_ = new DOMParser().parseFromString(source, "image/svg+xml");
    const problem = document_.querySelector("parsererror");
    if (problem !== null) throw new Error(problem.textContent);
    const all = (selector: string): Element[] => [...document_.querySelectorAll(selector)];
    return {
      words: all("text").map(({ textContent }) => textContent),
      marks: all("[data-series] rect, [data-series] .sign").length,
      lines: all("[data-series] > path:not(.sign)").length,
      items: all("rect").length,
      rulers: all(".ruler").length,
      places: all("path, rect, g").flatMap((one) => [one.getAttribute("d") ?? "", one.getAttribute("transform") ?? ""]),
    };
  }, text);
}

/** What else a machine does is not the page's doing, and its server and its browser wait for the cores too. */
async function onThisMachine(page: Page, limitMs: number): Promise<number> {
  const waits = Math.max(1, (loadavg()[0] ?? 0) / cpus().length);
  return limitMs * waits * (await slowness(page));
}

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

describeInBrowser("all pages", () => {
  let web: WebForTests;
  beforeAll(async () => {
    web = await startWebForTests();
    await sendSession(
      web.url,
      seedSession({
        prefix: "p",
        name: "Apoferritin",
        squares: 60,
        openedSquares: 4,
        holesPerSquare: 80,
        imagedPerSquare: 40,
      }),
    );
    await send(web.url, "POST", "/agent/krios/sessions", {
      session_id: "as",
      acquisition_uuid: "p-acquisition",
      name: "D:",
    });
    await send(web.url, "POST", "/agent/krios/session/as/logs", {
      logs: ["INFO", "WARNING", "ERROR", "INFO"].map((level, n) => ({
        level,
        logger_name: "agent.upload",
        message: `uploaded batch ${n}`,
        timestamp: new Date().toISOString(),
      })),
    });
    await send(web.url, "POST", "/events", [
      { event_type: "ctf.completed", micrograph_uuid: "unheard-of", ctf_max_resolution_estimate: 4 },
      { event_type: "ctf.completed", micrograph_uuid: 3 },
    ]);
    await send(web.url, "PUT", "/acquisitions/p-acquisition/decision_settings", { mode: "automatic" });
    await web.settle();
  });
  afterAll(() => web?.stop());

  test.each(PAGES)(
    "$name is accessible (WCAG 2.1 AA) in light and in dark, its charts become files, and it does nothing but what it may",
    async ({ name, path, ready, panel, charts = [] }) => {
      const { page, errors } = await web.open(path);
      await page.getByText(ready).first().waitFor();
      await drawn(page);
      await documentedScreenshot(page, `${name}-light`);
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.locator("html[data-mantine-color-scheme=dark]").waitFor();
      await drawn(page);
      await documentedScreenshot(page, `${name}-dark`);
      // Nothing but the colours has changed, and on a small screen the room for what there is.
      await page.setViewportSize({ width: 1280, height: 800 });
      await drawn(page);
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.setViewportSize({ width: 1600, height: 1000 });
      if (panel !== undefined) await page.getByText(panel, { exact: true }).click();
      for (const chart of charts) await expectFiles(page, chart);
      expect(errors).toEqual([]);
    },
  );

  test("the API's own page may do what it does", async () => {
    const { page, errors } = await web.open("/docs/");
    await page.getByText("SmartEM Decisions").first().waitFor();
    expect(errors).toEqual([]);
  });

  test("the command palette is accessible and goes to a square by its number", async () => {
    const { page } = await web.open("/ui/grids/p-grid");
    await page.getByRole("listbox").waitFor();
    const search = page.getByPlaceholder(/Page, session, grid/);
    // A single letter or sign does nothing: who speaks to the computer says them without meaning it.
    await page.keyboard.press("/");
    expect(await search.count()).toBe(0);
    await page.keyboard.press("Control+k");
    await search.fill("Square 1003");
    await page
      .getByRole("button", { name: "Square 1003" })
      .or(page.getByRole("option", { name: "Square 1003" }))
      .first()
      .waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "palette");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Square 1003" }).waitFor();
  });

  test("the command palette opens also where one writes, and leaves what is written alone", async () => {
    const { page } = await web.open("/ui/sessions?q=Apo");
    const field = page.getByRole("textbox").first();
    await field.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder(/Page, session, grid/).waitFor();
    await page.keyboard.press("Escape");
    await page.getByPlaceholder(/Page, session, grid/).waitFor({ state: "detached" });
    await expect.poll(() => field.evaluate((one) => one === document.activeElement)).toBe(true);
    await page.keyboard.type("l");
    await expect.poll(() => field.inputValue()).toBe("Aplo");
  });

  test("every page can be reached with the keyboard alone, and keeps the grid one looks at", async () => {
    const { page } = await web.open("/ui/grids/p-grid");
    await page.getByRole("listbox").waitFor();
    await page.keyboard.press("Tab");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to content");
    await page.keyboard.press("Alt+3");
    await page.getByRole("heading", { level: 1, name: "Decisions" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/decisions/p-grid");
  });

  test("the focus goes to the heading of a page that one comes to, and its title is read out", async () => {
    const { page } = await web.open("/ui/sessions");
    await page.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
    const focused = (): Promise<string | null | undefined> =>
      page.evaluate(() => document.activeElement?.closest("h1")?.textContent);
    expect(await focused()).toBe(undefined);
    await page.getByRole("link", { name: "Agents" }).click();
    await expect.poll(focused).toBe("Agents");
    await expect.poll(() => page.getByRole("status", { name: "Page" }).textContent()).toContain("Agents");
    await page.goBack();
    await expect.poll(focused).toBe("Sessions");
    // What is filtered is the same page.
    await page.getByRole("textbox").first().fill("Apo");
    await expect.poll(() => page.url()).toContain("q=Apo");
    expect(await focused()).toBe(undefined);
  });

  test("a limit is dragged, or moved with the arrow keys, tried out, and saved", async () => {
    const { page } = await web.open("/ui/quality/p-grid?compare=on");
    const grids = page.getByRole("table", { name: "Grids of this session" });
    await expect.poll(() => grids.innerText()).toMatch(/Grid 1\s+160\s+\d+ % \(\d+ % to \d+ %\) of 160/);
    const slider = page.getByRole("slider", { name: "Limit of CTF max resolution" });
    await slider.waitFor();
    await slider.focus();
    await page.keyboard.press("ArrowRight");
    await page.getByText(/With these limits/).waitFor();
    const box = await slider.boundingBox();
    if (box === null) throw new Error("no slider");
    const before = Number(await slider.getAttribute("aria-valuenow"));
    await page.mouse.move(box.x + box.width / 2, box.y + 6);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 80, box.y + 6, { steps: 4 });
    await page.mouse.up();
    const limit = Number(await slider.getAttribute("aria-valuenow"));
    expect(limit).toBeGreaterThan(before);
    await screenshot(page, "quality-limit");
    await expect.poll(() => page.url()).toContain(`try=ctfmaxresolution%3A${limit}`);
    await page.reload();
    await page.getByText(/With these limits/).waitFor();
    await page.getByRole("button", { name: "Save limits" }).click();
    await expect
      .poll(() => send(web.url, "GET", "/acquisitions/p-acquisition/decision_settings"))
      .toMatchObject({ limits: { ctfmaxresolution: limit } });
  });

  test("a decision that told the microscope something is computed again and explained", async () => {
    const { page } = await web.open("/ui/decisions/p-grid");
    const toldOnly = page.getByLabel("Only what there were instructions for");
    // The address changes first, then what follows from it.
    await toldOnly.click();
    await expect.poll(() => toldOnly.isChecked()).toBe(true);
    await page.getByRole("option").first().click();
    await page.getByRole("button", { name: "Replay and explain" }).click();
    await page.getByText("computed again: the same to the bit").waitFor();
    await screenshot(page, "decision-replay");
  });

  test("a session is looked back at, at any moment of it, and the address keeps the moment", async () => {
    const { page, errors } = await web.open("/ui/decisions/p-grid?view=replay");
    const replay = page.getByRole("region", { name: "Replay of the session" });
    await replay.getByText(/\d+ of 160 judged/).waitFor();
    await replay.getByRole("slider", { name: "Time" }).focus();
    await page.keyboard.press("Home");
    // A moment before the first one was taken, at eight.
    await replay.getByText(/of 0 judged/).waitFor();
    expect(page.url()).toContain("at=2026-03-02T07%3A59");
    for (let step = 0; step < 5; step++) await page.keyboard.press("ArrowRight");
    await replay.getByText(/of [1-9]\d* judged/).waitFor();
    await expect.poll(() => page.url()).toContain("at=2026-03-02T08");
    await screenshot(page, "replay");
    expect(await accessibilityProblems(page)).toEqual([]);
    const moment = await readSvg(
      page,
      (await exported(page, page.getByRole("button", { name: "Save this moment" }), /SVG/)).toString(),
    );
    expect(moment.items).toBe(60);

    await page.getByRole("radiogroup", { name: "View" }).getByText("Effect").click();
    await page.getByRole("button", { name: "Play the session again" }).click();
    const effect = page.getByRole("table", { name: /of imaging and moving/ });
    await expect.poll(() => effect.innerText()).toMatch(/As the plan would have\s+\d+( \(\d+ to \d+\))?/);
    expect(page.url()).toContain("view=effect");
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("a part of the address that names nothing is said to, and can be taken out", async () => {
    const { page } = await web.open("/ui/grids/p-grid?square=nobody&layer=nothing&panel=none&view=here");
    const said = page.getByRole("status").filter({ hasText: "The address names what is not here" });
    for (const part of ["square=nobody", "layer=nothing", "panel=none", "view=here"])
      await said.getByText(part).waitFor();
    await page.getByRole("listbox").waitFor();
    for (const part of ["square", "layer", "panel", "view"])
      await said.getByRole("button", { name: `Remove ${part} from the address` }).click();
    await said.waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe("");
    await page.goto(`${web.url}/ui/squares/p-square-0?hole=nobody`);
    await said.getByText("hole=nobody").waitFor();
    await page.goto(`${web.url}/ui/grids/p-grid?alike=there`);
    await said.getByText("alike=there").waitFor();
    await page.goto(`${web.url}/ui/decisions/p-grid?view=nothing`);
    await said.getByText("view=nothing").waitFor();
    await page.getByText("Newest first").waitFor();
    await page.goto(`${web.url}/ui/decisions/p-grid?view=replay&at=then&place=there`);
    for (const part of ["at=then", "place=there"]) await said.getByText(part).waitFor();
    await page.goto(`${web.url}/ui/quality/p-grid?try=ctfmaxresolution:4.5_beauty:3`);
    await said.getByText("try=ctfmaxresolution:4.5_beauty:3").waitFor();
    await said.getByRole("button", { name: "Remove try from the address" }).click();
    await said.waitFor({ state: "detached" });
    await expect.poll(() => new URL(page.url()).searchParams.get("try")).toBe("ctfmaxresolution:4.5");
    await page.goto(`${web.url}/ui/sessions?from=garbage&sort=beauty.desc`);
    for (const part of ["from=garbage", "sort=beauty.desc"]) await said.getByText(part).waitFor();
    expect(await page.getByRole("button", { name: "Show all" }).count()).toBe(0);
  });

  test("a layer whose values have names is counted by these", async () => {
    const { page } = await web.open("/ui/grids/p-grid?panel=distribution&layer=status&square=p-square-0");
    const bars = page.getByRole("list", { name: "Distribution of Status over 60" });
    await expect
      .poll(() => bars.getByRole("listitem").allInnerTexts())
      .toEqual([
        expect.stringMatching(/seen on the atlas\s+\d+/),
        expect.stringMatching(/all foil holes registered\s+\d+/),
        expect.stringMatching(/foil holes decision started\s+\d+/),
        expect.stringMatching(/foil holes decision completed\s+\d+/),
      ]);
    expect(await bars.locator("[aria-current=true]").count()).toBe(1);
    const menu = page.getByRole("button", { name: "Save this chart" });
    const table = (await exported(page, menu, /CSV/)).toString().trim().split("\r\n");
    expect(table[0]).toBe("Status,count");
    expect(table.slice(1).reduce((sum, line) => sum + Number(line.split(",")[1]), 0)).toBe(60);
    const drawing = await readSvg(page, (await exported(page, menu, /SVG/)).toString());
    for (const word of ["seen on the atlas", "all foil holes registered"]) expect(drawing.words).toContain(word);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("models, instructions and log lines are tables that can be kept", async () => {
    const { page } = await web.open("/ui/models/p-grid");
    const saved = async (menu: string): Promise<string[]> =>
      (await exported(page, page.getByRole("button", { name: menu }), /CSV/)).toString().trim().split("\r\n");
    await page.getByRole("table", { name: "Models" }).getByText("160", { exact: true }).first().waitFor();
    const models = await saved("Save the models");
    expect(models[0]).toMatch(/^model,description,.*outcomes,auc,brier/);
    expect(models.slice(1).some((line) => /^hole-resnet,.*,160,0\.\d+,0\.\d+$/.test(line))).toBe(true);
    await page.goto(`${web.url}/ui/agents?log=batch+3`);
    await page.getByText("uploaded batch 3").waitFor();
    const lines = await saved("Save the lines");
    expect(lines[0]).toBe("id,agent_id,session_id,timestamp,level,logger_name,message");
    expect(lines.slice(1)).toEqual([expect.stringMatching(/,krios,as,.*,INFO,agent\.upload,uploaded batch 3$/)]);
    const told = await saved("Save the instructions");
    expect(told[0]).toMatch(/^created_at,agent_id,acquisition_uuid,instruction_id,instruction_type,detail/);
    expect(told.slice(1).some((line) => line.includes("microscope.control.reorder_gridsquares"))).toBe(true);
  });

  test("models say at which level they predict", async () => {
    const { page } = await web.open("/ui/models/p-grid");
    const table = page.getByRole("table", { name: "Models" });
    await table
      .getByRole("row", { name: /hole-resnet/ })
      .getByRole("cell", { name: "hole", exact: true })
      .waitFor();
    await table
      .getByRole("row", { name: /square-cnn/ })
      .getByRole("cell", { name: "square", exact: true })
      .waitFor();
  });

  test("log lines appear as agents write them", async () => {
    const { page } = await web.open("/ui/agents");
    await page.getByText("uploaded batch 3").waitFor();
    await expect
      .poll(
        async () => {
          await send(web.url, "POST", "/agent/krios/session/as/logs", {
            logs: [{ level: "INFO", logger_name: "agent", message: "a new line", timestamp: new Date().toISOString() }],
          });
          return page.getByText("a new line").count();
        },
        { interval: 1_000 },
      )
      .toBeGreaterThan(0);
  });

  test("log lines that agents write while one looks at another page are there when one comes back", async () => {
    const { page } = await web.open("/ui/agents");
    const write = (message: string): Promise<unknown> =>
      send(web.url, "POST", "/agent/krios/session/as/logs", {
        logs: [{ level: "INFO", logger_name: "agent", message, timestamp: new Date().toISOString() }],
      });
    await page.getByText("uploaded batch 3").waitFor();
    await page.getByRole("link", { name: "Sessions", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
    await write("while nobody looked");
    await page.getByRole("link", { name: "Agents" }).click();
    await page.getByText("while nobody looked").waitFor();
  });

  test("pages that are opened in the background hold no connections: there is one for the page that is looked at", async () => {
    const openStreams = new Set<Request>();
    const inBackground = {
      prepare: async (tab: Page) => {
        tab.on("request", (request) => {
          if (request.url().includes("/frontend/events/stream")) openStreams.add(request);
        });
        for (const end of ["requestfinished", "requestfailed"] as const)
          tab.on(end as "requestfinished", (request) => openStreams.delete(request));
        await tab.addInitScript(() => {
          Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden" });
        });
      },
    };
    // Browsers keep six connections to a server, for all of their tabs.
    const tabs = await Promise.all(Array.from({ length: 6 }, () => web.open("/ui/agents", inBackground)));
    await Promise.all(tabs.map(({ page: tab }) => tab.getByText("uploaded batch 3").waitFor()));
    const { page } = await web.open("/ui/sessions");
    await page.getByRole("row", { name: /Apoferritin/ }).waitFor();
    await page.getByTestId("live-indicator").getByText("Live").waitFor();
    expect(openStreams.size).toBe(0);
  });

  test("a message that could not be applied says why, is tried again, and is removed for good", async () => {
    const dead = async (): Promise<unknown[]> => (await send(web.url, "GET", "/admin/queue/dead-letters")) as unknown[];
    const { page } = await web.open("/ui/agents");
    const letters = page.getByRole("table", { name: "Dead letters" });
    const row = letters.getByRole("row", { name: /ctf\.completed/ });
    await row.getByText("message", { exact: true }).click();
    await row.getByText('"micrograph_uuid": 3').waitFor();
    await screenshot(page, "dead-letters");
    const again = page.waitForResponse(/dead-letters\/retry/);
    await row.getByRole("button", { name: /^Try again/ }).click();
    expect((await again).ok()).toBe(true);
    // It is no better than before.
    await expect.poll(async () => (await dead()).length).toBe(1);
    await letters.getByRole("button", { name: /^Remove/ }).click();
    await letters.waitFor({ state: "detached" });
    expect(await dead()).toEqual([]);
  });

  test("an error is found among log lines, however many others have been written since", async () => {
    const write = (level: string, messages: string[]): Promise<unknown> =>
      send(web.url, "POST", "/agent/krios/session/as/logs", {
        logs: messages.map((message) => ({
          level,
          logger_name: "night",
          message,
          timestamp: new Date().toISOString(),
        })),
      });
    await write("ERROR", ["The disk is full."]);
    for (let part = 0; part < 3; part++)
      await write(
        "INFO",
        Array.from({ length: 200 }, (_, n) => `of no use ${n}`),
      );
    const { page, errors } = await web.open("/ui/agents");
    await page.getByText(/^newest 500 of \d+$/).waitFor();
    await page.getByLabel("Search the logs").fill("disk IS");
    await page.getByText("The disk is full.").waitFor();
    await page.getByText("of no use").first().waitFor({ state: "detached" });
    await page.goto(`${web.url}/ui/agents?level=ERROR`);
    await page.getByText("The disk is full.").waitFor();
    await write("ERROR", ["The disk is still full."]);
    await page.getByText("The disk is still full.").waitFor();
    await page.getByLabel("Search the logs").fill("no such thing");
    await page.getByText("No line matches.").waitFor();
    expect(errors).toEqual([]);
  });

  test("a page that does not exist says so and offers a way back", async () => {
    const { page } = await web.open("/ui/nowhere");
    await page.getByText("There is no such page").waitFor();
    await page.getByRole("link", { name: "All sessions" }).click();
    await page.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
  });

  test("a chart is kept as a picture; the report on paper has no controls around it", async () => {
    const { page } = await web.open("/ui/sessions/p-acquisition");
    const chart = page.getByRole("application", { name: /Micrographs per hour/ });
    const menu = chart.locator("xpath=..").getByRole("button", { name: "Save this chart" });
    expect((await exported(page, menu, /PNG/)).subarray(1, 4).toString()).toBe("PNG");
    await page.emulateMedia({ media: "print" });
    expect(await page.getByRole("navigation", { name: "Pages" }).isVisible()).toBe(false);
    expect(await page.getByRole("heading", { level: 1, name: "Apoferritin" }).isVisible()).toBe(true);
    await screenshot(page, "session-print");
  });

  test("a change of page takes less than 200 ms", async () => {
    const { page } = await web.open("/ui/quality/p-grid");
    const pages = ["Decisions", "Models", "Quality"];
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (const name of pages) {
        const time = await changeOfPageMs(page, name);
        // The first round loads the pages' modules.
        if (round > 0) times.push(time);
      }
    }
    process.stdout.write(`change of page after ${times.map((time) => time.toFixed(0)).join(", ")} ms\n`);
    expect(median(times)).toBeLessThan(await onThisMachine(page, ROUTE_CHANGE_MS));
  });

  test.each([
    ["a session's grid", "/ui/sessions/p-acquisition", "a[href^='/ui/grids/p-grid']"],
    ["a square of a grid", "/ui/grids/p-grid?square=p-square-0", "a[href^='/ui/squares/p-square-0']"],
  ])("%s is there within 200 ms", async (what, path, link) => {
    const { page } = await web.open(path);
    const times: number[] = [];
    for (let round = 0; round < 6; round++) {
      const links = page.locator(link);
      await links.first().waitFor();
      times.push(await changeToMapMs(links));
      await page.goBack();
    }
    process.stdout.write(`${what} is there after ${times.map((time) => time.toFixed(0)).join(", ")} ms\n`);
    // The first time loads the page's modules.
    expect(median(times.slice(1))).toBeLessThan(await onThisMachine(page, ROUTE_CHANGE_MS));
  });

  test("the first page needs less than 350 kB of script, and is there within 1.5 s", async () => {
    let bytes = 0;
    const times: number[] = [];
    let limit = 0;
    for (let visit = 0; visit < 3; visit++) {
      const { page: fresh } = await web.open("/ui/sessions", {
        fresh: true,
        prepare: watchFirstView,
      });
      times.push(await firstViewMs(fresh));
      bytes = await scriptBytes(fresh);
      limit = await onThisMachine(fresh, FIRST_VIEW_MS);
    }
    process.stdout.write(
      `initial script ${(bytes / 1024).toFixed(0)} kB compressed; list of sessions there after ${times.map((time) => time.toFixed(0)).join(", ")} ms\n`,
    );
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(INITIAL_SCRIPT_BYTES);
    expect(median(times)).toBeLessThan(limit);
  });

  test("from a square or a session, the pages are of its own grid, not of the session that started last", async () => {
    const later = { prefix: "later", squares: 1, openedSquares: 0, holesPerSquare: 0, imagedPerSquare: 0 };
    await sendSession(web.url, seedSession({ ...later, startTime: "2026-03-05T08:00:00Z" }));
    for (const from of ["/ui/squares/p-square-0", "/ui/sessions/p-acquisition"]) {
      const { page } = await web.open(from);
      await expect
        .poll(() => page.getByRole("link", { name: "Quality", exact: true }).getAttribute("href"))
        .toBe("/ui/quality/p-grid");
      await page.keyboard.press("Alt+3");
      await page.waitForURL("**/ui/decisions/p-grid");
    }
  });
});
