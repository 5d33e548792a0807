import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { journalsIn } from "../journal/database.js";
import { gridSquareXml, imageXml, sessionFiles, type TreeSpec, writeFiles } from "../testing/epu-folder.js";
import { FAST_TIMES, until } from "../testing/harness.js";
import { OTHER_SESSION, SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

const TIMES = { ...FAST_TIMES, sessionQuietMs: 150 };
const SESSION = "Supervisor_1";

function completeSquares(ids: readonly string[]): void {
  for (const id of ids) {
    const content = gridSquareXml({ id, visited: true, holeIds: [], state: "Completed" });
    writeFileSync(join(workplace.watched, SESSION, "Metadata", `GridSquare_${id}.dm`), content);
  }
}

function asOfEarlierVersion(sql: string): void {
  const journal = new Database(join(workplace.stateFolder, "journal.db"));
  journal.exec(sql);
  journal.close();
}

function journaled(sql: string): unknown {
  const journal = new Database(journalsIn(workplace.stateFolder).at(-1) ?? "");
  const row = journal.prepare(sql).get() as { value: unknown } | undefined;
  journal.close();
  return row?.value;
}

function acquisition(name = SESSION): Readonly<Record<string, unknown>> | undefined {
  return workplace.api.all("acquisition").find((each) => each.name === name);
}

function status(): unknown {
  return acquisition()?.status;
}

/** What takes back that an acquisition is complete. */
function reopened(): unknown[] {
  return workplace.api.requests.filter(({ method, path }) => method === "PUT" && path.startsWith("/acquisitions/"));
}

/** EPU takes one more image, of a hole in a square that was completed. */
function takeImage(folder: string, time: string): void {
  const name = "FoilHole_101000_Data_9009_1_20240406_120000.xml";
  const content = imageXml({ uniqueId: "one-more" }).replace("2024-04-06T10:24:17.8533871+01:00", time);
  writeFileSync(join(workplace.watched, folder, "Images-Disc1", "GridSquare_101", "Data", name), content);
}

/** Another session, that the agent comes to last whenever it looks, is complete. */
const LAST: TreeSpec = { ...OTHER_SESSION, folder: "z" };

function completeLast(): void {
  for (const id of LAST.squareIds) {
    const content = gridSquareXml({ id, visited: true, holeIds: [], state: "Completed" });
    writeFileSync(join(workplace.watched, LAST.folder, "Metadata", `GridSquare_${id}.dm`), content);
  }
}

test("a session is complete when EPU has completed all of its squares and nothing new comes, and goes on when it does", async () => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent({ times: TIMES });
  await agent.settled();
  completeSquares(["101", "102", "103"]);
  await agent.settled();
  expect(status()).toBe("started");
  completeSquares(["104"]);
  await until("the session is complete", () => status() === "completed");
  await until("the agent says so", () => agent.status().complete.length === 1);
  takeImage(SESSION, "2024-04-06T10:24:17.8533871+01:00");
  await until("the session is under way again", () => status() === "started");
  expect(workplace.api.all("acquisition")[0]?.end_time).toBeNull();
});

test("a session of which something was seen by a clock that was ahead is complete all the same", async () => {
  const { watched, stateFolder } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  completeSquares(["101", "102", "103", "104"]);
  const first = await workplace.agent();
  await first.settled();
  await first.stop();
  expect(status()).toBe("started");
  const journal = new Database(join(stateFolder, "journal.db"));
  journal.exec(`update folders set seen_at = seen_at + ${2 * 24 * 3_600_000}`);
  journal.close();
  await workplace.agent({ times: TIMES });
  await until("the session is complete", () => status() === "completed");
});

test("a complete session that EPU goes on with while the agent is away is under way again", async () => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  completeSquares(["101", "102", "103", "104"]);
  const before = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => before.status().complete.length === 1);
  await before.stop();
  expect(status()).toBe("completed");
  const metadata = join(workplace.watched, SESSION, "Metadata", "GridSquare_105.dm");
  writeFileSync(metadata, gridSquareXml({ id: "105", visited: true, holeIds: [], state: "InProgress" }));
  // Not quiet for long enough for being found complete once more.
  const after = await workplace.agent({ times: { ...TIMES, sessionQuietMs: 600_000 } });
  await until("the session is under way again", () => status() === "started");
  await until("the agent says so", () => after.status().complete.length === 0);
});

const TOLD = "select told as value from complete_acquisitions where micrographs is not null";
const COMPLETE_SESSIONS = `
  ALTER TABLE sessions ADD complete_at real; UPDATE sessions SET complete_at = 1; DROP TABLE complete_acquisitions`;
const COMPLETE_ACQUISITIONS = `
  CREATE TABLE earlier (acquisition text primary key) without rowid;
  INSERT INTO earlier SELECT acquisition FROM complete_acquisitions;
  DROP TABLE complete_acquisitions; ALTER TABLE earlier RENAME TO complete_acquisitions`;

test.each([
  ["whose journal is rebuilt", (): unknown => asOfEarlierVersion("PRAGMA user_version = 1"), 1],
  [
    "whose journal of version 7 is rebuilt",
    (): unknown => asOfEarlierVersion(`${COMPLETE_SESSIONS}; PRAGMA user_version = 7`),
    0,
  ],
  [
    "whose journal of version 10 is rebuilt",
    (): unknown => asOfEarlierVersion(`${COMPLETE_ACQUISITIONS}; PRAGMA user_version = 10`),
    0,
  ],
  ["of another database", (): unknown => Object.assign(workplace.api, { databaseId: "another" }), 0],
])("a complete session %s is under way again when EPU goes on, and complete until then", async (_, change, told) => {
  workplace.api.databaseId = "one";
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  completeSquares(["101", "102", "103", "104"]);
  const before = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => before.status().complete.length === 1);
  await before.stop();
  change();
  const after = await workplace.agent({ times: { ...TIMES, sessionQuietMs: 600_000 } });
  await until("whether it is to be told anew is known", () => journaled(TOLD) === told);
  await after.settled();
  expect(after.status().complete).toHaveLength(1);
  expect(status()).toBe("completed");
  const metadata = join(workplace.watched, SESSION, "Metadata", "GridSquare_105.dm");
  writeFileSync(metadata, gridSquareXml({ id: "105", visited: true, holeIds: [], state: "InProgress" }));
  await until("the session is under way again", () => status() === "started");
  await until("the agent says so", () => after.status().complete.length === 0);
});

test("a complete session stays so where files are touched or written again with what they say already", async () => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  completeSquares(["101", "102", "103", "104"]);
  const agent = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => agent.status().complete.length === 1);
  const said = workplace.api.requests.length;
  const [session = "", touched = "", rewritten = ""] = [
    "EpuSession.dm",
    "Metadata/GridSquare_101.dm",
    "Metadata/GridSquare_102.dm",
  ].map((name) => join(workplace.watched, SESSION, name));
  chmodSync(session, 0o640);
  utimesSync(touched, new Date(), new Date());
  writeFileSync(rewritten, readFileSync(rewritten));
  const read = (): unknown[] => {
    const journal = new Database(join(workplace.stateFolder, "journal.db"));
    const known = journal.prepare("select ctime / 1000 as ms from files where name = ? and state = 'done'");
    const all = [session, touched, rewritten].map(
      (path) => (known.get(basename(path)) as { ms: number } | undefined)?.ms,
    );
    journal.close();
    return all;
  };
  const written = [session, touched, rewritten].map((path) => Math.floor(statSync(path).ctimeMs));
  await until("they are read", () => read().join() === written.join());
  await agent.settled();
  expect(workplace.api.requests.slice(said).filter(({ method }) => method === "PUT")).toEqual([]);
  expect(status()).toBe("completed");
});

/** A copy of the session as it is, with the times of its files. */
function copySession(to: string): void {
  cpSync(join(workplace.watched, SESSION), to, { recursive: true, preserveTimestamps: true });
}

const OF_METADATA =
  "select count(*) as value from files f join folders o on o.id = f.folder where f.state = 'done' and o.path like";

/** How many files of metadata are read of a session that is, or was, in a folder. */
function metadataOf(name: string): unknown {
  return journaled(`${OF_METADATA} '%/${name}/Metadata'`);
}

test("a complete session stays so, and squares completed, when it is deleted and an older copy is left", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  copySession(join(watched, "copy"));
  completeSquares(SMALL_SESSION.squareIds);
  const agent = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => agent.status().complete.length === 1);
  const states = () => api.all("gridsquare").map(({ state }) => state);
  const before = states();
  expect(new Set(before)).toEqual(new Set(["Completed"]));
  rmSync(join(watched, SESSION), { recursive: true });
  await until("it is gone", () => metadataOf(SESSION) === 0);
  writeFiles(watched, sessionFiles(LAST));
  completeLast();
  await until("the other session is complete", () => acquisition(LAST.session.name)?.status === "completed");
  expect(status()).toBe("completed");
  expect(states().slice(0, before.length)).toEqual(before);
  expect(reopened()).toEqual([]);
  takeImage("copy", "2024-04-07T01:00:00Z");
  await until("the session was under way again", () => reopened().length === 1);
  await until("the session is complete again", () => status() === "completed");
});

test("a complete session stays so when an older copy of it comes that has lost its times", async () => {
  const { watched, folder } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  copySession(join(folder, "copy"));
  completeSquares(SMALL_SESSION.squareIds);
  const agent = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => agent.status().complete.length === 1);
  cpSync(join(folder, "copy"), join(watched, "copy"), { recursive: true });
  await until("the copy is read", () => metadataOf("copy") === SMALL_SESSION.squareIds.length);
  writeFiles(watched, sessionFiles(LAST));
  completeLast();
  await until("the other session is complete", () => acquisition(LAST.session.name)?.status === "completed");
  expect(status()).toBe("completed");
  expect(reopened()).toEqual([]);
});

test("a session is not complete while its share is away", async () => {
  const { watched, folder, api } = workplace;
  const share = join(folder, "share");
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  completeSquares(["101", "102", "103", "104"]);
  const before = await workplace.agent();
  await before.settled();
  await before.stop();
  renameSync(watched, share);
  mkdirSync(watched);
  const after = await workplace.agent({ times: { ...TIMES, sessionQuietMs: 1, housekeepingMs: 1 } });
  await until("the share is missed", () => after.status().watching.trouble !== null);
  const asked = () => api.requests.filter(({ path }) => path.endsWith("/database/identity")).length;
  await until("the agent has begun", () => asked() > 1);
  // EPU has gone on meanwhile.
  const metadata = join(share, SESSION, "Metadata", "GridSquare_104.dm");
  writeFileSync(metadata, gridSquareXml({ id: "104", visited: true, holeIds: [], state: "InProgress" }));
  rmdirSync(watched);
  renameSync(share, watched);
  await until("the share is back", () => after.status().watching.trouble === null);
  await after.settled();
  expect(status()).toBe("started");
  expect(api.requests.filter(({ method }) => method === "PUT")).toEqual([]);
  completeSquares(["104"]);
  await until("the session is complete", () => status() === "completed");
});

test("a session is not complete while images come to one of its copies", async () => {
  const { watched, stateFolder } = workplace;
  writeFiles(watched, [...sessionFiles(SMALL_SESSION), ...sessionFiles(LAST)]);
  completeSquares(SMALL_SESSION.squareIds);
  completeLast();
  cpSync(join(watched, SESSION), join(watched, "backup", SESSION), { recursive: true });
  const before = await workplace.agent();
  await before.settled();
  await before.stop();
  const journal = new Database(join(stateFolder, "journal.db"));
  journal.exec(`update folders set seen_at = seen_at - 3600000 where path not like '%/visit/${SESSION}'`);
  journal.close();
  await workplace.agent({ times: { ...TIMES, sessionQuietMs: 600_000 } });
  await until("the other session is complete", () => acquisition(LAST.session.name)?.status === "completed");
  expect(status()).toBe("started");
});

test("a complete session stays so when its atlas is found later", async () => {
  const { watched, folder, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  completeSquares(SMALL_SESSION.squareIds);
  renameSync(join(watched, "atlas"), join(folder, "atlas"));
  const agent = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => agent.status().complete.length === 1);
  renameSync(join(folder, "atlas"), join(watched, "atlas"));
  writeFiles(watched, sessionFiles(LAST));
  completeLast();
  await until("the other session is complete", () => acquisition(LAST.session.name)?.status === "completed");
  expect(acquisition()?.atlas_path).toContain(watched);
  expect(api.counts().atlas).toBeGreaterThan(1);
  expect(reopened()).toEqual([]);
});

test("a complete session stays so when the clock was set back and the agent begins again", async () => {
  const { watched, stateFolder } = workplace;
  writeFiles(watched, [...sessionFiles(SMALL_SESSION), ...sessionFiles(LAST)]);
  completeSquares(SMALL_SESSION.squareIds);
  const before = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => before.status().complete.length === 1);
  await before.stop();
  const journal = new Database(join(stateFolder, "journal.db"));
  journal.exec("update folders set seen_at = seen_at + 3600000");
  journal.close();
  completeLast();
  await workplace.agent({ times: TIMES });
  await until("the other session is complete", () => acquisition(LAST.session.name)?.status === "completed");
  expect(reopened()).toEqual([]);
});

test("a complete session that goes on under another name is under way again, and its end is told anew", async () => {
  const { watched } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  completeSquares(SMALL_SESSION.squareIds);
  const agent = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => agent.status().complete.length === 1);
  renameSync(join(watched, SESSION), join(watched, "renamed"));
  await agent.settled();
  await until("it is complete under that name", () => agent.status().complete.length === 1);
  expect(reopened()).toEqual([]);
  takeImage("renamed", "2024-04-07T01:00:00Z");
  await until("the session was under way again", () => reopened().length === 1);
  await until("the session is complete again", () => status() === "completed");
  expect(acquisition()?.end_time).toBe("2024-04-07T01:00:00.000Z");
});

/** A session that an agent has found complete, and in which an image was taken since that agent was stopped. */
async function completeAndTakeAnImage(): Promise<void> {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  completeSquares(SMALL_SESSION.squareIds);
  const agent = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => agent.status().complete.length === 1);
  await agent.stop();
  takeImage(SESSION, "2024-04-07T01:00:00Z");
}

test("a session that an agent with another state folder has completed is under way again when it goes on", async () => {
  await completeAndTakeAnImage();
  const after = await workplace.agent({ times: TIMES, stateFolder: join(workplace.folder, "another-state") });
  await until("the session was under way again", () => reopened().length === 1);
  await until("the session is complete again", () => after.status().complete.length === 1);
  expect(acquisition()).toMatchObject({ status: "completed", end_time: "2024-04-07T01:00:00.000Z" });
});

test("the end of a session that went on while no agent saw it is told anew when it is quiet again", async () => {
  await completeAndTakeAnImage();
  const times = { ...TIMES, sessionIdleMs: 0 };
  const after = await workplace.agent({ times, stateFolder: join(workplace.folder, "another-state") });
  await until("the session is complete", () => after.status().complete.length === 1);
  expect(acquisition()).toMatchObject({ status: "completed", end_time: "2024-04-07T01:00:00.000Z" });
  expect(reopened()).toEqual([]);
});

test("a session that an operator has completed stays so when it goes on", async () => {
  const { watched, api, folder } = workplace;
  writeFiles(watched, [...sessionFiles(SMALL_SESSION), ...sessionFiles(LAST)]);
  const before = await workplace.agent();
  await before.settled();
  await before.stop();
  const { uuid } = acquisition() ?? {};
  const known = api.entities.get("acquisition")?.get(String(uuid)) ?? {};
  Object.assign(known, { status: "completed", end_time: "2024-04-06T12:00:00Z" });
  takeImage(SESSION, "2024-04-07T01:00:00Z");
  completeLast();
  await workplace.agent({ times: TIMES, stateFolder: join(folder, "another-state") });
  await until("the other session is complete", () => acquisition(LAST.session.name)?.status === "completed");
  expect(acquisition()).toMatchObject({ status: "completed", end_time: "2024-04-06T12:00:00Z" });
});

test("a session that an operator has paused is left paused", async () => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent({ times: TIMES });
  await agent.settled();
  const [acquisition] = workplace.api.all("acquisition");
  Object.assign(workplace.api.entities.get("acquisition")?.get(String(acquisition?.uuid)) ?? {}, { status: "paused" });
  completeSquares(["101", "102", "103", "104"]);
  await until("the agent has found it complete", () => agent.status().complete.length === 1);
  expect(status()).toBe("paused");
});

test("neither what the API refuses nor another session's uploads keep a session from being complete", async () => {
  const { watched, api } = workplace;
  // One square is refused for good, so that its holes can't be uploaded; of the other session nothing gets through.
  const refused = new Set<unknown>();
  api.refuses = (kind, body) => {
    if (kind === "acquisition" && body.name === OTHER_SESSION.session.name) return true;
    if (kind === "gridsquare" && body.gridsquare_id === "101") refused.add(body.uuid);
    return refused.has(body.uuid);
  };
  writeFiles(watched, [...sessionFiles(SMALL_SESSION), ...sessionFiles(OTHER_SESSION)]);
  completeSquares(["101", "102", "103", "104"]);
  const agent = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => status() === "completed");
  expect(agent.status().orphans.children_of_refused).toBeGreaterThan(0);
  await until("the agent says so", () => agent.status().complete.length === 1);
  expect(agent.status().queue.entities).toBeGreaterThan(0);
});
