import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseGridSquareMetadata, parseMicroscopeImage } from "../dist/parse.js";
import { parseFile } from "../dist/parse-file.js";
import { REAL, realBytes, realDataExists, realPath } from "../dist/testing/real-files.js";

// How fast EPU's files are read, on real ones: `npx tsx packages/epu/bench/parse.bench.ts`.

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string;
}

/** @returns nothing where the real files are not there */
export async function run(): Promise<Measurement[]> {
  if (!realDataExists()) return [];
  const micrograph = realBytes(REAL.micrograph);
  const perMicrograph = medianMs(30, () => repeat(200, () => parseMicroscopeImage(micrograph))) / 200;
  const square = realBytes(REAL.gridSquareMetadata);
  return [
    {
      name: "epu: parse a grid square's metadata of 2.3 MB",
      value: round(medianMs(30, () => parseGridSquareMetadata(square))),
      unit: "ms",
      goal: "< 80",
    },
    {
      name: "epu: memory above the baseline while parsing it",
      value: round(peakOfGridSquareMb()),
      unit: "MB",
      goal: "< 40",
    },
    {
      name: "epu: parse micrograph manifests of 16 kB on one core",
      value: Math.round(1000 / perMicrograph),
      unit: "1/s",
      goal: ">= 1500, aim 3000",
    },
    {
      name: "epu: the same with open, stat, hash and close",
      value: Math.round(await filesPerSecond(realPath(REAL.micrograph))),
      unit: "1/s",
      goal: ">= 1500",
    },
  ];
}

function medianMs(times: number, work: () => unknown): number {
  repeat(5, work);
  const took = Array.from({ length: times }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return took.sort((a, b) => a - b)[times >> 1] ?? Number.NaN;
}

function repeat(times: number, work: () => unknown): void {
  for (let i = 0; i < times; i++) work();
}

async function filesPerSecond(path: string): Promise<number> {
  const files = 4000;
  const started = performance.now();
  let left = files;
  const reader = async (): Promise<void> => {
    while (left-- > 0) await parseFile(path);
  };
  await Promise.all(Array.from({ length: 8 }, reader));
  return (1000 * files) / (performance.now() - started);
}

/** A process of its own, because the highest memory of a process never falls. */
function peakOfGridSquareMb(): number {
  const child = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), "--peak"]);
  return Number(child.stdout.toString());
}

async function measurePeakMb(): Promise<number> {
  for (let i = 0; i < 100; i++) await parseFile(realPath(REAL.micrograph));
  const before = process.memoryUsage.rss();
  await parseFile(realPath(REAL.gridSquareMetadata));
  return (process.resourceUsage().maxRSS * 1024 - before) / 1e6;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--peak")) process.stdout.write(String(await measurePeakMb()));
  else {
    for (const { name, value, unit, goal } of await run())
      process.stdout.write(`${name}: ${value} ${unit} (goal ${goal})\n`);
  }
}
