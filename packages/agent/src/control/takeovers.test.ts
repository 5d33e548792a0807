import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AthenaClient, createAthenaClient } from "@smartem/athena-api/client";
import { type AthenaMock, startAthenaMock } from "@smartem/athena-api/mock/server";
import type { PluginName } from "@smartem/athena-api/schemas";
import { REORDER_FOILHOLES, REORDER_GRIDSQUARES, SKIP_GRIDSQUARES } from "@smartem/common/instructions";
import { err, ok } from "@smartem/common/result";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Agent } from "../agent.js";
import type { AgentOptions } from "../agent-options.js";
import { openJournal } from "../journal/journal.js";
import { gridSquareXml, imageXml, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { FAST_TIMES, until } from "../testing/harness.js";
import { OTHER_SESSION, SMALL_SESSION } from "../testing/sessions.js";
import { SpawnedAgent } from "../testing/spawned-agent.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { AthenaControl } from "./athena-control.js";

const workplace = useWorkplace();
const SESSION = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const HOUR_MS = 3_600_000;
const HOLES = { gridsquare_id: "101", foilhole_ids: ["101003", "101001"] };
const HOLES_BUT_ONE = { ...HOLES, skip_foilhole_ids: ["101005"] };

let athena: AthenaMock;
let client: AthenaClient;
let agents: Agent[];

beforeEach(async () => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  athena = await startAthenaMock();
  client = createAthenaClient({ baseUrl: athena.url });
  agents = [];
});

afterEach(async () => {
  for (const agent of agents) await agent.stop();
  await client.close();
  await athena.close();
});

async function started(options: Partial<AgentOptions> = {}): Promise<Agent> {
  const control = new AthenaControl(createAthenaClient({ baseUrl: athena.url }));
  const agent = await workplace.agent({ control, ...options });
  agents.push(agent);
  return agent;
}

async function ordered(type: string, payload: Readonly<Record<string, unknown>>): Promise<void> {
  const { api } = workplace;
  await until("a session", () => [...api.sessions.values()].some((session) => session.streams.size > 0));
  const [session] = [...api.sessions.values()].filter((each) => each.streams.size > 0);
  const { acks } = api.instruct(session?.session_id ?? "", type, { reason: "", ...payload });
  await until("an answer", () => acks.some((ack) => ack.status !== "received"));
  expect(acks.at(-1)?.status).toBe("processed");
}

/** The plug-ins that EPU leaves to others. */
function takenOver(): string[] {
  const plugins = athena.state.configuration?.smartPluginConfigurations ?? [];
  return plugins.filter((one) => one.customPluginSelection).map((one) => one.pluginName ?? "");
}

async function givenBack(): Promise<void> {
  await until("EPU decides by itself again", () => takenOver().length === 0);
}

async function configure(...takenOverByOthers: PluginName[]): Promise<void> {
  const plugins = takenOverByOthers.map((pluginName) => ({ pluginName, customPluginSelection: true }));
  expect((await client.postConfiguration({ smartPluginConfigurations: plugins })).ok).toBe(true);
}

/** An agent that is killed after an order that selects. */
async function killedAfterOrder(): Promise<void> {
  const { watched, api, stateFolder } = workplace;
  const start = { watchFolder: watched, apiUrl: api.url, agentId: "agent-1", stateFolder, athenaUrl: athena.url };
  const killed = await SpawnedAgent.start(start);
  try {
    await killed.settled();
    await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
  } finally {
    await killed.kill();
  }
  expect(takenOver()).toEqual(["AutomaticFoilHoleSelection"]);
}

/** Nothing new was seen of the sessions for so long, until now. */
function quietFor(ms: number): void {
  const journal = new Database(join(workplace.stateFolder, "journal.db"));
  journal.exec(`update folders set seen_at = seen_at - ${ms}, written_at = written_at - ${ms}`);
  journal.close();
}

function goesOn(folder: string): void {
  const name = "FoilHole_101000_Data_9009_1_20240406_120000.xml";
  const content = imageXml({ uniqueId: `${folder} goes on` });
  writeFileSync(join(workplace.watched, folder, "Images-Disc1", "GridSquare_101", "Data", name), content);
}

test("an order of acquisition leaves EPU's own plug-ins alone, a selection takes over the one that it is of", async () => {
  await started();
  await ordered(REORDER_FOILHOLES, HOLES);
  await ordered(REORDER_GRIDSQUARES, { gridsquare_ids: ["102", "101"] });
  expect(athena.state.configuration).toBeNull();
  await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
  expect(takenOver()).toEqual(["AutomaticFoilHoleSelection"]);
  await ordered(SKIP_GRIDSQUARES, { gridsquare_ids: ["103"] });
  expect(takenOver()).toEqual(["AutomaticFoilHoleSelection", "AutomaticGridSquareSelection"]);
});

test("what EPU itself had chosen in a square stays chosen where a selection takes its place", async () => {
  await client.postSession({ sessionId: SESSION, sessionName: "Supervisor_1" });
  await client.postArea({ id: 101, sessionId: SESSION, areaType: "gridsquare" });
  const about = { sessionId: SESSION, areaId: 101, decisionType: "foilHoleSelection" } as const;
  const decisionValue = JSON.stringify([
    { areaId: 101_000, result: "false" },
    { areaId: 101_005, result: "true" },
  ]);
  await client.postDecision({ ...about, decisionValue });
  await started();
  await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
  const inEffect = await client.getLatestDecision(about);
  expect(inEffect.ok && JSON.parse(inEffect.value?.decisionValue ?? "null")).toEqual([
    { areaId: 101_000, result: "false" },
    { areaId: 101_005, result: "false" },
  ]);
});

test("EPU decides by itself while no agent runs, and leaves it to the next one for as long as the session is under way", async () => {
  const first = await started();
  await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
  expect(first.status().taken_over).toEqual([{ service: athena.url, plugin: "AutomaticFoilHoleSelection" }]);
  await first.stop();
  expect(takenOver()).toEqual([]);
  const second = await started();
  await until("it is taken over again", () => takenOver().join() === "AutomaticFoilHoleSelection");
  await second.stop();
  const third = await started({ mode: "dry-run" });
  await third.settled();
  await third.stop();
  expect(takenOver()).toEqual([]);
});

test("what an agent took over that was killed is given back by one that does not need it", async () => {
  await killedAfterOrder();
  await started({ mode: "dry-run" });
  await givenBack();
});

describe("a session that needs no orders any more gives back what they needed", () => {
  test("when it is complete, until EPU goes on", async () => {
    await started({ times: { ...FAST_TIMES, sessionQuietMs: 300 } });
    await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
    for (const id of ["101", "102", "103", "104"]) {
      const content = gridSquareXml({ id, visited: true, holeIds: [], state: "Completed" });
      writeFileSync(join(workplace.watched, "Supervisor_1", "Metadata", `GridSquare_${id}.dm`), content);
    }
    await givenBack();
    goesOn("Supervisor_1");
    await until("it is taken over again", () => takenOver().length === 1);
  });

  test("when nothing new has come for long", async () => {
    await killedAfterOrder();
    quietFor(25 * HOUR_MS);
    await started();
    await givenBack();
  });

  test("when it is quiet and another has begun", async () => {
    const before = await started();
    await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
    await before.stop();
    quietFor(HOUR_MS);
    await started();
    // Alone it may be quiet for long: somebody looks at what EPU has found.
    await until("it is taken over again", () => takenOver().length === 1);
    writeFiles(workplace.watched, sessionFiles(OTHER_SESSION));
    await givenBack();
  });
});

test("while a journal is rebuilt, nothing is taken over for a session that ended before the one that runs began", async () => {
  const { watched, stateFolder } = workplace;
  const before = await started();
  await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
  await before.stop();
  const folder = join(watched, SMALL_SESSION.session.name);
  const longAgo = new Date(Date.now() - 6 * HOUR_MS);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    utimesSync(join(folder, name), longAgo, longAgo);
  }
  writeFiles(watched, sessionFiles(OTHER_SESSION));
  const journal = new Database(join(stateFolder, "journal.db"));
  journal.exec("PRAGMA user_version = 1");
  journal.close();
  const control = new AthenaControl(createAthenaClient({ baseUrl: athena.url }));
  const settle = control.settle.bind(control);
  const found: string[][] = [];
  control.settle = async (...of) => {
    const settled = await settle(...of);
    found.push(takenOver());
    return settled;
  };
  const after = await workplace.agent({ control });
  agents.push(after);
  await after.settled();
  const looks = found.length;
  await until("several looks", () => found.length > looks + 3);
  expect(found.flat()).toEqual([]);
});

test("what others have taken over stays theirs, as does what they have configured beside it", async () => {
  await configure("AutomaticFoilHoleSelection", "SmartFocusPrediction");
  const agent = await started();
  await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
  await ordered(SKIP_GRIDSQUARES, { gridsquare_ids: ["103"] });
  expect(agent.status().taken_over).toEqual([{ service: athena.url, plugin: "AutomaticGridSquareSelection" }]);
  await agent.stop();
  expect(takenOver()).toEqual(["AutomaticFoilHoleSelection", "SmartFocusPrediction"]);
});

test("what somebody at the microscope gives back to EPU is not taken from it again, except for another order", async () => {
  const agent = await started();
  await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
  await client.patchPlugin({ pluginName: "AutomaticFoilHoleSelection", customPluginSelection: false });
  const looks = workplace.api.requests.length;
  await until("several looks", () => workplace.api.requests.length > looks + 10);
  expect(takenOver()).toEqual([]);
  await ordered(REORDER_FOILHOLES, { ...HOLES, skip_foilhole_ids: ["101004"] });
  expect(takenOver()).toEqual(["AutomaticFoilHoleSelection"]);
  await agent.stop();
  expect(takenOver()).toEqual([]);
});

test("with Athena away an agent stops, and the next one gives back; one that is not told of that Athena says so", async () => {
  const port = Number(new URL(athena.url).port);
  const service = athena.url;
  const agent = await started();
  await ordered(REORDER_FOILHOLES, HOLES_BUT_ONE);
  const held = athena.state.configuration;
  await athena.close();
  await agent.stop();
  const without = await workplace.agent();
  await until("it is told of", () =>
    without.status().errors.latest.some(({ facts }) => String(facts.trouble).includes(service)),
  );
  await without.stop();
  athena = await startAthenaMock({ port });
  await client.postConfiguration({ smartPluginConfigurations: held?.smartPluginConfigurations as never });
  await started({ mode: "dry-run" });
  await givenBack();
});

test("a plug-in of which nobody knows whether it was taken over, since the answer was lost, is given back", async () => {
  await configure();
  const losing = new Proxy(createAthenaClient({ baseUrl: athena.url }), {
    get(target, property: keyof AthenaClient) {
      if (property !== "postConfiguration") return target[property];
      return async (body: never) => {
        await target.postConfiguration(body);
        return err({ code: "athena_timeout", message: "no answer", call: "", status: null, problem: null });
      };
    },
  });
  const journal = openJournal(join(workplace.folder, "own-state"));
  try {
    const control = new AthenaControl(losing);
    journal.takeovers.need(athena.url, "SmartFocusPrediction", "acquisition");
    expect((await control.settle(journal.takeovers, () => true)).ok).toBe(false);
    expect(takenOver()).toEqual(["SmartFocusPrediction"]);
    expect(await control.settle(journal.takeovers, () => false)).toEqual(ok(null));
    expect(takenOver()).toEqual([]);
    await control.close();
  } finally {
    journal.close();
  }
});
