import { validatorOf } from "@smartem/athena-api/wire";
import { INCOMING_EVENTS, type IncomingEventType } from "@smartem/common/events";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { httpChannel, type OutgoingMessage } from "./channel.js";
import { DueQueue } from "./due-queue.js";
import { DEFAULT_GRID, gridTruth, type HoleTruth, type MicrographTruth } from "./grid-truth.js";
import { type Pipelines, type PipelinesOptions, startPipelines } from "./pipelines.js";
import { createPredictor, DEFAULT_PREDICTORS, LATENT_MODEL_NAME } from "./predictors.js";
import { at } from "./statistics.js";
import { type FakeBackend, startFakeBackend } from "./testing/fake-backend.js";

const NAME = "Supervisor_20250602_090000_1_cm40001-1_EPU";
const TRUTH = gridTruth({
  ...DEFAULT_GRID,
  seed: 77,
  squares: 2,
  unselectedSquares: 1,
  holesPerSquare: 12,
  nearGridBarHoles: 1,
  micrographsPerHole: 2,
});
const SQUARE = at(TRUTH.selectedSquares, 0);
const HOLES = SQUARE.holes.filter((hole) => hole.selectable);
const EXPOSURES = HOLES.flatMap((hole) => hole.micrographs.map((micrograph) => ({ hole, micrograph })));
const START_MS = Date.UTC(2025, 5, 2, 8);
const NOTHING_LOST = { lostShare: 0, doubledShare: 0 } as const;
const LONG_AFTER_MS = START_MS + 3_600_000;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function backend(): Promise<FakeBackend> {
  const fake = await startFakeBackend(NAME);
  closing.push(() => fake.close());
  return fake;
}

async function started(fake: FakeBackend, options: Partial<PipelinesOptions> = {}): Promise<Pipelines> {
  const channel = httpChannel({ apiUrl: fake.url });
  const pipelines = await startPipelines({
    apiUrl: fake.url,
    channel,
    truthOf: ({ name }) => (name === NAME ? TRUTH : undefined),
    startMs: START_MS,
    ...options,
  });
  closing.push(() => pipelines.stop());
  return pipelines;
}

function ofType(messages: readonly OutgoingMessage[], type: IncomingEventType): OutgoingMessage[] {
  return messages.filter((message) => message.event_type === type);
}

/** The exposure that a message is about, in either form. */
function exposureOf(
  message: OutgoingMessage,
  uuids: ReadonlyMap<string, { hole: HoleTruth; micrograph: MicrographTruth }>,
) {
  const payload = (message.payload ?? {}) as Record<string, unknown>;
  if (message.payload === undefined) return uuids.get(String(message.micrograph_uuid));
  const found = EXPOSURES.find(({ micrograph }) => micrograph.uniqueId === payload.micrograph_id);
  expect(payload.gridsquare_id).toBe(String(SQUARE.id));
  expect(payload.foilhole_id).toBe(String(found?.hole.id));
  return found;
}

describe("external pipelines", () => {
  it("register their models, the first predictor first and the latent one second", async () => {
    const fake = await backend();
    await started(fake);
    const names = DEFAULT_PREDICTORS.map(({ name }) => name);
    expect(fake.models).toEqual([names[0], LATENT_MODEL_NAME, ...names.slice(1)]);
  });

  it.each(["flat", "enveloped"] as const)("report of every micrograph what the truth says (%s)", async (form) => {
    const fake = await backend();
    const pipelines = await started(fake, { ...NOTHING_LOST, form });
    const uuids = new Map(EXPOSURES.map((exposure) => [fake.micrograph(exposure.hole, exposure.micrograph), exposure]));
    await pipelines.settled({ micrographs: EXPOSURES.length });
    expect(fake.received).toEqual([]);
    expect(pipelines.pending()).toBe(4 * EXPOSURES.length);
    await pipelines.advanceTo(LONG_AFTER_MS);
    expect(pipelines.pending()).toBe(0);
    for (const [type, value, truth] of [
      [
        "ctf.completed",
        ["ctf_max_resolution_estimate", "ctf_results.resolution_estimate"],
        (m: MicrographTruth) => m.ctfMaxResolutionA,
      ],
      [
        "motion_correction.completed",
        ["total_motion", "motion_results.total_motion"],
        (m: MicrographTruth) => m.totalMotionA,
      ],
      [
        "particle_picking.completed",
        ["number_of_particles_picked", "picking_results.number_of_particles_picked"],
        (m: MicrographTruth) => m.particlesPicked,
      ],
      [
        "particle_selection.completed",
        ["number_of_particles_selected", "selection_results.number_of_particles_selected"],
        (m: MicrographTruth) => m.particlesSelected,
      ],
    ] as const) {
      const messages = ofType(fake.received, type);
      expect(messages).toHaveLength(EXPOSURES.length);
      for (const message of messages) {
        const exposure = exposureOf(message, uuids);
        const body = form === "flat" ? message : (message.payload as Record<string, unknown>);
        const path = at(value, form === "flat" ? 0 : 1).split(".");
        const said = path.reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], body);
        expect(said).toBe(exposure === undefined ? undefined : truth(exposure.micrograph));
      }
    }
  });

  it("stop although nobody takes what they send, or is there at all", async () => {
    const fake = await backend();
    const pipelines = await started(fake, NOTHING_LOST);
    for (const { hole, micrograph } of EXPOSURES) fake.micrograph(hole, micrograph);
    await pipelines.settled({ micrographs: EXPOSURES.length });
    await fake.close();
    const advancing = pipelines.advanceTo(LONG_AFTER_MS);
    await pipelines.stop();
    await advancing;

    const stopping = new AbortController();
    const starting = expect(started(fake, { signal: stopping.signal })).rejects.toMatchObject({
      code: "pipelines_stopped",
    });
    stopping.abort();
    await starting;
  });

  it("say flat messages that fit the wire contract", async () => {
    const fake = await backend();
    const pipelines = await started(fake, { ...NOTHING_LOST, form: "flat" });
    fake.square(SQUARE);
    for (const hole of HOLES) fake.hole(hole);
    for (const { hole, micrograph } of EXPOSURES) fake.micrograph(hole, micrograph);
    await pipelines.settled({ gridSquares: 1, foilHoles: HOLES.length, micrographs: EXPOSURES.length });
    await pipelines.advanceTo(LONG_AFTER_MS);
    const types = new Set(fake.received.map((message) => message.event_type));
    expect([...types].sort()).toEqual([
      "ctf.completed",
      "foilhole.model_prediction",
      "grid.model_parameter_update",
      "gridsquare.model_prediction",
      "motion_correction.completed",
      "particle_picking.completed",
      "particle_selection.completed",
    ]);
    for (const message of fake.received) {
      const schema = INCOMING_EVENTS[message.event_type as IncomingEventType];
      expect(message.message_id).toMatch(/^simulated:/);
      expect(validatorOf(schema).Check(message), JSON.stringify(message)).toBe(true);
    }
  });

  it("predict squares and holes as their models do, once each", async () => {
    const fake = await backend();
    const pipelines = await started(fake, { ...NOTHING_LOST, form: "mixed" });
    const squareUuid = fake.square(SQUARE);
    const uuids = new Map(HOLES.map((hole) => [fake.hole(hole), hole]));
    for (const hole of HOLES) fake.hole(hole);
    await pipelines.settled({ gridSquares: 1, foilHoles: HOLES.length });
    await pipelines.advanceTo(LONG_AFTER_MS);
    const said = new Map<string, number>();
    for (const message of ofType(fake.received, "foilhole.model_prediction")) {
      const payload = message.payload as
        | { model_info: { model_name: string }; foilhole_predictions: { foilhole_id: string; quality_score: number }[] }
        | undefined;
      const entries =
        payload === undefined
          ? [
              {
                id: String(uuids.get(String(message.foilhole_uuid))?.id),
                model: String(message.prediction_model_name),
                value: Number(message.prediction_value),
              },
            ]
          : payload.foilhole_predictions.map((one) => ({
              id: one.foilhole_id,
              model: payload.model_info.model_name,
              value: one.quality_score,
            }));
      for (const { id, model, value } of entries) {
        expect(said.has(`${model}/${id}`)).toBe(false);
        said.set(`${model}/${id}`, value);
      }
    }
    const holeModels = DEFAULT_PREDICTORS.filter((model) => model.level === "hole");
    expect(said.size).toBe(holeModels.length * HOLES.length);
    for (const model of holeModels) {
      const predictor = createPredictor(TRUTH, model);
      for (const hole of HOLES) expect(said.get(`${model.name}/${hole.id}`)).toBe(predictor.hole(hole));
    }
    const latent = ofType(fake.received, "grid.model_parameter_update");
    expect(latent.filter((message) => message.group === "cluster_indices")).toHaveLength(1 + HOLES.length);
    expect(
      latent
        .filter((message) => message.group === `coordinates:${squareUuid}`)
        .map((message) => message.key)
        .sort(),
    ).toEqual(["x", "y"]);
    expect(ofType(fake.received, "gridsquare.model_prediction")).toHaveLength(1);
  });

  it("send nothing before its time, in the order in which it becomes due, with some results overtaking others", async () => {
    const fake = await backend();
    const pipelines = await started(fake, { ...NOTHING_LOST, delaySpread: 0.5 });
    for (const { hole, micrograph } of EXPOSURES) fake.micrograph(hole, micrograph);
    await pipelines.settled({ micrographs: EXPOSURES.length });
    const counts: number[] = [];
    for (let second = 0; second <= 1200; second += 10) {
      await pipelines.advanceTo(START_MS + second * 1000);
      counts.push(fake.received.length);
      expect(pipelines.nextDueMs()).toBeGreaterThan(START_MS + second * 1000);
    }
    expect(counts[0]).toBe(0);
    expect(counts.at(-1)).toBe(4 * EXPOSURES.length);
    expect(new Set(counts).size).toBeGreaterThan(10);
    const ctf = ofType(fake.received, "ctf.completed").map((message) => message.message_id);
    const motion = ofType(fake.received, "motion_correction.completed").map((message) =>
      message.message_id?.replace("motion", "ctf"),
    );
    expect(ctf).not.toEqual(motion);
    expect([...ctf].sort()).toEqual([...motion].sort());
  });

  it("lose and double as many as asked, doubles with the same id", async () => {
    const fake = await backend();
    const pipelines = await started(fake, { lostShare: 0.2, doubledShare: 0.3, predictors: [], latent: false });
    for (const { hole, micrograph } of EXPOSURES) fake.micrograph(hole, micrograph);
    await pipelines.settled({ micrographs: EXPOSURES.length });
    await pipelines.advanceTo(LONG_AFTER_MS);
    const ids = fake.received.map((message) => message.message_id);
    const { lost, doubled } = pipelines.counts;
    expect(lost).toBeGreaterThan(0);
    expect(doubled).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(4 * EXPOSURES.length - lost);
    expect(ids.length).toBe(new Set(ids).size + doubled);
  });

  it("wait for the id of a micrograph that became known before its manifest", async () => {
    const fake = await backend();
    const pipelines = await started(fake, NOTHING_LOST);
    const [first] = EXPOSURES;
    fake.micrograph(first?.hole ?? at(HOLES, 0), first?.micrograph ?? at(at(HOLES, 0).micrographs, 0), false);
    await pipelines.settled({ micrographs: 1 });
    expect(pipelines.pending()).toBe(4);
  });

  it("take up a broken stream where it broke, and wait for a backend that is away", async () => {
    const fake = await backend();
    fake.failNext(2);
    const pipelines = await started(fake, NOTHING_LOST);
    for (const { hole, micrograph } of EXPOSURES.slice(0, 5)) fake.micrograph(hole, micrograph);
    await pipelines.settled({ micrographs: 5 });
    fake.breakStreams();
    for (const { hole, micrograph } of EXPOSURES.slice(5)) fake.micrograph(hole, micrograph);
    await pipelines.settled({ micrographs: EXPOSURES.length });
    expect(fake.streamsAfter).toEqual([0, 5]);
    fake.failNext(2);
    await pipelines.advanceTo(LONG_AFTER_MS);
    expect(fake.received).toHaveLength(4 * EXPOSURES.length);
  });

  it("send the same messages under the same ids when they are started again", async () => {
    const fake = await backend();
    fake.square(SQUARE);
    for (const hole of HOLES) fake.hole(hole);
    for (const { hole, micrograph } of EXPOSURES) fake.micrograph(hole, micrograph);
    const expected = { gridSquares: 1, foilHoles: HOLES.length, micrographs: EXPOSURES.length };
    const runs: OutgoingMessage[][] = [];
    for (let run = 0; run < 2; run++) {
      const pipelines = await started(fake, { lostShare: 0.1, doubledShare: 0.1, form: "flat" });
      await pipelines.settled(expected);
      await pipelines.advanceTo(LONG_AFTER_MS);
      runs.push(fake.received.splice(0));
    }
    const sorted = (messages: readonly OutgoingMessage[]): string[] =>
      messages.map((message) => JSON.stringify(message)).sort();
    expect(sorted(at(runs, 1))).toEqual(sorted(at(runs, 0)));
  });

  it("leave acquisitions alone that are not simulated", async () => {
    const fake = await backend();
    const pipelines = await started(fake, { truthOf: () => undefined });
    fake.square(SQUARE);
    fake.publish("gridsquare.created", {
      uuid: "end",
      grid_uuid: fake.gridUuid,
      acquisition_uuid: "gone",
      gridsquare_id: "1",
    });
    for (let turn = 0; turn < 20; turn++) await pipelines.settled();
    expect(pipelines.pending()).toBe(0);
    expect(pipelines.counts.gridSquares).toBe(0);
  });

  it("end whoever waits for them when they are stopped", async () => {
    const fake = await backend();
    const pipelines = await started(fake);
    const waiting = pipelines.settled({ micrographs: 1 });
    const outcome = expect(waiting).rejects.toMatchObject({ code: "pipelines_stopped" });
    await pipelines.stop();
    await outcome;
  });
});

describe("the queue of what becomes due", () => {
  it("gives out everything once, earliest first, equal times in order of arrival, nothing before its time", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 0, max: 20 }), (times, now) => {
        const queue = new DueQueue<{ time: number; index: number }>();
        times.forEach((time, index) => {
          queue.add(time, { time, index });
        });
        const all = times.map((time, index) => ({ time, index })).sort((a, b) => a.time - b.time || a.index - b.index);
        const due = [...queue.takeDue(now, 3), ...queue.takeDue(now, 1_000)];
        expect(due).toEqual(all.filter(({ time }) => time <= now));
        expect(queue.takeDue(Number.POSITIVE_INFINITY, 1_000)).toEqual(all.filter(({ time }) => time > now));
        expect(queue.size).toBe(0);
      }),
    );
  });
});
