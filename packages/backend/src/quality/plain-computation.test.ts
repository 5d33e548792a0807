import { REMOVED } from "@smartem/common/states";
import { runs } from "@smartem/common/testing/runs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, startBackendForTests } from "../testing/backend-for-tests.js";

let at: BackendForTests;
let run = 0;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

/** Two acquisitions with a grid each, the squares taking turns. */
const SQUARES = 4;
const HOLES = 6;
const MICROGRAPHS = 8;
const MODELS = ["one", "two"];
const METRICS = [undefined, "ctfmaxresolution", "numparticles"];

const hole = fc.nat(HOLES - 1);
const square = fc.nat(SQUARES - 1);
const micrograph = fc.nat(MICROGRAPHS - 1);
const model = fc.constantFrom(...MODELS);
const metric = fc.constantFrom(...METRICS);
const value = fc.double({ min: 0, max: 1, noNaN: true });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant("predict hole" as const), hole, model, metric, value }) },
  fc.record({ does: fc.constant("predict square" as const), square, model, metric, value }),
  fc.record({
    does: fc.constant("image" as const),
    micrograph,
    hole,
    minute: fc.option(fc.nat(5)),
  }),
  fc.record({ does: fc.constant("motion" as const), micrograph, value: fc.double({ min: 0, max: 20, noNaN: true }) }),
  fc.record({ does: fc.constant("ctf" as const), micrograph, value: fc.constantFrom(3, 4.25, 7, 100_000) }),
  fc.record({ does: fc.constant("particles" as const), micrograph, value: fc.nat(300) }),
  fc.record({ does: fc.constant("hole" as const), hole, square, removed: fc.boolean() }),
  fc.record({ does: fc.constant("move hole" as const), hole, square }),
  fc.record({ does: fc.constant("move square" as const), square, grid: fc.nat(1) }),
  fc.record({ does: fc.constant("move micrograph" as const), micrograph, hole }),
  fc.record({
    does: fc.constant("delete" as const),
    what: fc.constantFrom(...(["gridsquares", "foilholes", "micrographs"] as const)),
    which: fc.nat(HOLES - 1),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
/** What is there from the start: what two models say of squares and holes, and a micrograph of each of some holes. */
const START: readonly Step[] = [
  ...MODELS.flatMap((model, n) =>
    METRICS.slice(n).flatMap((metric): Step[] => [
      { does: "predict square", square: 0, model, metric, value: 0.5 },
      { does: "predict hole", hole: n, model, metric, value: 0.25 * (n + 1) },
      { does: "predict hole", hole: 4, model, metric, value: 0.125 * (n + 1) },
    ]),
  ),
  ...[0, 1, 4].map((n): Step => ({ does: "image", micrograph: n, hole: n, minute: n })),
];

interface Micrograph {
  readonly foilhole_uuid: string;
  readonly gridsquare_uuid: string;
  readonly gridsquare_id: string;
  readonly at: string | null;
  /** In microseconds since 1970. */
  readonly at_us: number | null;
  readonly motion: number | null;
  readonly ctf: number | null;
  readonly particles: number | null;
}
interface Prediction {
  readonly model: string;
  readonly metric: string | null;
  readonly value: number;
  readonly hole: string | null;
  readonly square: string;
  /** In microseconds since 1970. */
  readonly said_us: number;
}

async function checkColumns(grid: string, micrographs: readonly Micrograph[]): Promise<void> {
  const { body } = await at.request("GET", `/grids/${grid}/results/columns`);
  const squares = new Map(micrographs.map(({ gridsquare_uuid, gridsquare_id }) => [gridsquare_uuid, gridsquare_id]));
  const holes = [...new Set(micrographs.map(({ foilhole_uuid }) => foilhole_uuid))];
  expect(body).toEqual({
    gridsquares: [...squares].map(([uuid, gridsquare_id]) => ({ uuid, gridsquare_id })),
    foilholes: holes,
    gridsquare: micrographs.map(({ gridsquare_uuid }) => [...squares.keys()].indexOf(gridsquare_uuid)),
    foilhole: micrographs.map(({ foilhole_uuid }) => holes.indexOf(foilhole_uuid)),
    taken_at_ms: micrographs.map((one) => (one.at === null ? null : Date.parse(one.at))),
    total_motion: micrographs.map(({ motion }) => motion),
    ctf_max_resolution_estimate: micrographs.map(({ ctf }) => ctf),
    particles: micrographs.map(({ particles }) => particles),
    good: expect.any(Array),
  });
}

const about = (number: number | null): unknown => (number === null ? null : expect.closeTo(number, 9));

function distribution(values: readonly (number | null)[], failedFrom: number) {
  const known = values.filter((each) => each !== null);
  const sorted = known.filter((each) => each < failedFrom).sort((a, b) => a - b);
  const n = sorted.length;
  const mean = n === 0 ? null : sorted.reduce((sum, each) => sum + each, 0) / n;
  const quantile = (share: number): number | null => {
    if (n === 0) return null;
    const place = share * (n - 1);
    const below = sorted[Math.floor(place)] ?? Number.NaN;
    return below + (place - Math.floor(place)) * ((sorted[Math.ceil(place)] ?? Number.NaN) - below);
  };
  const sd =
    n < 2 ? null : Math.sqrt(sorted.reduce((sum, each) => sum + (each - (mean ?? Number.NaN)) ** 2, 0) / (n - 1));
  return {
    count: known.length,
    failed: known.length - n,
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
    mean: about(mean),
    sd: sd === null ? null : expect.closeTo(sd, 6),
    median: about(quantile(0.5)),
    p10: about(quantile(0.1)),
    p90: about(quantile(0.9)),
  };
}

function ofPredictions(predictions: readonly Prediction[]) {
  const values = predictions.map((each) => each.value);
  return {
    average_quality: about(values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0) / values.length),
    max_quality: values.length === 0 ? null : Math.max(...values),
    min_quality: values.length === 0 ? null : Math.min(...values),
    models_count: new Set(predictions.map((each) => each.model)).size,
    total_predictions: values.length,
  };
}

async function checkMetrics(
  acquisition: string,
  micrographs: readonly Micrograph[],
  predictions: readonly Prediction[],
): Promise<void> {
  const { body } = await at.request("GET", `/acquisitions/${acquisition}/quality_metrics`);
  expect(body).toMatchObject({
    micrograph_count: micrographs.length,
    metrics: [
      distribution(
        micrographs.map(({ motion }) => motion),
        Number.POSITIVE_INFINITY,
      ),
      distribution(
        micrographs.map(({ ctf }) => ctf),
        100_000,
      ),
      distribution(
        micrographs.map(({ particles }) => particles),
        Number.POSITIVE_INFINITY,
      ),
    ],
    predictions: ofPredictions(predictions),
  });
}

async function checkBeforeImaging(
  grid: string,
  micrographs: readonly Micrograph[],
  predictions: readonly Prediction[],
): Promise<void> {
  const kept = new Map(
    (
      await at.rows<{ uuid: string; said: Record<string, number> | null }>(
        `select foilhole_uuid as uuid, (select json_object_agg(x.model || '/' || x.metric, x.value)
           from unnest(models, metrics, values) as x(model, metric, value)) as said from predictions_before_results`,
      )
    ).map(({ uuid, said }) => [uuid, said ?? {}]),
  );
  for (const model of MODELS)
    for (const metric of METRICS) {
      const foilhole: string[] = [];
      const value: number[] = [];
      const before: boolean[] = [];
      for (const uuid of [...new Set(micrographs.map((one) => one.foilhole_uuid))].sort()) {
        const own = micrographs.filter((one) => one.foilhole_uuid === uuid);
        const keptValue = kept.get(uuid)?.[`${model}/${metric ?? ""}`];
        const times = kept.has(uuid) ? [] : own.flatMap((one) => one.at_us ?? []);
        const imagedAt = times.sort((a, b) => a - b)[0];
        const said = predictions.filter((each) => each.model === model && (each.metric ?? undefined) === metric);
        const ofHole = said.filter((each) => each.hole === uuid);
        const ofSquare = said.filter((each) => each.hole === null && each.square === own[0]?.gridsquare_uuid);
        const wasBefore = ({ said_us }: Prediction): boolean => imagedAt !== undefined && said_us <= imagedAt;
        // Predictions come in the order in which they were taken in.
        const best = ofHole.filter(wasBefore).at(-1) ?? ofSquare.filter(wasBefore).at(-1) ?? ofHole[0] ?? ofSquare[0];
        if (keptValue === undefined && best === undefined) continue;
        foilhole.push(uuid);
        value.push(keptValue ?? best?.value ?? Number.NaN);
        before.push(keptValue !== undefined || (best !== undefined && wasBefore(best)));
      }
      const query = metric === undefined ? "" : `?metric=${metric}`;
      const { body } = await at.request("GET", `/prediction_model/${model}/grid/${grid}/before_imaging${query}`);
      expect(body, `${model} ${metric}`).toEqual({ foilhole, value, before });
    }
}

test("what is said of a whole grid is what plain counting gives, whatever is predicted, measured, moved and deleted, several at a time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 5 }), async (rounds) => {
      run += 1;
      const id = (kind: string, n: number): string => `plain${run}-${kind}${n}`;
      const holeOf = (n: number, of: number, state = "Default") => ({
        uuid: id("h", n),
        gridsquare_uuid: id("s", of),
        gridsquare_id: String(of),
        foilhole_id: String(n),
        state,
      });
      const event = (event_type: string, body: object) => at.request("POST", "/events", [{ event_type, ...body }]);
      const take = (each: Step) => {
        switch (each.does) {
          case "predict hole":
          case "predict square": {
            const of =
              each.does === "predict hole"
                ? { foilhole_uuid: id("h", each.hole) }
                : { gridsquare_uuid: id("s", each.square) };
            const level = each.does === "predict hole" ? "foilhole" : "gridsquare";
            return event(`${level}.model_prediction`, {
              ...of,
              prediction_model_name: each.model,
              prediction_value: each.value,
              ...(each.metric === undefined ? {} : { metric: each.metric }),
            });
          }
          case "image":
            return at.request("POST", "/ingest", {
              micrographs: [
                {
                  uuid: id("m", each.micrograph),
                  foilhole_uuid: id("h", each.hole),
                  foilhole_id: String(each.hole),
                  micrograph_id: id("unique", each.micrograph),
                  manifest_file: `FoilHole_1_Data_${each.micrograph}.xml`,
                  acquisition_datetime:
                    each.minute === null ? null : new Date(Date.now() + (each.minute - 2) * 200).toISOString(),
                },
              ],
            });
          case "motion":
            return event("motion_correction.completed", {
              micrograph_uuid: id("m", each.micrograph),
              total_motion: each.value,
              average_motion: 1,
            });
          case "ctf":
            return event("ctf.completed", {
              micrograph_uuid: id("m", each.micrograph),
              ctf_max_resolution_estimate: each.value,
            });
          case "particles":
            return event("particle_picking.completed", {
              micrograph_uuid: id("m", each.micrograph),
              number_of_particles_picked: each.value,
            });
          case "hole":
            return at.request("POST", "/ingest", {
              foilholes: [holeOf(each.hole, each.square, each.removed ? REMOVED : "Default")],
            });
          case "move hole":
            return at.request("PUT", `/foilholes/${id("h", each.hole)}`, { gridsquare_uuid: id("s", each.square) });
          case "move square":
            return at.request("PUT", `/gridsquares/${id("s", each.square)}`, { grid_uuid: id("g", each.grid) });
          case "move micrograph":
            return at.request("PUT", `/micrographs/${id("m", each.micrograph)}`, {
              foilhole_uuid: id("h", each.hole),
            });
          case "delete":
            return at.request(
              "DELETE",
              `/${each.what}/${id(each.what === "gridsquares" ? "s" : each.what[0] === "f" ? "h" : "m", each.which)}`,
            );
        }
      };
      await at.request("POST", "/ingest", {
        acquisitions: [0, 1].map((n) => ({ uuid: id("a", n), name: id("a", n) })),
        grids: [0, 1].map((n) => ({ uuid: id("g", n), acquisition_uuid: id("a", n), name: "grid" })),
        gridsquares: Array.from({ length: SQUARES }, (_, n) => ({
          uuid: id("s", n),
          grid_uuid: id("g", n % 2),
          gridsquare_id: String(n),
        })),
        foilholes: Array.from({ length: HOLES }, (_, n) => holeOf(n, n % SQUARES)),
      });
      const done = ({ status, body }: Awaited<ReturnType<typeof take>>): void =>
        // What is not there, or would be there twice, is refused.
        expect([200, 202, 204, 404, 409], JSON.stringify(body)).toContain(status);
      for (const round of [START, ...rounds]) {
        const isSquare = ({ does }: Step): boolean => does === "move square";
        (await Promise.all(round.filter((each) => !isSquare(each)).map(take))).forEach(done);
        // Alone: a micrograph that comes at the same moment may still be put on the grid where its square was.
        for (const each of round.filter(isSquare)) done(await take(each));
        // What waits for something that is gone is not waited for.
        await at.settled();
      }
      for (const n of [0, 1]) {
        const micrographs = await at.rows<Micrograph>(
          `select h.uuid as foilhole_uuid, s.uuid as gridsquare_uuid, s.gridsquare_id, m.acquisition_datetime as at, (extract(epoch from m.acquisition_datetime) * 1000000)::bigint as at_us, m.total_motion as motion,
             m.ctf_max_resolution_estimate as ctf, coalesce(m.number_of_particles_selected, m.number_of_particles_picked) as particles
           from micrographs m join foilholes h on h.uuid = m.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
           where s.grid_uuid = $1 order by m.acquisition_datetime nulls first, m.seq`,
          [id("g", n)],
        );
        const predictions = await at.rows<Prediction>(
          `select p.prediction_model_name as model, p.metric_name as metric, p.value, p.foilhole_uuid as hole, s.uuid as square,
             (extract(epoch from p.timestamp) * 1000000)::bigint as said_us
           from quality_predictions p left join foilholes h on h.uuid = p.foilhole_uuid
             join gridsquares s on s.uuid = coalesce(p.gridsquare_uuid, h.gridsquare_uuid)
           where s.grid_uuid = $1 order by p.message_order, p.id`,
          [id("g", n)],
        );
        await checkColumns(id("g", n), micrographs);
        await checkMetrics(id("a", n), micrographs, predictions);
        await checkBeforeImaging(id("g", n), micrographs, predictions);
      }
    }),
    { numRuns: runs(20), endOnFailure: true },
  );
  const all = await at.rows<Prediction>("select prediction_model_name as model, value from quality_predictions");
  expect((await at.request("GET", "/quality_metrics")).body).toEqual(ofPredictions(all));
  const misplaced = `select b.foilhole_uuid from predictions_before_results b join foilholes h on h.uuid = b.foilhole_uuid
    join gridsquares s on s.uuid = h.gridsquare_uuid where b.grid_uuid is distinct from s.grid_uuid`;
  expect(await at.rows(misplaced)).toEqual([]);
  for (const { uuid } of await at.rows<{ uuid: string }>("select uuid from acquisitions")) {
    expect((await at.request("DELETE", `/acquisitions/${uuid}`)).status).toBe(204);
  }
  expect(await at.rows("select from prediction_sums")).toEqual([]);
  expect(await at.rows("select from prediction_recounts")).toEqual([]);
});
