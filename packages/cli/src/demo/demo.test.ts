import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_CLUSTER_ROOT } from "@smartem/backend/embedded-postgres/cluster-home";
import { expect, test } from "vitest";
import { processesNaming, runCommand } from "../testing/command.js";
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
    "-v",
  ]);
  let printed = "";
  demo.child.stdout?.on("data", (text: string) => {
    printed += text;
  });
  const { code, output } = await demo.ended;
  // The log goes elsewhere.
  const summary = JSON.parse(printed) as DemoSummary;
  expect(output).toContain("agent started");
  expect(summary.problems).toEqual([]);
  expect(code).toBe(0);
  expect(summary.entities.find(({ entity }) => entity === "micrographs")?.stored).toBeGreaterThan(10);
  expect(summary.instructions.followed).toBeGreaterThan(0);
  expect(summary.on.minutes).toBeLessThanOrEqual(30);
}, 300_000);

test("a demo that is interrupted leaves nothing behind", async () => {
  const dir = mkdtempSync(join(tmpdir(), "smartem-demo-test-"));
  try {
    const demo = runCommand("smartem", ["demo", "-v"], { TMPDIR: dir });
    await demo.printed(/agent started/);
    expect(readdirSync(dir)).not.toEqual([]);
    demo.child.kill("SIGINT");
    expect(await demo.ended).toMatchObject({ code: 130 });
    expect(readdirSync(dir)).toEqual([]);
    expect(processesNaming(dir)).toEqual([]);
    // Root's database is kept elsewhere, as only root may enter this folder.
    const clusters = existsSync(DEFAULT_CLUSTER_ROOT) ? readdirSync(DEFAULT_CLUSTER_ROOT) : [];
    const owners = clusters
      .map((name) => join(DEFAULT_CLUSTER_ROOT, name, "data-folder"))
      .filter((owner) => existsSync(owner))
      .map((owner) => readFileSync(owner, "utf8"));
    expect(owners.filter((owner) => owner.startsWith(dir))).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 120_000);
