import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAthenaClient } from "@smartem/athena-api/client";
import { startAthenaMock } from "@smartem/athena-api/mock/server";
import { REORDER_FOILHOLES } from "@smartem/common/instructions";
import { runs } from "@smartem/common/testing/runs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { imageXml, sessionFiles, type TreeSpec, writeFiles } from "./testing/epu-folder.js";
import { until, Workplace } from "./testing/harness.js";
import { SMALL_SESSION } from "./testing/sessions.js";
import { SpawnedAgent } from "./testing/spawned-agent.js";

const KILLS = runs(6);
const SESSION: TreeSpec = { ...SMALL_SESSION, visited: 3, holesPerSquare: 60, imagedPerSquare: 20 };

let workplace: Workplace;
const spawned: SpawnedAgent[] = [];

beforeEach(async () => {
  workplace = await Workplace.open();
});

afterEach(async () => {
  for (const agent of spawned.splice(0)) await agent.kill();
  await workplace.close();
});

/** Deterministic for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function spawnAgent(more: Record<string, unknown> = {}): Promise<SpawnedAgent> {
  const { watched, api, stateFolder } = workplace;
  const agent = await SpawnedAgent.start({
    watchFolder: watched,
    apiUrl: api.url,
    agentId: "agent-1",
    stateFolder,
    ...more,
  });
  spawned.push(agent);
  return agent;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test("killed at any moment of reading and uploading, with answers lost besides, the agent loses and doubles nothing", async () => {
  const seed = Date.now() % 1_000_000;
  const random = randomOf(seed);
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SESSION));
  const reference = await workplace.agent({ stateFolder: join(workplace.folder, "reference") });
  await reference.settled();
  await reference.stop();
  const expected = api.state();
  api.forgetEverything();

  api.delayMs = () => 5 + random() * 20;
  api.trouble = (path) => {
    if (path !== "/ingest") return { kind: "none" };
    const dice = random();
    return { kind: dice < 0.1 ? "fails_after_storing" : dice < 0.2 ? "cuts_connection_after_storing" : "none" };
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const agent = await spawnAgent();
    await pause(random() * 250);
    await agent.kill();
  }
  const agent = await spawnAgent();
  await agent.settled();
  const { registered, ...state } = api.state();
  const { registered: expectedRegistered, ...expectedState } = expected;
  expect(state, `seed ${seed}`).toEqual(expectedState);
  // Between saying it and knowing that it was heard lies a moment in which a kill has it said again.
  expect([...new Set(registered as string[])], `seed ${seed}`).toEqual(expectedRegistered);
}, 180_000);

test("killed while it carries out instructions, the agent carries out each exactly once and answers all", async () => {
  const seed = Date.now() % 1_000_000;
  const random = randomOf(seed);
  const { watched, api } = workplace;
  const athena = await startAthenaMock();
  const client = createAthenaClient({ baseUrl: athena.url });
  try {
    writeFiles(watched, sessionFiles(SESSION));
    let agent = await spawnAgent({ athenaUrl: athena.url });
    await agent.settled();
    await until("a session", () => [...api.sessions.values()].some((session) => session.streams.size > 0));
    const [session] = api.sessions.values();
    const given: { id: string; order: string }[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      for (let more = 0; more < 3; more++) {
        const holes = [101_000 + kill, 101_020 + more, 101_030 + ((kill * 3 + more) % 20)];
        const { message } = api.instruct(session?.session_id ?? "", REORDER_FOILHOLES, {
          gridsquare_id: "101",
          foilhole_ids: holes.map(String),
          priority: "normal",
          reason: `order ${kill}/${more}`,
        });
        const order = holes.map((areaId, index) => ({ areaId, result: String(index + 1) }));
        given.push({ id: message.instruction_id, order: JSON.stringify(order) });
      }
      await pause(random() * 120);
      await agent.kill();
      agent = await spawnAgent({ athenaUrl: athena.url });
    }
    await until("all answers", () => [...api.instructions.values()].every((each) => finalAcks(each.acks).length > 0));
    await agent.settled();
    for (const { id } of given) {
      const statuses = new Set(finalAcks(api.instructions.get(id)?.acks ?? []).map((ack) => ack.status));
      expect([...statuses], `${id}, seed ${seed}`).toEqual(["processed"]);
    }
    const sessions = await client.getSessions();
    const sessionId = sessions.ok ? (sessions.value[0]?.sessionId ?? "") : "";
    const decisions = await client.getDecisions({ sessionId, decisionType: "acquisitionOrder" });
    const held = decisions.ok ? decisions.value.map((decision) => decision.decisionValue) : [];
    expect(held, `seed ${seed}`).toEqual(given.map((each) => each.order));
  } finally {
    await client.close();
    await athena.close();
  }
}, 180_000);

test("what is written while no agent runs is taken in when one does", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const first = await spawnAgent();
  await first.settled();
  await first.kill();
  const name = "FoilHole_101005_Data_9009_1_20240406_120000.xml";
  writeFileSync(
    join(watched, "Supervisor_1", "Images-Disc1", "GridSquare_101", "Data", name),
    imageXml({ uniqueId: "written-meanwhile" }),
  );
  const second = await spawnAgent();
  await second.settled();
  expect(api.all("micrograph").map((each) => each.micrograph_id)).toContain("written-meanwhile");
});

function finalAcks(acks: readonly { status: string }[]) {
  return acks.filter((ack) => ack.status !== "received");
}
