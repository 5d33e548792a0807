/**
 * Dense symmetric positive definite systems, row-major. Small (tens of unknowns), solved many times.
 */

/**
 * Cholesky factor of `matrix` in place (lower triangle; the upper one is left as it was).
 *
 * @returns false where the matrix is not positive definite; its content is then of no use
 */
export function factorise(matrix: Float64Array, size: number): boolean {
  for (let j = 0; j < size; j++) {
    let diagonal = matrix[j * size + j];
    for (let k = 0; k < j; k++) diagonal -= matrix[j * size + k] * matrix[j * size + k];
    if (!(diagonal > 0)) return false;
    const root = Math.sqrt(diagonal);
    matrix[j * size + j] = root;
    for (let i = j + 1; i < size; i++) {
      let sum = matrix[i * size + j];
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k] * matrix[j * size + k];
      matrix[i * size + j] = sum / root;
    }
  }
  return true;
}

/** Solves `L Lᵀ x = b` in place of `b`, with the factor that {@link factorise} left. */
export function solveFactorised(factor: Float64Array, size: number, b: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= factor[i * size + k] * b[k];
    b[i] = sum / factor[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = b[i];
    for (let k = i + 1; k < size; k++) sum -= factor[k * size + i] * b[k];
    b[i] = sum / factor[i * size + i];
  }
}

/** The full inverse from the factor that {@link factorise} left. */
export function inverseOfFactorised(factor: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  const column = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    column.fill(0);
    column[j] = 1;
    solveFactorised(factor, size, column);
    for (let i = 0; i < size; i++) inverse[i * size + j] = column[i];
  }
  return inverse;
}
