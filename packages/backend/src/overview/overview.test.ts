import { afterAll, beforeAll, expect, test } from "vitest";
import { transaction } from "../database/connection.js";
import { createInstruction } from "../instructions/store.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { agentLogs } from "./queries.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
  await at.request("POST", "/ingest", smallSession("o", 8, 6));
  await at.request("POST", "/agent/krios/sessions", { session_id: "os", acquisition_uuid: "o-a", name: "D:" });
});
afterAll(() => at.stop());

const get = async (path: string): Promise<unknown> => (await at.request("GET", path)).body;

test("progress counts what each acquisition has", async () => {
  const progress = await eventually(
    async () => (await get("/acquisitions/progress")) as { status: string | null }[],
    (seen) => seen[0]?.status === "started",
  );
  expect(progress).toEqual([
    {
      acquisition_uuid: "o-a",
      status: "started",
      grid_count: 1,
      gridsquare_count: 1,
      foilhole_count: 8,
      imaged_foilhole_count: 6,
      micrograph_count: 6,
    },
  ]);
});

test("results come in the order in which they were taken, judged as decisions judge them", async () => {
  await at.request("POST", "/events", [
    { event_type: "ctf.completed", micrograph_uuid: "o-m0", ctf_max_resolution_estimate: 4 },
    { event_type: "ctf.completed", micrograph_uuid: "o-m1", ctf_max_resolution_estimate: 9 },
  ]);
  const rows = await eventually(
    async () => (await get("/grids/o-g/results")) as { micrograph_uuid: string; good: boolean | null }[],
    (seen) => seen[1]?.good === false,
  );
  expect(rows.map(({ micrograph_uuid, good }) => [micrograph_uuid, good])).toEqual([
    ["o-m0", true],
    ["o-m1", false],
    ...[2, 3, 4, 5].map((n) => [`o-m${n}`, null]),
  ]);
  expect(rows[0]).toMatchObject({ gridsquare_id: "1", foilhole_id: "100", ctf_max_resolution_estimate: 4 });
});

interface Throughput {
  readonly acquisition_uuid: string;
  readonly micrograph_count: number;
  readonly judged_count: number;
  readonly good_count: number;
  readonly good_per_hour: number | null;
}

/** The throughput as it is told, and as it follows from the results one by one. */
async function bothThroughputs(): Promise<readonly [told: Throughput | undefined, counted: Partial<Throughput>]> {
  const rows = (await get("/grids/o-g/results")) as { good: boolean | null; acquisition_datetime: string }[];
  const times = rows.map(({ acquisition_datetime }) => Date.parse(acquisition_datetime));
  const good = rows.filter((row) => row.good === true).length;
  const judged = rows.filter((row) => row.good !== null).length;
  const hours = (Math.max(...times) - Math.min(...times)) / 3_600_000;
  const [told] = (await get("/acquisitions/throughput")) as Throughput[];
  return [
    told,
    {
      acquisition_uuid: "o-a",
      micrograph_count: rows.length,
      judged_count: judged,
      good_count: good,
      good_per_hour: hours > 0 && judged > 0 ? expect.closeTo(good / hours, 6) : null,
    },
  ];
}

test("without limits, results are judged against those of their own grid", async () => {
  await at.request("PUT", "/acquisitions/o-a/decision_settings", { limits: { ctfmaxresolution: null } });
  await at.request(
    "POST",
    "/events",
    [4, 4.1, 4.2, 4.3, 4.4, 30].map((value, n) => ({
      event_type: "ctf.completed",
      micrograph_uuid: `o-m${n}`,
      ctf_max_resolution_estimate: value,
    })),
  );
  await eventually(
    async () => ((await get("/grids/o-g/results")) as { good: boolean | null }[]).map(({ good }) => good),
    (goods) => goods[0] === true && goods[5] === false,
  );
  const [told, counted] = await eventually(bothThroughputs, ([seen]) => seen?.good_count === 5);
  expect(told).toMatchObject(counted);
});

test("throughput counts what results say, with limits on several metrics, failed fits and what is missing", async () => {
  for (const limits of [{ ctfmaxresolution: 6 }, { numparticles: 100 }, { motioncorrection: 20 }]) {
    await at.request("PUT", "/acquisitions/o-a/decision_settings", { limits });
    const [told, counted] = await bothThroughputs();
    expect(told).toMatchObject(counted);
  }
  await at.request("POST", "/events", [
    { event_type: "ctf.completed", micrograph_uuid: "o-m2", ctf_max_resolution_estimate: -1 },
    { event_type: "motion_correction.completed", micrograph_uuid: "o-m0", total_motion: 20, average_motion: 1 },
    { event_type: "particle_picking.completed", micrograph_uuid: "o-m0", number_of_particles_picked: 100 },
    { event_type: "motion_correction.completed", micrograph_uuid: "o-m3", total_motion: 21, average_motion: 1 },
  ]);
  const told = (): Promise<Throughput | undefined> => bothThroughputs().then(([seen]) => seen);
  // Of the bad ones those count that come after good ones that are known to be so.
  await eventually(told, (seen) => seen?.good_count === 1);
  expect(await told()).toMatchObject({ micrograph_count: 6, judged_count: 1 });
  await at.request("POST", "/events", [
    { event_type: "motion_correction.completed", micrograph_uuid: "o-m1", total_motion: 20, average_motion: 1 },
    { event_type: "particle_picking.completed", micrograph_uuid: "o-m1", number_of_particles_picked: 100 },
  ]);
  await eventually(told, (seen) => seen?.good_count === 2);
  expect(await told()).toMatchObject({ micrograph_count: 6, judged_count: 4 });
  expect(await told()).toMatchObject((await bothThroughputs())[1]);
  await at.request("POST", "/ingest", { micrographs: smallSession("o", 8, 7).micrographs.slice(6) });
  await eventually(bothThroughputs, ([seen]) => seen?.micrograph_count === 7);
  await at.request("DELETE", "/micrographs/o-m6");
  const [left, found] = await eventually(bothThroughputs, ([seen]) => seen?.micrograph_count === 6);
  expect(left).toMatchObject(found);
});

test("pages of results are the whole of them in parts, also where those before a page say what is known on it", async () => {
  const count = 60;
  await at.request("POST", "/ingest", smallSession("pages", count, count));
  await at.request("PUT", "/acquisitions/pages-a/decision_settings", {
    limits: { ctfmaxresolution: 6, numparticles: 50 },
  });
  const ctf = Array.from({ length: count }, (_, n) => ({
    event_type: "ctf.completed",
    micrograph_uuid: `pages-m${n}`,
    ctf_max_resolution_estimate: n % 3 === 0 ? 9 : 4,
  }));
  // Picking is behind: what is bad by its CTF waits for it.
  const picked = Array.from({ length: 40 }, (_, n) => ({
    event_type: "particle_picking.completed",
    micrograph_uuid: `pages-m${n}`,
    number_of_particles_picked: 100,
  })).filter((_, n) => n % 3 !== 0);
  await at.request("POST", "/events", [...ctf, ...picked]);
  await at.settled();
  const whole = (await get("/grids/pages-g/results")) as { good: boolean | null }[];
  const known = whole.map(({ good }) => good);
  expect(known.slice(0, 5)).toEqual([false, true, true, false, true]);
  expect(known.slice(50)).toEqual(new Array(10).fill(null));
  for (const limit of [7, 30]) {
    const pages: unknown[] = [];
    while (pages.length < count) {
      const page = await at.request("GET", `/grids/pages-g/results?limit=${limit}&offset=${pages.length}`);
      expect(page.headers.get("x-total-count")).toBe(String(count));
      pages.push(...(page.body as unknown[]));
    }
    expect(pages).toEqual(whole);
  }
  expect(await get(`/grids/pages-g/results?limit=5&offset=${count}`)).toEqual([]);
});

test("a micrograph from the future makes no session longer, and one that goes on is", async () => {
  const { micrographs, ...before } = smallSession("late", 8, 8);
  const takenAt = (hours: number): string =>
    new Date(Date.parse("2026-01-01T00:00:00Z") + hours * 3_600_000).toISOString();
  const taken = (hours: readonly number[]) =>
    micrographs.slice(0, hours.length).map((each, n) => ({ ...each, acquisition_datetime: takenAt(hours[n] ?? 0) }));
  const last = async (): Promise<string | undefined> =>
    ((await get("/acquisitions/throughput")) as { acquisition_uuid: string; last_micrograph_at: string }[]).find(
      ({ acquisition_uuid }) => acquisition_uuid === "late-a",
    )?.last_micrograph_at;
  await at.request("POST", "/ingest", { ...before, micrographs: taken([0, 1, 2, 3, 4, 50_000]) });
  expect(await last()).toBe(takenAt(4));
  await at.request("POST", "/ingest", { micrographs: taken([0, 1, 2, 3, 4, 50_000, 50_001, 50_002]) });
  await eventually(last, (seen) => seen === takenAt(50_002));
});

test("intensities are the means over the holes of each square that have one", async () => {
  expect(await get("/grids/o-g/intensities")).toEqual([]);
  const [first, second] = smallSession("o", 8, 6).foilholes;
  await at.request("POST", "/ingest", {
    foilholes: [
      { ...first, pixel_intensity_mean: 900 },
      { ...second, pixel_intensity_mean: 1_000 },
    ],
  });
  expect(await get("/grids/o-g/intensities")).toEqual([
    { gridsquare_uuid: "o-s", foilhole_count: 2, pixel_intensity_mean: 950 },
  ]);
});

test("results of an unknown grid are not found", async () => {
  expect((await at.request("GET", "/grids/nobody/results")).status).toBe(404);
});

test("sessions of agents tell whether they are connected", async () => {
  expect(await get("/agents/sessions")).toMatchObject([
    { session_id: "os", agent_id: "krios", acquisition_uuid: "o-a", status: "active", connection_count: 0 },
  ]);
  expect(await get("/agents/sessions?acquisition_uuid=o-a")).toHaveLength(1);
  expect(await get("/agents/sessions?acquisition_uuid=nobody")).toEqual([]);
  const leave = new AbortController();
  await fetch(`${at.url}/agent/krios/session/os/instructions/stream`, { signal: leave.signal });
  const connections = async (): Promise<number | undefined> =>
    ((await get("/agents/sessions")) as { connection_count: number }[])[0]?.connection_count;
  await eventually(connections, (count) => count === 1);
  leave.abort();
  await eventually(connections, (count) => count === 0);
  // An agent that comes back tells of its new version.
  for (const agent_version of ["1.0.0", "1.1.0"]) {
    await at.request("POST", "/agent/krios/sessions", { session_id: "os", experimental_parameters: { agent_version } });
    expect(await get("/agents/sessions")).toMatchObject([{ session_id: "os", software_version: agent_version }]);
  }
});

test("log lines come newest first, after one that is known already, and of one session", async () => {
  await at.request("POST", "/agent/krios/session/os/logs", {
    logs: ["a", "b", "c"].map((message) => ({
      level: "INFO",
      logger_name: "agent",
      message,
      timestamp: "2026-01-01T08:00:00Z",
    })),
  });
  const lines = (await get("/agents/logs")) as { id: number; message: string }[];
  expect(lines.map(({ message }) => message)).toEqual(["c", "b", "a"]);
  expect(await get(`/agents/logs?after_id=${lines[1]?.id}`)).toMatchObject([{ message: "c" }]);
  expect(await get("/agents/logs?session_id=nobody")).toEqual([]);
  expect((await at.request("GET", "/agents/logs?limit=-1")).status).toBe(422);
});

test("log lines are found by level, words and agent among all that there are", async () => {
  const line = (level: string, message: string) => ({
    ...{ level, message, logger_name: "agent.upload", timestamp: "2026-01-01T08:00:00Z" },
  });
  const written = ["DEBUG", "info", "warn", "WARNING", "ERROR", "Critical", "odd"];
  const many = Array.from({ length: 300 }, () => line("INFO", "uploaded"));
  for (const logs of [written.map((level) => line(level, "100% lost")), many, many])
    expect((await at.request("POST", "/agent/krios/session/os/logs", { logs })).status).toBe(200);
  const levels = async (query: string): Promise<string[]> =>
    ((await get(`/agents/logs?limit=500&${query}`)) as { level: string }[]).map(({ level }) => level).reverse();
  expect(await levels("level=ERROR")).toEqual(["ERROR", "Critical", "odd"]);
  expect(await levels("level=WARNING")).toEqual(["warn", "WARNING", "ERROR", "Critical", "odd"]);
  expect(await levels("contains=0%25%20LOST&level=INFO")).toEqual([
    ...["info", "warn", "WARNING", "ERROR", "Critical", "odd"],
  ]);
  expect(await levels("contains=Krios%20agent.upload%20100&level=DEBUG")).toHaveLength(7);
  expect(await levels("contains=_ost")).toEqual([]);
  expect(await levels("agent_id=krios&level=ERROR")).toHaveLength(3);
  expect(await levels("agent_id=nobody")).toEqual([]);
  expect((await at.request("GET", "/agents/logs?level=loud")).status).toBe(422);
  const plan = await transaction(at.backend.pool, async (tx) => {
    await tx.query("set local enable_seqscan = off");
    const { from, values = [] } = agentLogs({ level: "ERROR" });
    const { rows } = await tx.query<Record<string, string>>(`explain select id ${from} order by id desc limit 500`, [
      ...values,
    ]);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
  expect(plan).toContain("severe_agent_logs");
});

test("instructions come newest first, with the agent's last word, of one acquisition or status", async () => {
  const create = (priority: "high" | "low") =>
    transaction(at.backend.pool, (tx) =>
      createInstruction(tx, {
        sessionId: "os",
        type: "microscope.control.reorder_gridsquares",
        payload: { gridsquare_ids: ["1"], priority: "normal", reason: "test" },
        priority,
      }),
    );
  const first = await create("low");
  const second = await create("high");
  await at.request("POST", `/agent/krios/session/os/instructions/${first}/ack`, {
    status: "failed",
    error_message: "EPU is away",
  });
  expect(await get("/instructions/newest?acquisition_uuid=o-a")).toMatchObject([
    { instruction_id: second, priority: "high", status: "pending", ack_message: null },
    { instruction_id: first, ack_status: "failed", ack_message: "EPU is away" },
  ]);
  expect(await get("/instructions/newest?status=pending")).toMatchObject([{ instruction_id: second }]);
  expect(await get("/instructions/newest?acquisition_uuid=nobody")).toEqual([]);
});
