import { mkdirSync } from "node:fs";
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
