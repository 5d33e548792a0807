import { appendFileSync, readFileSync, rmSync, truncateSync } from "node:fs";
import path from "node:path";
import { type AthenaClient, createAthenaClient } from "@smartem/athena-api/client";
import {
  encodeAcquisitionOrder,
  encodeFoilHoleSelection,
  encodeGridSquareSelection,
} from "@smartem/athena-api/decisions";
import { ensureDecisions, ensurePluginsTakenOver } from "@smartem/athena-api/ensure";
import { type AthenaMock, startAthenaMock } from "@smartem/athena-api/mock/server";
import type { DecisionDraft } from "@smartem/athena-api/schemas";
import type { Result } from "@smartem/common/result";
import { classifyPath, fileKindOf } from "@smartem/epu/classify";
import { parseEpuFile } from "@smartem/epu/parse";
import { afterEach, describe, expect, it } from "vitest";
import {
  createMicroscope,
  defaultLogFile,
  type Microscope,
  type MicroscopeOptions,
  runMicroscope,
} from "./microscope.js";
import { filesBeneath, temporaryFolder } from "./testing/temporary-folder.js";

const SMALL = {
  seed: 31,
  squares: 3,
  unselectedSquares: 2,
  holesPerSquare: 16,
  nearGridBarHoles: 2,
  clusterRadiusM: 3e-6,
  pictures: "none",
} as const;
const ORIGIN = { decidedBy: "test", details: "because" };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function made(options: MicroscopeOptions): Promise<Microscope> {
  const microscope = await createMicroscope({ ...SMALL, ...options });
  closing.push(() => microscope.close());
  return microscope;
}

async function toEnd(microscope: Microscope): Promise<Microscope> {
  while (!microscope.done) await microscope.step();
  return microscope;
}

function granted<T>(result: Result<T, { readonly message: string }>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function parsedHoles(dir: string, microscope: Microscope, squareId: number) {
  const file = path.join(dir, microscope.sessionName, "Metadata", `GridSquare_${squareId}.dm`);
  return granted(parseEpuFile("gridSquareMetadata", readFileSync(file)));
}

async function athena(): Promise<{ mock: AthenaMock; client: AthenaClient }> {
  const mock = await startAthenaMock();
  const client = createAthenaClient({ baseUrl: mock.url });
  closing.push(
    () => mock.close(),
    () => client.close(),
  );
  return { mock, client };
}

describe("a microscope without decisions", () => {
  it("takes the atlas, then all squares, then every hole in EPU's order, with time passing by what is moved", async () => {
    const dir = temporaryFolder();
    const microscope = await made({ dir });
    const kinds: string[] = [];
    const minutes: number[] = [];
    while (!microscope.done) {
      const before = microscope.clockMs;
      const result = await microscope.step();
      kinds.push(result.kind);
      expect(result.startedAtMs).toBe(before);
      expect(result.endedAtMs).toBe(microscope.clockMs);
      if (result.kind === "hole") minutes.push((result.endedAtMs - result.startedAtMs) / 60_000);
    }
    expect(kinds).toEqual(["atlas", "session", ...Array(3).fill("square"), ...Array(48).fill("hole"), "finish"]);
    const raster = microscope.truth.selectedSquares.flatMap((square) => square.holes.filter((hole) => hole.selectable));
    expect(microscope.acquired.map(({ hole }) => hole.id)).toEqual(raster.map((hole) => hole.id));
    expect(minutes).toEqual(
      raster.map((hole, index) => {
        const previous = raster[index - 1];
        if (previous === undefined) return 8;
        if (previous.square !== hole.square) return 6;
        return previous.cluster === hole.cluster ? 1 : 2;
      }),
    );
    expect(microscope.acquisitionMin).toBe(minutes.reduce((sum, one) => sum + one, 0));
    await expect(microscope.step()).rejects.toThrow("has ended");
  });

  it("writes a folder in which everything parses and everything written is known", async () => {
    const dir = temporaryFolder();
    const microscope = await toEnd(await made({ dir, micrographsPerHole: 2, chaos: 0.8 }));
    const ids = { holes: new Set<string>(), micrographs: new Set<string>() };
    for (const file of filesBeneath(dir)) {
      const kind = fileKindOf(classifyPath(file));
      if (kind === null) continue;
      const record = granted(parseEpuFile(kind, readFileSync(path.join(dir, file))));
      if ("foilHoles" in record) {
        for (const hole of record.foilHoles) ids.holes.add(`${record.gridSquareId}/${hole.foilHoleId}`);
      }
      if (kind === "micrograph" && "uniqueId" in record && record.uniqueId !== null)
        ids.micrographs.add(record.uniqueId);
    }
    expect(microscope.wrote.foilHoles).toEqual(ids.holes);
    expect(new Set(microscope.wrote.micrographs.keys())).toEqual(ids.micrographs);
    expect(ids.micrographs.size).toBe(96);
    expect(microscope.wrote.gridSquares.size).toBe(5);
    expect(microscope.wrote.acquisitions).toEqual(new Set([String(microscope.truth.sessionId)]));
    expect(microscope.wrote.atlasTiles.size).toBe(microscope.truth.tiles.length);
    expect(microscope.wrote.tilePositions.size).toBe(
      microscope.truth.squares.flatMap((square) => square.onTiles).length,
    );
  });

  it("rewrites a square's metadata as holes complete", async () => {
    const dir = temporaryFolder();
    const microscope = await made({ dir });
    const completed: number[] = [];
    const [square] = microscope.truth.selectedSquares;
    while (!microscope.done) {
      const { files } = await microscope.step();
      if (!files.some((file) => file.endsWith(`GridSquare_${square?.id}.dm`))) continue;
      const record = parsedHoles(dir, microscope, square?.id ?? 0);
      completed.push(record.foilHoles.filter((hole) => hole.state === "Completed").length);
      const states = record.foilHoles.length === 0 ? ["Defined"] : ["Defined", "InProgress", "Completed"];
      expect(states).toContain(record.state);
    }
    expect(completed.length).toBeGreaterThan(4);
    expect(completed).toEqual([...completed].sort((a, b) => a - b));
    expect(completed.at(-1)).toBe(16);
  });

  it("ends where the time for acquisition is over", async () => {
    const microscope = await toEnd(await made({ dir: temporaryFolder(), acquisitionMin: 20 }));
    expect(microscope.acquisitionMin).toBeLessThanOrEqual(20);
    expect(microscope.acquisitionMin).toBeGreaterThan(17);
  });

  it("reveals the same in the end, however disorderly the files appear", async () => {
    const tidy = await toEnd(await made({ dir: temporaryFolder() }));
    const messy = await toEnd(await made({ dir: temporaryFolder(), chaos: 1 }));
    expect(messy.wrote).toEqual(tidy.wrote);
  });
});

describe("a microscope connected to Athena", () => {
  /** Steps until all squares are imaged. */
  async function prepared(dir: string, url: string): Promise<Microscope> {
    const microscope = await made({ dir, athenaUrl: url });
    for (let step = 0; step < 5; step++) await microscope.step();
    return microscope;
  }

  async function decide(
    client: AthenaClient,
    drafts: readonly Result<DecisionDraft, { message: string }>[],
  ): Promise<void> {
    granted(await ensurePluginsTakenOver(client, ["AutomaticGridSquareSelection", "AutomaticFoilHoleSelection"]));
    granted(await ensureDecisions(client, drafts.map(granted)));
  }

  it("registers session, grid, squares and holes, and says which are queued", async () => {
    const { mock, client } = await athena();
    const microscope = await prepared(temporaryFolder(), mock.url);
    const { sessionId } = granted(await client.getSessionByName({ sessionName: microscope.sessionName }));
    const areas = granted(await client.getAreas({ sessionId }));
    expect(areas.filter((area) => area.areaType === "atlas").map((area) => area.id)).toEqual([
      microscope.truth.atlasId,
    ]);
    expect(areas.filter((area) => area.areaType === "gridsquare")).toHaveLength(5);
    expect(areas.filter((area) => area.areaType === "foilhole")).toHaveLength(3 * 18);
    const [square] = microscope.truth.selectedSquares;
    const stateOf = async (areaId: number): Promise<string> =>
      granted(await client.getLatestAreaState({ sessionId, areaId })).state;
    expect(await stateOf(square?.id ?? 0)).toBe("queued");
    const nearBar = square?.holes.find((hole) => hole.isNearGridBar);
    expect(await stateOf(nearBar?.id ?? 0)).toBe("ignore");
    expect(granted(await client.getRuns({ sessionId }))).toHaveLength(1);
    await microscope.step();
    const [first] = microscope.acquired;
    expect(await stateOf(first?.hole.id ?? 0)).toBe("completed");
    expect(await stateOf(first?.square.id ?? 0)).toBe("started");
    expect(granted(await client.getCurrentApplicationState()).state).toBe("running");
    await toEnd(microscope);
    expect(await stateOf(first?.square.id ?? 0)).toBe("completed");
    expect(granted(await client.getCurrentApplicationState()).state).toBe("idle");
    expect(granted(await client.getRuns({ sessionId }))[0]?.stopTime).not.toBeNull();
    expect(microscope.athenaProblem).toBeNull();
  });

  it("takes squares and holes in the order decided, and skips what is deselected", async () => {
    const dir = temporaryFolder();
    const { mock, client } = await athena();
    const microscope = await prepared(dir, mock.url);
    const { sessionId } = granted(await client.getSessionByName({ sessionName: microscope.sessionName }));
    const [a, b, c] = microscope.truth.selectedSquares;
    if (a === undefined || b === undefined || c === undefined) throw new Error("three squares");
    const origin = { ...ORIGIN, sessionId };
    const wanted = c.holes
      .filter((hole) => hole.selectable)
      .map((hole) => hole.id)
      .reverse();
    const skipped = wanted.splice(3, 5);
    const grid = microscope.truth.atlasId;
    await decide(client, [
      encodeGridSquareSelection(
        origin,
        grid,
        new Map([
          [a.id, false],
          [b.id, true],
          [c.id, true],
        ]),
      ),
      encodeAcquisitionOrder(origin, grid, [c.id, b.id]),
      encodeFoilHoleSelection(
        origin,
        c.id,
        new Map([...wanted.map((id) => [id, true] as const), ...skipped.map((id) => [id, false] as const)]),
      ),
      encodeAcquisitionOrder(origin, c.id, wanted),
    ]);
    await toEnd(microscope);
    const taken = microscope.acquired.map(({ hole }) => hole.id);
    expect(taken.slice(0, wanted.length)).toEqual(wanted);
    expect(taken.slice(wanted.length)).toEqual(b.holes.filter((hole) => hole.selectable).map((hole) => hole.id));
    expect(microscope.skipped).toEqual({
      gridSquares: new Set([String(a.id)]),
      foilHoles: new Set(skipped.map(String)),
    });
    for (const areaId of [a.id, ...skipped]) {
      expect(granted(await client.getLatestAreaState({ sessionId, areaId })).state).toBe("skipped");
    }
    expect(parsedHoles(dir, microscope, a.id).selected).toBe(false);
    const holes = parsedHoles(dir, microscope, c.id).foilHoles;
    expect(
      holes
        .filter((hole) => skipped.includes(Number(hole.foilHoleId)))
        .every((hole) => hole.selected === false && hole.state === "Defined"),
    ).toBe(true);
    expect(parsedHoles(dir, microscope, c.id).state).toBe("Completed");
  });

  it("changes its way before the next hole when a decision comes in between, and takes skipped holes when they are wanted again", async () => {
    const { mock, client } = await athena();
    const microscope = await prepared(temporaryFolder(), mock.url);
    const { sessionId } = granted(await client.getSessionByName({ sessionName: microscope.sessionName }));
    const origin = { ...ORIGIN, sessionId };
    const [a, b] = microscope.truth.selectedSquares;
    if (a === undefined || b === undefined) throw new Error("two squares");
    await microscope.step();
    await decide(client, [encodeAcquisitionOrder(origin, microscope.truth.atlasId, [b.id, a.id])]);
    await microscope.step();
    expect(microscope.acquired.map(({ square }) => square.id)).toEqual([a.id, b.id]);
    const rest = b.holes.filter((hole) => hole.selectable).map((hole) => hole.id);
    await decide(client, [encodeFoilHoleSelection(origin, b.id, new Map(rest.map((id) => [id, false])))]);
    await microscope.step();
    expect(microscope.acquired.at(-1)?.square.id).toBe(a.id);
    expect(microscope.skipped.foilHoles.size).toBe(15);
    await decide(client, [encodeFoilHoleSelection(origin, b.id, new Map(rest.map((id) => [id, id === rest[4]])))]);
    await microscope.step();
    expect(microscope.acquired.at(-1)?.hole.id).toBe(rest[4]);
  });

  it("heeds custom decisions only where decision software has taken the plug-in over", async () => {
    const { mock, client } = await athena();
    const microscope = await prepared(temporaryFolder(), mock.url);
    const { sessionId } = granted(await client.getSessionByName({ sessionName: microscope.sessionName }));
    const [a, b, c] = microscope.truth.selectedSquares;
    if (a === undefined || b === undefined || c === undefined) throw new Error("three squares");
    const origin = { ...ORIGIN, sessionId };
    const skip = encodeGridSquareSelection(origin, microscope.truth.atlasId, new Map([[a.id, false]]));
    granted(await ensureDecisions(client, [granted(skip)]));
    await microscope.step();
    expect(microscope.acquired.at(-1)?.square.id).toBe(a.id);
    // The order is no plug-in's.
    granted(await ensureDecisions(client, [granted(encodeAcquisitionOrder(origin, microscope.truth.atlasId, [c.id]))]));
    await microscope.step();
    expect(microscope.acquired.at(-1)?.square.id).toBe(c.id);
  });

  it("goes on in EPU's order while Athena is away, and tells it everything when it is back", async () => {
    const dir = temporaryFolder();
    const persistPath = `${dir}.athena.jsonl`;
    const first = await startAthenaMock({ persistPath });
    const port = Number(new URL(first.url).port);
    const microscope = await prepared(dir, first.url);
    await first.close();
    await microscope.step();
    await microscope.step();
    expect(microscope.acquired).toHaveLength(2);
    expect(microscope.athenaProblem).toMatch(/did not come through/);
    const second = await startAthenaMock({ port, persistPath });
    const client = createAthenaClient({ baseUrl: second.url });
    closing.push(
      () => second.close(),
      () => client.close(),
    );
    await microscope.step();
    expect(microscope.athenaProblem).toBeNull();
    const { sessionId } = granted(await client.getSessionByName({ sessionName: microscope.sessionName }));
    for (const { hole } of microscope.acquired) {
      expect(granted(await client.getLatestAreaState({ sessionId, areaId: hole.id })).state).toBe("completed");
    }
  });
});

describe("an interrupted run", () => {
  it("goes on where it was and leaves the same folder as one that was not interrupted", async () => {
    const whole = temporaryFolder();
    await toEnd(await made({ dir: whole, chaos: 0.7 }));
    for (const interruptedAfter of [1, 2, 4, 9, 30, 53]) {
      const dir = temporaryFolder();
      const before = await made({ dir, chaos: 0.7 });
      for (let step = 0; step < interruptedAfter; step++) await before.step();
      const after = await made({ dir, seed: 99, squares: 1 });
      expect(after.sessionName).toBe(before.sessionName);
      expect(after.clockMs).toBe(before.clockMs);
      expect(after.acquired.map(({ hole }) => hole.id)).toEqual(before.acquired.map(({ hole }) => hole.id));
      await toEnd(after);
      const epuFiles = (folder: string): string[] =>
        filesBeneath(folder).filter((file) => !["noise", "other"].includes(classifyPath(file).kind));
      expect(epuFiles(dir)).toEqual(epuFiles(whole));
      for (const file of epuFiles(whole)) {
        expect(readFileSync(path.join(dir, file)).equals(readFileSync(path.join(whole, file))), file).toBe(true);
      }
    }
  });

  it("does the step again that it died in, not another one", async () => {
    const dir = temporaryFolder();
    const { mock, client } = await athena();
    const before = await made({ dir, athenaUrl: mock.url });
    for (let step = 0; step < 8; step++) await before.step();
    const log = defaultLogFile(dir);
    const text = readFileSync(log, "utf8");
    // Killed after the step was begun, before it was done.
    truncateSync(log, text.trimEnd().lastIndexOf("\n") + 1);
    const { sessionId } = granted(await client.getSessionByName({ sessionName: before.sessionName }));
    const [, , c] = before.truth.selectedSquares;
    granted(await ensurePluginsTakenOver(client, ["AutomaticGridSquareSelection"]));
    granted(
      await ensureDecisions(client, [
        granted(encodeAcquisitionOrder({ ...ORIGIN, sessionId }, before.truth.atlasId, [c?.id ?? 0])),
      ]),
    );
    const after = await made({ dir, athenaUrl: mock.url });
    expect(after.acquired.map(({ hole }) => hole.id)).toEqual(before.acquired.map(({ hole }) => hole.id));
    await after.step();
    expect(after.acquired.at(-1)?.square.id).toBe(c?.id);
  });

  it("tells Athena nothing twice, and goes on with the same run", async () => {
    const dir = temporaryFolder();
    const { mock, client } = await athena();
    const before = await made({ dir, athenaUrl: mock.url });
    for (let step = 0; step < 12; step++) await before.step();
    await before.close();
    const { sessionId } = granted(await client.getSessionByName({ sessionName: before.sessionName }));
    const said = granted(await client.getAreaStates({ sessionId }));
    const after = await made({ dir, athenaUrl: mock.url });
    await after.step();
    const hole = after.acquired.at(-1)?.hole.id ?? 0;
    const saidSince = granted(await client.getAreaStates({ sessionId })).slice(said.length);
    expect(saidSince.map(({ areaId, state }) => [areaId, state])).toEqual([
      [hole, "started"],
      [hole, "completed"],
    ]);
    expect(granted(await client.getRuns({ sessionId }))).toHaveLength(1);
  });

  it.each([
    ["short", (log: string) => truncateSync(log, readFileSync(log).length - 3)],
    ["short, and zeros written in its place", (log: string) => appendFileSync(log, "\0\0\0")],
  ])("goes on after a line of its log that was cut %s, time and again", async (_, cut) => {
    const dir = temporaryFolder();
    const before = await made({ dir });
    for (let step = 0; step < 7; step++) await before.step();
    await before.close();
    for (let start = 1; start <= 2; start++) {
      cut(defaultLogFile(dir));
      const after = await made({ dir });
      expect(after.acquired).toHaveLength(before.acquired.length + start - 1);
      await after.step();
      await after.close();
    }
    expect((await made({ dir })).acquired).toHaveLength(before.acquired.length + 2);
  });

  it("starts the session anew where somebody emptied the folder", async () => {
    const dir = temporaryFolder();
    const before = await made({ dir });
    for (let step = 0; step < 7; step++) await before.step();
    rmSync(dir, { recursive: true });
    const after = await made({ dir });
    expect(after.acquired).toEqual([]);
    expect((await after.step()).kind).toBe("atlas");
  });

  it("refuses a log that is none", async () => {
    const dir = temporaryFolder();
    await expect(made({ dir, logFile: import.meta.filename })).rejects.toMatchObject({ code: "run_log_unreadable" });
  });
});

describe("running sessions", () => {
  it("lets one session follow another, each with the next seed, also across restarts", async () => {
    const dir = temporaryFolder();
    const seen: { name: string; seed: number; startMs: number; endMs: number }[] = [];
    const run = (sessions: number, steps = Number.POSITIVE_INFINITY): Promise<void> => {
      const stop = new AbortController();
      let done = 0;
      return runMicroscope({
        ...SMALL,
        squares: 1,
        dir,
        sessions,
        speed: Number.POSITIVE_INFINITY,
        signal: stop.signal,
        onStep: (result, microscope) => {
          if (result.kind === "finish") {
            const { sessionName, options, clockMs } = microscope;
            seen.push({ name: sessionName, seed: options.seed, startMs: options.startedAtMs, endMs: clockMs });
          }
          if (++done >= steps) stop.abort();
        },
      });
    };
    await run(1);
    await run(Number.POSITIVE_INFINITY, 5);
    expect(seen.map(({ seed }) => seed)).toEqual([31]);
    await run(2);
    expect(seen.map(({ seed }) => seed)).toEqual([31, 32, 33]);
    expect(new Set(seen.map(({ name }) => name)).size).toBe(3);
    expect(seen[1]?.startMs).toBeGreaterThan(seen[0]?.endMs ?? 0);
    expect(seen[2]?.startMs).toBeGreaterThan(seen[1]?.endMs ?? 0);
  });

  it("keeps its pace: simulated time passes by `speed` times as fast", async () => {
    const stop = new AbortController();
    const begun = performance.now();
    let simulatedMs = 0;
    await runMicroscope({
      ...SMALL,
      dir: temporaryFolder(),
      speed: 10_000,
      signal: stop.signal,
      onStep: ({ startedAtMs, endedAtMs }) => {
        simulatedMs += endedAtMs - startedAtMs;
        if (simulatedMs > 20 * 60_000) stop.abort();
      },
    });
    // The last step is not waited for.
    expect(performance.now() - begun).toBeGreaterThanOrEqual((simulatedMs - 8 * 60_000) / 10_000);
  });
});
