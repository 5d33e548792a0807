import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

beforeEach(() => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
});

/** EPU stores these sessions in `Z:\DoseFractions`. */
async function storagePath(pathMaps: readonly { from: string; to: string }[] = []): Promise<unknown> {
  const agent = await workplace.agent({ pathMaps });
  await agent.settled();
  expect(
    agent.status().errors.latest.filter(({ message }) => message.includes("storage folder is not found")),
  ).toHaveLength(workplace.api.all("acquisition")[0]?.storage_path === "Z:\\DoseFractions" ? 1 : 0);
  return workplace.api.all("acquisition")[0]?.storage_path;
}

test("a storage folder that is nowhere here stays as EPU wrote it, and is reported", async () => {
  expect(await storagePath()).toBe("Z:\\DoseFractions");
});

test("a storage folder is found by the end of its path, beneath the watched folder or beside it", async () => {
  const folder = join(workplace.folder, "DoseFractions");
  mkdirSync(folder);
  expect(await storagePath()).toBe(folder);
});

test("a storage folder is where a path map says before it is anywhere else", async () => {
  const folder = join(workplace.folder, "mounted");
  mkdirSync(folder);
  mkdirSync(join(workplace.folder, "DoseFractions"));
  expect(await storagePath([{ from: "Z:\\DoseFractions", to: folder }])).toBe(folder);
});

const STORED = sessionFiles(SMALL_SESSION);

test("with several visits below the watched folder, a session's storage folder is the one that it is in, at any depth", async () => {
  const { watched, api } = workplace;
  rmSync(join(watched, "Supervisor_1"), { recursive: true });
  rmSync(join(watched, "atlas"), { recursive: true });
  const visit = join(watched, "2024", "DoseFractions");
  writeFiles(visit, STORED);
  // Another visit's, which is found as readily.
  mkdirSync(join(watched, "DoseFractions"));
  expect(await storagePath()).toBe(visit);
  // EPU stores these atlases in `Z:\\atlas`.
  expect(api.all("atlas")[0]?.storage_folder).toBe(join(visit, "atlas"));
});

test("a longer end of its path tells more than where a session is", async () => {
  const { watched } = workplace;
  rmSync(join(watched, "Supervisor_1"), { recursive: true });
  writeFiles(
    join(watched, "DoseFractions"),
    STORED.map(({ path, content }) => ({ path, content: content.replace("<Path>Z:", "<Path>Z:\\cm40598-8") })),
  );
  const longer = join(watched, "cm40598-8", "DoseFractions");
  mkdirSync(longer, { recursive: true });
  expect(await storagePath()).toBe(longer);
});

test("an atlas's storage folder that is nowhere here stays as EPU wrote it, and is reported", async () => {
  const { watched, folder, api } = workplace;
  mkdirSync(join(folder, "DoseFractions"));
  const elsewhere = STORED.filter(({ path }) => path.endsWith("Atlas.dm")).map((file) => ({
    ...file,
    content: file.content.replace("Z:\\atlas", "Z:\\elsewhere"),
  }));
  writeFiles(watched, elsewhere);
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.all("atlas")[0]?.storage_folder).toBe("Z:\\elsewhere");
  expect(agent.status().errors.latest.map(({ message }) => message)).toContainEqual(
    expect.stringContaining("the atlas's storage folder is not found"),
  );
});
