import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accessibilityProblems,
  describeInBrowser,
  exported,
  screenshot,
  send,
  startWebForTests,
  type WebForTests,
} from "../testing/browser-for-tests.js";
import { seedSession, sendSession } from "../testing/seed-session.js";

/** Holds a key on something, as fast as the page takes it: browsers drop what goes beyond two hundred changes of an address. */
async function held(what: Locator, key: string, times: number): Promise<void> {
  await what.evaluate(
    async (element, [pressed, count]) => {
      for (let n = 0; n < count; n++) {
        element.dispatchEvent(new KeyboardEvent("keydown", { key: pressed, code: pressed, bubbles: true }));
        await new Promise((done) => setTimeout(done));
      }
    },
    [key, times] as const,
  );
}

/** More than the page asks for at first. */
const OLDER = 250;

describeInBrowser("decisions", () => {
  let web: WebForTests;
  let ids: number[] = [];
  beforeAll(async () => {
    web = await startWebForTests();
    const seeded = seedSession({
      prefix: "d",
      squares: 9,
      openedSquares: 2,
      holesPerSquare: 60,
      imagedPerSquare: 40,
    });
    const half = seeded.events.length / 2;
    const micrographs = seeded.ingest.micrographs ?? [];
    const taken = micrographs.length / 2;
    await sendSession(web.url, {
      ...seeded,
      ingest: { ...seeded.ingest, micrographs: micrographs.slice(0, taken) },
      events: seeded.events.slice(0, half),
    });
    await send(web.url, "POST", "/agent/krios/sessions", { session_id: "ds", acquisition_uuid: "d-acquisition" });
    await web.settle();
    // A long session: the same has been decided many times before.
    await web.backend.pool.query(
      `insert into decisions (grid_uuid, mode, summary)
       select grid_uuid, mode, summary || '{"told": [], "results": 0}' from generate_series(1, $1),
         (select * from decisions where grid_uuid = 'd-grid' order by id limit 1) d`,
      [OLDER],
    );
    await send(web.url, "PUT", "/acquisitions/d-acquisition/decision_settings", { mode: "automatic" });
    await web.settle();
    const { rows: told } = await web.backend.pool.query<{ id: string }>(
      "select instruction_id as id from instructions",
    );
    for (const { id } of told) {
      await send(web.url, "POST", `/agent/krios/session/ds/instructions/${id}/ack`, { status: "processed" });
    }
    await send(web.url, "POST", "/ingest", { micrographs: micrographs.slice(taken) });
    await send(web.url, "POST", "/events", seeded.events.slice(half));
    await web.settle();
    ids = (
      (await send(web.url, "GET", "/grids/d-grid/decisions?limit=1000")) as { id: number; instructions: unknown[] }[]
    ).map(({ id }) => id);
  });
  afterAll(() => web?.stop());

  test("all decisions are listed, also those of long before", async () => {
    const { page, errors } = await web.open("/ui/decisions/d-grid");
    await page.getByText(`${ids.length} of ${ids.length}`).waitFor();
    await page.getByRole("application", { name: new RegExp(`^${ids.length} decisions`) }).waitFor();
    await page.getByRole("listbox").focus();
    await page.keyboard.press("End");
    await page.getByRole("heading", { name: `Decision ${ids.at(-1)}` }).waitFor();
    expect(errors).toEqual([]);
  });

  test("a decision that the address names is shown, and none in place of one that there is not", async () => {
    const newest = ids[0];
    const { page } = await web.open(`/ui/decisions/d-grid?decision=${newest}`);
    await page.getByRole("heading", { name: `Decision ${newest}` }).waitFor();
    for (const unknown of ["999999", "garbage"]) {
      const { page: other } = await web.open(`/ui/decisions/d-grid?decision=${unknown}`);
      await other.getByText("There is no such decision").waitFor();
      expect(await other.getByRole("heading", { name: /^Decision \d/ }).count()).toBe(0);
    }
  });

  test("what there were instructions for alone, and what led to it, is kept in the address and is a link", async () => {
    const { page } = await web.open("/ui/decisions/d-grid");
    const toldOnly = page.getByLabel("Only what there were instructions for");
    // The address changes first, then what follows from it.
    await toldOnly.click();
    await expect.poll(() => toldOnly.isChecked()).toBe(true);
    await expect.poll(() => page.url()).toContain("told=on");
    await page.reload();
    await expect.poll(() => page.getByLabel("Only what there were instructions for").isChecked()).toBe(true);
    const caused = (
      (await send(web.url, "GET", "/grids/d-grid/decisions?limit=200")) as { id: number; cause: unknown }[]
    ).find(({ cause }) => cause !== null);
    await page.goto(`${web.url}/ui/decisions/d-grid?decision=${caused?.id}`);
    await page.getByRole("link", { name: /^hole \d+ on square \d+$/ }).click();
    await page.getByRole("heading", { level: 1, name: /Square/ }).waitFor();
    expect(page.url()).toContain("hole=d-hole-");
  });

  test("good per hour before and after a decision is there at once, other orders of holes when asked for", async () => {
    const reports: string[] = [];
    const { page, errors } = await web.open("/ui/decisions/d-grid?view=effect", {
      prepare: async (opened) =>
        opened.on("request", (request) => {
          if (request.url().endsWith("/decisions/report")) reports.push(request.url());
        }),
    });
    const around = page.getByRole("table", { name: "Good per hour around" });
    await expect.poll(() => around.innerText()).toMatch(/Before it[\s\S]*After it[\s\S]*Change: /);
    await expect.poll(() => around.innerText()).toMatch(/\d+\.\d \(\d+\.\d to \d+\.\d\)/);
    expect(await page.getByText("The address names what is not here").count()).toBe(0);
    expect(reports).toEqual([]);
    const table = (
      await exported(page, page.getByRole("button", { name: "Save what was around each decision" }), /CSV/)
    ).toString();
    expect(table).toContain("change_per_hour");
    await page.getByRole("button", { name: "Play the session again" }).click();
    await page.getByText("Baseline: as EPU lists them, nothing skipped").waitFor();
    expect(reports).toHaveLength(1);
    await screenshot(page, "effect");
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("a decision that nothing can be compared around is said to be none of those, and another is shown", async () => {
    const untold = ids.at(-1);
    const { page } = await web.open(`/ui/decisions/d-grid?view=effect&decision=${untold}`);
    await page.getByText(`decision=${untold}`).waitFor();
    await page.getByRole("table", { name: "Good per hour around" }).waitFor();
    await page.getByRole("button", { name: "Remove decision from the address" }).click();
    await page.getByText(`decision=${untold}`).waitFor({ state: "detached" });
  });

  test("a session is played; the address keeps what is seen of the map", async () => {
    const { page } = await web.open("/ui/decisions/d-grid?view=replay&at=2026-03-02T08:00:00Z");
    const replay = page.getByRole("region", { name: "Replay of the session" });
    await replay.getByText(/of 1 judged/).waitFor();
    await replay.getByRole("button", { name: "Play" }).click();
    await replay.getByText(/of [2-9]\d* judged/).waitFor();
    await replay.getByRole("button", { name: "Pause" }).click();
    await replay.getByText(/CTF max resolution ≤ 6 Å/).waitFor();
    await replay.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(() => page.url()).toMatch(/place=-?\d+_-?\d+_\d+/);
  });

  test("a session that is played begins before its first micrograph, with the plan of then, and has signs for what it shows alone", async () => {
    const { page, errors } = await web.open("/ui/decisions/d-grid?view=replay");
    const replay = page.getByRole("region", { name: "Replay of the session" });
    const slider = replay.getByRole("slider", { name: "Time" });
    await slider.focus();
    await page.keyboard.press("Home");
    await replay.getByText("0 of 0 judged").waitFor();
    await replay.getByText(/^decision \d+, /).waitFor();
    // Of states, only today's are known.
    await replay.getByRole("img", { name: /: 0 micrographs, coloured by Measured: share of good/ }).waitFor();
    const legend = replay.getByRole("group", { name: "Legend" });
    expect(await legend.innerText()).not.toMatch(/by hand|skipped/);
    await legend.getByText("unusable").waitFor();
    await screenshot(page, "replay-begin");
    expect(errors).toEqual([]);
  });

  test("a slider that is dragged and a key that is held leave the address where they end, however fast they are", async () => {
    const { page, errors } = await web.open("/ui/decisions/d-grid?view=replay&at=2026-03-02T08:00:00Z");
    const replay = page.getByRole("region", { name: "Replay of the session" });
    const slider = replay.getByRole("slider", { name: "Time" });
    await held(slider, "ArrowRight", 220);
    const at = new Date(Number(await slider.getAttribute("aria-valuenow"))).toISOString();
    expect(Date.parse(at)).toBeGreaterThan(Date.parse("2026-03-02T08:00:00Z"));
    // What else is put into the address takes nothing of it back.
    await replay.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(() => page.url()).toMatch(/place=-?\d+_-?\d+_\d+/);
    expect(new URL(page.url()).searchParams.get("at")).toBe(at);
    await expect.poll(() => slider.getAttribute("aria-valuenow")).toBe(String(Date.parse(at)));

    await page.goto(`${web.url}/ui/decisions/d-grid`);
    const list = page.getByRole("listbox");
    await held(list, "ArrowDown", 230);
    const chosen = ids[230];
    await page.getByRole("region", { name: `Decision ${chosen}` }).waitFor();
    await expect.poll(() => page.url()).toContain(`decision=${chosen}`);
    expect(errors).toEqual([]);
  });

  test("what becomes of a decision is shown however many newer ones there are", async () => {
    interface Told {
      readonly id: number;
      readonly instructions: readonly { readonly instruction_id: string }[];
    }
    const all = (await send(web.url, "GET", "/grids/d-grid/decisions?limit=1000")) as Told[];
    const told = all.find(({ instructions }) => instructions.length > 0);
    await web.backend.pool.query(
      `insert into decisions (grid_uuid, mode, summary)
       select grid_uuid, mode, summary || '{"outcome": "unchanged"}' from generate_series(1, $1),
         (select * from decisions where grid_uuid = 'd-grid' order by id limit 1) d`,
      [OLDER],
    );
    const { page } = await web.open(`/ui/decisions/d-grid?told=on&decision=${told?.id}`);
    await page.getByText(/^\d+ of \d+$/).waitFor();
    const shown = page.getByRole("region", { name: `Decision ${told?.id}` });
    for (const { instruction_id } of told?.instructions ?? []) {
      await send(web.url, "POST", `/agent/krios/session/ds/instructions/${instruction_id}/verification`, {
        outcome: "followed",
        observed_at: "2026-03-02T12:00:00Z",
      });
    }
    await expect.poll(() => shown.innerText()).toMatch(/✓\s*followed\s+seen 02 Mar, \d\d:\d\d:\d\d/);
  });

  test("what operators have rejected says so, and is nothing that the microscope was told", async () => {
    // What was told and not answered yet is withdrawn by it.
    await send(web.url, "PUT", "/acquisitions/d-acquisition/decision_settings", { mode: "advise" });
    await send(web.url, "PUT", "/gridsquares/d-square-0/choice", { choice: "locked" });
    await web.settle();
    const { decision_id } = (await send(web.url, "GET", "/grids/d-grid/proposal")) as { decision_id: number };
    const { page } = await web.open(`/ui/decisions/d-grid?told=on&decision=${decision_id}`);
    const shown = page.getByRole("region", { name: `Decision ${decision_id}` });
    await shown.getByText("Nothing: proposed to the operator.").waitFor();
    await send(web.url, "POST", "/grids/d-grid/proposal/reject", { decision_id });
    await shown.getByText("Nothing: rejected by the operator.").waitFor();
    await shown.getByText(/^rejected \d/).waitFor();
    const told = page.getByRole("listbox");
    await told.getByRole("option").first().waitFor();
    expect(await told.innerText()).not.toMatch(/proposed|rejected/);
  });

  test("a session that was played again says from what, and, when that has changed, so and is played once more when asked", async () => {
    const { page, errors } = await web.open("/ui/decisions/d-grid?view=effect");
    await page.getByRole("button", { name: "Play the session again" }).click();
    const orders = page.getByRole("region", { name: /^Other orders of holes/ });
    await orders
      .getByText(/^Worked out at .* from 80 holes with results, a good one: CTF max resolution ≤ 6/)
      .waitFor();
    const again = orders.getByRole("button", { name: "Play again" });
    expect(await again.count()).toBe(0);
    await send(web.url, "PUT", "/acquisitions/d-acquisition/decision_settings", { limits: { ctfmaxresolution: 4 } });
    await orders.getByText("! Not up to date: the limits are others by now.").waitFor();
    // What there was stays until it is asked for.
    await orders.getByText(/a good one: CTF max resolution ≤ 6/).waitFor();
    await again.click();
    await orders.getByText(/a good one: CTF max resolution ≤ 4/).waitFor();
    await again.waitFor({ state: "detached" });
    const table = (await exported(page, orders.getByRole("button", { name: "Save the effect" }), /CSV/)).toString();
    expect(table).toMatch(/worked_out_at,holes_with_results,limit_ctfmaxresolution/);
    expect(errors).toEqual([]);
  });
});
