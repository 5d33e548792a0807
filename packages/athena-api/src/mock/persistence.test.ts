import { appendFile, mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runs } from "@smartem/common/testing/runs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type AthenaClient, createAthenaClient } from "../client.js";
import { codeOf, granted } from "../testing/values.js";
import { openJournal } from "./journal.js";
import { startAthenaMock } from "./server.js";
import { type AthenaState, applyChange, emptyState } from "./state.js";
import { openStore } from "./store.js";

const SESSION = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "athena-mock-"));
  path = join(folder, "deep", "journal.jsonl");
});

afterEach(() => rm(folder, { recursive: true }));

async function withMock(work: (athena: AthenaClient, state: Readonly<AthenaState>) => Promise<void>): Promise<void> {
  const mock = await startAthenaMock({ persistPath: path });
  const athena = createAthenaClient({ baseUrl: mock.url, retries: 0 });
  try {
    await work(athena, mock.state);
  } finally {
    await athena.close();
    await mock.close();
  }
}

test("everything that was changed is there after a restart, and numbering goes on", async () => {
  let before: unknown;
  await withMock(async (athena, state) => {
    granted(await athena.postSession({ sessionId: SESSION, sessionName: "lysozyme", gridType: "HoleyGold" }));
    granted(
      await athena
        .postSession({ sessionName: "to be deleted" })
        .then((made) => athena.deleteSession({ id: granted(made).sessionId })),
    );
    granted(await athena.postAreas([5, 6].map((id) => ({ id, sessionId: SESSION, areaType: "gridsquare" as const }))));
    granted(await athena.putArea({ id: 6, sessionId: SESSION, areaType: "foilhole", parentId: 5 }));
    granted(await athena.postAreaState({ sessionId: SESSION, areaId: 6, state: "started" }));
    granted(await athena.postCurrentApplicationState({ state: "running", sessionId: SESSION }));
    const decision = { sessionId: SESSION, areaId: 5, decisionType: "include" as const };
    granted(await athena.postDecisions([decision, { ...decision, areaId: 6 }, { ...decision, decisionType: "focus" }]));
    granted(await athena.deleteDecisions({ sessionId: SESSION, areaId: 5, decisionType: "focus" }));
    granted(
      await athena.postConfiguration({
        smartPluginConfigurations: [{ pluginName: "SmartFocusPrediction", customPluginSelection: false }],
      }),
    );
    granted(await athena.patchPlugin({ pluginName: "SmartFocusPrediction", customPluginSelection: true }));
    granted(await athena.postNameValue({ sessionId: SESSION, name: "operator", value: "ü\n\u2028" }));
    granted(await athena.startRun({ sessionId: SESSION }));
    granted(await athena.stopRun({ sessionId: SESSION, runNumber: 1, reason: "done" }));
    before = structuredClone(state);
  });
  await withMock(async (athena, state) => {
    expect(state).toEqual(before);
    expect(granted(await athena.postAreaState({ sessionId: SESSION, areaId: 6, state: "completed" })).id).toBe(2);
    expect(granted(await athena.startRun({ sessionId: SESSION })).runNumber).toBe(2);
    expect(codeOf(await athena.postSession({ sessionId: SESSION, sessionName: "x" }))).toBe("athena_conflict");
  });
});

test("what was answered is in the file at that moment, so that a killed mock loses nothing", async () => {
  await withMock(async (athena) => {
    granted(await athena.postSession({ sessionId: SESSION, sessionName: "lysozyme" }));
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        granted(await athena.postArea({ id: index + 1, sessionId: SESSION, areaType: "foilhole" }));
        expect(await readFile(path, "utf8")).toContain(`"areas":[{"id":${index + 1},`);
      }),
    );
  });
});

describe("a journal", () => {
  const sessionChange = (sessionName: string) => ({
    kind: "session" as const,
    session: { sessionId: sessionName, sessionName, athenaId: null, timestamp: "t", gridType: "HoleyCarbon" as const },
  });

  test("cut off at any byte keeps every complete line and takes new ones", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 6 }), fc.nat(), async (names, cut) => {
        const file = join(folder, "cut.jsonl");
        await rm(file, { force: true });
        const journal = await openJournal(file, () => {});
        await Promise.all(names.map((name) => journal.append(name)));
        await journal.close();
        const whole = await readFile(file);
        const size = cut % (whole.byteLength + 1);
        await truncate(file, size);
        const complete = whole.subarray(0, size).toString("latin1").split("\n").length - 1;
        const found: unknown[] = [];
        const again = await openJournal(file, (entry) => found.push(entry));
        expect(found).toEqual(names.slice(0, Math.max(0, complete - 1)));
        await again.append("new");
        await again.close();
        const finally_: unknown[] = [];
        await (await openJournal(file, (entry) => finally_.push(entry))).close();
        expect(finally_).toEqual([...found, "new"]);
      }),
      { numRuns: runs(60) },
    );
  });

  test.each([
    ["text", "my thesis\n"],
    ["text without a line end", "my thesis"],
    ["nothing but zeros", "\0".repeat(10_000)],
    ["a damaged line", '{"athenaMockJournal":1}\n{"kind":\n{"kind":"configuration","configuration":null}\n'],
  ])("with %s in it is refused and left as it is", async (_, content) => {
    const file = join(folder, "other.txt");
    await writeFile(file, content);
    await expect(openStore({ persistPath: file })).rejects.toMatchObject({ code: "athena_journal_invalid" });
    expect(await readFile(file, "utf8")).toBe(content);
  });

  test("that could not be written to once takes nothing more, since it may end in half a line", async () => {
    const file = join(folder, "full.jsonl");
    const journal = await openJournal(file, () => {});
    const handle = await open(file);
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    const full = vi.spyOn(prototype, "appendFile").mockRejectedValueOnce(new Error("ENOSPC"));
    try {
      const first = [journal.append("a"), journal.append("b")];
      await expect(Promise.allSettled(first)).resolves.toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
      await expect(journal.append("c")).rejects.toThrow("ENOSPC");
    } finally {
      full.mockRestore();
      await journal.close();
    }
    expect(await readFile(file, "utf8")).toBe('{"athenaMockJournal":1}\n');
  });

  test("in memory behaves as on disk", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 10 }), async (names) => {
        const file = join(folder, "same.jsonl");
        await rm(file, { force: true });
        const expected = emptyState();
        const store = await openStore({ persistPath: file });
        names.forEach((name, index) => {
          const change = index % 3 === 2 ? { kind: "session_deleted" as const, sessionId: name } : sessionChange(name);
          store.commit(change);
          applyChange(expected, change);
        });
        await store.written();
        await store.close();
        const again = await openStore({ persistPath: file });
        expect(again.state).toEqual(expected);
        await again.close();
      }),
      { numRuns: runs(30) },
    );
  });
});

test("a line cut short by a kill is dropped, what came before it stays", async () => {
  await withMock(async (athena) => void granted(await athena.postSession({ sessionId: SESSION, sessionName: "kept" })));
  await appendFile(path, '{"kind":"session","session":{"sessionId":"');
  await withMock(async (athena) => {
    expect(granted(await athena.getSessions()).map((one) => one.sessionName)).toEqual(["kept"]);
    granted(await athena.postSession({ sessionName: "new" }));
  });
  await withMock(async (_, state) => expect(state.sessions.size).toBe(2));
});
