import type { DecisionSettings } from "./types.js";

export const DEFAULT_SETTINGS: DecisionSettings = {
  guardRails: { maxSkipShareOfSquare: 0.8, maxSkipShareOfGrid: 0.8, minResults: 20 },
  exploration: 0.1,
  hysteresis: 1,
  diversity: 0,
  diversityScale: 50,
  resultDelayHoles: 5,
  builtInPredictors: true,
  learning: true,
};
