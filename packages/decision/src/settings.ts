import type { DecisionSettings } from "./types.js";

/** What an acquisition starts with; every figure can be set per acquisition. */
export const DEFAULT_SETTINGS: DecisionSettings = {
  guardRails: { maxSkipShareOfSquare: 0.8, maxSkipShareOfGrid: 0.8, minResults: 20 },
  exploration: 0.3,
  hysteresis: 1,
  diversity: 0,
  diversityScale: 50,
  resultDelayHoles: 5,
  builtInPredictors: true,
  learning: true,
};
