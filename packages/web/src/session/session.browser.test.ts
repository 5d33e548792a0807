import { readFile } from "node:fs/promises";
import { followEvents } from "@smartem/backend/testing/sse-for-tests";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  describeInBrowser,
  exported,
  screenshot,
  send,
  startWebForTests,
  type WebForTests,
} from "../testing/browser-for-tests.js";
import { seedSession, sendSession } from "../testing/seed-session.js";

describeInBrowser("a session's page", () => {
  let web: WebForTests;
  beforeAll(async () => {
    web = await startWebForTests();
    await sendSession(
      web.url,
      seedSession({
        prefix: "s",
        name: "Apoferritin",
        squares: 30,
        openedSquares: 3,
        holesPerSquare: 60,
        imagedPerSquare: 30,
      }),
    );
  });
  afterAll(() => web?.stop());

  test("shows what the session is, how it goes, and its grids", async () => {
    const { page, errors } = await web.open("/ui/sessions/s-acquisition");
    await page.getByRole("heading", { level: 1, name: "Apoferritin" }).waitFor();
    await page.getByText("D:\\Sessions\\s").waitFor();
    await page.getByRole("application", { name: /Micrographs per hour/ }).waitFor();
    const card = page.getByRole("link", { name: /Grid 1/ });
    await expect.poll(() => card.innerText()).toMatch(/30 squares · \d+ planned.*90 micrographs · \d+ % good/s);
    await screenshot(page, "session");
    await card.click();
    await page.getByRole("application").waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/grids/s-grid");
    expect(errors).toEqual([]);
  });

  test("shows a grid's atlas beneath its squares, fetched no larger than it is seen", async () => {
    const asked: string[] = [];
    const { page } = await web.open("/ui/sessions/s-acquisition", {
      prepare: (tab) =>
        tab.route("**/atlas_image*", (route) => {
          asked.push(new URL(route.request().url()).search);
          return route.fulfill({
            contentType: "image/svg+xml",
            headers: { "x-native-width": "4000", "x-native-height": "4000" },
            body: '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="#f00"/></svg>',
          });
        }),
    });
    const canvas = page.getByRole("link", { name: /Grid 1/ }).locator("canvas");
    // Between the edge of the atlas and its first square.
    await expect
      .poll(() =>
        canvas.evaluate((drawn: HTMLCanvasElement) => [
          ...(drawn.getContext("2d")?.getImageData(1, 1, 1, 1).data ?? []),
        ]),
      )
      .toEqual([255, 0, 0, 255]);
    expect(new Set(asked)).toEqual(new Set(["?max_size=256"]));
  });

  test("asks before it lets the system decide, and tells the server only then", async () => {
    const mode = async (): Promise<unknown> =>
      ((await send(web.url, "GET", "/acquisitions/s-acquisition/decision_settings")) as { mode: string }).mode;
    const { page } = await web.open("/ui/sessions/s-acquisition");
    await page.getByText("Automatic", { exact: true }).click();
    await page.getByRole("dialog").getByText("Let the system decide?").waitFor();
    await page.getByRole("button", { name: "Cancel" }).last().click();
    expect(await mode()).toBe("observe");
    await page.getByText("Automatic", { exact: true }).click();
    await page.getByRole("button", { name: "Let it decide" }).click();
    await page.getByText("The microscope is told of every change of plan that matters.").waitFor();
    await expect.poll(mode).toBe("automatic");
    await page.getByText("Observe", { exact: true }).click();
    await expect.poll(mode).toBe("observe");
  });

  test("changes a limit of quality, sends only that, and can discard it", async () => {
    const { page } = await web.open("/ui/sessions/s-acquisition");
    const limit = page.getByLabel("Total motion at most");
    await limit.fill("25");
    await page.getByRole("button", { name: "Discard" }).click();
    expect(await limit.inputValue()).toBe("");
    await limit.fill("25");
    const sent = page.waitForRequest((request) => request.method() === "PUT");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    expect((await sent).postDataJSON()).toEqual({ limits: { motioncorrection: 25 } });
    await page.getByText("Saved. Plans are computed anew.").waitFor();
    expect(await send(web.url, "GET", "/acquisitions/s-acquisition/decision_settings")).toMatchObject({
      limits: { motioncorrection: 25, ctfmaxresolution: 6 },
    });
  });

  test("takes numbers with their decimals as they are typed", async () => {
    const before = (await send(web.url, "GET", "/acquisitions/s-acquisition/decision_settings")) as {
      limits: Record<string, number>;
      diversity: number;
    };
    const { page } = await web.open("/ui/sessions/s-acquisition");
    const limit = page.getByLabel("CTF max resolution at most");
    const diversity = page.getByLabel("Diversity");
    const type = async (field: Locator, text: string): Promise<void> => {
      await field.press("Control+a");
      await field.pressSequentially(text);
    };
    await type(limit, "4.");
    expect(await limit.inputValue()).toBe("4. Å");
    await page.getByRole("button", { name: "Discard" }).click();
    expect(await limit.inputValue()).toBe(`${before.limits.ctfmaxresolution} Å`);
    await type(limit, "4.2");
    await page.getByRole("button", { name: "All settings" }).click();
    await type(diversity, "0.50");
    expect(await limit.inputValue()).toBe("4.2 Å");
    expect(await diversity.inputValue()).toBe("0.50");
    const sent = page.waitForRequest((request) => request.method() === "PUT");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    expect((await sent).postDataJSON()).toEqual({ limits: { ctfmaxresolution: 4.2 }, diversity: 0.5 });
    await page.getByText("Saved. Plans are computed anew.").waitFor();
    await send(web.url, "PUT", "/acquisitions/s-acquisition/decision_settings", {
      limits: { ctfmaxresolution: before.limits.ctfmaxresolution },
      diversity: before.diversity,
    });
    // What somebody else sets appears by itself.
    await expect.poll(() => limit.inputValue()).toBe(`${before.limits.ctfmaxresolution} Å`);
  });

  test("shows a change of plan that waits for consent, and what becomes of it when it is given", async () => {
    const { page, errors } = await web.open("/ui/sessions/s-acquisition");
    const connections = page.getByRole("region", { name: "Agents" });
    await connections.getByText("No agent has opened this session").waitFor();
    await send(web.url, "POST", "/agent/krios/sessions", {
      session_id: "agent-session",
      acquisition_uuid: "s-acquisition",
      experimental_parameters: { agent_version: "3.2.1" },
    });
    await expect.poll(() => connections.innerText()).toMatch(/krios.*not connected.*3\.2\.1/s);
    const received: { instruction_id: string; instruction_type: string }[] = [];
    const agent = followEvents(
      `${web.url}/agent/krios/session/agent-session/instructions/stream`,
      (event, data) => event === "instruction" && received.push(data as (typeof received)[number]),
    );
    onTestFinished(() => agent.close());
    await expect
      .poll(() => connections.innerText())
      .toMatch(/State\s+●\s*connected\s+Last heard\s+(just now|\d+ s ago)/);
    await send(web.url, "PUT", "/acquisitions/s-acquisition/decision_settings", { mode: "advise" });
    const proposal = page.getByRole("region", { name: "The plan wants to change" });
    await proposal.getByText(/Order of squares: \d+ squares?/).waitFor();
    // Read out, wherever one is on the page.
    await page.getByRole("status").getByText("A change of the plan waits for an answer.").waitFor();
    await screenshot(page, "session-proposal");
    await proposal.getByRole("button", { name: "Approve" }).click();
    await page.getByText("The microscope is told.").waitFor();
    const told = page.getByRole("table", { name: "Instructions" });
    await expect.poll(() => told.innerText()).toMatch(/Order of squares/);
    await expect
      .poll(() => received.map(({ instruction_type }) => instruction_type))
      .toContain("microscope.control.reorder_gridsquares");
    for (const { instruction_id } of received) {
      await send(web.url, "POST", `/agent/krios/session/agent-session/instructions/${instruction_id}/ack`, {
        status: "declined",
        result: "EPU is busy",
      });
    }
    await expect.poll(() => told.innerText()).toContain("EPU is busy");
    await proposal.waitFor({ state: "detached" });
    expect(errors).toEqual([]);
  });

  test("rejects a change of plan: the microscope is told nothing of it", async () => {
    const received: string[] = [];
    const agent = followEvents(
      `${web.url}/agent/krios/session/agent-session/instructions/stream`,
      (event, data) =>
        event === "instruction" && received.push((data as { instruction_type: string }).instruction_type),
    );
    onTestFinished(() => agent.close());
    await send(web.url, "PUT", "/gridsquares/s-square-2/choice", { choice: "locked" });
    const { page } = await web.open("/ui/sessions/s-acquisition");
    const proposal = page.getByRole("region", { name: "The plan wants to change" });
    await proposal.getByRole("button", { name: "Reject" }).click();
    await page.getByText("Rejected: the microscope keeps its course.").waitFor();
    await proposal.waitFor({ state: "detached" });
    expect(await send(web.url, "GET", "/grids/s-grid/proposal")).toBeNull();
    expect(received).toEqual([]);

    // The same change, once the system may decide by itself.
    await page.getByText("Automatic", { exact: true }).click();
    await page.getByRole("button", { name: "Let it decide" }).click();
    await send(web.url, "PUT", "/gridsquares/s-square-1/choice", { choice: "locked" });
    await expect.poll(() => received.length).toBeGreaterThan(0);
    const told = page.getByRole("table", { name: "Instructions" });
    await expect.poll(() => told.innerText()).toMatch(/Order of squares|squares/i);
  });

  test("goes on where the browser has no network, but reaches the server all the same", async () => {
    const { page, errors } = await web.open("/ui/sessions/s-acquisition");
    await page.getByTestId("live-indicator").getByText("Live").waitFor();
    await page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await send(web.url, "PUT", "/acquisitions/s-acquisition", { computer_name: "PC beside the column" });
    await page.getByText("PC beside the column").waitFor();
    const notes = page.getByRole("region", { name: "Notes" });
    await notes.getByLabel("A new note").fill("The network is away.");
    await notes.getByRole("button", { name: "Keep note" }).click();
    await expect
      .poll(() => send(web.url, "GET", "/acquisitions/s-acquisition/notes"))
      .toContainEqual(expect.objectContaining({ text: "The network is away." }));
    expect(errors).toEqual([]);
  });

  test("keeps notes, with line breaks and nothing taken for markup", async () => {
    const { page, errors } = await web.open("/ui/sessions/s-acquisition");
    const notes = page.getByRole("region", { name: "Notes" });
    const keep = notes.getByRole("button", { name: "Keep note" });
    expect(await keep.isDisabled()).toBe(true);
    await notes.getByLabel("A new note").fill("Refilled nitrogen.\n<b>Drift</b> until 10:30.");
    await keep.click();
    // Emptied when the server has it; until then the text is that of the field.
    await expect.poll(() => notes.getByLabel("A new note").inputValue()).toBe("");
    await notes.getByText("<b>Drift</b> until 10:30.").first().waitFor();
    expect(await send(web.url, "GET", "/acquisitions/s-acquisition/notes")).toContainEqual(
      expect.objectContaining({ text: "Refilled nitrogen.\n<b>Drift</b> until 10:30." }),
    );
    // What somebody else writes appears by itself.
    await send(web.url, "POST", "/acquisitions/s-acquisition/notes", { text: "Grid 1 is cracked.", author: "Ada" });
    await notes.getByText("Grid 1 is cracked.").first().waitFor();
    await notes.getByText(/· Ada/).first().waitFor();
    expect(errors).toEqual([]);
  });

  test("keeps what is begun for one session from the next that is gone to", async () => {
    await send(web.url, "POST", "/ingest", { acquisitions: [{ uuid: "n-acquisition", name: "Ribosome" }] });
    const { page } = await web.open("/ui/sessions/s-acquisition");
    const note = page.getByLabel("A new note");
    const limit = page.getByLabel("Total motion at most");
    await note.fill("Of the first session.");
    await limit.fill("33");
    await page.getByRole("button", { name: "Save", exact: true }).waitFor();
    for (const [name, path] of [
      ["Ribosome", "n-acquisition"],
      ["Apoferritin", "s-acquisition"],
    ] as const) {
      await page.getByRole("heading", { level: 1 }).click();
      await page.keyboard.press("Control+k");
      await page.getByPlaceholder(/Page, session, grid/).fill(name);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/ui/sessions/${path}`);
      await limit.waitFor();
      expect(await note.inputValue()).toBe("");
      expect(await limit.inputValue()).not.toContain("33");
      expect(await page.getByRole("button", { name: "Save", exact: true }).count()).toBe(0);
    }
  });

  test("is saved as one HTML file that needs neither server nor scripts", async () => {
    const { page } = await web.open("/ui/sessions/s-acquisition");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Report" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("Apoferritin-report.html");
    const html = await readFile(await download.path(), "utf8");
    expect(html).not.toMatch(/<script|<link|src=|https?:\/\/(?!www\.w3\.org)/);
    await page.setContent(html);
    await page.getByRole("heading", { level: 1, name: "Apoferritin" }).waitFor();
    await page.getByText(/90 micrographs, 90 judged, \d+ good/).waitFor();
    const drawn = (title: RegExp) => page.locator("body > svg", { has: page.locator("title", { hasText: title }) });
    expect(
      await drawn(/squares coloured by/)
        .locator("rect")
        .count(),
    ).toBe(30);
    // Every chart of the session, none of which takes another's names for its own.
    expect(
      await drawn(/^Micrographs per hour/)
        .locator("[data-series] rect")
        .count(),
    ).toBeGreaterThan(1);
    for (const metric of [/of Total motion/, /of CTF max resolution/, /of Particles/])
      expect(await drawn(metric).locator("[data-series] rect").count()).toBeGreaterThan(5);
    for (const metric of [/^Total motion over time/, /^CTF max resolution over time/, /^Particles over time/]) {
      expect(await drawn(metric).locator("[data-series=Median] .sign").count()).toBeGreaterThan(5);
      expect(await drawn(metric).locator(".band").count()).toBe(1);
    }
    await page.getByText("Times are in UTC.").waitFor();
    await page.getByRole("row", { name: /^Planned end/ }).waitFor();
    await page.getByRole("row", { name: /^Duration \d+ (min|h)/ }).waitFor();
    const ids = await page.locator("[id]").evaluateAll((named) => named.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    await page.setViewportSize({ width: 1_100, height: 1_900 });
    await screenshot(page, "session-report");
  });

  test("says how many instructions there are beside the newest; files have all of them", async () => {
    const shape = { squares: 2, openedSquares: 1, holesPerSquare: 4, imagedPerSquare: 2 };
    await sendSession(web.url, seedSession({ prefix: "m", name: "Many", ...shape }));
    const session_id = "many-session";
    await send(web.url, "POST", "/agent/krios/sessions", { session_id, acquisition_uuid: "m-acquisition" });
    await web.backend.pool.query(
      `insert into instructions (instruction_id, session_id, agent_id, instruction_type, payload, status)
       select 'many-' || n, $1, 'krios', 'microscope.control.reorder_gridsquares', '{"gridsquare_ids": []}', 'acknowledged'
       from generate_series(1, 130) n`,
      [session_id],
    );
    const { page, errors } = await web.open("/ui/sessions/m-acquisition");
    const told = page.getByRole("region", { name: "Told to the microscope" });
    await told.getByText("The newest 12 of 130").waitFor();
    expect(await told.getByRole("row").count()).toBe(1 + 12);
    const lines = async (): Promise<number> => {
      const file = await exported(page, page.getByRole("button", { name: "Save the instructions" }), /CSV/);
      return file.toString().match(/,many-\d+,/g)?.length ?? 0;
    };
    expect(await lines()).toBe(130);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Report" }).click();
    const html = await readFile(await (await download).path(), "utf8");
    expect(html.match(/<td>Order of squares/g)).toHaveLength(130);
    await page.goto(`${web.url}/ui/agents`);
    await page.getByText(/^The newest 100 of 1\d\d$/).waitFor();
    expect(await lines()).toBe(130);
    expect(errors).toEqual([]);
  });

  test("says that there is no such session", async () => {
    const { page } = await web.open("/ui/sessions/nobody");
    await page.getByRole("alert").getByText("Acquisition nobody not found").waitFor();
  });
});
