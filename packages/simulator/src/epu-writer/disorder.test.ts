import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../random.js";
import { temporaryFolder } from "../testing/temporary-folder.js";
import { Disorder } from "./disorder.js";
import { FolderWriter, type WriteOperation, writeFileOperation } from "./write-operations.js";

const FILE = fc.record({
  path: fc.constantFrom("a/1.xml", "a/2.xml", "b/c/3.dm", "4.dm"),
  content: fc.string({ maxLength: 40 }),
});
const STEPS = fc.array(fc.array(FILE, { maxLength: 6 }), { maxLength: 6 });

describe("disorder", () => {
  it("leaves everything as it is at 0", () => {
    const operations: WriteOperation[] = [writeFileOperation("a", "1"), writeFileOperation("b", "2")];
    expect(new Disorder(0).disturb(operations, randomStream(1))).toEqual(operations);
  });

  it("ends with every file holding what was written to it last, whatever came late, in parts or out of order", () => {
    fc.assert(
      fc.property(STEPS, fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (steps, seed, amount) => {
        const dir = temporaryFolder();
        const writer = new FolderWriter(dir);
        const disorder = new Disorder(amount);
        const last = new Map<string, string>();
        steps.forEach((files, step) => {
          const operations = files.map((file) => writeFileOperation(file.path, file.content));
          for (const file of files) last.set(file.path, file.content);
          writer.applyAll(disorder.disturb(operations, randomStream(seed, step)));
        });
        writer.applyAll(disorder.flush());
        for (const [file, content] of last) expect(readFileSync(path.join(dir, file), "utf8")).toBe(content);
        expect(disorder.pending).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("reveals what a file says only when it is complete, and holds nothing back for ever", () => {
    const revealed = { kind: "atlas", id: "1" } as const;
    const disorder = new Disorder(1);
    let heldBack = 0;
    for (let seed = 0; seed < 200; seed++) {
      const seen = disorder.disturb([writeFileOperation(`${seed}`, "0123456789", [revealed])], randomStream(seed));
      const own = seen.filter((operation) => operation.path === `${seed}` && operation.kind !== "directory");
      const whole = own
        .map((operation) => ("content" in operation ? Buffer.from(operation.content).toString() : ""))
        .join("");
      const reveals = own.flatMap((operation) => ("reveals" in operation ? operation.reveals : []));
      expect(reveals).toEqual(whole === "0123456789" ? [revealed] : []);
      if (reveals.length === 0) heldBack++;
    }
    expect(heldBack).toBeGreaterThan(0);
    for (let step = 0; step < 3; step++) disorder.disturb([], randomStream("end", step));
    expect(disorder.pending).toBe(0);
  });
});
