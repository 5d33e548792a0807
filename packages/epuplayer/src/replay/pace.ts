/** How fast a recording is replayed. */
export interface Pace {
  /** 1 is as it was recorded, 100 a hundred times as fast. */
  readonly speed: number;
  /** The longest wait between two events; null for no limit. */
  readonly maxDelayS: number | null;
  /** Waits for nothing at all. */
  readonly burst: boolean;
}

export const EXACT: Pace = { speed: 1, maxDelayS: null, burst: false };
export const FAST: Pace = { speed: 100, maxDelayS: 1, burst: false };
export const DEV_MODE: Pace = { speed: 1000, maxDelayS: 0.1, burst: true };

/** Time as a replay knows it. */
export interface ReplayClock {
  /** Milliseconds since any fixed moment, never going back. */
  now(): number;
  /** Resolves after that time, or as soon as `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

/**
 * When each event is due, in milliseconds after the first one. Delays add up from the recorded times and not from when
 * events were really replayed, so that a slow disk delays single events but never the whole replay.
 *
 * @returns a function to be called with the time of each event in turn, in seconds
 */
export function schedule(pace: Pace): (timestampS: number) => number {
  let previousS: number | null = null;
  let dueMs = 0;
  return (timestampS) => {
    // Clocks are set back now and then: the order of the events is what counts.
    const gapS = previousS === null ? 0 : Math.max(0, timestampS - previousS) / pace.speed;
    previousS = timestampS;
    if (!pace.burst) dueMs += Math.min(gapS, pace.maxDelayS ?? Number.POSITIVE_INFINITY) * 1000;
    return dueMs;
  };
}
