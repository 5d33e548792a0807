import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { mkdir, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseFile } from "./parse-file.js";
import { DOCUMENTS, microscopeImageDocument, sessionDocument } from "./testing/documents.js";
import { temporaryFolder } from "./testing/folders.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL, realBytes, realPath } from "./testing/real-files.js";

const SESSION = sessionDocument("<Name>n</Name>");
const MICROGRAPH = "Images-Disc1/GridSquare_1/Data/FoilHole_2_Data_3_4_20240406_102527";

async function errorOf(...args: Parameters<typeof parseFile>) {
  const result = await parseFile(...args);
  if (result.ok) throw new Error("The file was taken.");
  return result.error;
}

describe("parseFile", () => {
  it("takes the kind from the path and gives what was read of which state of the file", async () => {
    await using folder = await temporaryFolder({ "EpuSession.dm": SESSION });
    const path = join(folder.path, "EpuSession.dm");
    await utimes(path, 1_700_000_000, 1_700_000_000);
    const result = await parseFile(path);
    expect(result).toMatchObject({
      ok: true,
      value: {
        kind: "session",
        path,
        where: { kind: "epuSession", sessionFolder: folder.path },
        record: { id: "77", name: "n" },
        issues: [],
        sizeBytes: SESSION.length,
        modifiedMs: 1_700_000_000_000,
        sha256: createHash("sha256").update(SESSION).digest("hex"),
      },
    });
  });

  it("takes the kind that it is told, whatever the name", async () => {
    await using folder = await temporaryFolder({ "copy.xml": SESSION });
    const path = join(folder.path, "copy.xml");
    expect(await parseFile(path, { kind: "session" })).toMatchObject({ ok: true, value: { where: { kind: "other" } } });
    expect(await errorOf(path)).toMatchObject({ code: "foreign" });
  });

  it("does not take the camera server's file for a micrograph", async () => {
    const document = DOCUMENTS.micrograph ?? "";
    await using folder = await temporaryFolder({
      [`${MICROGRAPH}.xml`]: document,
      [`${MICROGRAPH}_Fractions.xml`]: document,
    });
    expect(await parseFile(join(folder.path, `${MICROGRAPH}.xml`))).toMatchObject({
      ok: true,
      value: { kind: "micrograph" },
    });
    expect(await errorOf(join(folder.path, `${MICROGRAPH}_Fractions.xml`))).toMatchObject({ code: "foreign" });
  });

  it("reports values that it could not read beside the record", async () => {
    const document = microscopeImageDocument(
      "<microscopeData><optics><Defocus>deep</Defocus></optics></microscopeData>",
    );
    await using folder = await temporaryFolder({ [`${MICROGRAPH}.xml`]: document });
    const result = await parseFile(join(folder.path, `${MICROGRAPH}.xml`));
    expect(result).toMatchObject({
      ok: true,
      value: { record: { defocusM: null }, issues: ['Defocus is not a number: "deep"'] },
    });
  });

  it("says what the file system says of a file that can't be read", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "EpuSession.dm"));
    expect(await errorOf(join(folder.path, "EpuSession.dm"))).toMatchObject({ code: "unreadable", errno: "EISDIR" });
    expect(await errorOf(join(folder.path, "x", "EpuSession.dm"))).toMatchObject({
      code: "unreadable",
      errno: "ENOENT",
    });
  });

  it.skipIf(process.platform === "win32")("does not wait for a pipe", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "EpuSession.dm");
    execFileSync("mkfifo", [path]);
    expect(await errorOf(path)).toMatchObject({ code: "unreadable" });
  });

  it("refuses a file beyond the size limit without reading it", async () => {
    await using folder = await temporaryFolder({ "EpuSession.dm": SESSION });
    const path = join(folder.path, "EpuSession.dm");
    await truncate(path, 300 * 1024 * 1024);
    expect(await errorOf(path)).toMatchObject({ code: "too_large" });
    await truncate(path, 10_000);
    expect(await errorOf(path, { maxBytes: 9_999 })).toMatchObject({ code: "too_large" });
  });

  it("says that empty, cut and preallocated files are to be tried again", async () => {
    await using folder = await temporaryFolder({ "EpuSession.dm": "" });
    const path = join(folder.path, "EpuSession.dm");
    expect(await errorOf(path)).toMatchObject({ code: "empty" });
    await writeFile(path, SESSION.slice(0, -5));
    expect(await errorOf(path)).toMatchObject({ code: "incomplete" });
    await truncate(path, 100_000);
    expect(await errorOf(path)).toMatchObject({ code: "incomplete" });
  });

  it("calls a file incomplete that grows while it is read", async () => {
    const long = sessionDocument(`<Name>n</Name>${"<Other>x</Other>".repeat(200_000)}`);
    await using folder = await temporaryFolder({ "EpuSession.dm": long });
    const path = join(folder.path, "EpuSession.dm");
    expect(await parseFile(path)).toMatchObject({ ok: true });
    const growing = setInterval(() => appendFileSync(path, "\n"), 1);
    const result = await parseFile(path);
    clearInterval(growing);
    expect(result).toMatchObject({ ok: false, error: { code: "incomplete" } });
  });

  it.skipIf(process.platform !== "linux")("leaves no file open, whatever the outcome", async () => {
    await using folder = await temporaryFolder({ "EpuSession.dm": SESSION, "Atlas.dm": "<a/>", "a/EpuSession.dm": "" });
    for (const name of ["EpuSession.dm", "Atlas.dm", "a/EpuSession.dm", "b/EpuSession.dm"]) {
      await parseFile(join(folder.path, name));
    }
    const open = readdirSync("/proc/self/fd").flatMap((descriptor) => {
      try {
        return [readlinkSync(`/proc/self/fd/${descriptor}`)];
      } catch {
        return [];
      }
    });
    expect(open.filter((target) => target.startsWith(folder.path))).toEqual([]);
  });
});

describeWithRealData("parseFile", () => {
  it("reads a square of 2.3 MB in chunks, leaving turns of the event loop to others", async () => {
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    const result = await parseFile(realPath(REAL.gridSquareMetadata));
    clearInterval(counting);
    expect(turns).toBeGreaterThan(3);
    if (!result.ok || result.value.kind !== "gridSquareMetadata") throw new Error("not read");
    expect(result.value.record.foilHoles).toHaveLength(570);
    expect(result.value.sizeBytes).toBe(statSync(realPath(REAL.gridSquareMetadata)).size);
    expect(result.value.sha256).toBe(createHash("sha256").update(realBytes(REAL.gridSquareMetadata)).digest("hex"));
  });
});
