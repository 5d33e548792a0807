import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "vitest";
import { parseEpuFile } from "../parse.js";
import type { EpuFileKind } from "../records.js";
import { type Dice, diceOf, mutated } from "./mutations.js";
import { realBytes } from "./real-files.js";

/** Of all kinds together; CI asks for 100,000. */
export const FUZZ_INPUTS = Number(process.env.SMARTEM_FUZZ_INPUTS ?? 1_000);
const SEED = Number(process.env.SMARTEM_FUZZ_SEED ?? Date.now() % 1_000_000_000);
/** Of processor time, not of the clock: other processes must not fail the test. */
export const MAX_CPU_US = 100_000;
const MAX_GROWTH_BYTES = 16 * 1024 * 1024;
const CODES = ["incomplete", "empty", "malformed", "foreign", "missing_field", "too_large", "too_deep", "dtd_refused"];

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** @returns microseconds */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Runs a parser on many damaged inputs, and sees to it that it answers each in time and keeps nothing. */
export function fuzz(name: string, count: number, parse: (dice: Dice) => void, allowedUs: number): void {
  const dice = diceOf(SEED);
  // What is set up at first use is not growth.
  for (let warmUp = 0; warmUp < Math.min(200, count); warmUp++) parse(dice);
  const before = heapBytes();
  for (let input = 0; input < count; input++) {
    const tookUs = cpuOf(() => parse(dice));
    if (tookUs > allowedUs) throw new Error(`${name}: input ${input} of seed ${SEED} took ${tookUs} µs`);
  }
  expect(heapBytes() - before, `${name}: memory grows (seed ${SEED})`).toBeLessThan(MAX_GROWTH_BYTES);
}

/** Damages a real file again and again: whatever comes, the parser gives a record of the right names or a known error. */
export function fuzzRealFile(kind: EpuFileKind, path: string, share: number): void {
  const sample = realBytes(path);
  const original = parseEpuFile(kind, sample);
  if (!original.ok) throw new Error(original.error.message);
  const names = Object.keys(original.value);
  const usualUs = cpuOf(() => void parseEpuFile(kind, sample));
  const parse = (dice: Dice): void => {
    const result = parseEpuFile(kind, mutated(sample, dice));
    if (result.ok) expect(Object.keys(result.value), `seed ${SEED}`).toEqual(names);
    else expect(CODES, `seed ${SEED}`).toContain(result.error.code);
  };
  fuzz(kind, Math.ceil(FUZZ_INPUTS * share), parse, MAX_CPU_US + 2 * usualUs);
}
