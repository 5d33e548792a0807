import fc from "fast-check";
import { expect, test } from "vitest";
import { clusterHoles } from "./clusters.js";

const anyHoles = fc
  .array(
    fc.record({
      square: fc.integer({ min: 0, max: 3 }),
      x: fc.oneof(fc.double({ min: -50, max: 50, noNaN: true }), fc.constantFrom(0, Number.NaN)),
      y: fc.double({ min: -50, max: 50, noNaN: true }),
    }),
    { maxLength: 60 },
  )
  .map((holes) => ({
    squareOfHole: Int32Array.from(holes, ({ square }) => square),
    x: Float64Array.from(holes, ({ x }) => x),
    y: Float64Array.from(holes, ({ y }) => y),
  }));

test("every hole is in one cluster of its own square, and no cluster is wider than beam shift reaches", () => {
  fc.assert(
    fc.property(anyHoles, fc.double({ min: 0.1, max: 40, noNaN: true }), (holes, radius) => {
      const { clusterOfHole, squareOfCluster } = clusterHoles(holes, radius);
      clusterOfHole.forEach((c, h) => {
        expect(squareOfCluster[c]).toBe(holes.squareOfHole[h]);
        clusterOfHole.forEach((d, i) => {
          const apart = Math.hypot(holes.x[h] - holes.x[i], holes.y[h] - holes.y[i]);
          if (c === d && !Number.isNaN(apart)) expect(apart).toBeLessThanOrEqual(2 * radius + 1e-9);
        });
      });
      expect(clusterHoles(structuredClone(holes), radius).clusterOfHole).toEqual(clusterOfHole);
    }),
  );
});

test("a regular square of holes falls into few clusters", () => {
  const side = 20;
  const holes = {
    squareOfHole: new Int32Array(side * side),
    x: Float64Array.from({ length: side * side }, (_, h) => h % side),
    y: Float64Array.from({ length: side * side }, (_, h) => Math.floor(h / side)),
  };
  const { squareOfCluster } = clusterHoles(holes, 3);
  // A hexagon of circumradius 3 covers 23 holes; the rest is the rim.
  expect(squareOfCluster.length).toBeLessThan(33);
});

test("radius 0 keeps every position by itself, an infinite one makes a cluster of each square", () => {
  const holes = {
    squareOfHole: Int32Array.from([0, 0, 0, 1]),
    x: Float64Array.from([1, 1, 2, 1]),
    y: new Float64Array(4),
  };
  expect([...clusterHoles(holes, 0).clusterOfHole]).toEqual([0, 0, 1, 2]);
  expect([...clusterHoles(holes, Number.POSITIVE_INFINITY).clusterOfHole]).toEqual([0, 0, 0, 1]);
  expect(() => clusterHoles(holes, -1)).toThrow("makes no sense");
  expect(() => clusterHoles(holes, Number.NaN)).toThrow("makes no sense");
});

test("holes without a position are one cluster of their square", () => {
  const holes = {
    squareOfHole: Int32Array.from([0, 0, 0]),
    x: Float64Array.from([Number.NaN, 1, Number.NaN]),
    y: new Float64Array(3),
  };
  expect([...clusterHoles(holes, 1).clusterOfHole]).toEqual([0, 1, 0]);
});

test("no hole, no cluster", () => {
  const none = { squareOfHole: new Int32Array(0), x: new Float64Array(0), y: new Float64Array(0) };
  expect(clusterHoles(none, 1)).toEqual({ clusterOfHole: new Int32Array(0), squareOfCluster: new Int32Array(0) });
});

test("where holes come cluster by cluster, as EPU takes them, the clusters are found", () => {
  const side = 9;
  const turn = 0.2;
  const holes = Array.from({ length: side * side }, (_, n) => {
    const block = Math.floor(n / 9);
    const column = 3 * (block % 3) + (n % 3);
    const row = 3 * Math.floor(block / 3) + Math.floor((n % 9) / 3);
    return { x: column * Math.cos(turn) - row * Math.sin(turn), y: column * Math.sin(turn) + row * Math.cos(turn) };
  });
  const { clusterOfHole } = clusterHoles(
    {
      squareOfHole: new Int32Array(holes.length),
      x: Float64Array.from(holes, ({ x }) => x),
      y: Float64Array.from(holes, ({ y }) => y),
    },
    1.45,
  );
  expect([...clusterOfHole]).toEqual(holes.map((_, n) => Math.floor(n / 9)));
});
