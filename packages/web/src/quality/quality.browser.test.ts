import { afterAll, beforeAll, expect, test } from "vitest";
import {
  describeInBrowser,
  exported,
  screenshot,
  send,
  startWebForTests,
  type WebForTests,
} from "../testing/browser-for-tests.js";
import { insertLongSession, MICROGRAPHS } from "../testing/long-session.js";
import { seedSession, sendSession } from "../testing/seed-session.js";
import { longestTaskMs, slowness, traced } from "../testing/trace.js";

const ROUNDS = 4;
/** A page that answers within a tenth of a second seems to answer at once. */
const LONGEST_TASK_MS = 100;
/** What a comparison of grids adds to that. */
const LONGEST_COMPARISON_MS = 50;

describeInBrowser("quality of 50,000 micrographs", () => {
  let web: WebForTests;
  beforeAll(async () => {
    web = await startWebForTests();
    await insertLongSession(web.url, web.backend.pool);
  });
  afterAll(() => web?.stop());

  test("is drawn, tried with other limits and kept up to date without a frozen frame", async () => {
    const start = performance.now();
    const answer = await fetch(`${web.url}/grids/l-grid/results/columns`);
    const bytes = (await answer.arrayBuffer()).byteLength;
    const answerMs = performance.now() - start;

    const { page, errors } = await web.open("/ui/quality/l-grid");
    await page.getByText(/50,000 micrographs/).waitFor();
    const slider = page.getByRole("slider", { name: "Limit of CTF max resolution" });
    await slider.waitFor();
    await screenshot(page, "quality-50000");
    const box = await slider.boundingBox();
    if (box === null) throw new Error("no slider");
    const limit = LONGEST_TASK_MS * (await slowness(page));

    const dragging = await traced(page, async () => {
      await page.mouse.move(box.x + box.width / 2, box.y + 6);
      await page.mouse.down();
      for (let round = 0; round < ROUNDS; round++) {
        const away = round % 2 === 0 ? -60 : -20;
        await page.mouse.move(box.x + box.width / 2 + away, box.y + 6, { steps: 12 });
        await page.getByText(/With these limits/).waitFor();
      }
      await page.mouse.up();
    });

    // What arrives meanwhile is worked in between: a fit that fails, and succeeds after all.
    const failed = page.getByRole("region", { name: "CTF max resolution" }).getByText(/\d+ failed/);
    const count = async (): Promise<number> => Number(/(\d+) failed/.exec(await failed.innerText())?.[1]);
    const news = await traced(page, async () => {
      for (const [value, change] of [
        [-1, 1],
        [4, -1],
      ] as const) {
        const before = await count();
        await web.backend.pool.query(
          "update micrographs set ctf_max_resolution_estimate = $1 where uuid = 'l-micrograph-0-0'",
          [value],
        );
        // Told of by itself: a plan for 50,000 holes is not what is held against its limit here.
        await web.backend.pool.query(
          `with told as (insert into events (event_type, payload, acquisition_uuid) values ('entities.changed', $1, 'l-acquisition'))
           select pg_notify('smartem_events', '')`,
          [
            {
              entity: "micrograph",
              action: "updated",
              acquisition_uuid: "l-acquisition",
              grid_uuid: "l-grid",
              count: 1,
            },
          ],
        );
        await expect.poll(count).toBe(before + change);
      }
    });
    process.stdout.write(
      `50,000 micrographs: ${(bytes / 1e6).toFixed(1)} MB in ${answerMs.toFixed(0)} ms; longest task while dragging ${longestTaskMs(dragging).toFixed(0)} ms, at news ${longestTaskMs(news).toFixed(0)} ms of processor time, ${limit.toFixed(0)} allowed\n`,
    );
    expect(longestTaskMs(dragging)).toBeLessThan(limit);
    expect(longestTaskMs(news)).toBeLessThan(limit);
    // A drawing has all of them, wherever on the screen one lies over the other.
    const chart = page.getByRole("application", { name: /^CTF max resolution of .* over time/ });
    const began = performance.now();
    const drawing = await exported(
      page,
      chart.locator("xpath=..").getByRole("button", { name: "Save this chart" }),
      /SVG/,
    );
    process.stdout.write(
      `drawing of 50,000 micrographs: ${(drawing.length / 1e6).toFixed(1)} MB after ${(performance.now() - began).toFixed(0)} ms\n`,
    );
    expect(drawing.toString().match(/class="sign"/g)).toHaveLength(MICROGRAPHS);
    expect(errors).toEqual([]);
  });

  test("is held against what models had said of it without a frozen frame", async () => {
    for (const model of ["first", "second", "third"]) {
      await send(web.url, "POST", "/prediction_models", { name: model, description: "" });
      await web.backend.pool.query(
        `insert into quality_predictions (timestamp, prediction_model_name, value, foilhole_uuid)
         select timestamptz '2026-03-01T09:00:00Z', $1, random(), h.uuid
         from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid where s.grid_uuid = 'l-grid'`,
        [model],
      );
    }
    // As the database does by itself within a minute.
    await web.backend.pool.query("analyze");
    const { page, errors } = await web.open("/ui/models/l-grid");
    const models = page.getByRole("table", { name: "Models" });
    await expect.poll(() => models.innerText()).toMatch(/third.*\b(49|50),\d{3}\b/);
    const limit = LONGEST_TASK_MS * (await slowness(page));
    const outcomes = async (): Promise<string | undefined> =>
      /third.*\b([45]\d,\d{3})\b/.exec(await models.innerText())?.[1];
    const before = await outcomes();
    const news = await traced(page, async () => {
      await web.backend.pool.query(
        "update micrographs set ctf_max_resolution_estimate = null where uuid = 'l-micrograph-0-0'",
      );
      await web.backend.pool.query(
        `with told as (insert into events (event_type, payload, acquisition_uuid) values ('entities.changed', $1, 'l-acquisition'))
         select pg_notify('smartem_events', '')`,
        [{ entity: "micrograph", action: "updated", acquisition_uuid: "l-acquisition", grid_uuid: "l-grid", count: 1 }],
      );
      await expect.poll(outcomes).not.toBe(before);
    });
    process.stdout.write(
      `50,000 micrographs and three models: longest task at news ${longestTaskMs(news).toFixed(0)} ms of processor time, ${limit.toFixed(0)} allowed\n`,
    );
    expect(longestTaskMs(news)).toBeLessThan(limit);
    expect(errors).toEqual([]);
  });

  test("limits are typed with their decimals, dragged, and moved with the keyboard alike", async () => {
    const { page, errors } = await web.open("/ui/quality/l-grid");
    const typed = page.getByRole("textbox", { name: "Limit of CTF max resolution" });
    const dragged = page.getByRole("slider", { name: "Limit of CTF max resolution" });
    await dragged.waitFor();
    for (const text of ["0.5", "4.2"]) {
      await typed.press("Control+a");
      await typed.pressSequentially(text);
      expect(await typed.inputValue()).toBe(`≤ ${text} Å`);
      await expect.poll(() => new URL(page.url()).searchParams.get("try")).toBe(`ctfmaxresolution:${text}`);
    }
    await expect.poll(() => dragged.getAttribute("aria-valuenow")).toBe("4.2");
    await dragged.press("ArrowRight");
    await expect.poll(() => typed.inputValue()).not.toBe("≤ 4.2 Å");
    expect(await typed.inputValue()).toBe(`≤ ${await dragged.getAttribute("aria-valuenow")} Å`);
    await page.getByRole("link", { name: "Predicted against measured" }).click();
    await page.getByRole("heading", { level: 1, name: "Models" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/models/l-grid");
    expect(errors).toEqual([]);
  });

  test("what one has zoomed to stays as results come, until a double click shows all", async () => {
    const shape = { squares: 4, openedSquares: 2, holesPerSquare: 30, imagedPerSquare: 20 };
    await sendSession(web.url, seedSession({ prefix: "z", ...shape }));
    const motion = async (hole: number): Promise<void> => {
      const micrograph_uuid = `z-micrograph-1-${hole}`;
      await send(web.url, "POST", "/ingest", {
        micrographs: [
          {
            uuid: micrograph_uuid,
            foilhole_uuid: `z-hole-1-${hole}`,
            foilhole_id: String(110_000 + hole),
            micrograph_id: `z-${hole}`,
            manifest_file: `FoilHole_${110_000 + hole}_Data_1_1_20260302_080000.xml`,
            acquisition_datetime: new Date(Date.parse("2026-03-02T08:40:00Z") + hole * 1_000).toISOString(),
          },
        ],
      });
      const event_type = "motion_correction.completed";
      await send(web.url, "POST", "/events", [{ event_type, micrograph_uuid, total_motion: 12, average_motion: 0.5 }]);
    };
    const { page, errors } = await web.open("/ui/quality/z-grid");
    const part = page.getByRole("region", { name: "Total motion" });
    const chart = (what: RegExp) => part.getByRole("application", { name: what });
    await chart(/^Total motion of 40 micrographs over time$/).waitFor();
    const area = part.locator(".u-over").first();
    const at = async (share: number): Promise<readonly [x: number, y: number]> => {
      const box = await area.boundingBox();
      if (box === null) throw new Error("no chart");
      return [box.x + 1 + (box.width - 2) * share, box.y + box.height / 2];
    };
    /** The first and the last of the times that are seen. */
    const ends = async (): Promise<string[]> => {
      const said: string[] = [];
      for (const share of [0, 1]) {
        await page.mouse.move(...(await at(0.5)));
        await page.mouse.move(...(await at(share)));
        said.push(await part.locator(".u-legend .u-series").first().locator(".u-value").innerText());
      }
      return said.map((time) => time.slice(-5));
    };
    await expect.poll(ends).toEqual(["08:00", "08:35"]);
    await page.mouse.move(...(await at(0.5)));
    await page.mouse.down();
    await page.mouse.move(...(await at(0.8)), { steps: 5 });
    await page.mouse.up();
    await expect.poll(async () => (await ends())[0]).toMatch(/08:1\d/);
    const zoomed = await ends();
    expect(zoomed[1]).toMatch(/08:2\d/);

    await motion(20);
    await chart(/^Total motion of 41 micrographs over time$/).waitFor();
    await expect.poll(ends).toEqual(zoomed);
    // With a limit it is another chart.
    const limits = { motioncorrection: 20 };
    await send(web.url, "PUT", "/acquisitions/z-acquisition/decision_settings", { limits });
    await chart(/^Total motion of 41 micrographs over time, limit 20/).waitFor();
    await expect.poll(ends).toEqual(zoomed);

    await page.mouse.dblclick(...(await at(0.5)));
    await expect.poll(ends).toEqual(["08:00", "08:40"]);
    await motion(25);
    await chart(/^Total motion of 42 micrographs over time/).waitFor();
    await expect.poll(ends).toEqual(["08:00", "08:40"]);
    await part.getByRole("link", { name: "Total motion in space" }).click();
    await page.getByRole("img", { name: /coloured by Measured: Total motion/ }).waitFor();
    expect(errors).toEqual([]);
  });

  test("grids of a session are compared beside each other, whatever their size, and lead to one another", async () => {
    const { ingest, events } = seedSession({
      ...{ prefix: "o", squares: 4, openedSquares: 4, holesPerSquare: 30, imagedPerSquare: 10 },
    });
    const { acquisitions: _own, grids = [], ...below } = ingest;
    await send(web.url, "POST", "/ingest", {
      grids: grids.map((grid) => ({ ...grid, acquisition_uuid: "l-acquisition", name: "Grid 2" })),
      ...below,
    });
    await send(web.url, "POST", "/events", events);
    const limits = { ctfmaxresolution: 5 };
    await send(web.url, "PUT", "/acquisitions/l-acquisition/decision_settings", { limits });

    const { page, errors } = await web.open("/ui/quality/o-grid?compare=on");
    const table = page.getByRole("table", { name: "Grids of this session" });
    const rows = table.getByRole("row");
    await expect.poll(() => rows.count()).toBe(3);
    const shares = async () => (await rows.allInnerTexts()).slice(1).map((row) => row.replaceAll(/\s+/g, " "));
    await expect.poll(async () => (await shares())[1]).toMatch(/^Grid 2 40 \d+ % \(\d+ % to \d+ %\) of 40 /);
    expect((await shares())[0]).toMatch(/^Grid 1 50,000 \d+ % \(\d+ % to \d+ %\) of (49|50),\d+ /);
    // The fewer were judged, the wider is the interval.
    const widths = (await shares()).map((row) => {
      const [, low = 0, high = 0] = /\((\d+) % to (\d+) %\)/.exec(row)?.map(Number) ?? [];
      return high - low;
    });
    expect(widths[1]).toBeGreaterThan(widths[0] ?? Number.POSITIVE_INFINITY);
    expect(await table.locator("[aria-current=true]").innerText()).toContain("Grid 2");
    await screenshot(page, "quality-comparison");

    const limit = LONGEST_COMPARISON_MS * (await slowness(page));
    const news = await traced(page, async () => {
      await send(web.url, "DELETE", "/micrographs/l-micrograph-0-0");
      await expect.poll(async () => (await shares())[0]).toMatch(/^Grid 1 49,999 /);
    });
    process.stdout.write(
      `50,000 micrographs compared: longest task at news ${longestTaskMs(news).toFixed(0)} ms of processor time, ${limit.toFixed(0)} allowed\n`,
    );
    expect(longestTaskMs(news)).toBeLessThan(limit);
    const file = await exported(page, page.getByRole("button", { name: "Save the comparison" }), /CSV/);
    expect(
      file
        .toString()
        .trim()
        .split("\r\n")
        .map((line) => line.split(",")[1]),
    ).toEqual(["grid_uuid", "l-grid", "o-grid"]);
    await table.getByRole("link", { name: "Grid 1" }).click();
    await expect.poll(() => table.locator("[aria-current=true]").innerText()).toContain("Grid 1");
    expect(page.url()).toContain("/ui/quality/l-grid?compare=on");
    expect(errors).toEqual([]);
  });
});
