import fc from "fast-check";
import { expect, test } from "vitest";
import { factorise, inverseOfFactorised, solveFactorised } from "./linear.js";

const size = 4;
const anySystem = fc.record({
  root: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size * size, maxLength: size * size }),
  b: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size, maxLength: size }),
});

/** A Aᵀ + I: positive definite whatever A is. */
function positiveDefinite(root: readonly number[]): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) => {
    const i = Math.floor(at / size);
    const j = at % size;
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < size; k++) sum += root[i * size + k]! * root[j * size + k]!;
    return sum;
  });
}

test("a factorised system is solved and inverted", () => {
  fc.assert(
    fc.property(anySystem, ({ root, b }) => {
      const matrix = positiveDefinite(root);
      const factor = matrix.slice();
      expect(factorise(factor, size)).toBe(true);
      const x = Float64Array.from(b);
      solveFactorised(factor, size, x);
      const inverse = inverseOfFactorised(factor, size);
      for (let i = 0; i < size; i++) {
        let product = 0;
        let throughInverse = 0;
        for (let j = 0; j < size; j++) {
          product += matrix[i * size + j] * x[j];
          throughInverse += inverse[i * size + j] * b[j]!;
        }
        expect(product).toBeCloseTo(b[i]!, 6);
        expect(throughInverse).toBeCloseTo(x[i], 6);
      }
    }),
  );
});

test("a matrix that is not positive definite is refused", () => {
  expect(factorise(Float64Array.from([1, 2, 2, 1]), 2)).toBe(false);
  expect(factorise(Float64Array.from([Number.NaN]), 1)).toBe(false);
});
