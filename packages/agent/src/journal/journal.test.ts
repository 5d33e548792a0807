import { execFile } from "node:child_process";
import { cpSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type InstructionMessage, REORDER_GRIDSQUARES } from "@smartem/common/instructions";
import { classifyPath } from "@smartem/epu/classify";
import Database from "libsql";
import { beforeEach, expect, test, vi } from "vitest";
import { contribution, precedenceOf } from "../mapping/contribution.js";
import { gridSquareXml, holeId, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { agentArguments } from "../testing/spawned-agent.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { seenFile, UNSEEN } from "../watch/seen-file.js";
import { journalsIn, openDatabase } from "./database.js";
import { openJournal } from "./journal.js";

const workplace = useWorkplace();

/** What this process has had open, Windows lets only the next one move. */
const MOVED_AT_ONCE = process.platform !== "win32";

const INSTRUCTION: InstructionMessage = {
  type: "instruction",
  instruction_id: "instruction-1",
  agent_id: "agent-1",
  session_id: "session-1",
  instruction_type: REORDER_GRIDSQUARES,
  payload: {},
  sequence_number: null,
  priority: "normal",
  created_at: "2026-01-01T00:00:00Z",
  expires_at: null,
  metadata: null,
};

beforeEach(async () => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  await agent.stop();
});

async function expectRebuilt(): Promise<void> {
  const { api, stateFolder } = workplace;
  const before = api.state();
  const { created } = api;
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.state()).toMatchObject({ ...before, registered: expect.anything() });
  expect(api.created).toBe(created);
  expect(agent.status().errors.latest[0]?.message).toContain("moved aside");
  expect(readdirSync(stateFolder).filter((name) => name.includes(".replaced-"))).toHaveLength(MOVED_AT_ONCE ? 1 : 0);
}

test("a journal of a newer version is moved aside and rebuilt from the folder", async () => {
  const database = new Database(join(workplace.stateFolder, "journal.db"));
  database.exec("PRAGMA user_version = 1000");
  database.close();
  await expectRebuilt();
});

test("what does not follow from the folder is carried over from a journal of another version that keeps it alike", () => {
  const stateFolder = join(workplace.folder, "another-state");
  const message = INSTRUCTION;
  const call = {
    key: "ack/instruction-1/received",
    method: "POST",
    path: "/ack",
    body: { status: "received" },
  } as const;
  const watch = { lastStateId: 7 };
  const before = openJournal(stateFolder);
  before.instructions.add(message, "control", "acquisition-1", 1);
  before.witnesses.noteDatabase("database-1");
  before.outbox.add(call, 1);
  const verification = { instructionId: "instruction-0", sessionId: "session-1", acquisition: "acquisition-1", watch };
  before.verifications.add({ ...verification, createdAtMs: 1 });
  before.takeovers.need("http://athena", "SmartFocusPrediction", "acquisition-1");
  before.takeovers.setHeld("http://athena", "SmartFocusPrediction", true);
  before.close();
  const alter = (sql: string) => {
    const database = new Database(journalsIn(stateFolder).at(-1) ?? "");
    database.exec(sql);
    return database;
  };
  // As an agent that was killed leaves it: not all of it in the file itself.
  const killed = alter("UPDATE instructions SET attempts = 3; PRAGMA user_version = 1");
  const after = openJournal(stateFolder);
  expect(after.replaced?.reason).toContain("older version (1");
  expect(after.instructions.open("session-1", "control")).toMatchObject([{ message, attempts: 3, receivedAtMs: 1 }]);
  expect(after.witnesses.database).toBe("database-1");
  expect(after.outbox.due(2, 10)).toMatchObject([call]);
  expect(after.verifications.open()).toEqual([{ ...verification, createdAtMs: 1, isFollowed: false }]);
  expect(after.takeovers.held()).toEqual([{ service: "http://athena", plugin: "SmartFocusPrediction" }]);
  after.close();
  killed.close();
  alter("ALTER TABLE outbox ADD COLUMN more text; PRAGMA user_version = 1").close();
  const last = openJournal(stateFolder);
  expect(last.outbox.due(2, 10)).toEqual([]);
  expect(last.verifications.open()).toHaveLength(1);
  last.close();
  alter(`
    ALTER TABLE verifications RENAME TO latest;
    CREATE TABLE verifications (instruction_id text, session_id text, acquisition text, watch text, state text, created_at real);
    INSERT INTO verifications SELECT instruction_id, session_id, acquisition, watch, 'open', created_at FROM latest;
    INSERT INTO verifications SELECT 'told of', session_id, acquisition, watch, 'said', created_at FROM latest;
    DROP TABLE latest;
    PRAGMA user_version = 5`).close();
  const fromEarlier = openJournal(stateFolder);
  expect(fromEarlier.verifications.open()).toEqual([{ ...verification, createdAtMs: 1, isFollowed: false }]);
  fromEarlier.close();
  alter("ALTER TABLE verifications DROP COLUMN followed; PRAGMA user_version = 7").close();
  const fromSeven = openJournal(stateFolder);
  expect(fromSeven.verifications.open()).toEqual([{ ...verification, createdAtMs: 1, isFollowed: false }]);
  fromSeven.verifications.markFollowed("instruction-0");
  fromSeven.close();
  alter("PRAGMA user_version = 1").close();
  const withFollowed = openJournal(stateFolder);
  expect(withFollowed.verifications.open()).toMatchObject([{ isFollowed: true }]);
  withFollowed.close();
});

test("a journal that was to take the place of another, and was left unfinished, is finished with what that holds", () => {
  const stateFolder = join(workplace.folder, "another-state");
  const before = openJournal(stateFolder);
  before.instructions.add(INSTRUCTION, "control", "acquisition-1", 1);
  before.close();
  const earlier = new Database(join(stateFolder, "journal.db"));
  earlier.exec("PRAGMA user_version = 1");
  earlier.pragma("wal_checkpoint(TRUNCATE)");
  earlier.close();
  const begun = new Database(join(stateFolder, "journal-2.db"));
  begun.pragma("journal_mode = WAL");
  begun.close();
  const after = openJournal(stateFolder);
  expect(after.replaced?.movedTo).toContain(MOVED_AT_ONCE ? "journal.db.replaced-" : "journal.db");
  expect(after.instructions.open("session-1", "control")).toMatchObject([{ message: INSTRUCTION }]);
  after.close();
  const names = () => readdirSync(stateFolder).filter((name) => name.startsWith("journal") && name.endsWith(".db"));
  if (!MOVED_AT_ONCE) return;
  expect(names()).toEqual(["journal-2.db"]);
  // One that could not be moved then, as on Windows, is moved with the next start.
  writeFileSync(join(stateFolder, "journal.db"), "");
  const next = openJournal(stateFolder);
  expect(next.replaced).toBeNull();
  next.close();
  expect(names()).toEqual(["journal-2.db"]);
});

test("what is only in the write-ahead log of a journal of another version is carried over while somebody else reads it", () => {
  const stateFolder = join(workplace.folder, "another-state");
  openJournal(stateFolder).close();
  const path = join(stateFolder, "journal.db");
  const reader = new Database(path, { readonly: true });
  reader.exec("BEGIN");
  reader.prepare("select count(*) from instructions").get();
  // Not to be emptied by whoever closes it last.
  const killed = new Database(path);
  killed.pragma("wal_autocheckpoint = 0");
  killed.exec("insert into outbox (key, method, path, state, created_at) values ('ack/1', 'POST', '/x', 'open', 1)");
  killed.exec("PRAGMA user_version = 1");
  const after = openJournal(stateFolder);
  expect(after.replaced?.reason).toContain("of an older version");
  expect(after.outbox.due(2, 10)).toMatchObject([{ key: "ack/1" }]);
  after.close();
  for (const each of [reader, killed]) each.close();
});

test("of several journals the one that was written last is carried over, and it is said that the others are not", () => {
  const stateFolder = join(workplace.folder, "another-state");
  const pathOf = (name: string) => join(stateFolder, name);
  const alter = (name: string, sql: string) => {
    const database = new Database(pathOf(name));
    database.exec(sql);
    database.close();
  };
  const add = (id: string) => {
    const journal = openJournal(stateFolder);
    journal.instructions.add({ ...INSTRUCTION, instruction_id: id }, "control", "acquisition-1", 1);
    journal.close();
  };
  const instructions = () => {
    const journal = openJournal(stateFolder);
    const open = journal.instructions.open("session-1", "control").map(({ message }) => message.instruction_id);
    const { replaced } = journal;
    journal.close();
    return { open, replaced };
  };
  const names = () => readdirSync(stateFolder).filter((name) => name.startsWith("journal") && name.endsWith(".db"));
  add("before the upgrade");
  alter("journal.db", "PRAGMA user_version = 1");
  add("after the upgrade");
  // The earlier version begins a journal of its own.
  const put = (name: string) => renameSync(pathOf(name), join(workplace.folder, name));
  put("journal-2.db");
  add("after going back");
  alter("journal.db", "PRAGMA user_version = 1");
  const restore = (name: string, secondsAgo: number) => {
    renameSync(join(workplace.folder, name), pathOf(name));
    const at = Date.now() / 1_000 - secondsAgo;
    utimesSync(pathOf(name), at, at);
  };
  restore("journal-2.db", 60);
  const after = instructions();
  expect(after.open).toEqual(["after going back"]);
  expect(after.replaced).toMatchObject({
    reason: expect.stringContaining("older version"),
    movedTo: expect.stringContaining("journal.db"),
    notCarriedOver: [expect.stringContaining("journal-2.db")],
  });
  if (!MOVED_AT_ONCE) return;
  expect(names()).toEqual(["journal-3.db"]);
  expect(instructions().replaced).toBeNull();
  // One with a higher number that is older.
  cpSync(pathOf("journal-3.db"), join(workplace.folder, "journal-4.db"));
  restore("journal-4.db", 60);
  expect(instructions()).toMatchObject({
    open: after.open,
    replaced: { movedTo: expect.stringContaining("journal-4.db") },
  });
});

test("nothing is carried over from a journal before one that is corrupt", () => {
  const stateFolder = join(workplace.folder, "another-state");
  const before = openJournal(stateFolder);
  before.instructions.add(INSTRUCTION, "control", "acquisition-1", 1);
  before.close();
  // As on Windows, where it could not be moved.
  const at = Date.now() / 1_000 - 60;
  utimesSync(join(stateFolder, "journal.db"), at, at);
  writeFileSync(join(stateFolder, "journal-2.db"), "this is no database ".repeat(1_000));
  const after = openJournal(stateFolder);
  expect(after.instructions.open("session-1", "control")).toEqual([]);
  expect(after.replaced).toMatchObject({
    reason: expect.stringContaining("corrupt"),
    notCarriedOver: [expect.stringContaining("journal.db")],
  });
  after.close();
});

/** Of version 10: what files had listed was known of the entities alone. */
const AS_OF_TEN = `
  drop index registrations_of_acquisition;
  alter table registrations drop column acquisition;
  alter table registrations drop column listed;
  pragma user_version = 10`;

test.each([
  ["a later one", "pragma user_version = 1000"],
  ["version 10", AS_OF_TEN],
])(
  "what was told as registered is not told again by an agent that rebuilds the journal of %s, but for what lists more by then",
  async (_, sql) => {
    const { api, watched, stateFolder } = workplace;
    const before = [...api.registered];
    expect(before).toHaveLength(3);
    const database = new Database(join(stateFolder, "journal.db"));
    database.exec(sql);
    database.close();
    const holes = (square: string, places: number[]) => {
      const holeIds = places.map((place) => holeId(square, place));
      const path = join(SMALL_SESSION.folder, "Metadata", `GridSquare_${square}.dm`);
      writeFiles(watched, [{ path, content: gridSquareXml({ id: square, visited: true, holeIds }) }]);
    };
    holes("101", [0, 1, 2]);
    holes("102", [3, 4, 5, 6]);
    const agent = await workplace.agent();
    await agent.settled();
    expect(agent.status().errors.latest[0]?.message).toContain("moved aside");
    const square = api.all("gridsquare").find(({ gridsquare_id: id }) => id === "102")?.uuid;
    expect(api.registered.slice(3)).toEqual([`/gridsquares/${square}/registered?count=4`]);
    await agent.stop();
    // It is known beyond that what has been told.
    const next = await workplace.agent();
    await next.settled();
    expect(api.registered).toHaveLength(4);
  },
);

test("holes that EPU had dropped before an upgrade from version 8, which did not say so, are removed after it", async () => {
  const { api, watched, stateFolder } = workplace;
  const database = new Database(join(stateFolder, "journal.db"));
  // By then the file lists no longer the first of them, of which nothing else is said, and those that were imaged.
  database.exec(`
    delete from facts where substr(precedence, 1, 2) = '4|' and entity in (
      select id from entities where identity ->> 'foilhole_id' in ('101000', '101001', '101005'));
    ${AS_OF_TEN.replace("user_version = 10", "user_version = 8")}`);
  database.close();
  const holeIds = [3, 4, 10].map((place) => holeId("101", place));
  const path = join(SMALL_SESSION.folder, "Metadata", "GridSquare_101.dm");
  writeFiles(watched, [{ path, content: gridSquareXml({ id: "101", visited: true, holeIds }) }]);
  const agent = await workplace.agent();
  await agent.settled();
  const holes = api.all("foilhole").filter(({ gridsquare_id: square }) => square === "101");
  const left = holes.filter(({ selected }) => selected === true).map(({ foilhole_id: id }) => id);
  expect(left.sort()).toEqual(holeIds);
  expect(holes).toHaveLength(7);
});

test("an API that has nothing is told what is registered by an agent that rebuilds a journal in which it was told of", async () => {
  const { api, watched, folder, stateFolder } = workplace;
  const before = api.state();
  api.forgetEverything();
  const database = new Database(join(stateFolder, "journal.db"));
  database.exec("pragma user_version = 1000");
  database.close();
  const late = join(watched, SMALL_SESSION.folder, "Metadata", "GridSquare_101.dm");
  const elsewhere = join(folder, "GridSquare_101.dm");
  renameSync(late, elsewhere);
  const agent = await workplace.agent();
  await agent.settled();
  // Not of a square whose holes have yet to be read.
  expect(api.registered).toHaveLength(2);
  renameSync(elsewhere, late);
  await until("all is told", () => api.registered.length === 3);
  expect(api.state()).toEqual(before);
});

test("a folder that is named in another case than before is spelled as what is known below it", () => {
  const { files, close } = openJournal(join(workplace.folder, "another-state"));
  files.idOfFolder("D:\\EPU data\\Supervisor_1");
  for (const named of ["D:\\EPU data", "d:\\epu DATA"]) expect(files.spellingOf(named, "\\")).toBe("D:\\EPU data");
  expect(files.spellingOf("d:\\", "\\")).toBe("D:\\");
  expect(files.spellingOf("d:\\epu", "\\")).toBe("d:\\epu");
  close();
});

test("a corrupt journal is moved aside and rebuilt from the folder", async () => {
  for (const suffix of ["-wal", "-shm"]) rmSync(join(workplace.stateFolder, `journal.db${suffix}`), { force: true });
  writeFileSync(join(workplace.stateFolder, "journal.db"), "this is no database ".repeat(1_000));
  await expectRebuilt();
});

test("a full disk is told of as what it is, undoes what was begun, and leaves the journal usable", () => {
  const { database } = openDatabase(workplace.stateFolder);
  try {
    const [pages] = database.prepare("PRAGMA page_count").all();
    database.exec(`PRAGMA max_page_count = ${(pages?.page_count as number) + 1}`);
    const add = database.prepare("insert into folders (path) values (?)");
    const count = () => database.prepare("select count(*) as n from folders").get()?.n;
    const before = count();
    expect(() =>
      database.transaction(() => {
        for (let n = 0; n < 100; n++) add.run(`${n}`.repeat(1_000));
      }),
    ).toThrow(/full/);
    expect(count()).toBe(before);
    database.exec("PRAGMA max_page_count = 100000");
    database.transaction(() => add.run("there is room again"));
    expect(count()).toBe((before as number) + 1);
  } finally {
    database.close();
  }
});

test.runIf(process.platform !== "win32").each([
  ["of this version", 30, "/* as it is */"],
  ["of another version, which is to be replaced,", 60, "PRAGMA user_version = 1"],
])("a journal %s stays in its place while the disk has no room, and is used when it has", async (_, limitKb, sql) => {
  const { watched, api, folder } = workplace;
  const stateFolder = join(folder, "another-state");
  const before = openJournal(stateFolder);
  before.instructions.add(INSTRUCTION, "control", "acquisition-1", 1);
  before.close();
  const altered = new Database(join(stateFolder, "journal.db"));
  altered.exec(sql);
  altered.pragma("wal_checkpoint(TRUNCATE)");
  altered.close();
  for (const suffix of ["-wal", "-shm"]) rmSync(join(stateFolder, `journal.db${suffix}`), { force: true });
  const options = { watchFolder: watched, apiUrl: api.url, agentId: "agent-1", stateFolder };
  const agent = [process.execPath, ...agentArguments("agent-process"), JSON.stringify(options)];
  const failure = await promisify(execFile)("bash", ["-c", `ulimit -f ${limitKb}; exec "$@"`, "-", ...agent]).catch(
    (thrown: Error) => thrown,
  );
  expect((failure as Error).message).toContain("state_folder_unusable");
  expect(readdirSync(stateFolder).filter((name) => name.includes(".replaced-"))).toEqual([]);
  const after = openJournal(stateFolder);
  expect(after.replaced?.reason ?? "").not.toContain("corrupt");
  expect(after.instructions.open("session-1", "control")).toMatchObject([{ message: INSTRUCTION }]);
  after.close();
});

test("a second agent on the same state folder is refused", async () => {
  await workplace.agent();
  await expect(workplace.agent()).rejects.toMatchObject({ code: "state_folder_in_use" });
});

test("a state folder that can't be made is refused with what to do", () => {
  const file = join(workplace.folder, "a-file");
  writeFileSync(file, "");
  const refusal = expect.objectContaining({
    code: "state_folder_unusable",
    hint: expect.stringContaining("--state-dir"),
  });
  expect(() => openJournal(join(file, "state"))).toThrow(refusal);
  if (process.platform === "linux") expect(() => openJournal("/proc/nope/state")).toThrow(refusal);
});

test("instructions are carried out by their own priority, then by that of their payload, then as they came", () => {
  const journal = openJournal(join(workplace.folder, "another-state"));
  const add = (id: string, priority: "high" | "normal" | "low", payload: Record<string, unknown>) =>
    journal.instructions.add({ ...INSTRUCTION, instruction_id: id, payload, priority }, "control", "acquisition-1", 0);
  add("low", "low", { priority: "high" });
  add("payload low", "normal", { priority: "low" });
  add("first", "normal", { priority: "whatever" });
  add("second", "normal", {});
  add("payload high", "normal", { priority: "high" });
  add("high", "high", { priority: "low" });
  const order = journal.instructions.open("session-1", "control").map(({ message }) => message.instruction_id);
  expect(order).toEqual(["payload high", "high", "first", "second", "low", "payload low"]);
  journal.close();
});

test("nothing that is asked goes through all files, entities, calls, registrations or instructions", () => {
  const stateFolder = join(workplace.folder, "another-state");
  const prepare = vi.spyOn(Database.prototype, "prepare");
  openJournal(stateFolder).close();
  const statements = prepare.mock.calls
    .map(([sql]) => sql)
    .filter((sql) => /^\s*(select|with|insert|update|delete)/.test(sql));
  prepare.mockRestore();
  const database = new Database(join(stateFolder, "journal.db"));
  const goesThroughAll = (sql: string) =>
    (database.prepare(`explain query plan ${sql}`).all() as { detail: string }[]).some(({ detail }) =>
      /^SCAN (files|entities|facts|outbox|registrations|instructions|[a-ik-z])\b(?!.*USING)/.test(detail),
    );
  expect(statements.length).toBeGreaterThan(50);
  // When the API has lost an acquisition, everything of it is looked at once.
  expect(statements.filter((sql) => goesThroughAll(sql) && !/acquisition = \?\s*(\)|$)/.test(sql))).toEqual([]);
  database.close();
});

test("how far the squares of a grid are is read once, until something else is said of any square", () => {
  const { entities, transaction, close } = openJournal(join(workplace.folder, "another-state"));
  const grid = contribution("grid", { uuid: "grid", parents: [], identity: {}, precedence: "", fields: {} });
  const say = (id: number, state: string) => {
    const precedence = precedenceOf("metadata", "", String(id));
    const of = { uuid: `square ${id}`, parents: ["grid"], identity: {}, precedence };
    const square = contribution("gridsquare", { ...of, fields: { selected: true, state } });
    transaction(() => entities.replaceFacts([{ id, contributions: [grid, square], sinceMs: 0, isNew: false }]));
  };
  say(1, "Started");
  const squares = entities.squaresOf("grid");
  expect(squares).toEqual({ selected: 1, completed: 0 });
  expect(entities.squaresOf("grid")).toBe(squares);
  say(1, "Completed");
  expect(entities.squaresOf("grid")).toEqual({ selected: 1, completed: 1 });
  say(2, "Started");
  expect(entities.squaresOf("grid")).toEqual({ selected: 2, completed: 1 });
  transaction(() => entities.forgetFacts([2]));
  expect(entities.squaresOf("grid")).toEqual({ selected: 1, completed: 1 });
  close();
});

test("what is read once more without having changed is nothing new of its session", () => {
  const { files, close } = openJournal(join(workplace.folder, "another-state"));
  const session = join(workplace.folder, "session");
  const location = join(session, "EpuSession.dm");
  const see = () => files.see([seenFile(session, "EpuSession.dm", classifyPath(location), UNSEEN)], 0);
  const taken = (hash: string) => files.due(100, 1).map((file) => ({ file, stamp: UNSEEN, hash, againAtMs: null }));
  const read = (hash: string, nowMs: number) => {
    files.markRead(taken(hash), nowMs);
    return files.lastSeenMs(session);
  };
  see();
  expect(read("as it was", 1)).toBe(1);
  files.readAgain(session, "EpuSession.dm");
  // Whatever is known of it, its content is wanted.
  expect(files.due(100, 1).map(({ hash }) => hash)).not.toEqual(["as it was"]);
  expect(read("as it was", 2)).toBe(1);
  // Also where that is wished while it is being read.
  see();
  const inHand = taken("as it was");
  files.readAgain(session, "EpuSession.dm");
  files.readAgain(session, "EpuSession.dm");
  files.markRead(inHand, 3);
  expect(read("as it was", 4)).toBe(1);
  expect(taken("as it was")).toEqual([]);
  files.readAgain(session, "EpuSession.dm");
  expect(read("as it is", 5)).toBe(5);
  close();
});
