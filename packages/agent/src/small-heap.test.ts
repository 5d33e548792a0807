import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const MB = 1024 * 1024;
const compiled = (module: string) => new URL(`../dist/${module}.js`, import.meta.url).href;
const KEEP_SMALL = `import { keepHeapsSmall } from "${compiled("small-heap")}"; await keepHeapsSmall();`;

/** Much of what is read lives for some batches, and is garbage then. */
const WORK = `
  const batches = [];
  let most = 0;
  for (let batch = 0; batch < 400; batch++) {
    batches.push(Array.from({ length: 5_000 }, (_, n) => ({ uuid: "entity " + batch + " " + n, fields: [n] })));
    if (batches.length > 8) batches.shift();
    most = Math.max(most, process.memoryUsage().heapTotal);
  }`;

function numberFrom(script: string, value: string): number {
  const program = `${script};${WORK};process.stdout.write(String(${value}));process.exit()`;
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }));
}

test("a process that keeps its heaps small needs far less for the same work", () => {
  const usual = numberFrom("", "most");
  const small = numberFrom(KEEP_SMALL, "most");
  expect(small).toBeGreaterThan(1e6);
  expect(small).toBeLessThan(usual * 0.75);
});

test("its nursery does not grow once files have been read, in the thread that is started for it", () => {
  const script = `
    import { getHeapSpaceStatistics } from "node:v8";
    import { readerInOwnThread } from "${compiled("intake/file-reader")}";
    ${KEEP_SMALL}
    const nursery = () => getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size;
    const expected = { size: 0, mtimeMs: 0, ctimeMs: 0 };
    await readerInOwnThread().read([{ location: "/no/such/file", kind: "atlas", expected, knownHash: null }])`;
  expect(numberFrom(script, "nursery() / 1e6")).toBeLessThan(4);
});

test("a heap that work has left large is shrunk to what is in use", () => {
  // In a process of its own: other tests of this one have left work behind that is not this test's.
  const program = `
    import { shrinkHeap } from "${compiled("small-heap")}";
    const heapMb = () => process.memoryUsage().heapTotal / ${MB};
    await shrinkHeap();
    const before = heapMb();
    let work = Array.from({ length: 500_000 }, (_, index) => ({ text: "entity " + index }));
    const atWork = heapMb();
    const kept = work.length;
    work = [];
    await shrinkHeap();
    process.stdout.write(JSON.stringify({ kept, before, atWork, after: heapMb() }));`;
  const { kept, before, atWork, after } = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }),
  ) as Record<string, number>;
  expect(kept).toBe(500_000);
  expect(atWork).toBeGreaterThan((before ?? 0) + 15);
  expect(after).toBeLessThan((before ?? 0) + 5);
});

test("files that are never read, or read to no avail, or gone before they are read, leave nothing in memory", () => {
  const state = mkdtempSync(join(tmpdir(), "smartem-agent-"));
  const program = `
    import { shrinkHeap } from "${compiled("small-heap")}";
    import { openJournal } from "${compiled("journal/journal")}";
    import { seenFile } from "${compiled("watch/seen-file")}";
    import { classifyPath } from "@smartem/epu/classify";
    const { files, close } = openJournal(${JSON.stringify(state)});
    const see = (start, ending) => {
      const names = Array.from({ length: 1_000 }, (_, n) => "FoilHole_1_Data_2_" + (start + n) + "_20240406_105000" + ending);
      const folder = "/visit/Supervisor_1/Images-Disc1/GridSquare_1/Data";
      const stamp = { size: 1, mtimeMs: 1, ctimeMs: 1 };
      files.see(names.map((name) => seenFile(folder, name, classifyPath(folder + "/" + name), stamp)), 1, true);
      return files.due(1, 1_000);
    };
    const work = (from, to) => {
      for (let start = from; start < to; start += 1_000) {
        let due = see(start, "_Fractions.mrc").length;
        for (const { id } of see(start, ".jpg")) files.forget(id), due++;
        for (const file of see(start, ".xml")) files.markSettled(file, "refused", "malformed", ""), due++;
        if (due !== 2_000) throw new Error("due: " + due);
      }
    };
    const usedMb = async () => { await shrinkHeap(); return process.memoryUsage().heapUsed / ${MB}; };
    work(0, 2_000);
    const before = await usedMb();
    work(2_000, 42_000);
    process.stdout.write(String((await usedMb()) - before));
    close();`;
  try {
    const grown = Number(execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }));
    expect(grown).toBeLessThan(0.5);
  } finally {
    rmSync(state, { recursive: true });
  }
});
