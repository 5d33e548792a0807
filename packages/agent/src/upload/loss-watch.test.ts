import { renameSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import Database from "libsql";
import { beforeEach, expect, test } from "vitest";
import type { Agent } from "../agent.js";
import type { QueuedEntity } from "../journal/entities.js";
import { openJournal } from "../journal/journal.js";
import { type FileToWrite, gridSquareXml, imageXml, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { FAST_TIMES, until } from "../testing/harness.js";
import { OTHER_SESSION, SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

const NOW_AND_THEN = { ...FAST_TIMES, lossLookMs: 50 };
const SELDOM = { ...FAST_TIMES, lossLookMs: 3_600_000 };
const IS_LATER = /GridSquare_102[\\/](FoilHoles|Data)/;

const CONFIRMED: QueuedEntity = {
  id: 1,
  kind: "micrograph",
  uuid: "",
  acquisition: "",
  body: {},
  json: "{}",
  hash: "",
  change: 0,
  attempts: 0,
  known: false,
  isSuspect: false,
  sinceMs: 0,
};

let earlier: FileToWrite[];
let later: FileToWrite[];

beforeEach(() => {
  const files = sessionFiles(SMALL_SESSION);
  later = files.filter(({ path }) => IS_LATER.test(path));
  earlier = files.filter((file) => !later.includes(file));
});

/** An agent that has uploaded some since the API was backed up; and what restores that. */
async function uploadedSinceBackup(times = SELDOM): Promise<{ agent: Agent; restore: () => void }> {
  const { watched, api } = workplace;
  writeFiles(watched, earlier);
  const agent = await workplace.agent({ times });
  await agent.settled();
  const restore = api.backUp();
  writeFiles(watched, later);
  await agent.settled();
  expect(api.counts()).toMatchObject({ foilhole: 12, micrograph: 12 });
  return { agent, restore };
}

async function untilAsBefore(before: unknown): Promise<void> {
  await until("everything again", () => isDeepStrictEqual(workplace.api.state(), before));
}

test("what came after the backup that the API was restored from is uploaded again by an agent that listens all the while", async () => {
  const { restore } = await uploadedSinceBackup(NOW_AND_THEN);
  const before = workplace.api.state();
  restore();
  expect(workplace.api.counts().micrograph).toBe(6);
  await untilAsBefore(before);
});

test("of a database that was put back everything is uploaded again, though all that it is asked for is there", async () => {
  const { watched, api } = workplace;
  api.databaseId = "first";
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent({ times: NOW_AND_THEN });
  await agent.settled();
  await until(
    "it knows the database",
    () => api.requests.filter(({ path }) => path === "/database/identity").length > 1,
  );
  const before = api.state();
  // As before a correction that was made since the backup.
  const hole = [...(api.entities.get("foilhole")?.values() ?? [])][0] ?? {};
  hole.x_stage_position = 1;
  api.databaseId = "second";
  await until("the correction again", () => isDeepStrictEqual(api.state(), before));
});

test("streams that end over and over ask for nothing but which database the API has, and seldom", async () => {
  const { watched, api } = workplace;
  api.databaseId = "first";
  for (const spec of [SMALL_SESSION, OTHER_SESSION]) writeFiles(watched, sessionFiles(spec));
  const first = await workplace.agent({ times: SELDOM });
  await first.settled();
  await first.stop();
  const looks = () =>
    api.requests.filter(({ method, path }) => method === "GET" && /^\/(?!database|acq)[a-z-]+\/[^/]+$/.test(path))
      .length;
  const before = looks();
  const agent = await workplace.agent({ times: SELDOM });
  await agent.settled();
  const connections = () => agent.status().sessions.map((session) => session.connections);
  await until("both listen", () => connections().length === 2 && connections().every((count) => count > 0));
  await until("the look at the start", () => looks() === before + 2);
  const begin = api.requests.length;
  for (let time = 1; time <= 5; time++) {
    const least = Math.min(...connections());
    api.cutStreams();
    await until("both listen again", () => connections().every((count) => count > least));
  }
  await agent.settled();
  const identities = api.requests.slice(begin).filter(({ path }) => path === "/database/identity");
  expect(identities).toHaveLength(1);
  expect(looks()).toBe(before + 2);
});

test("a stream that is there anew has a database seen that was put back", async () => {
  const { watched, api } = workplace;
  api.databaseId = "first";
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent({ times: SELDOM });
  await agent.settled();
  await until("it listens", () => agent.status().sessions[0]?.state === "connected");
  const before = api.state();
  const hole = [...(api.entities.get("foilhole")?.values() ?? [])][0] ?? {};
  hole.x_stage_position = 1;
  api.databaseId = "second";
  api.cutStreams();
  await untilAsBefore(before);
});

test("it is uploaded again when the API was away, though its acquisition is known and nothing new comes", async () => {
  const { api } = workplace;
  const { restore } = await uploadedSinceBackup();
  const before = api.state();
  await api.stop();
  restore();
  const requests = api.requests.length;
  api.trouble = () => ({ kind: "fails" });
  await api.start();
  await until("a call that fails", () => api.requests.length > requests);
  api.trouble = () => ({ kind: "none" });
  await untilAsBefore(before);
});

test("it is uploaded again when the API was away, though more is uploaded before anybody looks", async () => {
  const { api, watched } = workplace;
  // The look begins when the test has seen what is newer there.
  const { restore } = await uploadedSinceBackup({ ...SELDOM, lossLookSpreadMs: 3_000 });
  await api.stop();
  restore();
  const requests = api.requests.length;
  api.trouble = () => ({ kind: "fails" });
  await api.start();
  const name = "FoilHole_101000_Data_9000_0_20240406_111000.xml";
  const data = join(SMALL_SESSION.folder, "Images-Disc1", "GridSquare_101", "Data");
  writeFiles(watched, [{ path: join(data, name), content: imageXml({ uniqueId: "newer" }) }]);
  await until("a call that fails", () => api.requests.length > requests);
  api.trouble = () => ({ kind: "none" });
  await until("what is newer", () => api.all("micrograph").some(({ micrograph_id }) => micrograph_id === "newer"));
  await until("everything again", () => api.counts().micrograph === 13);
});

test("of a session that goes on, few of its entities are asked for", () => {
  const { stateFolder } = workplace;
  const { witnesses, sessions, close } = openJournal(`${stateFolder}-own`);
  for (const acquisition of ["one", "other"]) {
    const session = { folder: `/epu/${acquisition}`, acquisitionUuid: acquisition, gridUuid: `grid of ${acquisition}` };
    sessions.put({ ...session, epuSessionId: "1", name: null, atlasPath: null, atlasFile: null });
  }
  const kept = (): string[] => {
    const uuids: string[] = [];
    for (let each = witnesses.next(0); each !== null; each = witnesses.next(each.no)) uuids.push(each.uuid);
    return uuids;
  };
  const stored = (acquisition: string, uuid: string) =>
    witnesses.add([
      { ...CONFIRMED, acquisition, uuid: `square of ${uuid}`, kind: "gridsquare" },
      { ...CONFIRMED, acquisition, uuid },
    ]);
  for (let request = 1; request <= 3; request++)
    for (const each of ["one", "other"]) stored(each, `${each} ${request}`);
  expect(kept()).toEqual(["one 3", "other 3"]);
  witnesses.keepLast();
  for (let request = 4; request <= 5; request++) stored("one", `one ${request}`);
  expect(kept()).toEqual(["one 3", "other 3", "one 5"]);
  close();
});

test("it is uploaded again when the agent was away", async () => {
  const { agent, restore } = await uploadedSinceBackup();
  const before = workplace.api.state();
  await agent.stop();
  restore();
  await workplace.agent({ times: SELDOM });
  await untilAsBefore(before);
});

test("an API that has lost everything gets back an acquisition in which nothing has happened for long", async () => {
  const { api } = workplace;
  const times = { ...NOW_AND_THEN, sessionIdleMs: 4_000 };
  const { agent } = await uploadedSinceBackup(times);
  // Idle sessions are looked for each 5 s.
  const gone = () => api.sessions.size === 1 && agent.status().sessions.length === 0;
  await until("no session any more", gone, 30_000);
  const before = api.state();
  api.forgetEverything();
  await untilAsBefore(before);
});

test("a session that was complete is so again", async () => {
  const { api, watched } = workplace;
  const times = { ...NOW_AND_THEN, sessionQuietMs: 150 };
  const { agent, restore } = await uploadedSinceBackup(times);
  const metadata = join(watched, SMALL_SESSION.folder, "Metadata");
  for (const id of SMALL_SESSION.squareIds) {
    const content = gridSquareXml({ id, visited: true, holeIds: [], state: "Completed" });
    writeFiles(metadata, [{ path: `GridSquare_${id}.dm`, content }]);
  }
  const status = () => api.all("acquisition")[0]?.status;
  await until("complete", () => status() === "completed" && agent.status().complete.length === 1);
  restore();
  expect(status()).toBe("started");
  await until("complete again", () => status() === "completed");
});

test("what was deleted at the API stays deleted when its session is no longer in the folder", async () => {
  const { api, watched, folder } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent({ times: NOW_AND_THEN });
  await agent.settled();
  const withoutOther = api.backUp();
  writeFiles(watched, sessionFiles(OTHER_SESSION));
  await agent.settled();
  await until("both sessions", () => agent.status().sessions.length === 2);
  renameSync(join(watched, OTHER_SESSION.folder), join(folder, "moved away"));
  await until("its session is forgotten", () => agent.status().sessions.length === 1);
  withoutOther();
  const asked = () =>
    api.requests.filter(({ method, path }) => method === "GET" && /^\/(?!database)[a-z-]+\/[^/]+$/.test(path)).length;
  const before = asked();
  await until("several looks", () => asked() >= before + 3);
  expect(api.counts().acquisition).toBe(1);
});

test("a disk that is full when the API is found to have lost an acquisition ends nothing: all is uploaded again once there is room", async () => {
  const { api, watched, stateFolder } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const first = await workplace.agent({ times: SELDOM });
  await first.settled();
  await first.stop();
  const before = api.state();
  for (const kept of api.entities.values()) kept.clear();
  api.sessions.clear();
  const journal = new Database(join(stateFolder, "journal.db"));
  const roomAgainAtS = Math.ceil(Date.now() / 1_000) + 3;
  journal.exec(`create trigger full before update on entities when unixepoch() < ${roomAgainAtS}
    begin select raise(abort, 'disk I/O error'); end`);
  journal.close();
  // Only who registers the session asks.
  const times = { ...SELDOM, lossLookSpreadMs: 3_600_000 };
  const second = await workplace.agent({ times });
  await until("everything again", () => isDeepStrictEqual(api.state(), before));
  await until("its session", () => second.status().sessions[0]?.state === "connected");
});
