import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readWholeFile } from "./intake/read-file.js";
import { imageXml, sessionFiles, writeFiles } from "./testing/epu-folder.js";
import { until } from "./testing/harness.js";
import { SMALL_SESSION } from "./testing/sessions.js";
import { useWorkplace } from "./testing/use-workplace.js";

const TWO_DAYS_MS = 2 * 24 * 3_600_000;

const workplace = useWorkplace();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Sets the system's clock; timers go on as they do. */
function setClock(offsetMs: number): void {
  vi.setSystemTime(performance.timeOrigin + performance.now() + offsetMs);
}

test("a clock that was two days ahead for a while, and is set right, holds up neither reading nor uploading", async () => {
  const { api, watched } = workplace;
  setClock(TWO_DAYS_MS);
  api.trouble = () => ({ kind: "fails" });
  const agent = await workplace.agent();
  const files = sessionFiles(SMALL_SESSION);
  writeFiles(
    watched,
    files.map((file) => (file.path.endsWith("_101.dm") ? { ...file, content: "<GridSquareXml" } : file)),
  );
  await until("failures", () => agent.status().api.failures > 1 && agent.status().unread.length > 0);
  setClock(0);
  api.trouble = () => ({ kind: "none" });
  writeFiles(watched, files);
  await until("everything is at the API", () => api.counts().micrograph === 12 && api.counts().foilhole === 12);
  await agent.settled();
  expect(agent.status().unread).toEqual([]);
});

test("an agent that was started while the clock was two days ahead listens for the session that is written before its eyes", async () => {
  const { watched } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + TWO_DAYS_MS);
  try {
    const agent = await workplace.agent();
    await agent.settled();
    expect(agent.status().sessions).toEqual([]);
    const folder = join(watched, SMALL_SESSION.session.name, "Images-Disc1", "GridSquare_101", "Data");
    const name = "FoilHole_101000_Data_9009_1_20240406_120000.xml";
    writeFileSync(join(folder, name), imageXml({ uniqueId: "one-more" }));
    await until("a session", () => agent.status().sessions.length === 1);
    await agent.stop();
  } finally {
    clock.mockRestore();
  }
});

test("a journal from a computer whose clock was ahead is taken up at once", async () => {
  const { api, watched, folder } = workplace;
  const stateFolder = join(folder, "state");
  setClock(TWO_DAYS_MS);
  api.trouble = () => ({ kind: "fails" });
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const first = await workplace.agent({ stateFolder });
  await until("failures", () => first.status().api.failures > 1);
  await first.stop();
  setClock(0);
  api.trouble = () => ({ kind: "none" });
  const second = await workplace.agent({ stateFolder });
  await second.settled();
  expect(api.counts().micrograph).toBe(12);
});

test("with a clock that was set ahead, files that have just been written are soon done with", async () => {
  const { api, watched } = workplace;
  setClock(TWO_DAYS_MS);
  const files = sessionFiles(SMALL_SESSION);
  writeFiles(watched, files);
  for (const { path } of files) utimesSync(join(watched, path), Date.now() / 1_000, Date.now() / 1_000);
  const agent = await workplace.agent({ readFile: readWholeFile });
  await agent.settled();
  await until("no file waits", () => Object.values(agent.status().files).every((states) => !("pending" in states)));
  expect(api.counts().micrograph).toBe(12);
});
