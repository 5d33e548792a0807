import { expect, test } from "vitest";
import { fuzz } from "./fuzzing.js";

const MEGABYTE = 1024 * 1024;

test("a parser that keeps something of every input is found out", async () => {
  const kept: Buffer[] = [];
  await expect(fuzz("keeper", 10, () => void kept.push(Buffer.alloc(2 * MEGABYTE)))).rejects.toThrow("memory grows");
});

test("what else the process takes in the meantime is not the parser's", async () => {
  let others: Buffer | undefined;
  let inputs = 0;
  await fuzz("innocent", 10, () => {
    if (++inputs === 15) others = Buffer.alloc(32 * MEGABYTE);
  });
  expect(others).toHaveLength(32 * MEGABYTE);
});
