import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
  const session = smallSession("b", 2);
  const foilholes = session.foilholes.map((hole, n) => ({ ...hole, is_near_grid_bar: n === 0 }));
  await at.request("POST", "/ingest", { ...session, foilholes });
});
afterAll(() => at.stop());

const holesWith = async (query: string): Promise<unknown> => {
  const { status, body } = await at.request("GET", `/gridsquares/b-s/foilholes?${query}`);
  return status === 200 ? (body as { uuid: string }[]).map(({ uuid }) => uuid) : status;
};

test("booleans in queries are understood as clients of other languages write them", async () => {
  for (const word of ["true", "True", "TRUE", "1", "yes", "Y", "on", "t"])
    expect([word, await holesWith(`on_square_only=${word}`)]).toEqual([word, ["b-h1"]]);
  for (const word of ["false", "False", "0", "no", "N", "off", "F"])
    expect([word, await holesWith(`on_square_only=${word}`)]).toEqual([word, ["b-h0", "b-h1"]]);
  expect(await holesWith("is_near_grid_bar=True")).toEqual(["b-h0"]);
});

test("whatever else stands there is a mistake", async () => {
  for (const word of ["2", "maybe", "", "truetrue", "constructor"])
    expect([word, await holesWith(`on_square_only=${word}`)]).toEqual([word, 422]);
});
