import { cpuOf, FUZZ_INPUTS, FUZZ_SEED, fuzz, MAX_CPU_US } from "@smartem/common/testing/fuzzing";
import { type Dice, mutated } from "@smartem/common/testing/mutations";
import { expect } from "vitest";
import { parseEpuFile } from "../parse.js";
import type { EpuFileKind } from "../records.js";
import { realBytes } from "./real-files.js";
import { mutatedWellFormed, xmlSampleOf } from "./well-formed-mutations.js";
import { XML_TOKENS } from "./xml-tokens.js";

const CODES = ["incomplete", "empty", "malformed", "foreign", "missing_field", "too_large", "too_deep", "dtd_refused"];

/** So much of what is well-formed has to be read: else it is the tokenizer that is tried, not the readers. */
const LEAST_READ_SHARE = 0.5;

/** Damages a real file again and again: whatever comes, the parser gives a record of the right names or a known error. */
export async function fuzzRealFile(kind: EpuFileKind, path: string, share: number): Promise<void> {
  const sample = realBytes(path);
  await fuzzParser(kind, sample, (dice) => mutated(sample, dice, XML_TOKENS), share);
}

/** The same with a file that stays well-formed: nearly all of it gets to what reads the format, which must make the best of it. */
export async function fuzzWellFormed(kind: EpuFileKind, path: string, share: number): Promise<void> {
  const sample = xmlSampleOf(realBytes(path));
  const inputs = await fuzzParser(kind, Buffer.from(sample.text), (dice) => mutatedWellFormed(sample, dice), share);
  expect(inputs.read / inputs.all, `seed ${FUZZ_SEED}`).toBeGreaterThan(LEAST_READ_SHARE);
}

async function fuzzParser(
  kind: EpuFileKind,
  sample: Buffer,
  damaged: (dice: Dice) => Buffer,
  share: number,
): Promise<{ readonly all: number; readonly read: number }> {
  const original = parseEpuFile(kind, sample);
  if (!original.ok) throw new Error(original.error.message);
  const names = Object.keys(original.value);
  const usualUs = await cpuOf(() => void parseEpuFile(kind, sample));
  const inputs = { all: 0, read: 0 };
  const parse = (dice: Dice): void => {
    const result = parseEpuFile(kind, damaged(dice));
    inputs.all++;
    if (result.ok) inputs.read++;
    if (result.ok) expect(Object.keys(result.value), `seed ${FUZZ_SEED}`).toEqual(names);
    else expect(CODES, `seed ${FUZZ_SEED}`).toContain(result.error.code);
  };
  // A hang is what takes long beyond what the file takes when it is whole: squares of megabytes may, on a slow machine.
  await fuzz(kind, Math.ceil(FUZZ_INPUTS * share), parse, MAX_CPU_US + 2 * usualUs);
  return inputs;
}
