import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areaUnderRoc } from "../calibration.js";
import { Random } from "../random.js";
import { clairvoyant } from "./clairvoyant.js";
import { compare } from "./compare.js";
import { drawnSquares, type MeasuredGrid, onlySquares, readMeasuredGrid } from "./measured-grid.js";
import { moveMin, positionOf, replay } from "./microscope.js";
import { originalOrder } from "./original-order.js";
import { OURS_LEARNING, OURS_STATIC, POLICY_CASES } from "./policies.js";
import { PREDICTOR_CASES } from "./predictors.js";
import { syntheticGrid, TYPICAL } from "./synthetic.js";

const COSTS = { hole: 1, cluster: 2, square: 6, grid: 8 };
const HEADER = "hole,grid,square,patch,x,y,ctf_max_resolution,predicted_ctf_max_resolution";
const MEASURED = fileURLToPath(new URL("../../../../../shared/data/cryorl-aldolase/holes.csv", import.meta.url));

/** Two grids, three squares, five clusters of two or three holes, goodness by coin. */
function tinyGrid(seed: number): MeasuredGrid {
  const random = new Random(seed);
  const lines = [HEADER];
  ["0/0/0", "0/0/1", "0/1/2", "1/2/3", "1/2/4"].forEach((path) => {
    const [grid, square, cluster] = path.split("/");
    const holes = 2 + random.integer(2);
    for (let h = 0; h < holes; h++) {
      lines.push(
        `${cluster}-${h},${grid},${square},${cluster},0,${h},${random.next() < 0.5 ? 4 : 9},${3 + 6 * random.next()}`,
      );
    }
  });
  return readMeasuredGrid(lines.join("\n"), 6);
}

/** The most good holes over all routes from the start, by trying every order. */
function bestRoute(grid: MeasuredGrid, startHole: number, durationMin: number): number {
  const good = [...grid.good.keys()].filter((h) => grid.good[h] === 1);
  const go = (from: ReturnType<typeof positionOf>, left: number, rest: readonly number[]): number => {
    let best = 0;
    for (const h of rest) {
      const to = positionOf(grid, h);
      const cost = moveMin(COSTS, from, to);
      if (cost > left) continue;
      // Holes of one cluster are alike: only the first of the rest needs trying.
      if (rest.some((other) => other < h && grid.clusterOfHole[other] === grid.clusterOfHole[h])) continue;
      best = Math.max(
        best,
        1 +
          go(
            to,
            left - cost,
            rest.filter((other) => other !== h),
          ),
      );
    }
    return best;
  };
  return go(positionOf(grid, startHole), durationMin, good);
}

test("the clairvoyant optimum is what trying every route finds", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 30 }), (seed, durationMin) => {
      const grid = tinyGrid(seed);
      const startHole = new Random(seed).integer(grid.holeIds.length);
      expect(clairvoyant(grid, startHole, durationMin, COSTS)[durationMin]).toBe(
        bestRoute(grid, startHole, durationMin),
      );
    }),
    { numRuns: 60 },
  );
});

test("no policy beats the optimum, images a hole twice, or runs over time", () => {
  const grid = syntheticGrid({ ...TYPICAL, grids: 2, squares: 4 }, 3);
  for (const { start } of POLICY_CASES) {
    for (const durationMin of [30, 90]) {
      const policy = start({ grid, scores: grid.score, costsMin: COSTS, startHole: 7, seed: 1 });
      const { good, order, minutes } = replay(grid, policy, {
        startHole: 7,
        durationMin,
        costsMin: COSTS,
        delayHoles: 5,
      });
      expect(good).toBeLessThanOrEqual(clairvoyant(grid, 7, durationMin, COSTS)[durationMin]);
      expect(new Set(order).size).toBe(order.length);
      expect(minutes).toBeLessThanOrEqual(durationMin);
      expect(order.length).toBeGreaterThan(0);
    }
  }
});

test("a result is known once five more holes were imaged, and no sooner", () => {
  const grid = tinyGrid(1);
  const known: number[] = [];
  let next = 0;
  replay(
    grid,
    ({ results, resultCount }) => {
      expect(results.filter((result) => !Number.isNaN(result))).toHaveLength(resultCount);
      known.push(resultCount);
      return next < grid.holeIds.length ? next++ : -1;
    },
    { startHole: 0, durationMin: 1000, costsMin: COSTS, delayHoles: 5 },
  );
  expect(known.slice(0, 8)).toEqual([0, 0, 0, 0, 0, 0, 1, 2]);
});

test("a failed fit in the file is a bad hole, a missing prediction none, a broken file says where", () => {
  const line = (ctf: string, predicted: string) => `h${ctf},g,s,p,0,0,${ctf},${predicted}`;
  const grid = readMeasuredGrid(
    [HEADER, line("100000", "5"), line("6", ""), line("-1", "7"), line("", "6")].join("\r\n"),
    6,
  );
  expect([...grid.good]).toEqual([0, 1, 0, 0]);
  expect(grid.score[0]).toBeGreaterThan(0.5);
  expect(grid.score[1]).toBeNaN();
  expect(grid.score[3]).toBeCloseTo(0.5, 10);
  expect(() => readMeasuredGrid("hole,grid\n1,2", 6)).toThrow('Column "square" is missing.');
  expect(() => readMeasuredGrid(HEADER, 6)).toThrow("There are no holes.");
  expect(() => readMeasuredGrid(`${HEADER}\nh,g,s,,0,0,1,1`, 6)).toThrow("Line 2 has no patch.");
  expect(() => readMeasuredGrid(`${HEADER}\na,g,s,p,0,0,1,1\nb,g,t,p,0,0,1,1`, 6)).toThrow(
    "Line 3: patch p is in two squares.",
  );
});

test("squares taken out of a grid leave the others as they were", () => {
  const grid = syntheticGrid({ ...TYPICAL, grids: 2, squares: 4 }, 5);
  const part = onlySquares(grid, (s) => s !== 1);
  expect(part.squareIds).toEqual(["square 0", "square 2", "square 3"]);
  const original = new Map(grid.holeIds.map((id, h) => [id, grid.score[h]]));
  expect(part.holeIds.map((id) => original.get(id))).toEqual([...part.score]);
});

test("a square that is drawn twice is there twice, with clusters and holes of its own", () => {
  const grid = syntheticGrid({ ...TYPICAL, grids: 2, squares: 4 }, 5);
  const drawn = drawnSquares(grid, [2, 0, 2]);
  expect(drawn.squareIds).toEqual(["square 2", "square 0", "square 2+1"]);
  expect(new Set(drawn.holeIds).size).toBe(drawn.holeIds.length);
  const ofSquare = (s: number) =>
    [...drawn.good.keys()].filter((h) => drawn.squareOfCluster[drawn.clusterOfHole[h]] === s);
  expect(ofSquare(2).map((h) => drawn.good[h])).toEqual(ofSquare(0).map((h) => drawn.good[h]));
  expect(drawn.clusterOfHole[ofSquare(2)[0]]).not.toBe(drawn.clusterOfHole[ofSquare(0)[0]]);
});

test("damaged predictors are as bad as they say, and as bad again from the same seed", () => {
  const grid = syntheticGrid({ ...TYPICAL, grids: 1, squares: 12 }, 8);
  const scores = (name: string, seed: number) =>
    PREDICTOR_CASES.find((predictor) => predictor.name === name)?.scores(grid, seed);
  expect(areaUnderRoc(scores("AUC 0.76", 1)!, grid.good)).toBeCloseTo(0.76, 2);
  expect(areaUnderRoc(scores("AUC 0.61", 1)!, grid.good)).toBeCloseTo(0.61, 2);
  expect(scores("AUC 0.76", 1)).toEqual(scores("AUC 0.76", 1));
  expect(scores("AUC 0.76", 1)).not.toEqual(scores("AUC 0.76", 2));
});

test("the original ordering takes every hole once, the better square's best first, and ends where nothing is worth it", () => {
  const grid = tinyGrid(2);
  for (const scores of [grid.score, null, grid.score.map(() => 0.1), grid.score.map(() => 1)]) {
    const order = originalOrder(grid, scores);
    expect([...order].sort((a, b) => a - b)).toEqual([...grid.holeIds.keys()]);
  }
});

test("on synthetic grids learning beats every order that does not, most where the predictor is biased", () => {
  const grids = [1, 2, 3, 4].map((seed) => syntheticGrid({ ...TYPICAL, grids: 2, squares: 10 }, seed));
  const rows = compare({ costs: "1/2/6/8", predictor: "square-biased" }, grids, 8, [180]);
  const share = (policy: string) => rows.find((row) => row.policy === policy)!.share.mean;
  for (const { name } of POLICY_CASES)
    if (name !== OURS_LEARNING) expect(share(OURS_LEARNING)).toBeGreaterThan(share(name));
  expect(share(OURS_LEARNING)).toBeGreaterThan(share(OURS_STATIC) + 0.05);
}, 120_000);

const dataMissing = !existsSync(MEASURED) && process.env.CI === undefined;

describe.skipIf(dataMissing)("on the measured aldolase grid", () => {
  test("the targets are reached from a few starts", async () => {
    const grid = readMeasuredGrid(await readFile(MEASURED, "utf8"), 6);
    const learning = (predictor: string) => {
      const rows = compare({ costs: "1/2/6/8", predictor }, [grid], 3, [240]);
      return rows.find(({ policy }) => policy === OURS_LEARNING)!.share.mean;
    };
    expect(learning("as given")).toBeGreaterThan(0.9);
    expect(learning("AUC 0.76")).toBeGreaterThan(0.78);
  }, 120_000);
});

test("without a build the command says how to get one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    await mkdir(join(folder, "bin"));
    const script = join(folder, "bin", "bench.mjs");
    await copyFile(fileURLToPath(new URL("../../bin/bench.js", import.meta.url)), script);
    const run = promisify(execFile)(process.execPath, [script]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: "The benchmark is not built yet: run `npm run build` first.\n",
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
