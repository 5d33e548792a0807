import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { Workplace } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { openDatabase } from "./database.js";

let workplace: Workplace;

beforeEach(async () => {
  workplace = await Workplace.open();
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  await agent.stop();
});

afterEach(async () => {
  await workplace.close();
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
  expect(readdirSync(stateFolder).filter((name) => name.includes(".replaced-"))).toHaveLength(1);
}

test("a journal of a newer version is moved aside and rebuilt from the folder", async () => {
  const database = new Database(join(workplace.stateFolder, "journal.db"));
  database.exec("PRAGMA user_version = 1000");
  database.close();
  await expectRebuilt();
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

test("a second agent on the same state folder is refused", async () => {
  await workplace.agent();
  await expect(workplace.agent()).rejects.toMatchObject({ code: "state_folder_in_use" });
});
