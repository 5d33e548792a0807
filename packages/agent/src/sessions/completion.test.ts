import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { gridSquareXml, imageXml, sessionFiles, writeFiles } from "../testing/epu-folder.js";
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

function completeAt(): unknown {
  const journal = new Database(join(workplace.stateFolder, "journal.db"));
  const found = journal.prepare("select complete_at from sessions").get() as { complete_at: unknown } | undefined;
  journal.close();
  return found?.complete_at;
}

function status(): unknown {
  return workplace.api.all("acquisition")[0]?.status;
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
  const name = "FoilHole_101000_Data_9009_1_20240406_120000.xml";
  const data = join(workplace.watched, SESSION, "Images-Disc1", "GridSquare_101", "Data");
  writeFileSync(join(data, name), imageXml({ uniqueId: "one-more" }));
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

test.each([
  ["whose journal is rebuilt", (): unknown => asOfEarlierVersion("PRAGMA user_version = 1")],
  [
    "whose journal of version 7 is rebuilt",
    (): unknown => asOfEarlierVersion("DROP TABLE complete_acquisitions; PRAGMA user_version = 7"),
  ],
  ["of another database", (): unknown => Object.assign(workplace.api, { databaseId: "another" })],
])("a complete session %s is under way again when EPU goes on, and complete until then", async (_, change) => {
  workplace.api.databaseId = "one";
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  completeSquares(["101", "102", "103", "104"]);
  const before = await workplace.agent({ times: TIMES });
  await until("the session is complete", () => before.status().complete.length === 1);
  await before.stop();
  change();
  const after = await workplace.agent({ times: { ...TIMES, sessionQuietMs: 600_000 } });
  await until("whether it is complete is to be found out anew", () => completeAt() === null);
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
