import { fuzz } from "@smartem/common/testing/fuzzing";
import type { Dice } from "@smartem/common/testing/mutations";
import { expect } from "vitest";
import { UnreadableImage } from "../unreadable-image.js";

/**
 * Reads damaged images again and again: each is read, or refused as unreadable, and both happen.
 *
 * @param read damages an image by the dice, reads it, and expects of it what is to be expected
 */
export async function fuzzImages(name: string, count: number, read: (dice: Dice) => Promise<void>): Promise<void> {
  const outcomes = { read: 0, refused: 0 };
  await fuzz(name, count, async (dice) => {
    try {
      await read(dice);
      outcomes.read++;
    } catch (thrown) {
      if (!(thrown instanceof UnreadableImage)) throw thrown;
      outcomes.refused++;
    }
  });
  expect(outcomes.read).toBeGreaterThan(0);
  expect(outcomes.refused).toBeGreaterThan(0);
}
