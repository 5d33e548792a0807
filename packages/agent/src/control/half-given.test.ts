import { type AthenaClient, createAthenaClient } from "@smartem/athena-api/client";
import { type AthenaMock, startAthenaMock } from "@smartem/athena-api/mock/server";
import { REORDER_FOILHOLES } from "@smartem/common/instructions";
import { err } from "@smartem/common/result";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Agent } from "../agent.js";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import type { FakeInstruction } from "../testing/fake-api.js";
import { until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { AthenaControl } from "./athena-control.js";

const workplace = useWorkplace();
const HOLES = { gridsquare_id: "101", foilhole_ids: ["101003", "101001"], skip_foilhole_ids: ["101005"], reason: "" };

const LASTS_MS = 60_000;

let athena: AthenaMock;
/** The calls that Athena answers with 500. */
let failing: readonly (keyof AthenaClient)[];
let agent: Agent | null;

beforeEach(async () => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  athena = await startAthenaMock();
  failing = [];
  agent = null;
});

afterEach(async () => {
  await agent?.stop();
  await athena.close();
});

/** Athena, of which a part may fail. */
function partlyFailing(): AthenaClient {
  return new Proxy(createAthenaClient({ baseUrl: athena.url }), {
    get(target, property: keyof AthenaClient) {
      const call = target[property];
      if (typeof call !== "function" || property === "close") return call;
      return async (...args: never[]) =>
        failing.includes(property)
          ? err({ code: "athena_server_error", message: "500", call: property, status: 500, problem: null })
          : (call as (...of: never[]) => unknown).apply(target, args);
    },
  });
}

/** An order to an agent with this control, once the API knows that it waits there. */
async function waiting(control: AthenaControl, lastsMs: number | null): Promise<FakeInstruction> {
  agent = await workplace.agent({ control });
  await agent.settled();
  const { api } = workplace;
  await until("a stream", () => [...api.sessions.values()].some((session) => session.streams.size > 0));
  const [session] = api.sessions.values();
  const lasting = lastsMs === null ? {} : { expires_at: new Date(api.now() + lastsMs).toISOString() };
  const order = api.instruct(session?.session_id ?? "", REORDER_FOILHOLES, HOLES, lasting);
  await until("the API knows that it came", () => order.acks.length > 0);
  return order;
}

/** Time goes by, for the API and whoever asks it. */
function expire(): void {
  workplace.api.clockAheadMs = 2 * LASTS_MS;
}

async function answerTo({ acks }: FakeInstruction) {
  await until("an answer", () => acks.some((ack) => ack.status !== "received"));
  return acks.at(-1);
}

function decisions(): string[] {
  return [...athena.state.sessions.values()].flatMap((session) =>
    [...session.decisions.values()].map((decision) => decision.decisionType ?? ""),
  );
}

function takenOver(): string[] {
  const plugins = athena.state.configuration?.smartPluginConfigurations ?? [];
  return plugins.filter((one) => one.customPluginSelection).map((one) => one.pluginName ?? "");
}

/** What is taken over at Athena while the agent looks several times at what has to be. */
async function takenOverLater(control: AthenaControl): Promise<string[]> {
  const settle = control.settle.bind(control);
  const found: string[] = [];
  let looks = 0;
  control.settle = async (...of) => {
    const settled = await settle(...of);
    if (settled.ok) looks++;
    found.push(...takenOver());
    return settled;
  };
  await until("several looks", () => looks > 3);
  return found;
}

test.each([
  ["withdrawn", null],
  ["expired", LASTS_MS],
])(
  "an order that is %s while a part of Athena fails has not been given, and is said not to be",
  async (how, lastsMs) => {
    failing = ["getConfiguration", "postConfiguration"];
    const control = new AthenaControl(partlyFailing());
    const order = await waiting(control, lastsMs);
    if (how === "expired") expire();
    if (how === "withdrawn") order.isCancelled = true;
    const answer = await answerTo(order);
    expect(answer).toMatchObject({ status: "failed", given: false, error_message: expect.stringContaining(how) });
    failing = [];
    expect(await takenOverLater(control)).toEqual([]);
    expect(decisions()).toEqual([]);
  },
);

test.each([
  ["withdrawn", null],
  ["expired", LASTS_MS],
])("an order that is %s when Athena has got a part of it does not come into force later", async (how, lastsMs) => {
  failing = ["postConfiguration", "patchPlugin"];
  const control = new AthenaControl(partlyFailing());
  const order = await waiting(control, lastsMs);
  if (how === "expired") expire();
  expect(decisions()).toEqual(["foilHoleSelection", "acquisitionOrder"]);
  if (how === "withdrawn") order.isCancelled = true;
  const answer = await answerTo(order);
  expect(answer).toMatchObject({
    status: "failed",
    error_message: expect.stringContaining("Some of it may have been"),
  });
  expect(answer?.error_message).toContain(how);
  // Nor is it said that nothing of it has reached the microscope.
  expect(answer).not.toHaveProperty("given");
  failing = [];
  expect(await takenOverLater(control)).toEqual([]);
});

test.each([
  ["withdrawn", null],
  ["expired", LASTS_MS],
])("an order that is %s when it counts already is said to be carried out, and verified", async (how, lastsMs) => {
  const control = new AthenaControl(partlyFailing());
  const give = control.give.bind(control);
  control.give = async (...of) => {
    await give(...of);
    return err({ kind: "transient", message: "The agent was broken off before it knew that it had been given." });
  };
  const order = await waiting(control, lastsMs);
  if (how === "expired") expire();
  expect(takenOver()).toEqual(["AutomaticFoilHoleSelection"]);
  if (how === "withdrawn") order.isCancelled = true;
  const answer = await answerTo(order);
  expect(answer).toMatchObject({ status: "processed", result: expect.stringContaining(how) });
  const [session] = athena.state.sessions.keys();
  const client = createAthenaClient({ baseUrl: athena.url });
  await client.postAreaState({ sessionId: session ?? "", areaId: 101_003, state: "started" });
  await client.close();
  await until("a verification", () => order.verifications.length > 0);
  expect(order.verifications[0]).toMatchObject({ outcome: "followed" });
  expect(takenOver()).toEqual(["AutomaticFoilHoleSelection"]);
});

test("that an expired order counts is said once Athena answers again", async () => {
  const control = new AthenaControl(partlyFailing());
  const give = control.give.bind(control);
  let isAway = false;
  control.give = async (...of) => {
    await give(...of);
    if (!isAway) failing = ["getSessionByName"];
    isAway = true;
    return err({ kind: "transient", message: "The agent was broken off before it knew that it had been given." });
  };
  const order = await waiting(control, LASTS_MS);
  expire();
  const { api } = workplace;
  const before = api.heartbeats;
  await until("the agent knows the time", () => api.heartbeats > before + 3);
  expect(order.acks.map((ack) => ack.status)).toEqual(["received"]);
  failing = [];
  expect(await answerTo(order)).toMatchObject({ status: "processed", result: expect.stringContaining("expired") });
});
