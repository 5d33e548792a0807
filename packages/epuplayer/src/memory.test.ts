import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeArguments } from "@smartem/common/testing/compiled";
import { expect, test } from "vitest";
import { withFolder } from "./testing/trees.js";

const MOST_BYTES = 300 * 1024 ** 2;
/** A file of which not even one copy would fit. */
const FILE_BYTES = 400 * 1024 ** 2;
const TIMEOUT_MS = 180_000;

test(
  "a recording of any size is recorded, replayed and verified in 300 MB of memory",
  () =>
    withFolder(async (folder) => {
      const watched = join(folder, "watched");
      const target = join(folder, "target");
      const recording = join(folder, "recording.tar.gz");
      await mkdir(watched);
      await appendFile(join(watched, "a.mrc"), "");
      await truncate(join(watched, "a.mrc"), FILE_BYTES);
      const run = nodeArguments(["epuplayer", "common"], "testing/measured-cli");

      const recorder = spawn(process.execPath, [
        ...run,
        "record",
        watched,
        "-o",
        recording,
        "--no-skip-binary-content",
      ]);
      let output = "";
      recorder.stdout.setEncoding("utf8").on("data", (text: string) => {
        const isRecorded = output.includes("initial_file a.mrc");
        output += text;
        // Once: a second one would end it at once.
        if (!isRecorded && output.includes("initial_file a.mrc")) recorder.kill("SIGINT");
      });
      await once(recorder, "close");
      const used = [Number(output.trim().split("\n").at(-1))];
      for (const args of [
        ["replay", recording, target, "--burst"],
        ["verify", recording, target],
      ]) {
        const { stdout } = await promisify(execFile)(process.execPath, [...run, ...args]);
        used.push(Number(stdout.trim().split("\n").at(-1)));
      }
      expect((await stat(join(target, "a.mrc"))).size).toBe(FILE_BYTES);
      for (const kib of used) {
        expect(kib).toBeGreaterThan(0);
        expect(kib * 1024).toBeLessThan(MOST_BYTES);
      }
    }),
  TIMEOUT_MS,
);
