import { expect, test } from "vitest";
import { runCommand } from "../testing/command.js";
import type { DemoSummary } from "./run.js";

test("a small session closes the loop: every entity stored once, every instruction carried out and verified", async () => {
  const demo = runCommand("smartem", [
    "demo",
    "--seed",
    "7",
    "--squares",
    "5",
    "--holes-per-square",
    "20",
    "--minutes",
    "30",
    "--json",
  ]);
  const { code, output } = await demo.ended;
  const summary = JSON.parse(output) as DemoSummary;
  expect(summary.problems).toEqual([]);
  expect(code).toBe(0);
  expect(summary.entities.find(({ entity }) => entity === "micrographs")?.stored).toBeGreaterThan(10);
  expect(summary.instructions.followed).toBeGreaterThan(0);
  expect(summary.on.minutes).toBeLessThanOrEqual(30);
}, 180_000);
