/** Scores nearer to certainty than this are taken as this: a model that says "impossible" has been wrong before. */
export const SCORE_MARGIN = 0.01;

export function sigmoid(logit: number): number {
  if (logit >= 0) return 1 / (1 + Math.exp(-logit));
  const e = Math.exp(logit);
  return e / (1 + e);
}

/** Logit of a probability, held within {@link SCORE_MARGIN} of 0 and 1. */
export function boundedLogit(probability: number): number {
  const p = Math.min(1 - SCORE_MARGIN, Math.max(SCORE_MARGIN, probability));
  return Math.log(p / (1 - p));
}

/** log(1 + exp(x)) without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/**
 * Mean of the sigmoid of a Gaussian: the probability to act on when the logit itself is uncertain.
 * The probit approximation of D. MacKay, "The evidence framework applied to classification networks" (1992).
 */
export function expectedSigmoid(meanLogit: number, variance: number): number {
  return sigmoid(meanLogit / Math.sqrt(1 + (Math.PI / 8) * variance));
}
