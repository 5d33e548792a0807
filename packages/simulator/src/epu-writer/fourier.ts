/**
 * Fourier transform in place of a square complex image whose side is a power of two (radix 2, rows then columns).
 */
export function fourierTransform2d(real: Float32Array, imaginary: Float32Array, side: number): void {
  const rowRe = new Float64Array(side);
  const rowIm = new Float64Array(side);
  for (const [step, stride] of [
    [1, side],
    [side, 1],
  ] as const) {
    for (let line = 0; line < side; line++) {
      const start = line * stride;
      for (let i = 0; i < side; i++) {
        rowRe[i] = real[start + i * step] ?? 0;
        rowIm[i] = imaginary[start + i * step] ?? 0;
      }
      transform(rowRe, rowIm, side);
      for (let i = 0; i < side; i++) {
        real[start + i * step] = rowRe[i] ?? 0;
        imaginary[start + i * step] = rowIm[i] ?? 0;
      }
    }
  }
}

function transform(re: Float64Array, im: Float64Array, length: number): void {
  for (let i = 1, j = 0; i < length; i++) {
    let bit = length >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const swapRe = re[i] ?? 0;
      re[i] = re[j] ?? 0;
      re[j] = swapRe;
      const swapIm = im[i] ?? 0;
      im[i] = im[j] ?? 0;
      im[j] = swapIm;
    }
  }
  for (let size = 2; size <= length; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      for (let i = k; i < length; i += size) {
        const j = i + half;
        const oddRe = (re[j] ?? 0) * cos - (im[j] ?? 0) * sin;
        const oddIm = (re[j] ?? 0) * sin + (im[j] ?? 0) * cos;
        const evenRe = re[i] ?? 0;
        const evenIm = im[i] ?? 0;
        re[j] = evenRe - oddRe;
        im[j] = evenIm - oddIm;
        re[i] = evenRe + oddRe;
        im[i] = evenIm + oddIm;
      }
    }
  }
}
