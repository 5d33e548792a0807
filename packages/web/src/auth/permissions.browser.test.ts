import type { BackendConfig } from "@smartem/backend/config";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  accessibilityProblems,
  describeInBrowser,
  screenshot,
  send,
  startWebForTests,
  type WebForTests,
} from "../testing/browser-for-tests.js";
import { type IdentityProvider, startIdentityProvider } from "../testing/identity-provider.js";
import { seedSession, sendSession } from "../testing/seed-session.js";

describeInBrowser("what people may do", () => {
  let provider: IdentityProvider;
  let web: WebForTests;
  beforeAll(async () => {
    provider = await startIdentityProvider();
    const changes: { auth: BackendConfig["auth"] } = { auth: null };
    web = await startWebForTests(changes);
    const shape = { squares: 12, openedSquares: 3, holesPerSquare: 30, imagedPerSquare: 15 };
    await sendSession(web.url, seedSession({ prefix: "p", name: "Apoferritin", ...shape }));
    await web.settle();
    await send(web.url, "POST", "/agent/krios/sessions", {
      session_id: "p-agent-session",
      acquisition_uuid: "p-acquisition",
    });
    await send(web.url, "PUT", "/acquisitions/p-acquisition/decision_settings", { mode: "advise" });
    await vi.waitFor(async () => expect(await send(web.url, "GET", "/grids/p-grid/proposal")).not.toBeNull(), 30_000);
    await web.stopServer();
    changes.auth = provider.settings;
    await web.startServer();
  });
  afterAll(async () => {
    await web?.stop();
    await provider?.stop();
  });

  /** A page in a tab of its own, as which others are not logged in. */
  async function openAs(person: string, path: string): Promise<Page> {
    const { page } = await web.open(path);
    await page.getByRole("link", { name: person }).click();
    await page.getByRole("button", { name: `Log out ${person}` }).waitFor();
    return page;
  }

  /** Drags the limit of the CTF fits a little, on the page of Quality. */
  async function dragLimit(page: Page): Promise<void> {
    const slider = page.getByRole("slider", { name: "Limit of CTF max resolution" });
    await slider.waitFor();
    const box = await slider.boundingBox();
    if (box === null) throw new Error("no slider");
    await page.mouse.move(box.x + box.width / 2, box.y + 6);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - 40, box.y + 6, { steps: 6 });
    await page.mouse.up();
    await page.getByText(/With these limits/).waitFor();
  }

  /** What a control, or what it stands in, is described by. */
  const described = (control: Locator): Promise<string> =>
    control.evaluate((element) => {
      const ids: string[] = [];
      for (let part: Element | null = element; part !== null; part = part.parentElement)
        ids.push(...(part.getAttribute("aria-describedby")?.split(" ") ?? []));
      return ids.map((id) => document.getElementById(id)?.innerText ?? "").join(" ");
    });

  /** Whether a control takes anything. */
  const works = (control: Locator): Promise<boolean> =>
    control.evaluate((element: HTMLInputElement) => !element.disabled && element.readOnly !== true);

  const controlsOfSession = (page: Page): Locator[] => [
    ...["Observe", "Advise", "Automatic"].map((mode) => page.getByRole("radio", { name: mode })),
    page.getByLabel("Total motion at most"),
    page.getByLabel("CTF max resolution at most"),
    page.getByRole("button", { name: "Approve" }),
    page.getByRole("button", { name: "Reject" }),
    page.getByLabel("A new note"),
  ];
  const controlsOfGrid = (page: Page): Locator[] => [
    ...["By plan", "First", "Lock out"].flatMap((name) => [
      page.getByRole("radio", { name }),
      page.getByRole("group", { name: "Marked" }).getByRole("button", { name }),
    ]),
    page.getByRole("button", { name: "Approve" }),
    page.getByRole("button", { name: "Reject" }),
  ];
  const GRID = "/ui/grids/p-grid?square=p-square-1&marked=1001.1002";

  test("who may only read finds what changes something switched off, with the reason, and can try limits all the same", async () => {
    const page = await openAs("Rea", "/ui/sessions/p-acquisition");
    const needed = "Needs the permission operate.";
    for (const control of controlsOfSession(page)) {
      await expect.poll(() => works(control)).toBe(false);
      expect(await described(control), `${control}`).toContain(needed);
    }
    await screenshot(page, "session-read-only");
    expect(await accessibilityProblems(page)).toEqual([]);

    await page.goto(`${web.url}${GRID}`);
    for (const control of controlsOfGrid(page)) {
      await expect.poll(() => works(control)).toBe(false);
      expect(await described(control), `${control}`).toContain(needed);
    }
    await screenshot(page, "grid-read-only");
    await page.getByRole("button", { name: "Unmark" }).click();

    await page.goto(`${web.url}/ui/quality/p-grid`);
    await dragLimit(page);
    const save = page.getByRole("button", { name: "Save limits" });
    await expect.poll(() => save.isDisabled()).toBe(true);
    expect(await described(save)).toBe(needed);
    expect(await page.getByRole("textbox", { name: "Limit of CTF max resolution" }).isEnabled()).toBe(true);
    await page.getByRole("button", { name: "Discard" }).click();

    await page.goto(`${web.url}/ui/agents`);
    await page.getByRole("region", { name: "Messages" }).getByText("Needs the permission administer.").waitFor();
  });

  test("who may operate finds all of it switched on, but for what administrators do", async () => {
    const page = await openAs("Ada", "/ui/sessions/p-acquisition");
    for (const control of controlsOfSession(page)) await expect.poll(() => works(control)).toBe(true);
    await page.goto(`${web.url}${GRID}`);
    for (const control of controlsOfGrid(page)) await expect.poll(() => works(control)).toBe(true);

    await page.goto(`${web.url}/ui/quality/p-grid`);
    await dragLimit(page);
    await page.getByRole("button", { name: "Save limits" }).click();
    await page.getByText("Saved. Plans are computed anew.").waitFor();
    expect(await page.getByText(/Needs the permission/).count()).toBe(0);

    await page.goto(`${web.url}/ui/agents`);
    await page.getByRole("region", { name: "Messages" }).getByText("Needs the permission administer.").waitFor();
  });

  test("who administers sees the queue; who logs in as somebody else in the same tab may do what they may", async () => {
    const page = await openAs("Amir", "/ui/agents");
    await page.getByRole("region", { name: "Messages" }).getByText("To be applied").waitFor();
    expect(await page.getByText(/Needs the permission/).count()).toBe(0);
    await page.getByRole("button", { name: "Log out Amir" }).click();
    await page.getByText("Goodbye").waitFor();
    await page.goto(`${web.url}/ui/agents`);
    await page.getByRole("link", { name: "Rea" }).click();
    await page.getByRole("region", { name: "Messages" }).getByText("Needs the permission administer.").waitFor();
  });
});
