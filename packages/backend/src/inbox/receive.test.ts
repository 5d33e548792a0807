import { createLogger } from "@smartem/common/logging";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { receiveFromBroker } from "./dead-letters.js";
import { receive } from "./receive.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
  await at.request("POST", "/ingest", smallSession("again", 1));
});
afterAll(() => at.stop());

/** How often a prediction without an id has been taken in, once all is done. */
async function taken(): Promise<number> {
  await at.settled();
  const rows = await at.rows("select from quality_predictions where foilhole_uuid = 'again-h0'");
  return rows.length;
}

test("what a transport delivers again is one message, but not one with what was said long before", async () => {
  const message = {
    ...{ event_type: "foilhole.model_prediction", foilhole_uuid: "again-h0" },
    ...{ prediction_model_name: "resnet", prediction_value: 0.5 },
  };
  const deliver = (redelivered: boolean) => receive(at.backend.pool, [{ message, redelivered }]);
  await deliver(false);
  expect(await taken()).toBe(1);
  await deliver(true);
  expect(await taken()).toBe(1);
  await at.rows("update received_messages set received_at = now() - interval '2 days'");
  // Its first delivery was never taken in: the worker was killed before.
  await deliver(true);
  expect(await taken()).toBe(2);
  await deliver(true);
  expect(await taken()).toBe(2);
});

test("notices that the original has left in the queue are passed over and counted; what is to be applied, or unknown, is not", async () => {
  const lines: string[] = [];
  const logger = createLogger("test", "info", { write: (line: string) => void lines.push(line) });
  const messages = [
    { event_type: "acquisition.created", uuid: "theirs", id: null },
    { event_type: "gridsquare_lowmag.updated", uuid: "theirs" },
    { event_type: "acquisition.created", uuid: "others" },
    { event_type: "ctf.registered", micrograph_uuid: "theirs", quality: true, metric_name: "ctfmaxresolution" },
    { event_type: "ctf.completed", micrograph_uuid: "again-m0", ctf_max_resolution_estimate: 3.5 },
    { event_type: "agent.instruction.created", instruction_id: "incomplete" },
    { event_type: "note.created", uuid: "theirs" },
    "no event at all",
  ];
  await receiveFromBroker(
    at.backend.pool,
    messages.map((message) => ({ message })),
    logger,
  );
  await at.settled();
  expect(await at.rows("select event_type, status from inbox order by event_type")).toEqual([
    { event_type: "", status: "dead" },
    { event_type: "agent.instruction.created", status: "dead" },
    { event_type: "note.created", status: "dead" },
  ]);
  const { body } = await at.request("GET", "/micrographs/again-m0");
  expect(body).toMatchObject({ ctf_max_resolution_estimate: 3.5 });
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    {
      msg: expect.stringContaining("passed over"),
      messages: 4,
      by_type: { "acquisition.created": 2, "gridsquare_lowmag.updated": 1, "ctf.registered": 1 },
    },
  ]);
});

test("a prediction of an atlas by a model without a name is kept", async () => {
  await at.request("POST", "/ingest", { atlases: [{ uuid: "again-atlas", grid_uuid: "again-g", name: "atlas" }] });
  const message = { event_type: "atlas.model_prediction", uuid: "again-atlas", prediction_value: 0.25, model_name: "" };
  expect((await at.request("POST", "/events", [message])).body).toMatchObject({ accepted: 1, rejected: [] });
  await at.settled();
  expect(await at.rows("select prediction_model_name, value from model_parameters")).toEqual([
    { prediction_model_name: "", value: 0.25 },
  ]);
});
