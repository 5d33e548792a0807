import { silentLogger } from "@smartem/common/logging";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPool, transaction } from "../database/connection.js";
import { migrateWithin } from "../database/migrate.js";
import { loadGrid } from "../decisions/load.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { createTestDatabase } from "../testing/postgres-for-tests.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

const HOLES = [0, 1, 2];
const MODELS = ["usual", "other"];

interface Said {
  readonly model: string;
  readonly metric: string;
  readonly value: number;
}
type Message =
  | ({ readonly of: "square" } & Said)
  | ({ readonly of: "hole"; readonly holes: readonly [number] } & Said)
  | ({ readonly of: "holes"; readonly holes: readonly number[] } & Said)
  | ({ readonly of: "group" } & Said)
  | { readonly of: "members"; readonly holes: readonly number[] };

const said = {
  // Mostly the same, so that one word overrules another.
  model: fc.constantFrom("usual", "usual", "usual", "other"),
  metric: fc.constantFrom("", "", "", "numparticles"),
  value: fc.integer({ min: 0, max: 1024 }).map((n) => n / 1024),
};
const someHoles = fc.uniqueArray(fc.constantFrom(...HOLES), { minLength: 1 });
const messages: fc.Arbitrary<Message[]> = fc
  .array(
    fc.oneof(
      fc.record({ of: fc.constant("square" as const), ...said }),
      fc.record({ of: fc.constant("hole" as const), holes: fc.tuple(fc.constantFrom(...HOLES)), ...said }),
      { weight: 2, arbitrary: fc.record({ of: fc.constant("holes" as const), holes: someHoles, ...said }) },
      fc.record({ of: fc.constant("group" as const), ...said }),
      fc.record({ of: fc.constant("members" as const), holes: someHoles }),
    ),
    { minLength: 6, maxLength: 12 },
  )
  // Without any, what is said of the group would wait for ever.
  .map((some) => [...some, { of: "members", holes: [0] }]);

function eventOf(prefix: string, message: Message): Record<string, unknown> {
  const foilhole_uuids = "holes" in message ? message.holes.map((n) => `${prefix}-h${n}`) : [];
  const group_uuid = `${prefix}-group`;
  if (message.of === "members") {
    return { event_type: "foilhole.group_create", grid_uuid: `${prefix}-g`, group_uuid, foilhole_uuids };
  }
  const prediction = {
    prediction_model_name: message.model,
    prediction_value: message.value,
    ...(message.metric === "" ? {} : { metric: message.metric }),
  };
  switch (message.of) {
    case "square":
      return { event_type: "gridsquare.model_prediction", gridsquare_uuid: `${prefix}-s`, ...prediction };
    case "hole":
      return { event_type: "foilhole.model_prediction", foilhole_uuid: foilhole_uuids[0], ...prediction };
    case "holes":
      return { event_type: "foilhole.model_multi_prediction", foilhole_uuids, ...prediction };
    case "group":
      return { event_type: "foilhole.group_model_prediction", group_uuid, ...prediction };
  }
}

/** What the messages say when all is told: the last word on each entity, by model and metric. */
function lastWords(prefix: string, all: readonly Message[]) {
  const members = new Set(all.flatMap((message) => (message.of === "members" ? message.holes : [])));
  const current: Record<string, number> = {};
  const latest: Record<string, Record<string, number>> = {};
  for (const message of all) {
    if (message.of === "members") continue;
    const entities = "holes" in message ? message.holes.map((n) => `h${n}`) : [message.of === "square" ? "s" : "group"];
    for (const entity of entities) current[`${prefix}-${entity} ${message.model} ${message.metric}`] = message.value;
    const reached = message.of === "group" ? [...members].map((n) => `h${n}`) : entities;
    latest[message.model] ??= {};
    for (const entity of reached)
      Object.assign(latest[message.model] ?? {}, { [`${prefix}-${entity}`]: message.value });
  }
  return { current, latest };
}

/** The first message waits for its second hole, and is older than what is said of its first one. */
const LATE: [Message[], number[]] = [
  [
    { of: "holes", holes: [0, 1], model: "usual", metric: "", value: 0.25 },
    { of: "hole", holes: [0], model: "usual", metric: "", value: 0.75 },
    { of: "members", holes: [0] },
  ],
  [0, 3, 0],
];

let runs = 0;

test("the youngest word on each square, hole and group counts everywhere, in whichever order messages can be applied", async () => {
  await fc.assert(
    fc.asyncProperty(
      messages,
      fc.tuple(...HOLES.map(() => fc.oneof(fc.constant(0), fc.nat({ max: 12 })))),
      async (all, arrivals) => {
        const prefix = `order${runs++}`;
        const { foilholes, ...others } = smallSession(prefix, HOLES.length, 0);
        await at.request("POST", "/ingest", others);
        for (let place = 0; place <= Math.max(all.length, ...arrivals); place++) {
          const arrived = foilholes.filter((_, n) => arrivals[n] === place);
          if (arrived.length > 0) await at.request("POST", "/ingest", { foilholes: arrived });
          const message = all[place];
          if (message === undefined) continue;
          expect((await at.request("POST", "/events", eventOf(prefix, message))).body).toMatchObject({ accepted: 1 });
          // Whatever can be applied is, so that what waits comes late.
          await eventually(
            () => at.rows("select from inbox where status = 'ready'"),
            (ready) => ready.length === 0,
          );
        }
        await eventually(
          () => at.rows("select event_type, status, reason from inbox"),
          (left) => left.length === 0,
        );
        const { current, latest } = lastWords(prefix, all);
        const stored = await at.rows<{ key: string; value: number }>(
          `select entity_uuid || ' ' || prediction_model_name || ' ' || metric_name as key, value from current_predictions
         where entity_uuid like $1`,
          [`${prefix}-%`],
        );
        expect(Object.fromEntries(stored.map(({ key, value }) => [key, value]))).toEqual(current);
        const read = (await loadGrid(at.backend.pool, `${prefix}-g`))?.predictions ?? [];
        const decidedOn = read.flatMap(({ entity_uuid, predictors, values }) =>
          predictors.map(({ model, metric }, n) => [`${entity_uuid} ${model} ${metric}`, values[n]] as const),
        );
        expect(Object.fromEntries(decidedOn)).toEqual(current);

        const series = (await at.request("GET", `/gridsquares/${prefix}-s/foilhole_quality_predictions`))
          .body as Record<string, Record<string, { foilhole_uuid: string; value: number; timestamp: string }[]>>;
        for (const model of MODELS) {
          const { [`${prefix}-s`]: square, ...holes } = latest[model] ?? {};
          const answer = async (scope: string) =>
            Object.fromEntries(
              (
                (await at.request("GET", `/prediction_model/${model}/${scope}/prediction`)).body as {
                  foilhole_uuid: string | null;
                  gridsquare_uuid: string;
                  value: number;
                }[]
              ).map(({ foilhole_uuid, gridsquare_uuid, value }) => [foilhole_uuid ?? gridsquare_uuid, value]),
            );
          const ofSquare = square === undefined ? {} : { [`${prefix}-s`]: square };
          expect(await answer(`grid/${prefix}-g`)).toEqual(square === undefined ? holes : ofSquare);
          expect(await answer(`gridsquare/${prefix}-s`)).toEqual(Object.keys(holes).length > 0 ? holes : ofSquare);
          const told = Object.values(series[model] ?? {});
          expect(Object.fromEntries(told.map((row) => [row.at(-1)?.foilhole_uuid, row.at(-1)?.value]))).toEqual(holes);
          for (const row of told) {
            expect(row.map(({ timestamp }) => timestamp)).toEqual(row.map(({ timestamp }) => timestamp).sort());
          }
        }
      },
    ),
    { numRuns: 8, examples: [LATE] },
  );
});

test("in a database of before, what waits is younger than what was applied before it came, and older than what was applied since", async () => {
  const database = await createTestDatabase();
  const pool = openPool(database, silentLogger);
  await transaction(pool, (tx) => migrateWithin(tx, "0120-lowmag-squares"));
  await pool.query(`
    insert into acquisitions (uuid) values ('a');
    insert into grids (uuid, acquisition_uuid) values ('g', 'a');
    insert into gridsquares (uuid, grid_uuid, gridsquare_id) values ('s', 'g', '1');
    insert into foilholes (uuid, gridsquare_uuid, foilhole_id) values ('before', 's', '1'), ('since', 's', '2');
    create temp table applied (hole text, at timestamptz);
    insert into applied values ('before', now() - interval '2 hours'), ('since', now());
    insert into quality_predictions (prediction_model_name, value, foilhole_uuid, timestamp) select 'm', 0.25, hole, at from applied;
    insert into current_predictions (entity_uuid, prediction_model_name, metric_name, level, value, timestamp)
      select hole, 'm', '', 'foilhole', 0.25, at from applied;
    insert into inbox (received_at, message_id, event_type, grid_uuid, status, waiting_for, available_at, body)
      values (now() - interval '1 hour', 'waits', 'foilhole.model_multi_prediction', 'g', 'parked', 'missing', now() + interval '1 hour',
        '{"foilhole_uuids": ["before", "since", "missing"], "prediction_model_name": "m", "prediction_value": 0.75}')`);
  await pool.end();
  const upgraded = await startBackendForTests("embedded", { database: { ...database, maxConnections: 5 } });
  const missing = { uuid: "missing", gridsquare_uuid: "s", gridsquare_id: "1", foilhole_id: "3" };
  expect((await upgraded.request("POST", "/ingest", { foilholes: [missing] })).status).toBe(200);
  await eventually(
    () => upgraded.rows("select from inbox"),
    (left) => left.length === 0,
  );
  const expected = [
    { uuid: "before", value: 0.75 },
    { uuid: "missing", value: 0.75 },
    { uuid: "since", value: 0.25 },
  ];
  expect(await upgraded.rows("select entity_uuid as uuid, value from current_predictions order by 1")).toEqual(
    expected,
  );
  const { body } = await upgraded.request("GET", "/prediction_model/m/gridsquare/s/prediction");
  const latest = (body as { foilhole_uuid: string; value: number }[]).map(({ foilhole_uuid: uuid, value }) => ({
    uuid,
    value,
  }));
  expect(latest.sort((one, other) => one.uuid.localeCompare(other.uuid))).toEqual(expected);
  await upgraded.stop();
  await database.drop();
});
