import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RotatingLog } from "./rotating-log.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "smartem-log-"));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

test("a log that is full is put aside, the latest so many are kept, and no line is in two of them", () => {
  const file = join(folder, "logs", "agent.log");
  const options = { maxBytes: 100, olderFiles: 2 };
  for (let index = 0; index < 10; index++) new RotatingLog(file, options).write(`${String(index).padStart(29)}\n`);
  const log = new RotatingLog(file, options);
  for (let index = 10; index < 20; index++) log.write(`${String(index).padStart(29)}\n`);
  expect(readdirSync(join(folder, "logs")).sort()).toEqual(["agent.log", "agent.log.1", "agent.log.2"]);
  const lines = ["agent.log.2", "agent.log.1", "agent.log"].map((name) =>
    readFileSync(join(folder, "logs", name), "utf8")
      .trim()
      .split(/\s+/),
  );
  expect(lines).toEqual([
    ["12", "13", "14"],
    ["15", "16", "17"],
    ["18", "19"],
  ]);
});

test("a line that is longer than a file has one of its own", () => {
  const file = join(folder, "agent.log");
  const log = new RotatingLog(file, { maxBytes: 10 });
  log.write("short\n");
  log.write(`${"x".repeat(50)}\n`);
  expect([statSync(`${file}.1`).size, statSync(file).size]).toEqual([6, 51]);
});

test("a log that can't be written is said once, and written to again when it can be", () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const place = join(folder, "logs");
  writeFileSync(place, "a file in the folder's place");
  const log = new RotatingLog(join(place, "agent.log"));
  log.write("lost\n");
  log.write("lost too\n");
  expect(said).toHaveBeenCalledTimes(1);
  rmSync(place);
  mkdirSync(place);
  log.write("kept\n");
  expect(readFileSync(join(place, "agent.log"), "utf8")).toBe("kept\n");
});
