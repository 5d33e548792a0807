import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accessibilityProblems,
  describeInBrowser,
  screenshot,
  send,
  startWebForTests,
  type WebForTests,
} from "../testing/browser-for-tests.js";
import { seedSession, sendSession } from "../testing/seed-session.js";

/** What an address says of the charts of its page. */
const partOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

describeInBrowser("a chart over time", () => {
  let web: WebForTests;
  beforeAll(async () => {
    web = await startWebForTests();
    const shape = { squares: 12, openedSquares: 3, holesPerSquare: 60, imagedPerSquare: 40 };
    await sendSession(web.url, seedSession({ prefix: "c", name: "Apoferritin", ...shape }));
    await send(web.url, "PUT", "/acquisitions/c-acquisition/decision_settings", { limits: { motioncorrection: 15 } });
    await send(web.url, "POST", "/prediction_models", { name: "hole-cnn", description: "" });
    await web.settle();
    // Those that the results have just now moved are of another day.
    await web.backend.pool.query("delete from model_weights");
    await web.backend.pool.query(
      `insert into model_weights (timestamp, prediction_model_name, grid_uuid, weight)
       select timestamptz '2026-03-02T08:00:00Z' + n * interval '1 minute', 'hole-cnn', 'c-grid', 0.3 + n * 0.01
       from generate_series(0, 60) n`,
    );
  });
  afterAll(() => web?.stop());

  /** The earliest time that a chart shows, as its legend says it of its left edge. */
  async function leftEnd(page: Page, chart: Locator): Promise<string> {
    const box = await chart.locator(".u-over").boundingBox();
    if (box === null) throw new Error("no chart");
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.move(box.x + 1, box.y + box.height / 2);
    const legend = chart.locator("xpath=..").getByRole("group", { name: "Legend" });
    return (await legend.locator(".u-value").first().innerText()).slice(-5);
  }

  test("is read, zoomed and moved with the keyboard, and its series are switched off and on", async () => {
    const { page, errors } = await web.open("/ui/quality/c-grid");
    const part = page.getByRole("region", { name: "Total motion" });
    const chart = part.getByRole("application", { name: /^Total motion of 120 micrographs over time/ });
    const said = chart.locator("xpath=..").getByRole("status");
    // Reached in the order of the page, and not with a mouse.
    await page.getByRole("textbox", { name: "Limit of Total motion" }).focus();
    await page.keyboard.press("Tab");
    expect(await chart.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => said.innerText()).toMatch(/^2 Mar 2026, 08:00, (Within the limit|Beyond it): \d+\.\d Å$/);
    const first = await said.innerText();
    await page.keyboard.press("PageDown");
    await expect.poll(() => said.innerText()).not.toBe(first);
    await page.keyboard.press("PageUp");
    await expect.poll(() => said.innerText()).toBe(first);

    await page.keyboard.press("+");
    await expect.poll(() => partOf(page, "time")).toMatch(/^2026-03-02T08:00:00Z_2026-03-02T08:\d\d:\d\dZ$/);
    await expect.poll(() => said.innerText()).toMatch(/^Shown from 2 Mar 2026, 08:00 to 2 Mar 2026, 08:\d\d$/);
    const zoomed = partOf(page, "time");
    await page.keyboard.press("Shift+ArrowRight");
    await expect.poll(() => partOf(page, "time")).not.toBe(zoomed);
    await expect.poll(() => partOf(page, "time")).not.toMatch(/^2026-03-02T08:00:00Z/);
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("-");
    await expect.poll(() => partOf(page, "time")).toBeNull();
    await page.keyboard.press("+");
    await expect.poll(() => partOf(page, "time")).not.toBeNull();
    await page.keyboard.press("Home");
    await expect.poll(() => partOf(page, "time")).toBeNull();
    await expect.poll(() => said.innerText()).toBe("All is shown");

    await page.keyboard.press("Tab");
    const beyond = part.getByRole("button", { name: "Beyond it" });
    await page.keyboard.press("Tab");
    expect(await beyond.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await beyond.getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("Space");
    await expect.poll(() => beyond.getAttribute("aria-pressed")).toBe("false");
    expect(partOf(page, "hidden")).toBe("Beyond it");
    await screenshot(page, "quality-chart-by-keyboard");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await expect.poll(() => beyond.getAttribute("aria-pressed")).toBe("true");
    expect(partOf(page, "hidden")).toBeNull();
    expect(errors).toEqual([]);
  });

  test.each([
    ["/ui/quality/c-grid", /^CTF max resolution of \d+ micrographs over time/, "Within the limit"],
    ["/ui/sessions/c-acquisition", /^Micrographs per hour/, "Taken"],
    ["/ui/models/c-grid", /^Weights of models/, "hole-cnn"],
  ])(
    "has what is looked at in the address of its page %s, before and after it is loaded again",
    async (path, name, label) => {
      const { page, errors } = await web.open(path);
      const chart = page.getByRole("application", { name });
      const entry = chart.locator("xpath=..").getByRole("button", { name: label, exact: true });
      await expect.poll(() => leftEnd(page, chart)).toBe("08:00");
      const box = await chart.locator(".u-over").boundingBox();
      if (box === null) throw new Error("no chart");
      const [middle, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(middle, y);
      await page.mouse.down();
      await page.mouse.move(middle + box.width / 4, y, { steps: 5 });
      await page.mouse.up();
      await expect.poll(() => partOf(page, "time")).not.toBeNull();
      const [from = ""] = partOf(page, "time")?.split("_") ?? [];
      await entry.click();
      await expect.poll(() => partOf(page, "hidden")).toBe(label);
      const shown = await leftEnd(page, chart);
      expect(shown).not.toBe("08:00");
      expect(shown >= from.slice(11, 16)).toBe(true);

      await page.reload();
      await expect.poll(() => leftEnd(page, chart)).toBe(shown);
      expect(await entry.getAttribute("aria-pressed")).toBe("false");
      await page.mouse.dblclick(middle, y);
      await expect.poll(() => partOf(page, "time")).toBeNull();
      await expect.poll(() => leftEnd(page, chart)).toBe("08:00");
      await entry.click();
      await expect.poll(() => partOf(page, "hidden")).toBeNull();
      expect(errors).toEqual([]);
    },
  );

  test("says what of an address is no part of the time and no series, and shows all", async () => {
    const { page } = await web.open("/ui/quality/c-grid?time=yesterday&hidden=Sigma|Beyond it");
    for (const name of ["time", "hidden"])
      await page.getByRole("button", { name: `Remove ${name} from the address` }).click();
    await expect.poll(() => new URL(page.url()).search).toBe("");
    const chart = page.getByRole("application", { name: /^Total motion of/ });
    await expect.poll(() => leftEnd(page, chart)).toBe("08:00");
  });
});
