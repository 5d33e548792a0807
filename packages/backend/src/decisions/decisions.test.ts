import { silentLogger } from "@smartem/common/logging";
import type { DecisionOutput } from "@smartem/decision/types";
import { Kysely, PostgresDialect } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Transaction } from "../database/connection.js";
import * as deselectionsMigration from "../database/migrations/0230-deselections.js";
import * as tellingsMigration from "../database/migrations/0262-tellings-of-deselections.js";
import { sweep } from "../instructions/store.js";
import type { Loop } from "../loop.js";
import { closeSilent } from "../sessions/store.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { type FollowedEvents, followEvents } from "../testing/sse-for-tests.js";
import { decisionInput } from "./input.js";
import { loadGrid } from "./load.js";
import { decodeRecord, encodeRecord } from "./record.js";
import { requestDecisions } from "./requests.js";
import { defaultSettings } from "./settings.js";
import { withdrawTold } from "./tell.js";
import { startDecisionWorker } from "./worker.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

type Row = Record<string, unknown>;
const HOLES = 40;

/** Two squares of holes, of which a model thinks well of the even ones; the first three are imaged. */
async function session(prefix: string): Promise<void> {
  const base = smallSession(prefix, HOLES, 3);
  const second = `${prefix}-s2`;
  await at.request("POST", "/ingest", {
    ...base,
    gridsquares: [...base.gridsquares, { uuid: second, grid_uuid: `${prefix}-g`, gridsquare_id: "2" }],
    foilholes: [
      ...base.foilholes,
      ...base.foilholes.map((hole, n) => ({
        ...hole,
        uuid: `${prefix}-k${n}`,
        gridsquare_uuid: second,
        gridsquare_id: "2",
        foilhole_id: String(500 + n),
      })),
    ],
  });
  await at.request("POST", "/events", [
    ...Array.from({ length: HOLES }, (_, n) =>
      ["h", "k"].map((kind) => prediction(`${prefix}-${kind}${n}`, kind === "k" ? 0.05 : n % 2 === 0 ? 0.9 : 0.2)),
    ).flat(),
    ...[0, 1, 2].map((n) => ({
      event_type: "ctf.completed",
      micrograph_uuid: `${prefix}-m${n}`,
      ctf_max_resolution_estimate: n % 2 === 0 ? 3.5 : 12,
    })),
  ]);
  await at.settled();
}

const prediction = (foilhole_uuid: string, prediction_value: number) => ({
  event_type: "foilhole.model_prediction",
  foilhole_uuid,
  prediction_model_name: "model",
  prediction_value,
});

const settings = (prefix: string, changes: Row) =>
  at.request("PUT", `/acquisitions/${prefix}-a/decision_settings`, changes);
const plan = async (prefix: string): Promise<Row[]> =>
  (await at.request("GET", `/gridsquares/${prefix}-s/plan`)).body as Row[];
const overall = async (square: string): Promise<Row[]> =>
  (await at.request("GET", `/gridsquare/${square}/overall_prediction`)).body as Row[];

function listen(session_id: string, agent = "agent"): { received: Row[]; stream: FollowedEvents } {
  const received: Row[] = [];
  const stream = followEvents(`${at.url}/agent/${agent}/session/${session_id}/instructions/stream`, (event, data) => {
    if (event === "instruction") received.push(data as Row);
  });
  return { received, stream };
}

test("a plan puts every hole that may be imaged into one order, better ones first, and says why", async () => {
  await session("plan");
  const rows = await overall("plan-s");
  expect(rows).toHaveLength(HOLES);
  const imaged = rows.filter(({ foilhole_uuid }) => ["plan-h0", "plan-h1", "plan-h2"].includes(String(foilhole_uuid)));
  expect(imaged.map(({ suggested_acquisition_index }) => suggested_acquisition_index)).toEqual([0, 0, 0]);
  const all = [...rows, ...(await overall("plan-s2"))]
    .map(({ suggested_acquisition_index }) => suggested_acquisition_index as number)
    .filter((index) => index > 0);
  expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 2 * HOLES - 3 }, (_, n) => n + 1));
  const value = (uuid: string): number => rows.find(({ foilhole_uuid }) => foilhole_uuid === uuid)?.value as number;
  expect(value("plan-h10")).toBeGreaterThan(value("plan-h11"));
  expect(String((await plan("plan"))[0]?.reason)).toMatch(/[a-z]/);
  const { body } = await at.request("GET", "/grids/plan-g/plan");
  expect(body).toMatchObject({ decision: { mode: "observe", summary: { results: 3, outcome: "observing" } } });
  const weights = (await at.request("GET", "/grid/plan-g/model_weights")).body as Record<string, Row[]>;
  expect(weights.model?.[0]).toMatchObject({
    prediction_model_name: "model",
    grid_uuid: "plan-g",
    micrograph_uuid: expect.stringMatching(/^plan-m/),
  });
});

test("what is believed of a square is what its reason says: of the holes that may still be imaged", async () => {
  const base = smallSession("belief", HOLES, 0);
  await at.request("POST", "/ingest", {
    ...base,
    foilholes: base.foilholes.map((hole, n) => ({ ...hole, is_near_grid_bar: n % 2 === 1 })),
  });
  await at.request(
    "POST",
    "/events",
    Array.from({ length: HOLES }, (_, n) => prediction(`belief-h${n}`, n % 2 === 1 ? 0.1 : 0.7)),
  );
  await at.settled();
  const square = async (): Promise<{ probability: number | null; sd: number | null; reason: string } | undefined> =>
    ((await at.request("GET", "/grids/belief-g/plan")).body as { squares: never[] }).squares[0];
  const open = await square();
  expect(open?.reason).toContain(`${Math.round(100 * (open?.probability ?? Number.NaN))} % of its holes are expected`);
  expect(open?.probability).toBeGreaterThan(0.5);
  expect(open?.sd).toBeGreaterThan(0);
  await at.request("PUT", "/gridsquares/belief-s/choice", { choice: "locked" });
  await at.settled();
  expect(await square()).toMatchObject({ probability: null, sd: null });
  await at.request("PUT", "/gridsquares/belief-s/choice", { choice: null });
  await at.request("PUT", "/gridsquares/belief-s", { unusable: true });
  await at.settled();
  // Nobody has locked it out.
  expect((await square())?.reason).toBe("Locked out, unusable or deselected in EPU.");
});

test("limits changed in mid-session judge all stored results anew", async () => {
  await session("limit");
  const goodShare = async (): Promise<unknown> =>
    ((await at.request("GET", "/grids/limit-g/plan")).body as { decision: { summary: Row } }).decision.summary
      .good_share;
  expect(await goodShare()).toBeCloseTo(2 / 3);
  await settings("limit", { limits: { ctfmaxresolution: 3 } });
  await at.settled();
  expect(await goodShare()).toBe(0);
});

test("while the slower pipeline is silent nothing is learned from bad ones alone, and operators are told", async () => {
  const taken = smallSession("silent", 80).micrographs;
  await at.request("POST", "/ingest", smallSession("silent", 80, 20));
  await settings("silent", { limits: { ctfmaxresolution: 6, numparticles: 50 } });
  const ctf = (n: number) => ({
    event_type: "ctf.completed",
    micrograph_uuid: `silent-m${n}`,
    ctf_max_resolution_estimate: n % 5 < 3 ? 3.5 : 12,
  });
  const picking = (n: number) => ({
    event_type: "particle_picking.completed",
    micrograph_uuid: `silent-m${n}`,
    number_of_particles_picked: n % 5 < 3 ? 100 : 10,
  });
  const image = (from: number, to: number) => at.request("POST", "/ingest", { micrographs: taken.slice(from, to) });
  const each = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
  const known = async () => {
    await at.settled();
    const { summary } = ((await at.request("GET", "/grids/silent-g/plan")).body as { decision: { summary: Row } })
      .decision;
    const holes = (await at.request("GET", "/gridsquare/silent-s/overall_prediction")).body as Row[];
    const [throughput] = ((await at.request("GET", "/acquisitions/throughput?limit=1000")).body as Row[]).filter(
      ({ acquisition_uuid }) => acquisition_uuid === "silent-a",
    );
    return { summary, values: holes.map(({ value }) => value), judged: throughput?.judged_count };
  };
  await at.request(
    "POST",
    "/events",
    each(0, 20).flatMap((n) => [ctf(n), picking(n)]),
  );
  const before = await known();
  expect(before).toMatchObject({ summary: { results: 20, good_share: 0.6, warnings: [] }, judged: 20 });
  await image(20, 60);
  await at.request("POST", "/events", each(20, 60).map(ctf));
  const silent = await known();
  expect(silent.values).toEqual(before.values);
  expect(silent).toMatchObject({
    summary: {
      results: 20,
      warnings: [expect.stringMatching(/^numparticles .* before it has\. See whether its pipeline runs and keeps up/)],
    },
    judged: 20,
  });
  await at.request("POST", "/events", each(20, 60).map(picking));
  // What was counted is kept until an event tells that it has changed.
  const after = await eventually(known, ({ judged }) => judged === 60);
  expect(after).toMatchObject({ summary: { results: 60, good_share: 0.6, warnings: [] } });
});

test("of micrographs without times the one that came last is where the stage is, and it is said that no time goes by", async () => {
  const base = smallSession("timeless", HOLES, 0);
  const second = base.foilholes.map((hole, n) => ({
    ...hole,
    uuid: `timeless-k${n}`,
    gridsquare_uuid: "timeless-s2",
    gridsquare_id: "2",
    foilhole_id: String(500 + n),
  }));
  await at.request("POST", "/ingest", {
    ...base,
    gridsquares: [...base.gridsquares, { uuid: "timeless-s2", grid_uuid: "timeless-g", gridsquare_id: "2" }],
    foilholes: [...base.foilholes, ...second],
  });
  const take = async (hole: string, acquisition_datetime?: string) => {
    expect(
      (
        await at.request("POST", `/foilholes/${hole}/micrographs`, {
          uuid: `${hole}-m`,
          foilhole_uuid: hole,
          foilhole_id: hole,
          manifest_file: `${hole}.xml`,
          ...(acquisition_datetime === undefined ? {} : { acquisition_datetime }),
        })
      ).status,
    ).toBe(201);
    await refresh("timeless");
    const facts = await loadGrid(at.backend.pool, "timeless-g");
    if (facts === null) throw new Error("no grid");
    const { input } = decisionInput(facts, defaultSettings("observe"), null, null);
    const { body } = await at.request("GET", "/grids/timeless-g/plan");
    const { warnings } = (body as { decision: { summary: { warnings: string[] } } }).decision.summary;
    return {
      square: input.squares.ids[input.stage.square],
      isSaid: warnings.some((one) => /no acquisition_datetime/.test(one)),
    };
  };
  expect(await take("timeless-h0")).toEqual({ square: "timeless-s", isSaid: true });
  expect(await take("timeless-k0")).toEqual({ square: "timeless-s2", isSaid: true });
  expect(await take("timeless-h1", "2026-01-01T09:00:00Z")).toEqual({ square: "timeless-s", isSaid: false });
});

test("limits of an instrument count for its acquisitions, but for those that have their own", async () => {
  await session("scope");
  await session("other");
  for (const prefix of ["scope", "other"])
    await at.request("PUT", `/acquisitions/${prefix}-a`, { instrument_id: "Krios / 2" });
  await settings("scope", { mode: "observe" });
  const limits = "/instruments/Krios%20%2F%202/quality_limits";
  const goodShare = async (prefix: string): Promise<unknown> =>
    ((await at.request("GET", `/grids/${prefix}-g/plan`)).body as { decision: { summary: Row } }).decision.summary
      .good_share;
  expect((await at.request("GET", limits)).body).toEqual({
    motioncorrection: null,
    ctfmaxresolution: 6,
    numparticles: null,
  });
  expect((await at.request("PUT", limits, { ctfmaxresolution: 3 })).status).toBe(200);
  expect((await at.request("PUT", limits, { motioncorrection: null })).body).toMatchObject({ ctfmaxresolution: 3 });
  await at.settled();
  expect([await goodShare("scope"), await goodShare("other")]).toEqual([0, 0]);
  // The way of the events that tell other systems which micrographs are good.
  const verdict = async (): Promise<unknown> => {
    await at.request("POST", "/events", {
      event_type: "ctf.completed",
      micrograph_uuid: "other-m0",
      ctf_max_resolution_estimate: 3.4,
    });
    await at.settled();
    const [row] = await at.rows<{ quality: boolean }>(
      `select (payload ->> 'quality')::boolean as quality from events
       where event_type = 'ctf.registered' and payload ->> 'micrograph_uuid' = 'other-m0' order by id desc limit 1`,
    );
    return row?.quality;
  };
  expect(await verdict()).toBe(false);

  await settings("other", { limits: { ctfmaxresolution: 4 } });
  await at.settled();
  expect([await goodShare("scope"), await goodShare("other")]).toEqual([0, expect.closeTo(2 / 3)]);
  expect(await verdict()).toBe(true);
  const decisions = async (): Promise<number> =>
    ((await at.request("GET", "/grids/other-g/decisions")).body as Row[]).length;
  const before = await decisions();
  await at.request("PUT", limits, { ctfmaxresolution: 20 });
  await at.settled();
  expect([await goodShare("scope"), await goodShare("other")]).toEqual([1, expect.closeTo(2 / 3)]);
  expect(await decisions()).toBe(before);

  expect((await at.request("DELETE", "/acquisitions/other-a/decision_settings")).body).toMatchObject({
    limits: { ctfmaxresolution: 20 },
  });
  await at.settled();
  expect(await goodShare("other")).toBe(1);
  for (const wrong of [{ ctfmaxresolution: 0 }, { ctfmaxresolution: "3" }, { resolution: 3 }])
    expect((await at.request("PUT", limits, wrong)).status, JSON.stringify(wrong)).toBe(422);
});

test("automatic: the agent of this acquisition alone is told, holes already imaged are never sent, and the decision replays to the bit", async () => {
  await session("auto");
  await session("other");
  for (const prefix of ["auto", "other"])
    await at.request("POST", "/agent/agent/sessions", {
      session_id: `${prefix}-session`,
      acquisition_uuid: `${prefix}-a`,
    });
  const { received, stream } = listen("auto-session");
  const { received: others, stream: otherStream } = listen("other-session");
  await settings("auto", { mode: "automatic", session_duration_min: 60 });
  await eventually(
    () => received.map(({ instruction_type }) => instruction_type),
    (types) => types.includes("microscope.control.reorder_foilholes"),
  );
  await at.settled();
  expect(others).toEqual([]);
  const holes = received
    .filter(({ instruction_type }) => instruction_type === "microscope.control.reorder_foilholes")
    .map(({ payload }) => payload as Row);
  const first = holes.find(({ gridsquare_id }) => gridsquare_id === "1");
  expect(first?.foilhole_ids).toEqual(expect.arrayContaining(["104", "106"]));
  for (const id of ["100", "101", "102"]) expect(JSON.stringify(holes)).not.toContain(`"${id}"`);
  const decisions = (await at.request("GET", "/grids/auto-g/decisions")).body as Row[];
  const told = decisions.find(({ replayable }) => replayable === true);
  expect(told?.instructions).toHaveLength(received.length);
  const replayed = (await at.request("GET", `/grids/auto-g/decisions/${String(told?.id)}/replay`)).body as Row;
  expect(replayed).toMatchObject({ identical: true, mode: "automatic" });
  expect(String(replayed.explanation).length).toBeGreaterThan(20);
  // The same from another version of the engine is the same.
  const [kept] = await at.rows<{ output: Buffer }>("select output from decisions where id = $1", [told?.id]);
  const output = (await decodeRecord(kept?.output as Buffer)) as DecisionOutput;
  const earlier = await encodeRecord({ ...output, versions: { ...output.versions, engine: "1" } });
  await at.rows("update decisions set output = $2 where id = $1", [told?.id, earlier]);
  expect((await at.request("GET", `/grids/auto-g/decisions/${String(told?.id)}/replay`)).body).toMatchObject({
    identical: true,
    versions: { stored: { engine: "1" } },
  });
  // Nothing has changed: nothing is said.
  const before = received.length;
  await at.request("POST", "/events", { event_type: "refresh.predictions", grid_uuid: "auto-g" });
  await at.settled();
  expect(received).toHaveLength(before);
  await stream.close();
  await otherStream.close();
});

test("advise: a change waits for an operator; approved it is told, rejected it is not proposed again", async () => {
  await session("advise");
  await at.request("POST", "/agent/agent/sessions", { session_id: "advise-session", acquisition_uuid: "advise-a" });
  const { received, stream } = listen("advise-session");
  await settings("advise", { mode: "advise", session_duration_min: 60 });
  await at.settled();
  const proposal = async (): Promise<Row | null> =>
    (await at.request("GET", "/grids/advise-g/proposal")).body as Row | null;
  const pending = await proposal();
  expect(((pending?.instructions ?? []) as Row[]).length).toBeGreaterThan(0);
  expect(received).toEqual([]);
  expect((await at.request("POST", "/grids/advise-g/proposal/approve", { decision_id: 1 })).status).toBe(409);
  expect(
    (await at.request("POST", "/grids/advise-g/proposal/reject", { decision_id: pending?.decision_id })).status,
  ).toBe(200);
  await refresh("advise");
  expect(await proposal()).toBeNull();
  const summaryOf = async (id: unknown): Promise<unknown> =>
    ((await at.request("GET", `/grids/advise-g/decisions/${id}`)).body as { summary: Row }).summary;
  expect(await summaryOf(pending?.decision_id)).toMatchObject({
    outcome: "proposed",
    answer: { answer: "reject", at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
  });
  // The model changes its mind: that is something else to propose.
  await at.request(
    "POST",
    "/events",
    Array.from({ length: HOLES }, (_, n) => prediction(`advise-h${n}`, n % 2 === 0 ? 0.1 : 0.95)),
  );
  const next = await eventually(proposal, (seen) => seen !== null);
  await at.settled();
  expect(await approve("advise", next)).toBe(200);
  expect(await summaryOf(next?.decision_id)).toMatchObject({ answer: { answer: "approve" } });
  await eventually(
    () => received.length,
    (n) => n > 0,
  );
  expect(await proposal()).toBeNull();
  await stream.close();
});

/** A change that waits for an operator of a session in mode advise, whose agent listens. */
async function proposed(prefix: string): Promise<{ pending: Row; received: Row[]; stream: FollowedEvents }> {
  await session(prefix);
  await at.request("POST", "/agent/agent/sessions", {
    session_id: `${prefix}-session`,
    acquisition_uuid: `${prefix}-a`,
  });
  await settings(prefix, { mode: "advise", session_duration_min: 60 });
  await at.settled();
  const pending = await waiting(prefix);
  if (pending === null) throw new Error("nothing is proposed");
  return { pending, ...listen(`${prefix}-session`) };
}
const waiting = async (prefix: string): Promise<Row | null> =>
  (await at.request("GET", `/grids/${prefix}-g/proposal`)).body as Row | null;
const approve = async (prefix: string, proposal: Row | null): Promise<number> =>
  (await at.request("POST", `/grids/${prefix}-g/proposal/approve`, { decision_id: proposal?.decision_id })).status;
const refresh = async (prefix: string): Promise<void> => {
  await at.request("POST", "/events", { event_type: "refresh.predictions", grid_uuid: `${prefix}-g` });
  await at.settled();
};

test("what is approved while somebody changes the mode to observe is withdrawn with all else", async () => {
  const prefix = "gone-meanwhile";
  const { pending, stream } = await proposed(prefix);
  const other = await at.backend.pool.connect();
  let done = 0;
  const count = async <T>(request: Promise<T>): Promise<T> => request.finally(() => (done += 1));
  /** Until so many requests are done, or wait for locks that others have. */
  const doneOrWaiting = (n: number) =>
    eventually(
      async () => {
        const [waiting] = await at.rows<{ n: number }>(
          "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return done + Number(waiting?.n);
      },
      (seen) => seen >= n,
    );
  let both: Promise<[number, { status: number }]>;
  try {
    await other.query("begin");
    await other.query("select from proposals where grid_uuid = $1 for update", [`${prefix}-g`]);
    const approved = count(approve(prefix, pending));
    await doneOrWaiting(1);
    both = Promise.all([approved, count(settings(prefix, { mode: "observe" }))]);
    await doneOrWaiting(2);
  } finally {
    await other.query("rollback");
    other.release();
  }
  expect(await both).toMatchObject([200, { status: 200 }]);
  await at.settled();
  expect(
    await at.rows("select status from instructions where session_id = $1 group by 1", [`${prefix}-session`]),
  ).toEqual([{ status: "cancelled" }]);
  await stream.close();
});

test.each(["observe", "automatic", "completed"])(
  "nothing waits for an operator any more once it is %s",
  async (next) => {
    const prefix = `gone-${next}`;
    const { pending, received, stream } = await proposed(prefix);
    // Not even before there is another decision.
    const other = await at.backend.pool.connect();
    try {
      await other.query("begin");
      await other.query("lock table decision_legacies in access exclusive mode");
      if (next === "completed") await at.request("PUT", `/acquisitions/${prefix}-a`, { status: "completed" });
      else await settings(prefix, { mode: next });
      expect(await waiting(prefix)).toBeNull();
      expect(await approve(prefix, pending)).toBe(409);
    } finally {
      await other.query("rollback");
      other.release();
    }
    await at.settled();
    if (next === "automatic") {
      await eventually(
        () => received.length,
        (n) => n > 0,
      );
    } else expect(received).toEqual([]);
    await refresh(prefix);
    expect(await at.rows("select from proposals where grid_uuid = $1", [`${prefix}-g`])).toEqual([]);
    await stream.close();
  },
);

test("a change that has become needless waits for nobody", async () => {
  const { pending, received, stream } = await proposed("needless");
  expect(await approve("needless", pending)).toBe(200);
  await refresh("needless");
  expect(await waiting("needless")).toBeNull();
  await at.request("PUT", "/gridsquares/needless-s/choice", { choice: "locked" });
  await at.settled();
  const change = await waiting("needless");
  expect(change).not.toBeNull();
  await at.request("PUT", "/gridsquares/needless-s/choice", { choice: null });
  await at.settled();
  expect(await waiting("needless")).toBeNull();
  expect(await approve("needless", change)).toBe(409);
  await eventually(
    () => received.length,
    (n) => n === (pending.instructions as Row[]).length,
  );
  await stream.close();
});

test("a change waits as it was as long as it is the same, and tells nothing of what was imaged or locked out since", async () => {
  const { pending, received, stream } = await proposed("wait");
  const ordered = (instructions: unknown): string[] =>
    (instructions as { instruction_type: string; payload: Row }[])
      .filter(({ instruction_type }) => instruction_type === "microscope.control.reorder_foilholes")
      .flatMap(({ payload }) => payload.foilhole_ids as string[]);
  const order = ordered(pending.instructions);
  const [first = "", locked = ""] = [order[0], order.at(-1)];
  const uuidOf = async (id: string): Promise<string | undefined> =>
    (
      await at.rows<{ uuid: string }>("select uuid from foilholes where foilhole_id = $1 and uuid like 'wait-%'", [id])
    )[0]?.uuid;
  const [shot] = smallSession("wait", HOLES, 3).micrographs as Row[];
  await at.request("POST", "/ingest", {
    micrographs: [
      {
        ...shot,
        uuid: "wait-first",
        micrograph_id: "wait-first",
        foilhole_uuid: await uuidOf(first),
        foilhole_id: first,
        manifest_file: `FoilHole_${first}_Data_1_1_20260101_090000.xml`,
        acquisition_datetime: "2026-01-01T08:04:00Z",
      },
    ],
  });
  await at.settled();
  const [newest] = (await at.request("GET", "/grids/wait-g/decisions?limit=1")).body as { id: number; summary: Row }[];
  expect(newest?.id).toBeGreaterThan(pending.decision_id as number);
  expect(newest?.summary).toMatchObject({ outcome: "waiting", told: [] });
  expect(await waiting("wait")).toEqual(pending);
  // As an operator would who answers before the next decision.
  await at.rows("insert into operator_choices (entity_uuid, grid_uuid, choice) values ($1, 'wait-g', 'locked')", [
    await uuidOf(locked),
  ]);
  expect(await approve("wait", pending)).toBe(200);
  await eventually(
    () => received.length,
    (n) => n === (pending.instructions as Row[]).length,
  );
  expect(ordered(received)).toEqual(order.filter((id) => id !== first && id !== locked));
  expect(skippedHoles(received)).toContain(locked);
  await stream.close();
});

const instructionsOf = (instructions: readonly Row[], type: string): Row[] =>
  instructions
    .filter(({ instruction_type }) => instruction_type === `microscope.control.${type}`)
    .map(({ payload }) => payload as Row);
const skippedHoles = (instructions: readonly Row[]): string[] =>
  instructionsOf(instructions, "reorder_foilholes").flatMap(({ skip_foilhole_ids }) => skip_foilhole_ids as string[]);
const skippedSquares = (instructions: readonly Row[]): string[] =>
  instructionsOf(instructions, "skip_gridsquares").flatMap(({ gridsquare_ids }) => gridsquare_ids as string[]);

const untilTold = (ids: () => string[], id: string): Promise<string[]> => eventually(ids, (told) => told.includes(id));

test("what an operator locks out the microscope is told to leave out, at once, whatever its place; unlocked it is a candidate again", async () => {
  await session("lock");
  await at.request("POST", "/agent/agent/sessions", { session_id: "lock-session", acquisition_uuid: "lock-a" });
  const { received, stream } = listen("lock-session");
  const choose = async (path: string, choice: string | null): Promise<void> => {
    received.length = 0;
    await at.request("PUT", `${path}/choice`, { choice });
    await at.settled();
  };
  // Time for all of it: no hole is skipped for being poor.
  await settings("lock", { mode: "automatic", session_duration_min: 100_000 });
  await at.settled();
  const order = (await overall("lock-s"))
    .filter(({ suggested_acquisition_index }) => Number(suggested_acquisition_index) > 0)
    .sort((a, b) => Number(a.suggested_acquisition_index) - Number(b.suggested_acquisition_index))
    .map(({ foilhole_uuid }) => String(foilhole_uuid));
  const late = order.at(-3) ?? "";
  const lateId = String(100 + Number(late.slice("lock-h".length)));
  await choose(`/foilholes/${late}`, "locked");
  await untilTold(() => skippedHoles(received), lateId);
  await choose("/gridsquares/lock-s2", "locked");
  await untilTold(() => skippedSquares(received), "2");
  // EPU writes back what it was told: that is not an operator's choice in EPU.
  await at.request("PUT", `/foilholes/${late}`, { selected: false });
  await choose(`/foilholes/${late}`, null);
  expect((await overall("lock-s")).find(({ foilhole_uuid }) => foilhole_uuid === late)).toMatchObject({
    suggested_acquisition_index: expect.any(Number),
  });
  expect(
    (await overall("lock-s")).find(({ foilhole_uuid }) => foilhole_uuid === late)?.suggested_acquisition_index,
  ).toBeGreaterThan(0);
  // All that is left of a square: the square is left out as well.
  for (const uuid of order.slice(1)) await at.request("PUT", `/foilholes/${uuid}/choice`, { choice: "locked" });
  await choose(`/foilholes/${order[0]}`, "locked");
  await untilTold(() => skippedSquares(received), "1");
  await stream.close();
});

test("what was told without being asked for does not reach the microscope once the mode is another; told to do so again, it does", async () => {
  await session("back");
  await at.request("POST", "/agent/agent/sessions", { session_id: "back-session", acquisition_uuid: "back-a" });
  const statuses = async (): Promise<unknown[]> => {
    await at.settled();
    const { body } = await at.request("GET", "/instructions?session_id=back-session");
    return [...new Set((body as Row[]).map(({ status }) => status))];
  };
  await settings("back", { mode: "automatic", session_duration_min: 60 });
  expect(await statuses()).toEqual(["pending"]);
  await settings("back", { mode: "observe" });
  expect(await statuses()).toEqual(["cancelled"]);
  await settings("back", { mode: "automatic" });
  const { received, stream } = listen("back-session");
  await eventually(
    () => received.length,
    (n) => n > 0,
  );
  await stream.close();
});

test.each(["observe", "completed", "closed"])(
  "what an agent has received and not carried out yet is withdrawn: %s; what it has carried out stays so",
  async (what) => {
    const prefix = `held-${what}`;
    const { received, stream } = await told(prefix, { session_duration_min: 15, max_skip_share_of_square: 1 });
    await at.settled();
    const path = `/agent/agent/session/${prefix}-session/instructions`;
    const sent = received.map(({ instruction_id }) => String(instruction_id));
    expect(sent.length).toBeGreaterThan(1);
    for (const id of sent) await at.request("POST", `${path}/${id}/ack`, { status: "received" });
    await at.request("POST", `${path}/${sent[0]}/ack`, { status: "processed" });
    if (what === "observe") await settings(prefix, { mode: "observe" });
    else if (what === "closed") await at.request("POST", `/agent/agent/sessions/${prefix}-session/close`);
    else await at.request("PUT", `/acquisitions/${prefix}-a`, { status: "completed" });
    await refresh(prefix);
    const statuses = await Promise.all(
      sent.map(async (id) => ((await at.request("GET", `/instructions/${id}`)).body as Row).status),
    );
    expect(statuses).toEqual(["acknowledged", ...sent.slice(1).map(() => "cancelled")]);
    await stream.close();
  },
);

test.each(["cancelled", "expired"])(
  "what was carried out counts as told and taken, though it is %s when the agent says so; its history has both",
  async (how) => {
    const prefix = `late-${how}`;
    const { received, stream } = await told(prefix, { session_duration_min: 15, max_skip_share_of_square: 1 });
    await at.settled();
    const skipped = skippedHoles(received).filter((id) => Number(id) < 500);
    expect(skipped.length).toBeGreaterThan(0);
    const sent = received.map(({ instruction_id }) => String(instruction_id));
    if (how === "expired") {
      // Nothing is told meanwhile that would take its place.
      await settings(prefix, { mode: "advise" });
      await at.rows(`update instructions set status = 'expired' where session_id = $1 and status = 'cancelled'`, [
        `${prefix}-session`,
      ]);
    } else await settings(prefix, { mode: "observe" });
    await at.settled();
    const of = async (id: string): Promise<Row> => (await at.request("GET", `/instructions/${id}`)).body as Row;
    for (const id of sent) expect(await of(id)).toMatchObject({ status: how, ack_status: null });
    for (const id of sent) {
      const path = `/agent/agent/session/${prefix}-session/instructions/${id}`;
      expect((await at.request("POST", `${path}/ack`, { status: "processed" })).status).toBe(200);
      const verification = { outcome: "followed", observed_at: "2024-04-06T12:00:00Z", details: "came next" };
      expect((await at.request("POST", `${path}/verification`, verification)).status).toBe(200);
    }
    const { history, ...now } = await of(sent[0] ?? "");
    expect(now).toMatchObject({
      status: "acknowledged",
      ack_status: "processed",
      verification: { outcome: "followed" },
    });
    expect((history as Row[]).map(({ status }) => status)).toEqual(
      expect.arrayContaining(["cancelled", "acknowledged"]),
    );
    received.length = 0;
    await settings(prefix, { mode: "automatic" });
    await refresh(prefix);
    expect(received).toEqual([]);
    // EPU shows as deselected what it was told to leave out: that is no operator's word.
    const hole = Number(skipped.at(-1)) - 100;
    await at.request("PUT", `/foilholes/${prefix}-h${hole}`, { selected: false });
    await settings(prefix, { session_duration_min: 100_000, max_skip_share_of_square: 0, min_results: 100 });
    await untilTold(
      () => instructionsOf(received, "reorder_foilholes").flatMap(({ foilhole_ids }) => foilhole_ids as string[]),
      String(100 + hole),
    );
    await stream.close();
  },
);

test("what an agent has received and not carried out yet is withdrawn when a later plan takes its place", async () => {
  const { received, stream } = await told("replaced", { session_duration_min: 15, max_skip_share_of_square: 1 });
  await at.settled();
  const [old] = received.filter(
    ({ instruction_type, payload }) =>
      instruction_type === "microscope.control.reorder_foilholes" && (payload as Row).gridsquare_id === "1",
  );
  const id = String(old?.instruction_id);
  await at.request("POST", `/agent/agent/session/replaced-session/instructions/${id}/ack`, { status: "received" });
  received.length = 0;
  await settings("replaced", { max_skip_share_of_square: 0, min_results: 100 });
  await eventually(
    () => instructionsOf(received, "reorder_foilholes").filter(({ gridsquare_id }) => gridsquare_id === "1").length,
    (n) => n > 0,
  );
  expect((await at.request("GET", `/instructions/${id}`)).body).toMatchObject({ status: "cancelled" });
  await stream.close();
});

test("with an acquisition its orders go, and its session until its agent brings it again; with a grid, its orders", async () => {
  const { received, stream } = await told("gone", { session_duration_min: 60 });
  const statuses = async (): Promise<unknown[]> => {
    await at.settled();
    const { body } = await at.request("GET", "/instructions?session_id=gone-session");
    return [...new Set((body as Row[]).map(({ status }) => status))];
  };
  expect(await statuses()).toEqual(["sent"]);
  expect((await at.request("DELETE", "/acquisitions/gone-a")).status).toBe(204);
  expect(await statuses()).toEqual(["cancelled"]);
  // The agent learns of it at once.
  await stream.ended;
  const register = () =>
    at.request("POST", "/agent/agent/sessions", { session_id: "gone-session", acquisition_uuid: "gone-a" });
  expect((await register()).status).toBe(404);
  await session("gone");
  await settings("gone", { mode: "automatic", session_duration_min: 60 });
  expect(await register()).toMatchObject({ status: 201, body: { acquisition_uuid: "gone-a", status: "active" } });
  const before = new Set(received.map(({ instruction_id }) => instruction_id));
  const again = listen("gone-session");
  await eventually(
    () => again.received.length,
    (n) => n > 0,
  );
  for (const { instruction_id } of again.received) expect(before.has(instruction_id)).toBe(false);
  await at.settled();
  expect((await at.request("DELETE", "/grids/gone-g")).status).toBe(204);
  expect(await statuses()).toEqual(["cancelled"]);
  await again.stream.close();
});

/** A session whose agent was sent a plan, and then another one, and has answered neither: ids of the instructions of each. */
async function toldTwice(prefix: string): Promise<{ outdated: unknown[]; newest: unknown[] }> {
  const { received, stream } = await told(prefix, { session_duration_min: 100_000 });
  await at.settled();
  const sent = async (): Promise<unknown[]> => {
    const { body } = await at.request("GET", `/instructions?session_id=${prefix}-session`);
    const rows = body as Row[];
    await eventually(
      () => received.length,
      (n) => n === rows.length,
    );
    return rows.map(({ instruction_id }) => instruction_id);
  };
  const first = await sent();
  await at.request("PUT", `/foilholes/${prefix}-h30/choice`, { choice: "locked" });
  await at.settled();
  const newest = (await sent()).slice(first.length);
  expect(newest).not.toEqual([]);
  const [about] = received.filter(({ instruction_id }) => newest.includes(instruction_id));
  const outdated = received.filter(
    ({ instruction_id, payload }) =>
      first.includes(instruction_id) &&
      (payload as Row).gridsquare_id === (about?.payload as Row | undefined)?.gridsquare_id,
  );
  await stream.close();
  return { outdated: outdated.map(({ instruction_id }) => instruction_id), newest };
}

const statusesOf = async (ids: readonly unknown[]): Promise<unknown[]> =>
  Promise.all(ids.map(async (id) => ((await at.request("GET", `/instructions/${String(id)}`)).body as Row).status));

test("back in observe, nothing that any plan has sent reaches the microscope any more, however often it has changed", async () => {
  const { outdated, newest } = await toldTwice("often");
  expect(await statusesOf([...outdated, ...newest])).toEqual(["sent", "sent"]);
  await settings("often", { mode: "observe" });
  expect(await statusesOf([...outdated, ...newest])).toEqual(["cancelled", "cancelled"]);
  const again = listen("often-session");
  await at.request("POST", "/agent/agent/sessions/often-session/instructions", {
    instruction_type: "agent.status.request",
  });
  await eventually(
    () => again.received.length,
    (n) => n > 0,
  );
  expect(again.received.map(({ instruction_type }) => instruction_type)).toEqual(["agent.status.request"]);
  await again.stream.close();
});

test.each(["observe", "advise"])(
  "what a decision told while the mode was being changed to %s is withdrawn by the next one",
  async (mode) => {
    const prefix = `crossed-${mode}`;
    const { outdated, newest } = await toldTwice(prefix);
    // The change is seen by nobody who would withdraw.
    await at.rows("update decision_settings set settings = settings || $2 where acquisition_uuid = $1", [
      `${prefix}-a`,
      JSON.stringify({ mode }),
    ]);
    await refresh(prefix);
    expect(await statusesOf([...outdated, ...newest])).toEqual(["cancelled", "cancelled"]);
    if (mode === "observe") return;
    // What is approved stays.
    expect(await approve(prefix, await waiting(prefix))).toBe(200);
    await refresh(prefix);
    const { body } = await at.request("GET", `/instructions?session_id=${prefix}-session&status=pending`);
    expect(body).not.toEqual([]);
  },
);

test("what is to be withdrawn is found among a hundred thousand orders without looking at those that are done", async () => {
  await session("many");
  const client = await at.backend.pool.connect();
  const asked: { sql: string; values: unknown[] }[] = [];
  const query = (sql: string, values: unknown[]) => {
    asked.push({ sql, values });
    return Promise.resolve({ rows: [] });
  };
  await withdrawTold({ query } as unknown as Transaction, "many-g", "automatic");
  try {
    await client.query("begin");
    await client.query(
      "insert into agent_sessions (session_id, agent_id, acquisition_uuid) values ('many-session', 'agent', 'many-a')",
    );
    await client.query(
      `insert into instructions (instruction_id, session_id, agent_id, instruction_type, payload, status, ack_status, decision_id)
       select 'many' || n, 'many-session', 'agent', 'microscope.control.reorder_foilholes', '{}', 'acknowledged', 'processed', d.id
       from generate_series(1, 100000) n, (select id from decisions where grid_uuid = 'many-g' limit 1) d`,
    );
    await client.query("analyze instructions");
    const { rows } = await client.query(`explain ${asked[0]?.sql}`, asked[0]?.values);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toContain("open_instructions");
  } finally {
    await client.query("rollback");
    client.release();
  }
});

test("a plan that nobody has answered in time is sent again only as long as it is the last word", async () => {
  const { outdated, newest } = await toldTwice("late-word");
  await at.rows("update instructions set expires_at = now() where session_id = 'late-word-session'");
  await sweep(at.backend.pool);
  expect(await statusesOf([...outdated, ...newest])).toEqual(["expired", "pending"]);
});

test("what an agent has declined is not told to it again; once it has started anew, it is", async () => {
  await session("decline");
  const register = () =>
    at.request("POST", "/agent/agent/sessions", { session_id: "decline-session", acquisition_uuid: "decline-a" });
  await register();
  const { received, stream } = listen("decline-session");
  await settings("decline", { mode: "automatic", session_duration_min: 60 });
  await at.settled();
  await eventually(
    () => received.length,
    (n) => n > 0,
  );
  for (const { instruction_id } of received) {
    await at.request("POST", `/agent/agent/session/decline-session/instructions/${String(instruction_id)}/ack`, {
      status: "declined",
    });
  }
  const told = received.length;
  await refresh("decline");
  expect(received).toHaveLength(told);
  await register();
  await eventually(
    () => received.length,
    (n) => n === 2 * told,
  );
  await stream.close();
});

test("of what the microscope has no record any more it is told again, and only of that", async () => {
  const { received, stream } = await told("lost", { session_duration_min: 60 });
  const instructions = async (): Promise<Row[]> => {
    await at.settled();
    return (await at.request("GET", "/instructions?session_id=lost-session")).body as Row[];
  };
  const first = await instructions();
  await eventually(
    () => received.length,
    (n) => n === first.length,
  );
  const about = ({ payload, instruction_type }: Row) => [instruction_type, (payload as Row).gridsquare_id];
  const verify = async ({ instruction_id }: Row | undefined = {}, body: Row): Promise<void> => {
    const path = `/agent/agent/session/lost-session/instructions/${String(instruction_id)}`;
    await at.request("POST", `${path}/ack`, { status: "processed" });
    await at.request("POST", `${path}/verification`, {
      outcome: "superseded",
      observed_at: "2024-04-06T12:00:00Z",
      ...body,
    });
  };
  const [one, other] = first;
  await verify(one, {});
  await refresh("lost");
  expect(await instructions()).toHaveLength(first.length);
  await verify(other, { record_lost: true });
  const again = (await instructions()).filter(
    ({ instruction_id }) => !first.some((each) => each.instruction_id === instruction_id),
  );
  expect(again.map(about)).toEqual([other].map((each) => about(each as Row)));
  await stream.close();
});

/** A session in mode automatic with time for all, told to its agent; EPU writes back what it was told. */
async function told(prefix: string, changes: Row): Promise<{ received: Row[]; stream: FollowedEvents }> {
  await session(prefix);
  await at.request("POST", "/agent/agent/sessions", {
    session_id: `${prefix}-session`,
    acquisition_uuid: `${prefix}-a`,
  });
  await settings(prefix, { mode: "automatic", ...changes });
  await at.settled();
  const listening = listen(`${prefix}-session`);
  await eventually(
    () => skippedHoles(listening.received).length + skippedSquares(listening.received).length,
    (n) => n > 0 || changes.session_duration_min === 100_000,
  );
  return listening;
}

test("what the plan skips no longer the microscope is told to acquire again, in its place or after what is planned", async () => {
  // Little time: only the best holes are worth it, and without guard rails the others are skipped.
  const { received, stream } = await told("release", {
    session_duration_min: 15,
    max_skip_share_of_square: 1,
    max_skip_share_of_grid: 1,
  });
  const skipped = skippedHoles(received);
  expect(skipped.length).toBeGreaterThan(10);
  await at.request("POST", "/ingest", {
    foilholes: skipped.map((id) => ({
      uuid: `release-h${Number(id) - 100}`,
      gridsquare_uuid: "release-s",
      gridsquare_id: "1",
      foilhole_id: id,
      selected: false,
    })),
  });
  await at.settled();
  received.length = 0;
  await settings("release", { max_skip_share_of_square: 0, min_results: 100 });
  const orders = await eventually(
    () => instructionsOf(received, "reorder_foilholes").filter(({ gridsquare_id }) => gridsquare_id === "1"),
    (seen) => seen.length > 0,
  );
  expect(orders[0]?.skip_foilhole_ids).toEqual([]);
  expect(orders[0]?.foilhole_ids).toEqual(expect.arrayContaining(skipped));
  await at.settled();
  // EPU has not written it back yet: they are candidates all the same.
  await refresh("release");
  expect(
    (await overall("release-s")).filter(({ suggested_acquisition_index }) => suggested_acquisition_index === 0),
  ).toHaveLength(3);
  await stream.close();
});

test("what an operator deselects in EPU is neither planned nor acquired because of what is told; selected again, it is planned", async () => {
  const { received, stream } = await told("epu", { session_duration_min: 100_000 });
  const say = async (body: Row): Promise<void> => {
    received.length = 0;
    await at.request("POST", "/ingest", body);
    await at.settled();
  };
  const hole = (selected: boolean) => ({
    foilholes: [{ uuid: "epu-h30", gridsquare_uuid: "epu-s", gridsquare_id: "1", foilhole_id: "130", selected }],
  });
  const square = (selected: boolean) => ({
    gridsquares: [{ uuid: "epu-s2", grid_uuid: "epu-g", gridsquare_id: "2", selected }],
  });
  const planned = async (square_uuid: string): Promise<number> =>
    (await overall(square_uuid)).filter(({ suggested_acquisition_index }) => Number(suggested_acquisition_index) > 0)
      .length;
  expect(await planned("epu-s")).toBe(HOLES - 3);
  await say(hole(false));
  await untilTold(() => skippedHoles(received), "130");
  // What was told because of that does not make it ours.
  await refresh("epu");
  expect(await planned("epu-s")).toBe(HOLES - 4);
  await say(hole(true));
  expect(await planned("epu-s")).toBe(HOLES - 3);
  await say(square(false));
  await untilTold(() => skippedSquares(received), "2");
  await refresh("epu");
  expect(await planned("epu-s2")).toBe(0);
  await say(square(true));
  expect(await planned("epu-s2")).toBe(HOLES);
  await stream.close();
});

test("holes that EPU lists no longer are neither planned nor spoken of to the microscope, whatever it was told of them", async () => {
  const { received, stream } = await told("anew", { session_duration_min: 60 });
  const skipped = skippedHoles(received).at(-1);
  expect(Number(skipped)).toBeGreaterThanOrEqual(500);
  const removed = ["130", "131", skipped];
  const instructions = async (): Promise<Row[]> =>
    (await at.request("GET", "/instructions?session_id=anew-session")).body as Row[];
  const before = new Set((await instructions()).map(({ instruction_id }) => instruction_id));
  await at.request("POST", "/ingest", {
    foilholes: ["anew-h30", "anew-h31", `anew-k${Number(skipped) - 500}`].map((uuid, n) => ({
      uuid,
      gridsquare_uuid: uuid.startsWith("anew-k") ? "anew-s2" : "anew-s",
      gridsquare_id: uuid.startsWith("anew-k") ? "2" : "1",
      foilhole_id: removed[n],
      selected: false,
      state: "Removed",
    })),
  });
  await at.settled();
  await at.request("PUT", "/foilholes/anew-h31/choice", { choice: "locked" });
  await settings("anew", { session_duration_min: 100_000 });
  await at.settled();
  const planned = [...(await overall("anew-s")), ...(await overall("anew-s2"))].filter(
    ({ suggested_acquisition_index }) => Number(suggested_acquisition_index) > 0,
  );
  expect(planned).toHaveLength(2 * HOLES - 3 - removed.length);
  const since = (await instructions()).filter(({ instruction_id }) => !before.has(instruction_id));
  const named = instructionsOf(since, "reorder_foilholes").flatMap(({ foilhole_ids, skip_foilhole_ids }) => [
    ...(foilhole_ids as string[]),
    ...(skip_foilhole_ids as string[]),
  ]);
  expect(named).toContain("132");
  expect(removed.filter((id) => named.includes(String(id)))).toEqual([]);
  const { squares } = (await at.request("GET", "/grids/anew-g/plan")).body as { squares: Row[] };
  const holes = squares.reduce((sum, { foilhole_count }) => sum + Number(foilhole_count), 0);
  expect(holes).toBe(2 * HOLES - removed.length);
  await stream.close();
});

/** Ends the stream of a session, as a network does that is cut for a moment. */
async function cut(session: string, stream: FollowedEvents): Promise<void> {
  await stream.close();
  await eventually(
    () => at.rows("select from agent_connections where session_id = $1 and closed_at is null", [session]),
    (open) => open.length === 0,
  );
}

/** Ends the stream of a session for so long, while others of its acquisition listen, that nobody listens there any more. */
async function disconnected(session: string, stream: FollowedEvents): Promise<void> {
  await cut(session, stream);
  await age(session, 121);
  await eventually(
    () => at.rows("select from agent_connections where session_id = $1 and close_reason = 'disconnected'", [session]),
    (lately) => lately.length === 0,
  );
}

/** Has the connections of a session's acquisition begun, and ended where they have, so many seconds earlier. */
async function age(session: string, seconds: number): Promise<void> {
  await at.rows(
    `update agent_connections set connected_at = connected_at - make_interval(secs => $2),
       closed_at = closed_at - make_interval(secs => $2),
       last_heartbeat_at = case when closed_at is null then last_heartbeat_at else last_heartbeat_at - make_interval(secs => $2) end
     where session_id in (select session_id from agent_sessions
       where acquisition_uuid = (select acquisition_uuid from agent_sessions where session_id = $1))`,
    [session, seconds],
  );
}

/** Waits until an agent listens to its session. */
async function listening(session: string, agent: string): Promise<ReturnType<typeof listen>> {
  const listener = listen(session, agent);
  await eventually(
    () => at.rows("select from agent_connections where session_id = $1 and closed_at is null", [session]),
    (open) => open.length === 1,
  );
  return listener;
}

/** Says that the microscope's control holds what it was told. */
async function processed(prefix: string, received: Row[], status = "processed"): Promise<void> {
  for (const { instruction_id } of received) {
    const path = `/agent/agent/session/${prefix}-session/instructions/${String(instruction_id)}/ack`;
    expect((await at.request("POST", path, { status })).status).toBe(200);
  }
}

test("a square that is locked, unlocked and locked again is left out again, since its place in an order has selected it", async () => {
  const { received, stream } = await told("relock", { session_duration_min: 100_000 });
  const choose = async (choice: string | null): Promise<void> => {
    await at.settled();
    await processed("relock", received);
    received.length = 0;
    await at.request("PUT", "/gridsquares/relock-s/choice", { choice });
    await at.settled();
  };
  const orders = (): unknown[] => instructionsOf(received, "reorder_gridsquares").map((each) => each.gridsquare_ids);
  await choose("locked");
  await untilTold(() => skippedSquares(received), "1");
  await choose(null);
  await eventually(orders, (seen) => seen.length === 1);
  expect(orders()[0]).toContain("1");
  await choose("locked");
  await untilTold(() => skippedSquares(received), "1");
  await stream.close();
});

test("advise: the lock of a square is proposed again after it was approved, taken back and approved", async () => {
  const { pending, received, stream } = await proposed("readvise");
  expect(await approve("readvise", pending)).toBe(200);
  const choose = async (choice: string | null): Promise<Row | null> => {
    await at.request("PUT", "/gridsquares/readvise-s2/choice", { choice });
    await at.settled();
    return waiting("readvise");
  };
  const skipped = (proposal: Row | null): unknown => skippedSquares((proposal?.instructions ?? []) as Row[]);
  for (const _ of [1, 2]) {
    const lock = await choose("locked");
    expect(skipped(lock)).toEqual(["2"]);
    expect(await approve("readvise", lock)).toBe(200);
    const unlock = await choose(null);
    expect(await approve("readvise", unlock)).toBe(200);
  }
  await stream.close();
  expect(received).not.toEqual([]);
});

test("advise: what was rejected is proposed again where it had become needless meanwhile, or the mode was another", async () => {
  const { pending, received, stream } = await proposed("reject");
  expect(await approve("reject", pending)).toBe(200);
  await eventually(
    () => received.length,
    (n) => n === (pending.instructions as Row[]).length,
  );
  await processed("reject", received);
  const choose = async (path: string, choice: string | null): Promise<string[]> => {
    await at.request("PUT", `${path}/choice`, { choice });
    await at.settled();
    return skippedSquares(((await waiting("reject"))?.instructions ?? []) as Row[]);
  };
  const [square, hole] = ["/gridsquares/reject-s2", "/foilholes/reject-h30"];
  const reject = async (): Promise<void> => {
    const decision_id = (await waiting("reject"))?.decision_id;
    expect((await at.request("POST", "/grids/reject-g/proposal/reject", { decision_id })).status).toBe(200);
    await refresh("reject");
    expect(await waiting("reject")).toBeNull();
  };
  expect(await choose(square, "locked")).toEqual(["2"]);
  await reject();
  expect(await choose(square, null)).toEqual([]);
  expect(await choose(square, "locked")).toEqual(["2"]);
  // Of what is rejected together a part may become needless.
  expect(await choose(hole, "locked")).toEqual(["2"]);
  await reject();
  expect(await choose(square, null)).toEqual([]);
  expect(await waiting("reject")).toBeNull();
  expect(await choose(square, "locked")).toEqual(["2"]);
  await reject();
  await settings("reject", { mode: "observe" });
  await at.settled();
  await settings("reject", { mode: "advise" });
  await at.settled();
  expect(skippedSquares(((await waiting("reject"))?.instructions ?? []) as Row[])).toEqual(["2"]);
  await stream.close();
});

/** What EPU writes of the hole 130 of a session's first square, or of its second square. */
async function written(prefix: string, what: "hole" | "square", selected: boolean): Promise<void> {
  const hole = { uuid: `${prefix}-h30`, gridsquare_uuid: `${prefix}-s`, gridsquare_id: "1", foilhole_id: "130" };
  const square = { uuid: `${prefix}-s2`, grid_uuid: `${prefix}-g`, gridsquare_id: "2" };
  await at.request(
    "POST",
    "/ingest",
    what === "hole" ? { foilholes: [{ ...hole, selected }] } : { gridsquares: [{ ...square, selected }] },
  );
  await at.settled();
}

test.each(["hole", "square"] as const)(
  "a %s that was left out, and is selected again since, is left alone once an operator deselects it in EPU",
  async (what) => {
    const prefix = `used-${what}`;
    const { received, stream } = await told(prefix, { session_duration_min: 100_000 });
    const [path, id] = what === "hole" ? [`/foilholes/${prefix}-h30`, "130"] : [`/gridsquares/${prefix}-s2`, "2"];
    const skipped = (): string[] => (what === "hole" ? skippedHoles(received) : skippedSquares(received));
    const ordered = (): string[] =>
      what === "hole"
        ? instructionsOf(received, "reorder_foilholes").flatMap(({ foilhole_ids }) => foilhole_ids as string[])
        : instructionsOf(received, "reorder_gridsquares").flatMap(({ gridsquare_ids }) => gridsquare_ids as string[]);
    const choose = async (choice: string | null): Promise<void> => {
      await at.settled();
      received.length = 0;
      await at.request("PUT", `${path}/choice`, { choice });
      await at.settled();
    };
    const isPlanned = async (): Promise<boolean> =>
      (await overall(what === "hole" ? `${prefix}-s` : `${prefix}-s2`)).some(
        ({ foilhole_uuid, suggested_acquisition_index }) =>
          (what === "square" || foilhole_uuid === `${prefix}-h30`) && Number(suggested_acquisition_index) > 0,
      );
    // Twice: what was told once says nothing of the next time.
    for (const _ of [1, 2]) {
      await choose("locked");
      await untilTold(skipped, id);
      // EPU still has it as it was, and then does as it was told.
      await written(prefix, what, true);
      await written(prefix, what, false);
      await choose("selected");
      await untilTold(ordered, id);
      await choose(null);
      expect(await isPlanned()).toBe(true);
      await written(prefix, what, true);
    }
    received.length = 0;
    await written(prefix, what, false);
    await untilTold(skipped, id);
    await refresh(prefix);
    expect(await isPlanned()).toBe(false);
    await stream.close();
  },
);

test("what EPU deselects late is ours where it was told to be left out again meanwhile", async () => {
  const { received, stream } = await told("twice", { session_duration_min: 100_000 });
  const choose = async (choice: string | null): Promise<void> => {
    await at.request("PUT", "/foilholes/twice-h30/choice", { choice });
    await at.settled();
  };
  await choose("locked");
  await untilTold(() => skippedHoles(received), "130");
  await written("twice", "hole", false);
  await choose("selected");
  received.length = 0;
  await choose("locked");
  await untilTold(() => skippedHoles(received), "130");
  // Of the release and of the second lock, one after the other.
  await written("twice", "hole", true);
  await written("twice", "hole", false);
  await choose(null);
  expect(
    (await overall("twice-s")).find(({ foilhole_uuid }) => foilhole_uuid === "twice-h30")?.suggested_acquisition_index,
  ).toBeGreaterThan(0);
  await stream.close();
});

test("a deselection that EPU never wrote is none of ours once it has long taken the release", async () => {
  const { received, stream } = await told("never", { session_duration_min: 100_000 });
  const index = async (): Promise<unknown> =>
    (await overall("never-s")).find(({ foilhole_uuid }) => foilhole_uuid === "never-h30")?.suggested_acquisition_index;
  for (const choice of ["locked", "selected"]) {
    received.length = 0;
    await at.request("PUT", "/foilholes/never-h30/choice", { choice });
    await eventually(
      () => instructionsOf(received, "reorder_foilholes").length,
      (n) => n > 0,
    );
    await at.settled();
  }
  await processed("never", received);
  await at.request("PUT", "/foilholes/never-h30/choice", { choice: null });
  await at.settled();
  await written("never", "hole", false);
  expect(await index()).toBeGreaterThan(0);
  await written("never", "hole", true);
  // Once more, and EPU has had the time to write what it had read before.
  for (const choice of ["locked", "selected", null]) {
    received.length = 0;
    await at.request("PUT", "/foilholes/never-h30/choice", { choice });
    await at.settled();
    if (choice === null) break;
    await eventually(
      () => instructionsOf(received, "reorder_foilholes").length,
      (n) => n > 0,
    );
    await processed("never", received);
  }
  await at.rows(
    "update instructions set acknowledged_at = acknowledged_at - interval '11 minutes' where session_id = 'never-session'",
  );
  await written("never", "hole", false);
  expect(await index()).toBe(0);
  await stream.close();
});

test.each(["answered as failed too late", "answered as failed too late by the agent's clock", "never fetched"])(
  "a lock whose instruction is %s is told again without any other cause; what fails in time is not",
  async (how) => {
    const byAgent = how.endsWith("by the agent's clock");
    const prefix = how === "never fetched" ? "again-unfetched" : byAgent ? "again-early" : "again-failed";
    const { received, stream } = await told(prefix, { session_duration_min: 100_000 });
    const instructions = async (): Promise<Row[]> => {
      await at.settled();
      return (await at.request("GET", `/instructions?session_id=${prefix}-session`)).body as Row[];
    };
    const all = await instructions();
    await eventually(
      () => received.length,
      (n) => n === all.length,
    );
    await processed(prefix, received);
    if (how === "never fetched") {
      await disconnected(`${prefix}-session`, stream);
    }
    const lockTold = async (): Promise<Row[]> =>
      (await instructions()).filter(({ payload }) =>
        ((payload as Row).skip_foilhole_ids as string[] | undefined)?.includes("130"),
      );
    await at.request("PUT", `/foilholes/${prefix}-h30/choice`, { choice: "locked" });
    const [lock] = await lockTold();
    const late = `update instructions set expires_at = now() + interval '${byAgent ? 30 : 0} seconds' where instruction_id = $1`;
    if (how === "never fetched") {
      await at.rows(late, [lock?.instruction_id]);
      await sweep(at.backend.pool);
      expect(await lockTold()).toHaveLength(2);
      return;
    }
    await untilTold(() => skippedHoles(received), "130");
    await at.rows(late, [lock?.instruction_id]);
    await processed(prefix, [lock as Row], "failed");
    const second = await lockTold();
    expect(second).toHaveLength(2);
    await eventually(
      () => received.length,
      (n) => n === all.length + 2,
    );
    await processed(prefix, second.slice(1), "failed");
    expect(await lockTold()).toHaveLength(2);
    await stream.close();
  },
);

test("an order that the agent gave up while it was cut off, and that is tried again, is told anew when the agent says so, but once", async () => {
  const { received, stream } = await told("given-up", { session_duration_min: 100_000 });
  await at.settled();
  await processed("given-up", received);
  const lockTold = async (): Promise<Row[]> => {
    await at.settled();
    const { body } = await at.request("GET", "/instructions?session_id=given-up-session");
    return (body as Row[]).filter(({ payload }) =>
      ((payload as Row).skip_foilhole_ids as string[] | undefined)?.includes("130"),
    );
  };
  const givesUp = ({ instruction_id }: Row) =>
    at.request("POST", `/agent/agent/session/given-up-session/instructions/${String(instruction_id)}/ack`, {
      status: "failed",
      given: false,
    });
  await at.request("PUT", "/foilholes/given-up-h30/choice", { choice: "locked" });
  await untilTold(() => skippedHoles(received), "130");
  await cut("given-up-session", stream);
  const [lock] = await lockTold();
  await at.rows(
    `update instructions set created_at = created_at - interval '11 minutes', expires_at = expires_at - interval '11 minutes'
     where instruction_id = $1`,
    [lock?.instruction_id],
  );
  await sweep(at.backend.pool);
  const again = await eventually(lockTold, ([first]) => first?.retry_count === 1);
  expect(again).toMatchObject([{ instruction_id: lock?.instruction_id, status: "pending" }]);
  await givesUp(again[0] as Row);
  const [, anew, ...more] = await lockTold();
  expect([anew?.status, more]).toEqual(["pending", []]);
  // Given up once more, it is refused, as far as anybody can know: that takes its time.
  const next = listen("given-up-session");
  await untilTold(() => skippedHoles(next.received), "130");
  await givesUp(anew as Row);
  await refresh("given-up");
  expect(await lockTold()).toHaveLength(2);
  await next.stream.close();
});

test("what comes to nothing is told again for longer each time, up to two hours, until something else is told", async () => {
  await session("patient");
  await at.request("POST", "/agent/agent/sessions", { session_id: "patient-session", acquisition_uuid: "patient-a" });
  await settings("patient", { mode: "automatic", session_duration_min: 100_000 });
  const minutes = async (): Promise<number[]> => {
    await at.settled();
    const rows = await at.rows<{ minutes: number }>(
      `select distinct (extract(epoch from expires_at - created_at) / 60)::float8 as minutes from instructions
       where session_id = 'patient-session' and status = 'pending'`,
    );
    return rows.map((row) => row.minutes);
  };
  const seen: number[][] = [await minutes()];
  for (let round = 0; round < 5; round += 1) {
    // As if it had been created so much earlier.
    await at.rows(
      `update instructions set created_at = created_at - (expires_at - now()), expires_at = now()
       where session_id = 'patient-session' and status = 'pending'`,
    );
    await sweep(at.backend.pool);
    seen.push(await minutes());
  }
  expect(seen).toEqual([[10], [20], [40], [80], [120], [120]]);
  await at.request("PUT", "/foilholes/patient-h30/choice", { choice: "locked" });
  expect((await minutes()).toSorted((a, b) => a - b)).toEqual([10, 120]);
});

test("what fails for good is told again only after a pause that grows, or when something else is to be told or the agent is another", async () => {
  await session("refused");
  const register = () =>
    at.request("POST", "/agent/agent/sessions", { session_id: "refused-session", acquisition_uuid: "refused-a" });
  await register();
  await settings("refused", { mode: "automatic", session_duration_min: 100_000 });
  const instructions = async (): Promise<Row[]> => {
    await at.settled();
    return (await at.request("GET", "/instructions?session_id=refused-session")).body as Row[];
  };
  /** How many are told by several decisions, each of which Athena refuses. */
  const refuse = async (): Promise<number> => {
    const before = (await instructions()).filter(({ status }) => status !== "pending").length;
    for (let round = 0; round < 3; round += 1) {
      const open = (await instructions()).filter(({ status }) => status === "pending");
      await processed("refused", open, "failed");
      await refresh("refused");
    }
    return (await instructions()).length - before;
  };
  const later = (minutes: number) =>
    at.rows(
      `update instructions set created_at = created_at - make_interval(mins => $1), expires_at = expires_at - make_interval(mins => $1),
         acknowledged_at = acknowledged_at - make_interval(mins => $1) where session_id = 'refused-session'`,
      [minutes],
    );
  const all = await refuse();
  expect(all).toBeGreaterThan(1);
  await later(9);
  expect(await refuse()).toBe(0);
  await later(2);
  expect(await refuse()).toBe(all);
  await later(11);
  expect(await refuse()).toBe(0);
  await later(10);
  expect(await refuse()).toBe(all);
  await at.request("PUT", "/foilholes/refused-h30/choice", { choice: "locked" });
  expect(await refuse()).toBe(1);
  await register();
  expect(await refuse()).toBe(all);
});

test("a plan that there was nobody to tell of is told when the agent is heard of again", async () => {
  const { received, stream } = await told("heard", { session_duration_min: 100_000 });
  await eventually(
    () => received.length,
    (n) => n > 0,
  );
  await at.settled();
  const instructions = async (): Promise<Row[]> => {
    await at.settled();
    return (await at.request("GET", "/instructions?session_id=heard-session")).body as Row[];
  };
  await at.rows("update agent_sessions set status = 'inactive' where session_id = 'heard-session'");
  await at.request("PUT", "/foilholes/heard-h30/choice", { choice: "locked" });
  const before = await instructions();
  expect(skippedHoles(before)).not.toContain("130");
  expect((await at.request("POST", "/agent/agent/session/heard-session/heartbeat", {})).status).toBe(200);
  expect(skippedHoles(await instructions())).toContain("130");
  await stream.close();
});

test("what no agent has carried out does not make an operator's deselection in EPU ours", async () => {
  const { received, stream } = await told("dry", { session_duration_min: 100_000 });
  await at.request("PUT", "/foilholes/dry-h30/choice", { choice: "locked" });
  await untilTold(() => skippedHoles(received), "130");
  await processed("dry", received, "declined");
  await at.request("PUT", "/foilholes/dry-h30/choice", { choice: null });
  await written("dry", "hole", false);
  expect(
    (await overall("dry-s")).find(({ foilhole_uuid }) => foilhole_uuid === "dry-h30")?.suggested_acquisition_index,
  ).toBe(0);
  await stream.close();
});

test.each(["withdrawn", "failed"])(
  "what was %s and never given does not make an operator's deselection in EPU ours; where some of it may have been, it does",
  async (how) => {
    const prefix = `ungiven-${how}`;
    const { received, stream } = await told(prefix, { session_duration_min: 100_000 });
    await at.settled();
    await processed(prefix, received);
    received.length = 0;
    const holes = [30, 32];
    for (const n of holes) await at.request("PUT", `/foilholes/${prefix}-h${n}/choice`, { choice: "locked" });
    for (const n of holes) await untilTold(() => skippedHoles(received), String(100 + n));
    await at.settled();
    // Athena is away: it waits at the agent.
    await processed(prefix, received, "received");
    if (how === "withdrawn") await settings(prefix, { mode: "observe" });
    await at.settled();
    const path = `/agent/agent/session/${prefix}-session/instructions`;
    const answer = { status: "failed", error_message: "Athena was away.", given: false };
    for (const { instruction_id } of received) {
      expect((await at.request("POST", `${path}/${instruction_id}/ack`, answer)).status).toBe(200);
    }
    for (const n of holes) await at.request("PUT", `/foilholes/${prefix}-h${n}/choice`, { choice: null });
    await at.settled();
    await written(prefix, "hole", false);
    await settings(prefix, { mode: "automatic" });
    await refresh(prefix);
    const index = async (n: number): Promise<unknown> =>
      (await overall(`${prefix}-s`)).find(({ foilhole_uuid }) => foilhole_uuid === `${prefix}-h${n}`)
        ?.suggested_acquisition_index;
    expect(await index(30)).toBe(0);
    expect(await index(32)).toBeGreaterThan(0);
    // As an agent answers that says nothing of it.
    await at.rows("update instructions set given = null where session_id = $1", [`${prefix}-session`]);
    await refresh(prefix);
    expect(await index(30)).toBeGreaterThan(0);
    await stream.close();
  },
);

test.each([
  ["failed, before the newer", { status: "failed", given: false }, true],
  ["failed, after the newer", { status: "failed", given: false }, false],
  ["declined, by an agent of before", { status: "declined" }, true],
] as const)(
  "what a replaced order never had left out, the one that took its place has, and that is ours: holes and squares (%s)",
  async (how, answer, answersFirst) => {
    const prefix = `replaced-${how.replace(/\W/g, "")}`;
    const { received, stream } = await told(prefix, { session_duration_min: 100_000 });
    await at.settled();
    await processed(prefix, received);
    const replacedBy = async (choices: readonly string[], skipped: () => string[], id: string): Promise<Row[]> => {
      received.length = 0;
      for (const path of choices) await at.request("PUT", `${path}/choice`, { choice: "locked" });
      await untilTold(skipped, id);
      await at.settled();
      return [...received];
    };
    const hole = (n: number): string => `/foilholes/${prefix}-h${n}`;
    // They wait at the agent, and are told anew with more.
    const waiting = [
      ...(await replacedBy([hole(30)], () => skippedHoles(received), "130")),
      ...(await replacedBy([`/gridsquares/${prefix}-s2`], () => skippedSquares(received), "2")),
    ];
    await processed(prefix, waiting, "received");
    const given = await replacedBy([hole(32)], () => skippedHoles(received), "132");
    const square = { uuid: `${prefix}-s3`, grid_uuid: `${prefix}-g`, gridsquare_id: "3" };
    await at.request("POST", "/ingest", { gridsquares: [square] });
    given.push(...(await replacedBy([`/gridsquares/${prefix}-s3`], () => skippedSquares(received), "3")));
    const statuses = await statusesOf(waiting.map(({ instruction_id }) => instruction_id));
    const replaced = waiting.filter((_, n) => statuses[n] === "cancelled");
    expect(replaced.map(({ instruction_type }) => instruction_type)).toEqual(
      expect.arrayContaining(["microscope.control.reorder_foilholes", "microscope.control.skip_gridsquares"]),
    );
    const answered = async (): Promise<void> => {
      const path = `/agent/agent/session/${prefix}-session/instructions`;
      for (const { instruction_id } of replaced)
        expect((await at.request("POST", `${path}/${String(instruction_id)}/ack`, answer)).status).toBe(200);
    };
    if (answersFirst) await answered();
    await processed(prefix, given);
    if (!answersFirst) await answered();
    for (const what of ["hole", "square"] as const) await written(prefix, what, false);
    for (const path of [hole(30), `/gridsquares/${prefix}-s2`])
      await at.request("PUT", `${path}/choice`, { choice: null });
    await at.settled();
    await refresh(prefix);
    const planned = [...(await overall(`${prefix}-s`)), ...(await overall(`${prefix}-s2`))].filter(
      ({ suggested_acquisition_index }) => Number(suggested_acquisition_index) > 0,
    );
    expect(planned.map(({ foilhole_uuid }) => foilhole_uuid)).toEqual(
      expect.arrayContaining([`${prefix}-h30`, `${prefix}-k10`]),
    );
    await stream.close();
  },
);

test("a plan's skips that were replaced while they waited are ours by the order that was given, also after they are taken back", async () => {
  const { received, stream } = await told("relay", { session_duration_min: 15, max_skip_share_of_square: 1 });
  await at.settled();
  const first = [...received];
  const skipped = skippedHoles(first).filter((id) => Number(id) < 500);
  expect(skipped.length).toBeGreaterThan(5);
  await processed("relay", first, "received");
  received.length = 0;
  await at.request("PUT", "/foilholes/relay-h4/choice", { choice: "locked" });
  await untilTold(() => skippedHoles(received), "104");
  await at.settled();
  await processed("relay", received);
  const write = (selected: boolean) =>
    at.request("POST", "/ingest", {
      foilholes: skipped.map((id) => ({
        uuid: `relay-h${Number(id) - 100}`,
        gridsquare_uuid: "relay-s",
        gridsquare_id: "1",
        foilhole_id: id,
        selected,
      })),
    });
  await write(false);
  const all = { session_duration_min: 100_000, max_skip_share_of_square: 0, min_results: 100 };
  await settings("relay", all);
  await at.settled();
  // By now the last plan leaves none of them out any more; EPU has not written it back yet.
  const statuses = await statusesOf(first.map(({ instruction_id }) => instruction_id));
  const replaced = first.filter((_, n) => statuses[n] === "cancelled");
  expect(replaced).not.toEqual([]);
  const path = "/agent/agent/session/relay-session/instructions";
  for (const { instruction_id } of replaced)
    await at.request("POST", `${path}/${String(instruction_id)}/ack`, { status: "failed", given: false });
  await refresh("relay");
  const planned = (await overall("relay-s")).filter(
    ({ suggested_acquisition_index }) => Number(suggested_acquisition_index) > 0,
  );
  expect(planned.map(({ foilhole_uuid }) => foilhole_uuid)).toEqual(
    expect.arrayContaining(skipped.map((id) => `relay-h${Number(id) - 100}`)),
  );
  await stream.close();
});

test("what was told before deselections were remembered apart counts as ours, from the newer schema back and forth again", async () => {
  await session("schema");
  await at.rows(
    `insert into agent_sessions (session_id, agent_id, acquisition_uuid) values ('schema-session', 'agent', 'schema-a')`,
  );
  await at.rows(
    `insert into instructions (instruction_id, session_id, agent_id, instruction_type, payload)
     values ('schema-told', 'schema-session', 'agent', 'microscope.control.reorder_foilholes', '{}')`,
  );
  // The first hole was skipped before and is not now, the second is; of the third EPU's own deselection was told.
  await at.rows(
    `insert into told_plans (grid_uuid, target, content, instruction_id, told_at) values
       ('schema-g', 'schema-s', '{"order": ["110"], "skip": ["111", "112"], "deselected": ["110", "111", "nobody"]}', 'schema-told', now()),
       ('schema-g', 'skip', '{"order": [], "skip": ["2"]}', 'schema-told', now())`,
  );
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: at.backend.pool }) });
  await tellingsMigration.down(database);
  await deselectionsMigration.down(database);
  await deselectionsMigration.up(database);
  await tellingsMigration.up(database);
  expect(
    await at.rows("select entity_uuid, told_by, released_by from deselections where grid_uuid = 'schema-g' order by 1"),
  ).toEqual([
    { entity_uuid: "schema-h10", told_by: null, released_by: "schema-told" },
    { entity_uuid: "schema-h11", told_by: null, released_by: null },
    { entity_uuid: "schema-s2", told_by: null, released_by: null },
  ]);
  // Of those that one order alone was remembered with, the plan that was told last says so, too.
  await tellingsMigration.down(database);
  await at.rows("update deselections set instruction_id = 'schema-first' where grid_uuid = 'schema-g'");
  await tellingsMigration.up(database);
  expect(
    await at.rows("select entity_uuid, told_by from deselections where grid_uuid = 'schema-g' order by 1"),
  ).toEqual([
    { entity_uuid: "schema-h10", told_by: ["schema-first"] },
    { entity_uuid: "schema-h11", told_by: ["schema-first", "schema-told"] },
    { entity_uuid: "schema-s2", told_by: ["schema-first", "schema-told"] },
  ]);
  for (const n of [10, 11, 12]) await at.request("PUT", `/foilholes/schema-h${n}`, { selected: false });
  await at.settled();
  expect(
    (await overall("schema-s"))
      .filter(({ foilhole_uuid }) => ["schema-h10", "schema-h11", "schema-h12"].includes(String(foilhole_uuid)))
      .map(({ suggested_acquisition_index }) => Number(suggested_acquisition_index) > 0),
  ).toEqual([true, true, false]);
});

test.each(["declined", "received", "sent"])(
  "what the agent of another machine had only %s is told to the one that has taken its place, locks included",
  async (state) => {
    const prefix = `place-${state}`;
    const { received, stream } = await told(prefix, { session_duration_min: 100_000 });
    await at.request("PUT", `/foilholes/${prefix}-h30/choice`, { choice: "locked" });
    await untilTold(() => skippedHoles(received), "130");
    await at.settled();
    if (state !== "sent") await processed(prefix, received, state);
    await refresh(prefix);
    await disconnected(`${prefix}-session`, stream);
    await at.request("POST", "/agent/other/sessions", {
      session_id: `${prefix}-other`,
      acquisition_uuid: `${prefix}-a`,
    });
    const other = await listening(`${prefix}-other`, "other");
    await at.settled();
    const instructions = (await at.request("GET", `/instructions?session_id=${prefix}-other`)).body as Row[];
    expect(instructionsOf(instructions, "reorder_gridsquares")).toHaveLength(1);
    expect(skippedHoles(instructions)).toContain("130");
    await other.stream.close();
  },
);

test("what the microscope has taken is not told again to the agent of another machine; what one has never answered is, to itself", async () => {
  const { received, stream } = await told("taken", { session_duration_min: 100_000 });
  await at.settled();
  const names = async (session: string): Promise<unknown[]> => {
    await at.settled();
    const { body } = await at.request("GET", `/instructions?session_id=${session}`);
    return (body as Row[]).map(({ instruction_type }) => instruction_type);
  };
  const all = await names("taken-session");
  await eventually(
    () => received.length,
    (n) => n === all.length,
  );
  const [one, ...others] = received as [Row, ...Row[]];
  await processed("taken", others);
  await processed("taken", [one], "received");
  await refresh("taken");
  expect(await names("taken-session")).toHaveLength(all.length);
  await at.rows("update instructions set expires_at = now() where instruction_id = $1", [one.instruction_id]);
  await refresh("taken");
  expect(await names("taken-session")).toEqual([...all, one.instruction_type]);
  await disconnected("taken-session", stream);
  await at.request("POST", "/agent/other/sessions", { session_id: "taken-other", acquisition_uuid: "taken-a" });
  const other = await listening("taken-other", "other");
  expect(await names("taken-other")).toEqual([one.instruction_type]);
  await other.stream.close();
});

test("what was sent to an agent whose network was cut does not come to it after another one was told something else", async () => {
  const { received, stream } = await told("cut", { session_duration_min: 100_000 });
  await at.settled();
  await processed("cut", received);
  await at.request("PUT", "/foilholes/cut-h30/choice", { choice: "locked" });
  await untilTold(() => skippedHoles(received), "130");
  await at.settled();
  const lock = received.at(-1);
  await disconnected("cut-session", stream);
  await at.request("POST", "/agent/other/sessions", { session_id: "cut-other", acquisition_uuid: "cut-a" });
  const other = await listening("cut-other", "other");
  await at.settled();
  const instructions = async (): Promise<Row[]> =>
    (await at.request("GET", "/instructions?session_id=cut-other")).body as Row[];
  expect(skippedHoles(await instructions())).toContain("130");
  expect(await statusesOf([lock?.instruction_id])).toEqual(["cancelled"]);
  await at.request("PUT", "/foilholes/cut-h30/choice", { choice: null });
  await at.settled();
  const again = listen("cut-session");
  await at.request("POST", "/agent/agent/sessions/cut-session/instructions", {
    instruction_type: "agent.status.request",
  });
  await eventually(
    () => again.received.length,
    (n) => n > 0,
  );
  expect(again.received.map(({ instruction_type }) => instruction_type)).toEqual(["agent.status.request"]);
  await other.stream.close();
  await again.stream.close();
});

/**
 * A session of two agents that listen, the second of which has registered last, before the microscope is told anything.
 *
 * @param modes what they say of themselves; missing: nothing, as agents of before
 */
async function twoAgents(prefix: string, modes: Readonly<Record<string, string>> = {}) {
  await session(prefix);
  const streams = new Map<string, FollowedEvents>();
  const listenAgain = async (agent: string): Promise<void> => {
    streams.set(agent, (await listening(`${prefix}-${agent}`, agent)).stream);
  };
  for (const agent of ["agent", "other"]) {
    const control_mode = modes[agent];
    await at.request("POST", `/agent/${agent}/sessions`, {
      session_id: `${prefix}-${agent}`,
      acquisition_uuid: `${prefix}-a`,
      experimental_parameters: {
        agent_version: "1",
        ...(control_mode === undefined ? {} : { control: "athena", control_mode }),
      },
    });
    await listenAgain(agent);
  }
  await settings(prefix, { mode: "automatic", session_duration_min: 100_000 });
  const told = async (agent: string): Promise<Row[]> => {
    await at.settled();
    return (await at.request("GET", `/instructions?session_id=${prefix}-${agent}`)).body as Row[];
  };
  const answer = async (agent: string, which: (instruction: Row) => boolean, answer: Row): Promise<void> => {
    for (const { instruction_id } of (await told(agent)).filter(which)) {
      const path = `/agent/${agent}/session/${prefix}-${agent}/instructions/${String(instruction_id)}/ack`;
      expect((await at.request("POST", path, answer)).status).toBe(200);
    }
  };
  return {
    told,
    counts: async () => [(await told("agent")).length, (await told("other")).length],
    /** Of what it has not answered. */
    answer: (agent: string, status: string): Promise<void> =>
      answer(agent, (one) => one.status === "pending" || one.status === "sent", { status }),
    /** Of what it has received. */
    answerLater: (agent: string, status: string): Promise<void> =>
      answer(agent, (one) => one.status === "acknowledged" && one.ack_status === "received", {
        status,
        ...(status === "processed" ? {} : { given: false }),
      }),
    /** Of what was withdrawn. */
    answerWithdrawn: (agent: string, status: string): Promise<void> =>
      answer(agent, (one) => one.status === "cancelled", { status, given: false }),
    /** What it has received has expired there. */
    expire: async (agent: string): Promise<void> => {
      await told(agent);
      await at.rows(
        `update instructions set created_at = created_at - interval '3 hours', expires_at = expires_at - interval '3 hours'
         where session_id = $1 and ack_status = 'received' and status = 'acknowledged'`,
        [`${prefix}-${agent}`],
      );
    },
    lock: (n: number) => at.request("PUT", `/foilholes/${prefix}-h${n}/choice`, { choice: "locked" }),
    /** As the agent's heartbeat does. */
    heardOf: (agent: string) =>
      at.rows("update agent_sessions set last_activity_at = clock_timestamp() where session_id = $1", [
        `${prefix}-${agent}`,
      ]),
    cut: (agent: string) => cut(`${prefix}-${agent}`, streams.get(agent) as FollowedEvents),
    disconnect: (agent: string) => disconnected(`${prefix}-${agent}`, streams.get(agent) as FollowedEvents),
    listenAgain,
    close: () => Promise.all([...streams.values()].map((stream) => stream.close())),
  };
}

test("of two agents of an acquisition the same is told as long as it listens, whichever was heard of last", async () => {
  const { told, counts, answer, heardOf, disconnect, listenAgain, close } = await twoAgents("pair");
  const [none, all = 0] = await counts();
  expect([none, all > 0]).toEqual([0, true]);
  await answer("other", "received");
  for (const agent of ["agent", "other", "agent"]) {
    await heardOf(agent);
    await refresh("pair");
    expect(await counts()).toEqual([0, all]);
  }
  // Without any other cause.
  await disconnect("other");
  await eventually(counts, ([first]) => first === all);
  expect(new Set((await told("other")).map(({ status }) => status))).toEqual(new Set(["cancelled"]));
  await listenAgain("other");
  await answer("agent", "received");
  await heardOf("other");
  await refresh("pair");
  expect(await counts()).toEqual([all, all]);
  await close();
});

test("an agent that only tries is passed over for one that carries out orders; where both only try, neither is told again", async () => {
  const { counts, answer, heardOf, close } = await twoAgents("tries");
  const [, all] = await counts();
  await answer("other", "declined");
  await heardOf("other");
  await refresh("tries");
  expect(await counts()).toEqual([all, all]);
  await answer("agent", "declined");
  for (const agent of ["other", "agent", "other"]) {
    await heardOf(agent);
    await refresh("tries");
    expect(await counts()).toEqual([all, all]);
  }
  await close();
});

test.each(["processed", "declined"])(
  "what one agent never gave and the other has %s is ours as far as it may have been given",
  async (status) => {
    const prefix = `across-${status}`;
    const { answer, answerLater, answerWithdrawn, lock, disconnect, close } = await twoAgents(prefix);
    await answer("other", "processed");
    await lock(30);
    await answer("other", "received");
    await disconnect("other");
    await answer("agent", "received");
    await answerLater("agent", status);
    await answerWithdrawn("other", "failed");
    await written(prefix, "hole", false);
    await at.request("PUT", `/foilholes/${prefix}-h30/choice`, { choice: null });
    await at.settled();
    await refresh(prefix);
    const hole = (await overall(`${prefix}-s`)).find(({ foilhole_uuid }) => foilhole_uuid === `${prefix}-h30`);
    expect(Number(hole?.suggested_acquisition_index) > 0).toBe(status === "processed");
    await close();
  },
);

test.each(["automatic", "dry-run"])(
  "a proxy that cuts the stream of an agent each minute hands nothing to another one that listens (%s)",
  async (mode) => {
    const prefix = `proxy-${mode}`;
    const { told, counts, answer, lock, cut, listenAgain, close } = await twoAgents(prefix, {
      agent: mode,
      other: "semi-automatic",
    });
    await answer("other", "processed");
    await lock(30);
    await answer("other", "received");
    const [, all] = await counts();
    for (let minute = 0; minute < 3; minute += 1) {
      await cut("other");
      await refresh(prefix);
      await listenAgain("other");
      await refresh(prefix);
      expect(await counts()).toEqual([0, all]);
    }
    // Nor where it is closed because no heartbeat has come: the agent has a new one in a moment.
    await at.rows(
      "update agent_connections set last_heartbeat_at = now() - interval '3 minutes' where session_id = $1 and closed_at is null",
      [`${prefix}-other`],
    );
    await eventually(
      () =>
        at.rows("select from agent_connections where session_id = $1 and close_reason = 'stale'", [`${prefix}-other`]),
      (stale) => stale.length === 1,
    );
    await refresh(prefix);
    await listenAgain("other");
    expect(await counts()).toEqual([0, all]);
    // What is new meanwhile waits for it.
    await cut("other");
    await lock(32);
    expect(await counts()).toEqual([0, Number(all) + 1]);
    await listenAgain("other");
    await eventually(
      () => told("other"),
      (seen) => seen.at(-1)?.status === "sent",
    );
    await close();
  },
);

test.each([
  ["is back first", "agent"],
  ["is back last", "other"],
])("an outage that all agents share hands nothing over: the one that is not told %s", async (_, first) => {
  const prefix = `outage-${first}`;
  const { told, counts, answer, lock, cut, listenAgain, close } = await twoAgents(prefix);
  await answer("other", "processed");
  await lock(30);
  await answer("other", "received");
  const [, all = 0] = await counts();
  await cut("other");
  await cut("agent");
  await age(`${prefix}-other`, 180);
  await closeSilent(at.backend.pool);
  for (const agent of [first, first === "agent" ? "other" : "agent"]) {
    await listenAgain(agent);
    await closeSilent(at.backend.pool);
    await refresh(prefix);
    expect(await counts()).toEqual([0, all]);
  }
  expect((await told("other")).at(-1)).toMatchObject({ status: "acknowledged", ack_status: "received" });
  await close();
});

test("who does not come back after an outage that all agents shared is away once another one has listened for two minutes, also over a proxy that cuts it", async () => {
  const prefix = "outage-longer";
  const { counts, answer, lock, cut, listenAgain, close } = await twoAgents(prefix);
  await answer("other", "processed");
  await lock(30);
  const [, all = 0] = await counts();
  await cut("other");
  await cut("agent");
  await age(`${prefix}-other`, 180);
  await listenAgain("agent");
  await age(`${prefix}-other`, 60);
  await cut("agent");
  await listenAgain("agent");
  await closeSilent(at.backend.pool);
  expect(await counts()).toEqual([0, all]);
  await age(`${prefix}-other`, 100);
  await eventually(counts, ([seen]) => Number(seen) > 0);
  await close();
});

test("an agent that connects in the moment in which it is found to be away gets its steering back at once", async () => {
  const prefix = "moment";
  const { counts, answer, lock, cut, listenAgain, close } = await twoAgents(prefix);
  await answer("other", "processed");
  await lock(30);
  const [, all = 0] = await counts();
  await cut("other");
  const connection = await at.backend.pool.connect();
  let back: Promise<void>;
  try {
    await connection.query("begin");
    await connection.query("select from agent_sessions where session_id = $1 for update", [`${prefix}-other`]);
    back = listenAgain("other");
    await eventually(
      () =>
        at.rows(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'update agent_sessions%'",
        ),
      (waiting) => waiting.length === 1,
    );
    await age(`${prefix}-other`, 121);
    await eventually(counts, ([seen]) => seen === 1);
  } finally {
    await connection.query("rollback");
    connection.release();
  }
  await back;
  await eventually(counts, ([, seen]) => seen === all + 1);
  await close();
});

test.each(["waits for Athena", "has failed"])(
  "an agent that carries out orders gets its steering back when it listens again after hours: what the other one has %s",
  async (how) => {
    const prefix = `back-${how.replace(/\W/g, "")}`;
    const { told, counts, answer, answerLater, expire, lock, disconnect, cut, listenAgain, close } = await twoAgents(
      prefix,
      { agent: "automatic", other: "automatic" },
    );
    await answer("other", "processed");
    const [, all = 0] = await counts();
    await disconnect("other");
    await lock(30);
    expect(await counts()).toEqual([1, all]);
    await answer("agent", "received");
    if (how === "has failed") {
      await expire("agent");
      await answerLater("agent", "failed");
      await answer("agent", "received");
    }
    const [failing = 0] = await counts();
    expect(failing).toBe(how === "has failed" ? 2 : 1);
    // Without any other cause.
    await listenAgain("other");
    await eventually(counts, ([, seen]) => seen === all + 1);
    expect((await told("agent")).at(-1)?.status).toBe("cancelled");
    await answer("other", "processed");
    await lock(32);
    await cut("other");
    await lock(34);
    expect((await counts())[0]).toBe(failing);
    await close();
  },
);

test.each([{ other: "semi-automatic", agent: "dry-run" }, { other: "semi-automatic", agent: "automatic" }, {}])(
  "a person at the microscope keeps the orders that wait for an approval, whatever becomes of earlier ones (%o)",
  async (modes: Record<string, string>) => {
    const prefix = `person-${modes.agent ?? "before"}`;
    const { counts, answer, answerLater, answerWithdrawn, expire, lock, disconnect, told, close } = await twoAgents(
      prefix,
      modes,
    );
    await answer("other", "received");
    const tellsTheOther = async (): Promise<void> => {
      await refresh(prefix);
      expect((await counts())[0]).toBe(0);
      await answer("other", "received");
    };
    await lock(30);
    await answer("other", "received");
    await answerWithdrawn("other", "declined");
    await tellsTheOther();
    await lock(32);
    await tellsTheOther();
    // By its answers alone, an agent of before that declines can't be told from one that only tries.
    if (modes.agent !== undefined) {
      await answerLater("other", "declined");
      await lock(34);
      await tellsTheOther();
    }
    await answerLater("other", "processed");
    await lock(36);
    await answer("other", "received");
    await expire("other");
    await answerLater("other", "failed");
    await tellsTheOther();
    if (modes.agent === "dry-run") {
      await disconnect("other");
      await lock(38);
      await refresh(prefix);
      expect((await counts())[0]).toBe(0);
      expect((await told("other")).at(-1)?.status).toBe("pending");
    }
    await close();
  },
);

test("where orders of both agents come to nothing, the one that has carried out some is told", async () => {
  const { told, counts, answer, answerLater, expire, lock, disconnect, listenAgain, close } = await twoAgents("bad");
  const fails = async (agent: string): Promise<void> => {
    await answer(agent, "received");
    await expire(agent);
    await answerLater(agent, "failed");
    await refresh("bad");
  };
  await answer("other", "processed");
  await lock(30);
  await fails("other");
  await disconnect("other");
  await fails("agent");
  const [failed, before = 0] = await counts();
  expect(Number(failed)).toBeGreaterThan(0);
  await listenAgain("other");
  for (const round of [1, 2, 3]) {
    expect(await counts()).toEqual([failed, before + round]);
    expect((await told("agent")).at(-1)?.status).toBe("cancelled");
    await fails("other");
  }
  await close();
});

test("an agent says anew at each start whether it carries out orders", async () => {
  const { counts, close } = await twoAgents("mode", { other: "dry-run" });
  const [all, none] = await counts();
  expect([Number(all) > 0, none]).toEqual([true, 0]);
  const register = (agent: string, experimental_parameters: Row) =>
    at.request("POST", `/agent/${agent}/sessions`, { session_id: `mode-${agent}`, experimental_parameters });
  await register("other", { agent_version: "2", control: "athena", control_mode: "automatic" });
  await register("agent", { agent_version: "2", control: "none", control_mode: "automatic" });
  await refresh("mode");
  expect(await counts()).toEqual([all, all]);
  // One of before, that says nothing of it.
  await register("agent", { agent_version: "0" });
  expect(
    await at.rows("select experimental_parameters as said from agent_sessions where session_id = 'mode-agent'"),
  ).toEqual([{ said: { agent_version: "0" } }]);
  await close();
});

test("a square is done when every hole of it is imaged or out: near a bar, locked, or deselected in EPU", async () => {
  const { foilholes, micrographs, ...rest } = smallSession("done", 5, 2);
  await at.request("POST", "/ingest", {
    ...rest,
    gridsquares: [...rest.gridsquares, { uuid: "done-s2", grid_uuid: "done-g", gridsquare_id: "2", selected: false }],
    foilholes: foilholes.map((one, n) => ({
      ...one,
      is_near_grid_bar: n === 2,
      ...(n === 3 ? { selected: false } : {}),
    })),
    micrographs,
  });
  await at.request("PUT", "/foilholes/done-h4/choice", { choice: "locked" });
  await at.settled();
  expect((await at.request("GET", "/gridsquares/done-s")).body).toMatchObject({
    status: "foil holes decision completed",
  });
  // The other square EPU has not looked at and is not going to.
  expect((await at.request("GET", "/grids/done-g")).body).toMatchObject({ status: "grid squares decision completed" });
});

test("a session whose end nobody has told is steered also after a day; one whose end was told is not, after that", async () => {
  await session("long");
  await at.request("POST", "/agent/agent/sessions", { session_id: "long-session", acquisition_uuid: "long-a" });
  /** Newest first. */
  const outcomes = async (): Promise<unknown[]> => {
    await at.settled();
    return ((await at.request("GET", "/grids/long-g/decisions")).body as { summary: Row }[]).map(
      ({ summary }) => summary.outcome,
    );
  };
  await at.request("PUT", "/micrographs/long-m2", { acquisition_datetime: "2026-01-02T09:00:00Z" });
  await settings("long", { mode: "automatic" });
  expect(await outcomes()).toContain("told");
  await at.request("PUT", "/acquisitions/long-a", { planned_end_time: "2026-01-02T08:00:00Z" });
  await refresh("long");
  expect((await outcomes())[0]).toBe("over");
});

test("what is approved leaves out a square that was locked meanwhile", async () => {
  const { pending, received, stream } = await proposed("shut");
  await at.rows("insert into operator_choices (entity_uuid, grid_uuid, choice) values ('shut-s', 'shut-g', 'locked')");
  expect(await approve("shut", pending)).toBe(200);
  await untilTold(() => skippedSquares(received), "1");
  expect(instructionsOf(received, "reorder_gridsquares").flatMap(({ gridsquare_ids }) => gridsquare_ids)).not.toContain(
    "1",
  );
  await stream.close();
});

test("an operator's locks and wishes always win", async () => {
  await session("choice");
  expect((await at.request("PUT", "/foilholes/choice-h4/choice", { choice: "locked" })).status).toBe(200);
  await at.request("PUT", "/foilholes/choice-h39/choice", { choice: "selected" });
  await at.request("PUT", "/gridsquares/choice-s2/choice", { choice: "locked" });
  await at.settled();
  const rows = await overall("choice-s");
  const index = (uuid: string): unknown =>
    rows.find(({ foilhole_uuid }) => foilhole_uuid === uuid)?.suggested_acquisition_index;
  expect(index("choice-h4")).toBe(0);
  expect(index("choice-h39")).toBe(1);
  expect(
    (await overall("choice-s2")).every(({ suggested_acquisition_index }) => suggested_acquisition_index === 0),
  ).toBe(true);
  expect((await at.request("GET", "/grids/choice-g/choices")).body).toHaveLength(3);
  await at.request("PUT", "/foilholes/choice-h4/choice", { choice: null });
  await at.settled();
  expect(
    (await overall("choice-s")).find(({ foilhole_uuid }) => foilhole_uuid === "choice-h4")?.suggested_acquisition_index,
  ).toBeGreaterThan(0);
});

test("a choice about many squares and holes counts for those of that grid, and can be taken back together", async () => {
  await session("many");
  const choose = async (body: unknown): Promise<unknown> =>
    (await at.request("PUT", "/grids/many-g/choices", body)).body;
  const foilhole_uuids = ["many-h4", "many-h5", "many-h6"];
  expect(
    await choose({ choice: "locked", foilhole_uuids: [...foilhole_uuids, "nobody"], gridsquare_uuids: ["many-s2"] }),
  ).toEqual({ changed: 4 });
  await at.settled();
  const rows = await overall("many-s");
  for (const uuid of foilhole_uuids)
    expect(rows.find(({ foilhole_uuid }) => foilhole_uuid === uuid)?.suggested_acquisition_index).toBe(0);
  expect(await choose({ choice: null, foilhole_uuids })).toEqual({ changed: 3 });
  expect((await at.request("GET", "/grids/many-g/choices")).body).toMatchObject([
    { entity_uuid: "many-s2", choice: "locked" },
  ]);
  expect((await at.request("PUT", "/grids/many-g/choices", { choice: "eaten" })).status).toBe(422);
  // Another name of a hole that is known.
  const alias = { ...smallSession("many", 1).foilholes[0], uuid: "many-alias" };
  await at.request("POST", "/ingest", { foilholes: [alias] });
  expect(await choose({ choice: "locked", foilhole_uuids: ["many-alias"] })).toEqual({ changed: 1 });
  expect((await at.request("GET", "/grids/many-g/choices")).body).toContainEqual(
    expect.objectContaining({ entity_uuid: "many-h0", choice: "locked" }),
  );
});

/** A group of holes and what a model says of it. */
const grouped = (prefix: string, group_uuid: string, holes: readonly number[], model: string, value: number) => [
  {
    event_type: "foilhole.group_create",
    grid_uuid: `${prefix}-g`,
    group_uuid,
    foilhole_uuids: holes.map((n) => `${prefix}-h${n}`),
  },
  {
    event_type: "foilhole.group_model_prediction",
    group_uuid,
    prediction_model_name: model,
    prediction_value: value,
  },
];
const FIRST = Array.from({ length: HOLES / 2 }, (_, n) => n);
const SECOND = FIRST.map((n) => n + HOLES / 2);

test("groups of several pipelines may share holes: the plan goes by the predictions of all", async () => {
  await at.request("POST", "/ingest", smallSession("pipelines", HOLES, 0));
  await at.request("POST", "/events", [
    ...grouped("pipelines", "pipelines-A1", FIRST, "modelA", 0.8),
    ...grouped("pipelines", "pipelines-A2", SECOND, "modelA", 0.3),
    ...grouped("pipelines", "pipelines-B1", FIRST, "modelB", 0.7),
    ...grouped("pipelines", "pipelines-B2", SECOND, "modelB", 0.2),
  ]);
  await at.settled();
  const { body } = await at.request("GET", "/grids/pipelines-g/plan");
  const { summary } = (body as { decision: { summary: { warnings: unknown; models: Row[] } } }).decision;
  expect(summary.warnings).toEqual([]);
  expect(summary.models.map(({ name }) => name)).toEqual(["modelA", "modelB"]);
});

test.each([
  ["before", "a"],
  ["after", "z"],
])(
  "of the groups that a pipeline makes anew the newest prediction counts, also where its name comes %s",
  async (when, letter) => {
    const prefix = `anew-${when}`;
    await at.request("POST", "/ingest", smallSession(prefix, HOLES, 0));
    await at.request("POST", "/events", [
      ...grouped(prefix, `${prefix}-m1`, FIRST, "model", 0.1),
      ...grouped(prefix, `${prefix}-m2`, SECOND, "model", 0.9),
    ]);
    await at.request("POST", "/events", [
      ...grouped(prefix, `${prefix}-${letter}1`, FIRST, "model", 0.9),
      ...grouped(prefix, `${prefix}-${letter}2`, SECOND, "model", 0.1),
    ]);
    await at.settled();
    const rows = await overall(`${prefix}-s`);
    const value = (n: number): number =>
      rows.find(({ foilhole_uuid }) => foilhole_uuid === `${prefix}-h${n}`)?.value as number;
    expect(value(0)).toBeGreaterThan(value(HOLES - 1));
  },
);

test("a grid without holes has no plan but no error; constant and missing predictions neither", async () => {
  await at.request("POST", "/ingest", { ...smallSession("empty", 0), micrographs: [], foilholes: [] });
  await at.settled();
  expect((await at.request("GET", "/grids/empty-g/plan")).status).toBe(200);
  await at.request("POST", "/ingest", smallSession("bare", 5));
  await at.request(
    "POST",
    "/events",
    Array.from({ length: 5 }, (_, n) => prediction(`bare-h${n}`, 0.5)),
  );
  await at.settled();
  expect(await overall("bare-s")).toHaveLength(5);
});

test("a report says what was collected, what the plan would have collected and what was possible", async () => {
  await session("report");
  const { status, body } = await at.request("GET", "/grids/report-g/decisions/report");
  expect(status).toBe(200);
  const report = body as Record<"collected" | "planned" | "optimum", { mean: number; low: number; high: number }> & Row;
  expect(report).toMatchObject({ grid_uuid: "report-g", imaged_holes: 3, holes_with_results: 3 });
  expect(report.limits).toEqual(
    ((await at.request("GET", "/acquisitions/report-a/decision_settings")).body as Row).limits,
  );
  expect(report.collected).toEqual({ mean: 2, low: 2, high: 2 });
  expect(report.optimum.mean).toBeGreaterThanOrEqual(report.planned.mean);
  expect((report.explanation as string[])[0]).toContain("2 good micrographs from 3 holes");
  expect((await at.request("GET", "/grids/nobody/decisions/report")).status).toBe(404);
});

test("predictions that make no sense, and floods of contradictory ones, leave a plan of every hole", async () => {
  await session("odd");
  const before = (await at.rows<{ n: number }>("select count(*) as n from inbox where status = 'dead'"))[0]?.n ?? 0;
  const { status } = await at.request("POST", "/events", [
    ...[-0.5, 1.5, 1e300].map((value) => prediction("odd-h5", value)),
    prediction("nobody-h1", 0.5),
    ...Array.from({ length: 500 }, (_, n) => prediction(`odd-h${n % HOLES}`, n % 2)),
    { ...prediction("odd-h6", 0.7), prediction_model_name: "never registered" },
  ]);
  expect(status).toBeLessThan(500);
  await at.settled();
  const rows = await overall("odd-s");
  expect(rows).toHaveLength(HOLES);
  expect(rows.every(({ value }) => typeof value === "number" && value >= 0 && value <= 1)).toBe(true);
  const dead = await at.rows<{ n: number }>("select count(*) as n from inbox where status = 'dead'");
  expect(dead[0]?.n).toBeGreaterThanOrEqual(before);
});

test("settings that the engine could not work with are refused", async () => {
  await session("strict");
  for (const change of [{ hysteresis: 2 }, { exploration: -1 }, { diversity: 1.1 }, { costs_min: { hole: 0 } }])
    expect((await settings("strict", change)).status, JSON.stringify(change)).toBe(422);
  // Costs out of order are put in order by the estimate: what is farther never takes less.
  expect((await settings("strict", { costs_min: { hole: 5, cluster: 1 } })).status).toBe(200);
  await at.settled();
  expect((await overall("strict-s")).length).toBe(HOLES);
});

test("a grid that cannot be decided on keeps no other waiting, and is decided on once it can be", async () => {
  await session("broken");
  const decisions = async (prefix: string): Promise<number> =>
    ((await at.request("GET", `/grids/${prefix}-g/decisions`)).body as Row[]).length;
  const before = await decisions("broken");
  await at.rows(
    `insert into decision_settings (acquisition_uuid, settings) values ('broken-a', '{"exploration": -1}')
     on conflict (acquisition_uuid) do update set settings = excluded.settings`,
  );
  await at.request("POST", "/events", { event_type: "refresh.predictions", grid_uuid: "broken-g" });
  await eventually(
    () =>
      at.rows<{ late: boolean }>(
        "select not_before > now() as late from decision_requests where grid_uuid = 'broken-g'",
      ),
    ([request]) => request?.late === true,
  );
  await at.request("POST", "/ingest", smallSession("sound", 5));
  await eventually(
    () => decisions("sound"),
    (n) => n > 0,
  );
  expect(await decisions("broken")).toBe(before);
  expect((await at.request("GET", "/metrics")).body).toMatch(/^smartem_decisions_failed_total [1-9]/m);
  await settings("broken", { exploration: 0.1 });
  await at.settled();
  expect(await decisions("broken")).toBe(before + 1);
});

test("a result for a hole that was never planned, and micrographs out of order in time, are taken as they are", async () => {
  await session("late");
  await settings("late", { limits: { ctfmaxresolution: 6 } });
  const base = smallSession("late", HOLES, 3);
  const [first] = base.micrographs as Row[];
  await at.request("PUT", "/foilholes/late-h20/choice", { choice: "locked" });
  await at.request("POST", "/ingest", {
    micrographs: [
      {
        ...first,
        uuid: "late-never",
        micrograph_id: "late-never",
        foilhole_uuid: "late-h20",
        foilhole_id: "120",
        manifest_file: "FoilHole_120_Data_1_1_19990101_000000.xml",
        acquisition_datetime: "1999-01-01T00:00:00Z",
      },
    ],
  });
  await at.request("POST", "/events", [
    { event_type: "ctf.completed", micrograph_uuid: "late-never", ctf_max_resolution_estimate: 4 },
  ]);
  await eventually(
    async () =>
      ((await at.request("GET", "/grids/late-g/plan")).body as { decision: { summary: Row } }).decision.summary.results,
    (results) => results === 4,
  );
  const rows = await overall("late-s");
  expect(rows.find(({ foilhole_uuid }) => foilhole_uuid === "late-h20")?.suggested_acquisition_index).toBe(0);
});

test("squares that are deleted while their grid is decided on: the decision is made on what is left", async () => {
  await session("deleted");
  const client = await at.backend.pool.connect();
  try {
    await client.query("begin");
    await client.query("delete from gridsquares where uuid = 'deleted-s2'");
    await at.request("POST", "/events", [
      { event_type: "ctf.completed", micrograph_uuid: "deleted-m1", ctf_max_resolution_estimate: 3 },
      prediction("deleted-h5", 0.4),
    ]);
    // A decision that has read the square waits to store its plan.
    await eventually(
      () =>
        at.rows<{ n: number }>(
          "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into square_plans%'",
        ),
      ([row]) => row?.n === 1,
    );
    await client.query("commit");
  } finally {
    client.release();
  }
  await at.settled();
  expect(await at.rows("select gridsquare_uuid from square_plans where grid_uuid = 'deleted-g'")).toEqual([
    { gridsquare_uuid: "deleted-s" },
  ]);
  expect(await at.rows("select from decision_requests where grid_uuid = 'deleted-g'")).toEqual([]);
});

test("who changes a grid does not wait for another who is changing it", async () => {
  await session("busy");
  const other = await at.backend.pool.connect();
  try {
    await other.query("begin");
    await requestDecisions(other, ["busy-g"]);
    // Answered while the other's transaction is still open.
    expect((await at.request("POST", "/ingest", smallSession("busy", 12))).status).toBe(200);
  } finally {
    await other.query("rollback");
    other.release();
  }
});

test("results of several grids that come together are each the cause of their own grid's decision", async () => {
  for (const name of ["cause1", "cause2"]) await at.request("POST", "/ingest", smallSession(name, 3));
  await at.settled();
  await at.request(
    "POST",
    "/events",
    ["cause1", "cause2"].map((name) => ({
      event_type: "ctf.completed",
      timestamp: "2026-01-01T09:00:00Z",
      source: "pipeline",
      payload: { gridsquare_id: "1", micrograph_id: `unique-${name}-1`, ctf_results: { resolution_estimate: 4 } },
    })),
  );
  await at.settled();
  const causes = await at.rows(
    `select grid_uuid, summary ->> 'caused_by_micrograph' as cause from decisions
     where grid_uuid ~ '^cause' and summary ->> 'caused_by_micrograph' is not null order by 1`,
  );
  expect(causes).toEqual([
    { grid_uuid: "cause1-g", cause: "cause1-m1" },
    { grid_uuid: "cause2-g", cause: "cause2-m1" },
  ]);
});

test("two workers that begin a round at the same time decide once on what was asked for", async () => {
  const two = await startBackendForTests("embedded", { role: "api" });
  const { pool } = two.backend;
  for (const name of ["held", "free"]) await two.request("POST", "/ingest", smallSession(name, 3));
  const worker = (): Loop =>
    startDecisionWorker({
      pool,
      notifications: { subscribe: () => () => undefined, close: () => Promise.resolve() },
      logger: silentLogger,
      defaultMode: "observe",
      planIntervalMs: 0,
      instructionIntervalMs: 0,
    });
  const decided = () => two.rows("select grid_uuid from decisions order by grid_uuid");
  const workers: Loop[] = [];
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select from grids where uuid = 'held-g' for update");
    // The first has both grids before it, and can't finish the first of them; the second passes that over.
    workers.push(worker());
    await eventually(
      () =>
        two.rows<{ n: number }>(
          "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'insert into %'",
        ),
      ([row]) => row?.n === 1,
    );
    workers.push(worker());
    await eventually(decided, (rows) => rows.length === 1);
    await client.query("commit");
    await two.settled();
  } finally {
    client.release();
    await Promise.all(workers.map((each) => each.stop()));
  }
  expect(await decided()).toEqual([{ grid_uuid: "free-g" }, { grid_uuid: "held-g" }]);
  await two.stop();
});
