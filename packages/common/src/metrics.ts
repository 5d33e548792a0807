/** The quality metrics of the wire contract, with which way is better. */
export const QUALITY_METRICS = {
  /** Total motion of a movie in Å. */
  motioncorrection: { better: "lower", unit: "Å" },
  /** Resolution in Å up to which the fitted CTF agrees with the spectrum. */
  ctfmaxresolution: { better: "lower", unit: "Å" },
  /** Particles picked on a micrograph. */
  numparticles: { better: "higher", unit: "" },
} as const;

export type QualityMetric = keyof typeof QUALITY_METRICS;
