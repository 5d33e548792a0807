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

const SMALL = { squares: 4, openedSquares: 1, holesPerSquare: 9, imagedPerSquare: 2 };

describeInBrowser("the list of sessions", () => {
  let web: WebForTests;
  beforeAll(async () => {
    web = await startWebForTests();
  });
  afterAll(() => web?.stop());

  test("says that there is none, and shows a session as soon as it is there, without being asked", async () => {
    const { page, errors } = await web.open("/");
    await page.getByText("No session yet").waitFor();
    await page.getByTestId("live-indicator").getByText("Live").waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/sessions");
    await screenshot(page, "sessions-empty");

    await sendSession(web.url, seedSession({ prefix: "one", name: "Apoferritin", ...SMALL }));
    const row = page.getByRole("row", { name: /Apoferritin/ });
    await row.waitFor();
    await expect.poll(() => row.innerText()).toMatch(/quiet.*Krios 1.*1\s+4\s+9\s+2/s);

    await send(web.url, "POST", "/ingest", {
      micrographs: [
        { uuid: "one-more", foilhole_uuid: "one-hole-0-5", foilhole_id: "100005", micrograph_id: "one-more" },
      ],
    });
    await expect.poll(() => row.innerText()).toMatch(/1\s+4\s+9\s+3/s);

    await send(web.url, "PUT", "/acquisitions/one-acquisition", { status: "completed" });
    await expect.poll(() => row.innerText()).toContain("completed");
    expect(errors).toEqual([]);
  });

  test("is narrowed down and sorted by its address, which follows what one chooses", async () => {
    await sendSession(
      web.url,
      seedSession({
        prefix: "two",
        name: "Ribosome",
        instrument: "Glacios",
        startTime: "2026-04-01T08:00:00Z",
        ...SMALL,
      }),
    );
    const { page } = await web.open("/ui/sessions?instrument=Glacios");
    await page.getByRole("row", { name: /Ribosome/ }).waitFor();
    expect(await page.getByRole("row", { name: /Apoferritin/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByRole("row", { name: /Apoferritin/ }).waitFor();

    const names = (): Promise<string[]> => page.locator("tbody tr td:nth-child(2)").allInnerTexts();
    expect(await names()).toEqual(["Ribosome", "Apoferritin"]);
    await page.getByRole("button", { name: /Session/ }).click();
    await expect.poll(names).toEqual(["Apoferritin", "Ribosome"]);
    // The rate is what the server counts, and sorts as a number.
    await web.settle();
    const rates = (await send(web.url, "GET", "/acquisitions/throughput")) as { good_per_hour: number }[];
    const expected = rates.map(({ good_per_hour }) => good_per_hour).sort((a, b) => b - a);
    expect(expected).toHaveLength(2);
    await page.reload();
    const shown = (): Promise<string[]> => page.locator("tbody tr td:last-child").allInnerTexts();
    await page.getByRole("button", { name: "Good per hour" }).click();
    await expect.poll(shown).toEqual(expected.map((rate) => rate.toFixed(1)));
    expect(page.url()).toContain("sort=good.desc");
    await page.getByRole("button", { name: /^Session/ }).click();
    expect(page.url()).toContain("sort=name.asc");

    const saved = await exported(page, page.getByRole("button", { name: "Save the list" }), /CSV/);
    const [head, ...lines] = saved.toString().trim().split("\r\n");
    expect(head).toContain("instrument,session,acquisition_uuid,status");
    expect(head).toMatch(/,micrographs,good,good_per_hour$/);
    expect(lines.map((line) => Number(line.split(",").at(-1))).sort((a, b) => b - a)).toEqual(expected);

    await page.getByLabel(/Search by name/).fill("no such thing");
    await page.getByText("No session matches").waitFor();
  });

  test("shows when each instrument was used, on an address of its own", async () => {
    const { page } = await web.open("/ui/sessions");
    await page.getByRole("radiogroup", { name: "View" }).getByText("Instruments").click();
    expect(page.url()).toContain("view=timeline");
    await page
      .getByRole("list", { name: "Krios 1" })
      .getByRole("link", { name: /^Apoferritin, completed/ })
      .waitFor();
    const krios = page.getByText(/^in use \d+ % of the time/).last();
    const used = await krios.innerText();
    await page.getByText(/^02 Mar 2026, 08:00 to .*\(UTC\)\. Use counts all sessions in this time/).waitFor();
    await page.getByLabel(/Search by name/).fill("Apoferritin");
    await page.getByRole("link", { name: /^Ribosome/ }).waitFor({ state: "detached" });
    // Use is that of the instrument, not of the sessions that are looked for.
    expect(await krios.innerText()).toBe(used);
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByRole("link", { name: /^Ribosome/ }).waitFor();
    await screenshot(page, "sessions-timeline");
    const menu = page.getByRole("button", { name: "Save the timeline" });
    const table = (await exported(page, menu, /CSV/)).toString().trim().split("\r\n");
    expect(table).toHaveLength(1 + 2);
    expect(table.find((line) => line.startsWith("Glacios,Ribosome,two-acquisition,quiet,"))).toBeDefined();
    expect((await exported(page, menu, /PNG/)).subarray(1, 4).toString()).toBe("PNG");
    const drawing = (await exported(page, menu, /SVG/)).toString();
    expect(drawing.match(/class="session"/g)).toHaveLength(2);
    for (const word of ["Krios 1", "Glacios", "Apoferritin", "Ribosome"]) expect(drawing).toContain(`>${word}`);
    expect(drawing).not.toMatch(/NaN|undefined| id=/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page
      .getByRole("list", { name: "Glacios" })
      .getByRole("link", { name: /^Ribosome, quiet, 01 Apr 2026, 08:00 to 01 Apr 2026, 08:00/ })
      .click();
    await page.getByRole("heading", { level: 1, name: "Ribosome" }).waitFor();
  });

  test("shows all columns on a small screen, whatever a session is called", async () => {
    const name = "Supervisor_20260401_080000_a_name_with_all_that_is_known_of_the_sample_and_of_who_made_it";
    await send(web.url, "PUT", "/acquisitions/two-acquisition", { name });
    const { page } = await web.open("/ui/sessions", { width: 1280, height: 800 });
    await page.getByRole("link", { name }).waitFor();
    const list = page.getByRole("region", { name: "Sessions" });
    expect(await list.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    expect(await page.getByRole("link", { name }).getAttribute("title")).toBe(name);
    await send(web.url, "PUT", "/acquisitions/two-acquisition", { name: "Ribosome" });
  });

  test.each([1280, 1440])(
    "shows names as EPU gives them to their end, %d pixels wide, also where grids are chosen",
    async (width) => {
      const name = "Supervisor_20261130_203412_2_cm40001-1_EPU";
      await send(web.url, "PUT", "/acquisitions/two-acquisition", { name });
      await send(web.url, "PUT", "/grids/two-grid", { name });
      const { page } = await web.open("/ui/sessions", { width, height: 800 });
      const isCut = (element: Element): boolean => element.scrollWidth > element.clientWidth;
      const [begin, end] = [0, 1].map((part) => page.getByRole("link", { name }).locator("span").nth(part));
      expect(await end?.innerText()).toMatch(/_cm40001-1_EPU$/);
      expect(await end?.evaluate(isCut)).toBe(false);
      // Where there is no room for all of it, both ends are left.
      expect(await begin?.evaluate(isCut)).toBe(width === 1280);
      expect((await begin?.boundingBox())?.width).toBeGreaterThan(60);
      const list = page.getByRole("region", { name: "Sessions" });
      expect(await list.evaluate(isCut)).toBe(false);
      await screenshot(page, `sessions-${width}`);
      await page.goto(`${web.url}/ui/decisions/two-grid`);
      const grid = page
        .getByRole("combobox", { name: "Grid" })
        .or(page.getByRole("textbox", { name: "Grid" }))
        .first();
      // EPU calls the grid of a session after it: once is enough.
      await expect.poll(() => grid.inputValue()).toBe(name);
      expect(await grid.evaluate(isCut)).toBe(false);
      await send(web.url, "PUT", "/grids/two-grid", { name: "Grid 1" });
      await page.goto(`${web.url}/ui/decisions/two-grid`);
      await expect.poll(() => grid.inputValue()).toBe(`${name} · Grid 1`);
      expect(await grid.evaluate(isCut)).toBe(false);
      await send(web.url, "PUT", "/acquisitions/two-acquisition", { name: "Ribosome" });
    },
  );

  test("opens a session with the keyboard alone", async () => {
    const { page } = await web.open("/ui/sessions");
    await page.getByRole("link", { name: "Ribosome" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Ribosome" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/sessions/two-acquisition");
  });

  test("says that it is offline while the server is away, and catches up when it is back", async () => {
    const { page, errors } = await web.open("/ui/sessions");
    const indicator = page.getByTestId("live-indicator");
    await indicator.getByText("Live").waitFor();
    await page.getByRole("row", { name: /Ribosome/ }).waitFor();
    await web.stopServer();
    await indicator.getByText("Offline").waitFor();
    await screenshot(page, "sessions-offline");

    await web.startServer();
    await send(web.url, "PUT", "/acquisitions/two-acquisition", { name: "Ribosome, renamed" });
    await indicator.getByText("Live").waitFor();
    await page.getByRole("row", { name: /Ribosome, renamed/ }).waitFor();
    expect(errors).toEqual([]);
  });

  test("says what went wrong when the server answers with an error, and tries again when asked", async () => {
    let broken = true;
    const { page } = await web.open("/ui/sessions", {
      prepare: (tab) =>
        tab.route("**/acquisitions", (route) =>
          broken
            ? route.fulfill({
                status: 503,
                json: {
                  detail: "The database is away.",
                  code: "database_unavailable",
                  hint: "It comes back by itself.",
                },
              })
            : route.continue(),
        ),
    });
    await page.getByRole("alert").getByText("The database is away.").waitFor();
    await page.getByText("It comes back by itself.").waitFor();
    broken = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("row", { name: /Apoferritin/ }).waitFor();
  });
});
