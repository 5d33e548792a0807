import { cpuOf, FUZZ_INPUTS, FUZZ_SEED, fuzz, MAX_CPU_US } from "@smartem/common/testing/fuzzing";
import { type Dice, mutated } from "@smartem/common/testing/mutations";
import { expect } from "vitest";
import { parseEpuFile } from "../parse.js";
import type { EpuFileKind } from "../records.js";
import { realBytes } from "./real-files.js";
import { XML_TOKENS } from "./xml-tokens.js";

const CODES = ["incomplete", "empty", "malformed", "foreign", "missing_field", "too_large", "too_deep", "dtd_refused"];

/** Damages a real file again and again: whatever comes, the parser gives a record of the right names or a known error. */
export async function fuzzRealFile(kind: EpuFileKind, path: string, share: number): Promise<void> {
  const sample = realBytes(path);
  const original = parseEpuFile(kind, sample);
  if (!original.ok) throw new Error(original.error.message);
  const names = Object.keys(original.value);
  const usualUs = await cpuOf(() => void parseEpuFile(kind, sample));
  const parse = (dice: Dice): void => {
    const result = parseEpuFile(kind, mutated(sample, dice, XML_TOKENS));
    if (result.ok) expect(Object.keys(result.value), `seed ${FUZZ_SEED}`).toEqual(names);
    else expect(CODES, `seed ${FUZZ_SEED}`).toContain(result.error.code);
  };
  await fuzz(kind, Math.ceil(FUZZ_INPUTS * share), parse, MAX_CPU_US + 2 * usualUs);
}
