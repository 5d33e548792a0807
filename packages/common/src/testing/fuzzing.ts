import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "vitest";
import { type Dice, diceOf } from "./mutations.js";
import { runs } from "./runs.js";

/** Of all kinds of a package together; CI asks for 100,000. */
export const FUZZ_INPUTS = Number(process.env.SMARTEM_FUZZ_INPUTS ?? runs(1_000));
export const FUZZ_SEED = Number(process.env.SMARTEM_FUZZ_SEED ?? Date.now() % 1_000_000_000);
/** Of processor time, not of the clock: other processes must not fail the test. */
export const MAX_CPU_US = 100_000;
const MAX_GROWTH_BYTES = 16 * 1024 * 1024;
/** What a parser keeps grows as much in every round; what others in the same process do grows in one. */
const ROUNDS = 3;
const REPEATS = 2;
const MAX_SEED = 2 ** 31;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Buffers are outside of the heap; those of files and streams are free once the event loop has closed them. */
async function memoryBytes(): Promise<number> {
  collectGarbage();
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** @returns microseconds */
export async function cpuOf(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  // Most parsers do not wait for anything, and waiting for them would cost more than many of them do.
  const pending = work();
  if (pending !== undefined) await pending;
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** A collection of garbage that happens to fall into it makes work take long once, a hang each time. @returns microseconds */
export async function leastCpuOf(work: () => void | Promise<void>, allowedUs: number): Promise<number> {
  let leastUs = await cpuOf(work);
  for (let again = 0; leastUs > allowedUs && again < REPEATS; again++) leastUs = Math.min(leastUs, await cpuOf(work));
  return leastUs;
}

/** Runs a parser on many damaged inputs, and sees to it that it answers each in time and keeps nothing. */
export async function fuzz(
  name: string,
  count: number,
  parse: (dice: Dice) => void | Promise<void>,
  allowedUs: number = MAX_CPU_US,
): Promise<void> {
  const dice = diceOf(FUZZ_SEED);
  // What is set up at first use is not growth.
  for (let warmUp = 0; warmUp < Math.min(200, count); warmUp++) await parse(dice);
  const grown: number[] = [];
  do {
    const before = await memoryBytes();
    for (let input = 0; input < count; input++) {
      const seed = dice(MAX_SEED);
      const tookUs = await leastCpuOf(() => parse(diceOf(seed)), allowedUs);
      if (tookUs > allowedUs) throw new Error(`${name}: input ${input} of seed ${FUZZ_SEED} took ${tookUs} µs`);
    }
    grown.push((await memoryBytes()) - before);
  } while (Math.min(...grown) >= MAX_GROWTH_BYTES && grown.length < ROUNDS);
  expect(Math.min(...grown), `${name}: memory grows (seed ${FUZZ_SEED})`).toBeLessThan(MAX_GROWTH_BYTES);
}
