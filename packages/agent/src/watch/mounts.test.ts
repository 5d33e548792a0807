import type { Stats } from "node:fs";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { openJournal } from "../journal/journal.js";
import { imageXml, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { until } from "../testing/harness.js";
import { OTHER_SESSION, SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

/** What stands in for a share's mount: a folder of this name is on another device while it has this file in it. */
const SHARE = "share";
const MOUNTED = ".mounted";

// Other tests of the same process have loaded the agent with the real file system, and are to find it again.
vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

// Nobody but root may mount.
vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  const stat = async (path: string): Promise<Stats> => {
    const found = await original.stat(path);
    const parts = path.split(sep);
    const depth = parts.indexOf(SHARE);
    const isOnShare = depth !== -1 && existsSync(join(parts.slice(0, depth + 1).join(sep), MOUNTED));
    return isOnShare ? Object.assign(found, { dev: found.dev + 1 }) : found;
  };
  return { ...original, stat };
});

const workplace = useWorkplace();
let share: string;
let elsewhere: string;

beforeEach(() => {
  share = join(workplace.watched, SHARE);
  elsewhere = join(workplace.folder, "unmounted");
  writeFiles(workplace.watched, sessionFiles(OTHER_SESSION));
  writeFiles(share, sessionFiles(SMALL_SESSION));
  writeFileSync(join(share, MOUNTED), "");
});

const DATA = join("Images-Disc1", "GridSquare_101", "Data");

test.each([
  ["an empty folder", () => mkdirSync(share)],
  ["what is on the disk beneath", () => writeFiles(share, [{ path: "notes.txt", content: "from before" }])],
  ["no folder", () => undefined],
])("a share below the watched folder that leaves %s is trouble, not the end of its files", async (_, leave) => {
  const { watched, api } = workplace;
  const agent = await workplace.agent();
  await agent.settled();
  const manifests = () =>
    Object.values(agent.status().files.micrographManifest ?? {}).reduce((sum, count) => sum + count, 0);
  expect(manifests()).toBe(24);
  renameSync(share, elsewhere);
  leave();
  await until("trouble", () => agent.status().watching.trouble?.startsWith(share) === true);
  await agent.settled();
  expect(manifests()).toBe(24);
  // What is gone elsewhere is gone.
  const other = join(watched, OTHER_SESSION.folder, DATA);
  rmSync(other, { recursive: true });
  await until("the others are forgotten", () => manifests() === 18);
  rmSync(share, { recursive: true, force: true });
  renameSync(elsewhere, share);
  await until("no trouble", () => agent.status().watching.trouble === null);
  const name = "FoilHole_101000_Data_9000_0_20240406_110000.xml";
  writeFileSync(join(share, SMALL_SESSION.folder, DATA, name), imageXml({ uniqueId: "after" }));
  await until("the new micrograph", () => api.counts().micrograph === 25);
});

test("a share that is not mounted when an agent starts is trouble too", async () => {
  const agent = await workplace.agent();
  await agent.settled();
  await agent.stop();
  renameSync(share, elsewhere);
  mkdirSync(share);
  const next = await workplace.agent();
  await next.settled();
  expect(next.status().watching.trouble).toContain(share);
  expect(Object.keys(next.status().files.micrographManifest ?? {})).toEqual(["done"]);
  expect(next.status().sessions.map(({ name }) => name)).toContain(SMALL_SESSION.session.name);
  await next.stop();
  // Given up.
  rmSync(share, { recursive: true });
  const last = await workplace.agent();
  await last.settled();
  expect(last.status().watching.trouble).toBeNull();
});

test("a share in a folder of the system's, which an earlier version looked into, is no trouble when it is not mounted", async () => {
  const snapshot = join(workplace.watched, ".snapshots", "daily");
  mkdirSync(snapshot, { recursive: true });
  const journal = openJournal(workplace.stateFolder);
  journal.files.addMount(snapshot);
  journal.close();
  const agent = await workplace.agent();
  await agent.settled();
  expect(agent.status().watching.trouble).toBeNull();
});
