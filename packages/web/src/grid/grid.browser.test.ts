import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mrcFile } from "@smartem/backend/images/testing/image-files";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  describeInBrowser,
  exported,
  screenshot,
  send,
  startWebForTests,
  type WebForTests,
} from "../testing/browser-for-tests.js";
import { seedSession, sendSession } from "../testing/seed-session.js";
import { slowness, traced } from "../testing/trace.js";

/** A grid of which a few squares have been looked into, and one square with as many holes as there ever are. */
const GRID = seedSession({
  prefix: "g",
  name: "Apoferritin",
  squares: 100,
  openedSquares: 3,
  holesPerSquare: 60,
  imagedPerSquare: 25,
});
const FULL_SQUARE = seedSession({
  prefix: "f",
  name: "Ribosome",
  squares: 1,
  openedSquares: 1,
  holesPerSquare: 1_000,
  imagedPerSquare: 120,
});

/**
 * Two frames at 60 Hz: without a graphics card the browser's main thread paints as well, and machines that run tests are not
 * equally quick at it. How many frames there are in a second is measured by the benchmark.
 */
const TWO_FRAMES_MS = 2_000 / 60;

/** How much of the overlay is drawn on, 0–1. */
async function drawnShare(page: Page): Promise<number> {
  return page
    .locator("canvas[role=img]")
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {
        data: new Uint8ClampedArray(4),
      };
      let drawn = 0;
      for (let index = 3; index < data.length; index += 4) if ((data[index] ?? 0) > 0) drawn += 1;
      return drawn / (data.length / 4);
    });
}

const MRC_HEADER_BYTES = 1_024;

/** An image of so many pixels a side, as EPU writes it, dark but for a noise and a mark of 16 × 16 pixels. */
async function writeImage(path: string, sidePx: number, mark: { readonly x: number; readonly y: number }) {
  const file = Buffer.alloc(MRC_HEADER_BYTES + sidePx * sidePx);
  mrcFile(1, 1, [0], { mode: 0 }).copy(file, 0, 0, MRC_HEADER_BYTES);
  file.writeInt32LE(sidePx, 0);
  file.writeInt32LE(sidePx, 4);
  const row = Buffer.from(Array.from({ length: sidePx }, (_, x) => (x * 7_919) % 31));
  for (let y = 0; y < sidePx; y++) row.copy(file, MRC_HEADER_BYTES + y * sidePx);
  for (let y = mark.y - 8; y < mark.y + 8; y++) {
    const start = MRC_HEADER_BYTES + y * sidePx + mark.x;
    file.fill(120, start - 8, start + 8);
  }
  await writeFile(path, file);
}

/** How bright the map's image is, 0–255, so many pixels of the screen right of its middle; null where none is drawn. */
async function brightness(within: Page | Locator, right = 0): Promise<number | null> {
  return within
    .locator(".openseadragon-canvas canvas")
    .first()
    .evaluate((canvas: HTMLCanvasElement, offset) => {
      const context = canvas.getContext("2d");
      const [grey = 0, , , alpha = 0] =
        context?.getImageData(canvas.width / 2 + offset, canvas.height / 2, 1, 1).data ?? [];
      return alpha === 0 ? null : grey;
    }, right);
}

describeInBrowser("maps of grids and squares", () => {
  let web: WebForTests;
  let imageFolder: string;
  beforeAll(async () => {
    imageFolder = await mkdtemp(join(tmpdir(), "smartem-images-"));
    web = await startWebForTests({ imageRoots: [imageFolder] });
    await sendSession(web.url, GRID);
    await sendSession(web.url, FULL_SQUARE);
    await web.settle();
  });
  afterAll(async () => {
    await web?.stop();
    await rm(imageFolder, { recursive: true, force: true });
  });

  test("show the plan's squares; a click says why, and the address remembers it", async () => {
    const { page, errors } = await web.open("/ui/grids/g-grid");
    await page.getByText(/good holes expected from/).waitFor();
    await expect.poll(() => drawnShare(page)).toBeGreaterThan(0.02);
    const plan = (await send(web.url, "GET", "/grids/g-grid/plan")) as {
      squares: { gridsquare_id: string; reason: string }[];
    };
    const { gridsquare_id, reason } = plan.squares[0] ?? { gridsquare_id: "", reason: "" };
    const first = page.getByRole("option").first();
    await expect.poll(() => first.innerText()).toContain("next");
    await first.click();
    await page
      .getByRole("region", { name: `Square ${gridsquare_id}` })
      .getByText(reason, { exact: true })
      .waitFor();
    expect(page.url()).toContain("square=g-square-");
    await screenshot(page, "grid");

    await page.getByRole("button", { name: "Show all" }).click();
    const map = await page.getByRole("application").boundingBox();
    if (map === null) throw new Error("no map");
    await page.mouse.click(map.x + 3, map.y + map.height - 3);
    await expect.poll(() => page.url()).not.toContain("square=g-square-");
    expect(errors).toEqual([]);
  });

  test("are walked through with the keyboard, and opened with Enter", async () => {
    const { page } = await web.open("/ui/grids/g-grid");
    const list = page.getByRole("listbox");
    await page.getByRole("option").getByText("next").waitFor();
    await list.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => page.getByRole("option", { selected: true }).getAttribute("aria-posinset")).toBe("2");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /^Square \d+/ }).waitFor();
    expect(page.url()).toContain("/ui/squares/g-square-");
  });

  test("show the chosen square in small, and say where there is no image of it yet", async () => {
    const { page, errors } = await web.open("/ui/grids/g-grid?square=g-square-4");
    const detail = page.getByRole("region", { name: "Square 1004" });
    const preview = detail.getByRole("link", { name: "Image of square 1004" });
    await preview.getByText("No image yet").waitFor();
    const before = await preview.boundingBox();
    await page.getByTestId("live-indicator").getByText("Live").waitFor();
    const path = join(imageFolder, "GridSquare_1004.mrc");
    await writeImage(path, 512, { x: 100, y: 100 });
    await send(web.url, "PUT", "/gridsquares/g-square-4", { image_path: path });
    const image = preview.locator("img");
    await image.waitFor();
    await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(512);
    // Nothing on the page moves when it comes.
    expect(await preview.boundingBox()).toEqual(before);
    await screenshot(page, "grid-preview");
    await preview.click();
    await page.getByRole("heading", { level: 1, name: "Square 1004" }).waitFor();
    expect(errors).toEqual([]);
  });

  test("call planned only where the plan takes holes, not what is kept for want of results", async () => {
    interface Plan {
      decision: { summary: Record<string, unknown> };
      squares: object[];
    }
    const prepare = (tab: Page) =>
      tab.route("**/grids/g-grid/plan", async (route) => {
        const response = await route.fetch();
        const plan = (await response.json()) as Plan;
        Object.assign(plan.decision.summary, { planned_holes: 0, planned_minutes: 0, expected_good: 0 });
        const kept = { foilhole_count: 9, value: 0, rate_per_minute: 0 };
        for (const [index, square] of plan.squares.entries())
          Object.assign(square, { ...kept, rank: index + 1, skipped: index > 9 });
        await route.fulfill({ response, json: plan });
      });
    const { page } = await web.open("/ui/grids/g-grid", { prepare });
    await page.getByText("Nothing more is planned on this grid.").waitFor();
    const list = page.getByRole("listbox");
    await expect.poll(() => list.innerText()).toMatch(/kept, not planned/);
    expect(await list.innerText()).not.toMatch(/next|number \d|holes\/h/);
    expect(await page.getByRole("img", { name: /coloured by Plan/ }).count()).toBe(0);
    const { page: session } = await web.open("/ui/sessions/g-acquisition", { prepare });
    await session.getByText(/ 0 planned /).waitFor();
  });

  test("are coloured by what one chooses, with a legend that says so", async () => {
    const { page } = await web.open("/ui/grids/g-grid?layer=good");
    await page.getByRole("img", { name: /coloured by Measured: share of good/ }).waitFor();
    await page.getByRole("combobox", { name: "Colour by" }).click();
    await page.getByRole("option", { name: "Prediction: square-cnn" }).click();
    await page.getByRole("img", { name: /coloured by Prediction: square-cnn/ }).waitFor();
    // What the colour of one stands for is there as text.
    await page.getByRole("option").first().click();
    const detail = page.getByRole("region", { name: /^Square \d+$/ });
    await expect.poll(() => detail.innerText()).toMatch(/Prediction: square-cnn\s+0\.\d\d/);
    await expect.poll(() => drawnShare(page)).toBeGreaterThan(0.05);
    expect(page.url()).toContain("layer=prediction");
    await page.getByText("Distribution", { exact: true }).click();
    await page.getByRole("img", { name: /Distribution of Prediction: square-cnn over 100/ }).waitFor();
    await screenshot(page, "grid-prediction");
  });

  test("keep in the address what is seen of them, and how; back and forward lead there again", async () => {
    const { page } = await web.open("/ui/grids/g-grid");
    await page.getByText(/good holes expected from/).waitFor();
    await expect.poll(() => drawnShare(page)).toBeGreaterThan(0.02);
    const place = (): string | null => new URL(page.url()).searchParams.get("view");
    expect(place()).toBeNull();
    await page.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(place).toMatch(/^-?\d+_-?\d+_\d+$/);
    const close = place();
    await page.getByRole("combobox", { name: "Colour by" }).click();
    await page.getByRole("option", { name: "Status" }).click();
    await page.getByRole("img", { name: /coloured by Status/ }).waitFor();
    await page.getByText("Distribution", { exact: true }).click();
    await page.getByRole("list", { name: /Distribution of Status/ }).waitFor();
    await page.goBack();
    await page.getByRole("listbox").waitFor();
    await page.goBack();
    await page.getByRole("img", { name: /coloured by Plan/ }).waitFor();
    expect(place()).toBe(close);
    await page.goForward();
    await page.getByRole("img", { name: /coloured by Status/ }).waitFor();

    // The address is all it takes, on another screen as well.
    const drawn = await drawnShare(page);
    const { page: other } = await web.open(new URL(page.url()).pathname + new URL(page.url()).search);
    await other.getByRole("img", { name: /coloured by Status/ }).waitFor();
    await expect.poll(async () => Math.abs((await drawnShare(other)) - drawn)).toBeLessThan(0.01);
    expect(new URL(other.url()).searchParams.get("view")).toBe(close);
    await other.getByRole("button", { name: "Show all" }).click();
    await expect.poll(() => new URL(other.url()).searchParams.get("view")).toBeNull();
  });

  test("take an operator's word about a square and a hole", async () => {
    const choices = async (): Promise<unknown> => send(web.url, "GET", "/grids/g-grid/choices");
    const { page } = await web.open("/ui/grids/g-grid?square=g-square-2");
    const control = page.getByRole("radiogroup", { name: "Who decides about it" });
    await control.getByText("Lock out").click();
    await expect.poll(choices).toMatchObject([{ entity_uuid: "g-square-2", choice: "locked" }]);
    await control.getByText("By plan").click();
    await expect.poll(choices).toEqual([]);

    await page.goto(`${web.url}/ui/squares/g-square-1?hole=g-hole-1-50`);
    await control.getByText("First").click();
    await expect.poll(choices).toMatchObject([{ entity_uuid: "g-hole-1-50", choice: "selected" }]);
    const first = async (): Promise<{ foilhole_uuid: string; suggested_acquisition_index: number } | undefined> =>
      ((await send(web.url, "GET", "/gridsquares/g-square-1/plan")) as Awaited<ReturnType<typeof first>>[])[0];
    await expect.poll(async () => (await first())?.foilhole_uuid).toBe("g-hole-1-50");
    const place = (await first())?.suggested_acquisition_index;
    await page
      .getByRole("region", { name: /^Hole/ })
      .getByText(new RegExp(`number ${place}$`))
      .first()
      .waitFor();
    await screenshot(page, "square-chosen");
  });

  test("draw a choice that is under way on what it was made for, whatever is selected or marked by then", async () => {
    const { page } = await web.open("/ui/grids/g-grid?square=g-square-50");
    const held: (() => void)[] = [];
    await page.route("**/choice*", async (route) => {
      if (route.request().method() === "PUT") await new Promise<void>((go) => held.push(go));
      await route.continue();
    });
    const letGo = async (): Promise<void> => {
      await expect.poll(() => held.length).toBe(1);
      held.pop()?.();
    };
    const control = page.getByRole("radiogroup", { name: "Who decides about it" });
    const chosen = (): Promise<string> => control.locator("input:checked").inputValue();
    const list = page.getByRole("listbox");
    const selected = page.getByRole("option", { selected: true });
    await selected.getByText("1050").waitFor();
    await control.getByText("Lock out").click();
    await expect.poll(() => control.getByRole("radio").first().isDisabled()).toBe(true);
    await list.focus();
    await page.keyboard.press("ArrowUp");
    await selected.getByText("1050").waitFor({ state: "detached" });
    expect(await chosen()).toBe("plan");
    expect(await control.getByRole("radio").first().isDisabled()).toBe(false);
    const choices = async (): Promise<string[]> =>
      ((await send(web.url, "GET", "/grids/g-grid/choices")) as { entity_uuid: string }[])
        .map(({ entity_uuid }) => entity_uuid)
        .filter((uuid) => uuid.startsWith("g-square"))
        .sort();
    await letGo();
    await expect.poll(choices).toEqual(["g-square-50"]);
    expect(await chosen()).toBe("plan");

    const marked = page.getByRole("group", { name: "Marked" });
    await page.keyboard.press("Space");
    await marked.getByText("1 marked").waitFor();
    const first = new URL(page.url()).searchParams.get("square");
    await marked.getByRole("button", { name: "Lock out" }).click();
    await list.focus();
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => new URL(page.url()).searchParams.get("square")).not.toBe(first);
    await page.keyboard.press("Space");
    await marked.getByText("2 marked").waitFor();
    await letGo();
    await marked.getByText("1 marked").waitFor();
    expect(await choices()).toEqual(["g-square-50", first].sort());
    await send(web.url, "PUT", "/grids/g-grid/choices", { choice: null, gridsquare_uuids: GRID.squareUuids });
    await web.settle();
  });

  test("say that a hole was imaged before it is judged, and offer no choice about it any more", async () => {
    const { page } = await web.open("/ui/squares/g-square-2?hole=g-hole-2-40");
    const hole = page.getByRole("region", { name: "Hole 120040" });
    await hole.getByRole("radiogroup", { name: "Who decides about it" }).waitFor();
    const micrograph = { uuid: "g-unjudged", foilhole_uuid: "g-hole-2-40", foilhole_id: "120040" };
    await send(web.url, "POST", "/ingest", {
      micrographs: [{ ...micrograph, micrograph_id: "unjudged", acquisition_datetime: "2026-03-02T14:00:00Z" }],
    });
    await hole.getByText("imaged, not judged yet").waitFor();
    await page
      .getByRole("option", { name: /120040/ })
      .getByText("imaged, not judged yet")
      .waitFor();
    expect(await hole.getByRole("radiogroup").count()).toBe(0);
    expect(await hole.getByText(/Not in the order/).count()).toBe(0);
  });

  test("let several be marked with a lasso, or the space bar, and decided about together", async () => {
    const { page } = await web.open("/ui/grids/g-grid");
    const list = page.getByRole("listbox");
    await page.getByRole("option").getByText("next").waitFor();
    await page.getByRole("button", { name: "Mark several by drawing around them" }).click();
    const map = await page.getByTestId("lasso").boundingBox();
    if (map === null) throw new Error("no map");
    const corners = [
      [0.02, 0.02],
      [0.98, 0.02],
      [0.98, 0.5],
      [0.02, 0.5],
    ] as const;
    await page.mouse.move(map.x + map.width * 0.02, map.y + map.height * 0.5);
    await page.mouse.down();
    for (const [x, y] of corners) await page.mouse.move(map.x + map.width * x, map.y + map.height * y, { steps: 4 });
    await page.mouse.up();
    const marked = page.getByRole("group", { name: "Marked" });
    const count = Number.parseInt(await marked.getByText(/^\d+ marked$/).innerText(), 10);
    expect(count).toBeGreaterThan(30);
    expect(count).toBeLessThan(70);
    await screenshot(page, "grid-lasso");
    await marked.getByRole("button", { name: "Lock out" }).click();
    await marked.waitFor({ state: "detached" });
    const choices = (await send(web.url, "GET", "/grids/g-grid/choices")) as { choice: string }[];
    expect(choices.filter(({ choice }) => choice === "locked")).toHaveLength(count);

    await page.getByRole("button", { name: "Mark several by drawing around them" }).click();
    await web.settle();
    await list
      .getByText(/locked out/)
      .first()
      .waitFor();
    await list.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    await marked.getByText("1 marked").waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await marked.getByText("2 marked").waitFor();
    await page.keyboard.press("Space");
    await marked.getByText("1 marked").waitFor();
    // By EPU's ids; whoever gets the address has the same marked.
    await expect.poll(() => page.url()).toMatch(/marked=\d+(&|$)/);
    await page.reload();
    await marked.getByText("1 marked").waitFor();
    await marked.getByRole("button", { name: "Unmark" }).click();
    await marked.waitFor({ state: "detached" });
    await send(web.url, "PUT", "/grids/g-grid/choices", {
      choice: null,
      gridsquare_uuids: GRID.squareUuids,
    });
    await web.settle();
  });

  test("show a thousand holes with order, belief and measurement, and a hole's micrographs", async () => {
    const { page, errors } = await web.open("/ui/squares/f-square-0?hole=f-hole-0-33", { scheme: "dark" });
    const hole = page.getByRole("region", { name: "Hole 100033" });
    const taken = hole.getByRole("table", { name: "Micrographs" });
    // With the day, which is another than today.
    await taken.getByText(/^0[23] Mar, \d\d:\d\d:\d\d$/).waitFor();
    await expect.poll(() => hole.innerText()).toMatch(/Belief\s+\d+ % ± \d+ % good/);
    await page.getByRole("img", { name: /with 1000 holes/ }).waitFor();
    await expect.poll(() => drawnShare(page)).toBeGreaterThan(0.05);
    await screenshot(page, "square");
    expect(errors).toEqual([]);
  });

  test("move and zoom a thousand holes fluently", async () => {
    const { page } = await web.open("/ui/squares/f-square-0");
    await page.getByRole("img", { name: /with 1000 holes/ }).waitFor();
    await expect.poll(() => drawnShare(page)).toBeGreaterThan(0.05);
    const map = await page.getByRole("application").boundingBox();
    if (map === null) throw new Error("no map");
    await page.mouse.move(map.x + map.width / 2, map.y + map.height / 2);
    const task = TWO_FRAMES_MS * (await slowness(page));
    const { tasks, framesAtMs } = await traced(page, async () => {
      for (let step = 0; step < 6; step++) {
        await page.mouse.wheel(0, step < 3 ? -240 : 240);
        await page.mouse.down();
        await page.mouse.move(map.x + map.width / 2 + (step % 2 === 0 ? 60 : -60), map.y + map.height / 2 + step * 8, {
          steps: 6,
        });
        await page.mouse.up();
      }
    });
    const long = tasks.filter(({ processorMs }) => processorMs > task).length;
    process.stdout.write(
      `1000 holes: ${framesAtMs.length} frames, ${long} tasks of more than ${task.toFixed(1)} ms of processor time\n`,
    );
    expect(framesAtMs.length).toBeGreaterThan(10);
    // What is collected as garbage, or compiled, now and then takes longer.
    expect(long).toBeLessThan(Math.max(3, framesAtMs.length / 10));
  });

  test("are saved as table, picture and drawing", async () => {
    const { page } = await web.open("/ui/grids/g-grid?layer=ice");
    await page.getByText(/good holes expected from/).waitFor();
    // What there is nothing of is said, and can't be chosen.
    const layers = page
      .getByRole("combobox", { name: "Colour by" })
      .or(page.getByRole("textbox", { name: "Colour by" }));
    await expect.poll(() => layers.first().inputValue()).toBe("Ice: mean intensity of holes");
    await layers.first().click();
    const cluster = page.getByRole("option", { name: "Cluster (no data yet)" });
    await cluster.waitFor();
    expect(await cluster.getAttribute("data-combobox-disabled")).toBe("true");
    await page.getByRole("option", { name: "Belief: probability of good" }).click();
    await expect.poll(() => page.url()).toContain("layer=probability");
    const saved = async (item: string): Promise<{ name: string; content: Buffer }> => {
      await page.getByRole("button", { name: "Export" }).click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("menuitem", { name: item }).click(),
      ]);
      return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
    };
    const table = await saved("Table (CSV)");
    expect(table.name).toBe("grid-g-grid.csv");
    expect(table.content.toString().trim().split("\r\n")).toHaveLength(101);
    const picture = await saved("Picture as seen (PNG)");
    expect(picture.content.subarray(1, 4).toString()).toBe("PNG");
    expect(picture.content.length).toBeGreaterThan(5_000);
    const drawing = await saved("Drawing of all (SVG)");
    expect(drawing.content.toString().match(/<rect /g)).toHaveLength(100);
    expect(drawing.content.toString()).toContain(">Belief: probability of good</text>");
  });

  test("use an image of the atlas as soon as there is one", async () => {
    let image: Buffer | null = null;
    const { page } = await web.open("/ui/grids/g-grid", {
      prepare: (tab) =>
        tab.route("**/atlas_image*", (route) =>
          image === null
            ? route.fulfill({ status: 404, json: { detail: "no image" } })
            : route.fulfill({
                body: image,
                contentType: "image/png",
                headers: { "x-native-width": "4000", "x-native-height": "4000" },
              }),
        ),
    });
    await page.getByRole("application").waitFor();
    await expect.poll(() => drawnShare(page)).toBeGreaterThan(0.02);
    image = await page.screenshot({ clip: { x: 0, y: 0, width: 400, height: 400 } });
    await page.reload();
    const shown = page.locator("[data-dark] .openseadragon-canvas canvas");
    await expect
      .poll(
        () =>
          shown
            .first()
            .evaluate(
              (canvas: HTMLCanvasElement) =>
                canvas.getContext("2d")?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3] ?? 0,
            ),
        {},
      )
      .toBeGreaterThan(0);
    await screenshot(page, "grid-image");
  });

  test.each([
    {
      what: "an atlas of 8192 × 8192 pixels",
      ...{ sidePx: 8_192, mark: { x: 5_003, y: 7_777 }, file: "Atlas_1.mrc", again: "again/Atlas_1.mrc", tiles: 341 },
      ...{ page: "/ui/grids/f-grid", entity: "/grids/f-grid", image: "atlas_image" },
      located: (path: string) => ({ atlas_dir: dirname(path) }),
      picture: "grid-atlas-close",
    },
    {
      what: "a square of 4096 × 4096 pixels",
      ...{
        sidePx: 4_096,
        mark: { x: 1_003, y: 3_777 },
        file: "GridSquare_1.mrc",
        again: "GridSquare_2.mrc",
        tiles: 85,
      },
      ...{ page: `/ui/squares/${FULL_SQUARE.squareUuids[0]}`, entity: `/gridsquares/${FULL_SQUARE.squareUuids[0]}` },
      image: "gridsquare_image",
      located: (path: string) => ({ image_path: path }),
      picture: "square-close",
    },
  ])(
    "show $what down to the last one, asking for what is looked at, and anew when it is taken again",
    async (shown) => {
      const { sidePx, mark, tiles } = shown;
      const path = join(imageFolder, shown.file);
      await writeImage(path, sidePx, mark);
      await send(web.url, "PUT", shown.entity, shown.located(path));
      const asked: URL[] = [];
      const { page, errors } = await web.open(`${shown.page}?path=off&view=${mark.x}_${mark.y}_200`, {
        prepare: async (tab) =>
          tab.on("request", (request) => {
            if (request.url().includes(shown.image)) asked.push(new URL(request.url()));
          }),
      });
      await expect.poll(() => brightness(page)).toBeGreaterThan(240);
      await expect.poll(() => brightness(page, 100)).toBeLessThan(200);
      await screenshot(page, shown.picture);
      await page.getByRole("button", { name: "Show all" }).click();
      await expect.poll(async () => (await brightness(page)) ?? 255).toBeLessThan(240);
      expect(asked.every(({ searchParams }) => Number(searchParams.get("max_size")) <= 512)).toBe(true);
      // A screen's worth at each level.
      expect(new Set(asked.map(String)).size).toBeLessThan(Math.min(60, tiles));

      await page.goto(`${web.url}${shown.page}?path=off&view=${mark.x}_${mark.y}_200`);
      await page.getByTestId("live-indicator").getByText("Live").waitFor();
      await expect.poll(() => brightness(page)).toBeGreaterThan(240);
      const again = join(imageFolder, shown.again);
      await mkdir(dirname(again), { recursive: true });
      await writeImage(again, sidePx, { x: mark.x + 100, y: mark.y - 100 });
      await send(web.url, "PUT", shown.entity, shown.located(again));
      await expect.poll(async () => (await brightness(page)) ?? 255).toBeLessThan(200);
      expect(errors).toEqual([]);
    },
  );

  test("a micrograph is seen in small beside its hole, and over the whole page down to its last pixel", async () => {
    const [square = ""] = FULL_SQUARE.squareUuids;
    const read = async <T>(path: string) => (await (await fetch(`${web.url}${path}`)).json()) as T;
    const holes = await read<{ uuid: string; micrograph_count: number }[]>(
      `/gridsquares/${square}/foilholes?counts=true`,
    );
    const hole = holes.find(({ micrograph_count }) => micrograph_count > 0)?.uuid ?? "";
    const [micrograph] = await read<{ uuid: string }[]>(`/foilholes/${hole}/micrographs`);
    const [path, mark] = [join(imageFolder, "Micrograph_1.mrc"), { x: 1_003, y: 3_777 }];
    await writeImage(path, 4_096, mark);
    await send(web.url, "PUT", `/micrographs/${micrograph?.uuid}`, { high_res_path: path });
    const { page, errors } = await web.open(`/ui/squares/${square}?hole=${hole}`);
    const small = page.getByRole("button", { name: /^Micrograph of .*, larger$/ });
    await small.first().click();
    const dialog = page.getByRole("dialog", { name: /^Micrograph of / });
    await expect.poll(() => brightness(dialog)).not.toBeNull();
    await screenshot(page, "micrograph");
    expect(page.url()).toContain(`micrograph=${micrograph?.uuid}`);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(page.url()).not.toContain("micrograph=");
    // A link leads to the very pixels.
    await page.goto(`${page.url()}&micrograph=${micrograph?.uuid}&part=${mark.x}_${mark.y}_200`);
    await expect.poll(() => brightness(dialog)).toBeGreaterThan(240);
    await expect.poll(() => brightness(dialog, 100)).toBeLessThan(200);
    await page.getByRole("button", { name: "Close the micrograph" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(page.url()).not.toMatch(/micrograph=|part=/);
    await page.goto(`${page.url()}&micrograph=none`);
    await page.getByRole("button", { name: "Remove micrograph from the address" }).waitFor();
    expect(errors).toEqual([]);
  });

  test("a model's predictions colour the map as they come, also those of a model that was not known", async () => {
    const [first = "", second = ""] = GRID.squareUuids;
    const predict = (gridsquare_uuid: string, prediction_value: number): Promise<unknown> =>
      send(web.url, "POST", "/events", [
        {
          ...{ event_type: "gridsquare.model_prediction", prediction_model_name: "late-cnn" },
          ...{ gridsquare_uuid, prediction_value },
        },
      ]);
    const { page, errors } = await web.open(
      `/ui/grids/g-grid?layer=prediction:late-cnn&panel=distribution&square=${first}`,
    );
    await page.getByTestId("live-indicator").getByText("Live").waitFor();
    await page.getByRole("button", { name: "Remove layer from the address" }).waitFor();
    await predict(first, 0.25);
    await page.getByRole("img", { name: /Atlas with 100 squares, coloured by Prediction: late-cnn/ }).waitFor();
    await page.getByRole("img", { name: "Distribution of Prediction: late-cnn over 1" }).waitFor();
    const detail = page.getByRole("region", { name: /^Square \d+/ });
    await expect.poll(() => detail.innerText()).toMatch(/Predicted by late-cnn\s+0\.25/);
    await predict(second, 0.5);
    await page.getByRole("img", { name: "Distribution of Prediction: late-cnn over 2" }).waitFor();
    await predict(first, 0.75);
    await expect.poll(() => detail.innerText()).toMatch(/Predicted by late-cnn\s+0\.75/);
    expect(errors).toEqual([]);
  });

  test("squares that a model takes for look-alikes have a colour and a name for each cluster, and a place among each other", async () => {
    const CLUSTERS = 3;
    await send(web.url, "POST", "/prediction_models", { name: "encoder", description: "what squares look like" });
    const parameter = (group: string, key: string, value: number) => ({
      ...{ event_type: "grid.model_parameter_update", grid_uuid: "g-grid", prediction_model_name: "encoder" },
      ...{ group, key, value },
    });
    await send(
      web.url,
      "POST",
      "/events",
      GRID.squareUuids.flatMap((uuid, n) => [
        parameter("cluster_indices", uuid, n % CLUSTERS),
        parameter(`coordinates:${uuid}`, "x", (n % CLUSTERS) * 10 + n / 50),
        parameter(`coordinates:${uuid}`, "y", n / 25),
      ]),
    );
    await web.settle();
    const { page, errors } = await web.open("/ui/grids/g-grid?layer=cluster&panel=latent");
    await page.getByRole("img", { name: /Atlas with 100 squares, coloured by Cluster/ }).waitFor();
    for (let cluster = 0; cluster < CLUSTERS; cluster++)
      await page.getByText(`cluster ${cluster}`, { exact: true }).waitFor();
    await page.getByRole("img", { name: /by likeness, as encoder sees them, coloured by Cluster/ }).waitFor();
    await expect.poll(() => drawnShare(page)).toBeGreaterThan(0.05);
    await screenshot(page, "grid-clusters");
    const menu = page.getByRole("button", { name: "Save the look-alikes" });
    const [head, ...rows] = (await exported(page, menu, /CSV/)).toString().trim().split("\r\n");
    expect(head).toBe("gridsquare_id,gridsquare_uuid,x,y,cluster,Cluster");
    expect(rows).toHaveLength(GRID.squareUuids.length);
    expect(new Set(rows.map((row) => row.split(",")[4]))).toEqual(new Set(["0", "1", "2"]));
    expect((await exported(page, menu, /SVG/)).toString().match(/<ellipse /g)).toHaveLength(rows.length);

    // What is seen of them is in the address, apart from what is seen of the atlas.
    const scatter = page.locator("canvas[role=img][aria-label*='by likeness']");
    const drawing = () => scatter.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const whole = await drawing();
    const box = await scatter.boundingBox();
    if (box === null) throw new Error("no map of the look-alikes");
    await page.mouse.move(box.x + box.width / 3, box.y + box.height / 3);
    for (let step = 0; step < 3; step++) await page.mouse.wheel(0, -240);
    await expect.poll(() => new URL(page.url()).searchParams.get("alike")).toMatch(/^-?\d+_-?\d+_\d+$/);
    expect(new URL(page.url()).searchParams.get("view")).toBeNull();
    await page.mouse.move(0, 0);
    await expect.poll(drawing).not.toBe(whole);
    const link = page.url();
    await page.goto(link);
    await expect.poll(drawing).not.toBe(whole);
    await expect.poll(() => drawnShare(page)).toBeGreaterThan(0.05);
    expect(page.url()).toBe(link);
    expect(errors).toEqual([]);
  });
});
