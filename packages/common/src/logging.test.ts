import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLogger, logFile, logLevelOf } from "./logging.js";

test("levels are known by their names in any case, and by those that Python gives them", () => {
  expect(["INFO", " debug ", "Warning", "CRITICAL", "silent", "loud", "constructor"].map(logLevelOf)).toEqual([
    "info",
    "debug",
    "warn",
    "fatal",
    "silent",
    null,
    null,
  ]);
});

test("a log file is made with its folder, and added to", () => {
  const dir = mkdtempSync(join(tmpdir(), "smartem-log-"));
  try {
    const file = join(dir, "logs", "a.log");
    for (const message of ["one", "two"]) createLogger("test", "info", logFile(file, { sync: true })).info(message);
    const lines = readFileSync(file, "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["one", "two"]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.skipIf(!existsSync("/dev/full"))("a full disk ends nobody who writes a log", async () => {
  for (const sync of [true, false]) {
    const log = createLogger("test", "info", logFile("/dev/full", { sync }));
    for (let line = 0; line < 1_000; line++) log.info({ line }, "lost");
    // What goes wrong with a stream is told later; untold, it would end the process.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
