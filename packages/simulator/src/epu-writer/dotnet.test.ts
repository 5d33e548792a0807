import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asSingle, double, fileTime, localTime, single, utcTime } from "./dotnet.js";

describe("numbers as .NET writes them", () => {
  it("spells doubles as EPU's files do", () => {
    expect(double(0)).toBe("0");
    expect(double(1.2e-5)).toBe("1.2E-05");
    expect(double(-5e-5)).toBe("-5E-05");
    expect(double(-4.9999999999999996e-5)).toBe("-4.9999999999999996E-05");
    expect(double(0.00015)).toBe("0.00015");
    expect(double(0.0001)).toBe("0.0001");
    expect(double(9.9e-5)).toBe("9.9E-05");
    expect(double(300000)).toBe("300000");
    expect(double(1.7)).toBe("1.7");
    expect(double(4.1562760344504568e-8)).toBe("4.1562760344504568E-08");
    expect(double(8.5761109346098332e19)).toBe("8.5761109346098332E+19");
    expect(double(4e21)).toBe("4E+21");
    expect(double(1020.8035714285713)).toBe("1020.8035714285713");
  });

  it("spells singles with seven digits, or nine where seven do not suffice", () => {
    expect(single(1396)).toBe("1396");
    expect(single(772.894165)).toBe("772.894165");
    expect(single(2236.751)).toBe("2236.751");
    expect(single(4.5767938e-5)).toBe("4.5767938E-05");
  });

  it("writes numbers that read back as what they were", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(double(value))).toBe(value === 0 ? 0 : value);
      }),
    );
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(Number(single(value)))).toBe(value === 0 ? 0 : value);
        expect(Math.fround(asSingle(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});

describe("times as EPU writes them", () => {
  const moment = Date.UTC(2025, 0, 8, 15, 49, 18, 115);

  it("gives the local time with its offset, up to seven fraction digits", () => {
    expect(localTime(moment, 60)).toMatch(/^2025-01-08T16:49:18\.115\d{0,4}\+01:00$/);
    expect(localTime(moment, -330)).toMatch(/^2025-01-08T10:19:18\.115\d{0,4}-05:30$/);
    expect(utcTime(moment)).toMatch(/^2025-01-08T15:49:18\.115\d{0,4}Z$/);
  });

  it("puts local time into file names", () => {
    expect(fileTime(moment, 60)).toBe("20250108_164918");
  });
});
