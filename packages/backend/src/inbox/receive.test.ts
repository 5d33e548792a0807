import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
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
