import { describe, expect, it } from "vitest";
import { mrcFile } from "./mrc.js";

describe("MRC files", () => {
  const file = mrcFile(Int16Array.from([-3, 0, 5, 6, 7, 9]), 3, 2, 1.5e-10);

  it("have the MRC2014 header: size, int16 mode, cell in Å, map stamp", () => {
    expect([0, 4, 8, 12].map((offset) => file.readInt32LE(offset))).toEqual([3, 2, 1, 1]);
    expect([28, 32, 36].map((offset) => file.readInt32LE(offset))).toEqual([3, 2, 1]);
    expect(file.readFloatLE(40)).toBeCloseTo(4.5, 5);
    expect(file.readFloatLE(44)).toBeCloseTo(3, 5);
    expect([64, 68, 72].map((offset) => file.readInt32LE(offset))).toEqual([1, 2, 3]);
    expect(file.toString("ascii", 208, 212)).toBe("MAP ");
    expect([...file.subarray(212, 214)]).toEqual([0x44, 0x44]);
    expect(file.readInt32LE(108)).toBe(20140);
  });

  it("state the least, greatest and mean value and the deviation", () => {
    expect([76, 80, 84].map((offset) => file.readFloatLE(offset))).toEqual([-3, 9, 4]);
    expect(file.readFloatLE(216)).toBeCloseTo(Math.sqrt((49 + 16 + 1 + 4 + 9 + 25) / 6), 4);
  });

  it("hold the pixels after 1024 bytes", () => {
    expect(file.length).toBe(1024 + 12);
    expect([0, 1, 2, 3, 4, 5].map((i) => file.readInt16LE(1024 + 2 * i))).toEqual([-3, 0, 5, 6, 7, 9]);
  });
});
