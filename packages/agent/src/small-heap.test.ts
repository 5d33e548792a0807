import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shrinkHeap } from "./small-heap.js";

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

test("a heap that work has left large is shrunk to what is in use", async () => {
  const heapMb = () => process.memoryUsage().heapTotal / MB;
  await shrinkHeap();
  const before = heapMb();
  let work: { text: string }[] = Array.from({ length: 500_000 }, (_, index) => ({ text: `${index}` }));
  const atWork = heapMb();
  expect(atWork).toBeGreaterThan(before + 15);
  expect(work.length).toBe(500_000);
  work = [];
  await shrinkHeap();
  expect(heapMb()).toBeLessThan(before + 5);
});
