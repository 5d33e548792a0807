import type { Page } from "playwright-core";

/** A task of a page's main thread, during which the page answers nobody. */
export interface PageTask {
  readonly wallMs: number;
  /** Without the time in which the machine did something else. */
  readonly processorMs: number;
}

/** What the browser's own tracing has seen of a page. */
export interface Trace {
  readonly tasks: readonly PageTask[];
  /** When frames came to the screen, in milliseconds. */
  readonly framesAtMs: readonly number[];
  /** Frames that came too late to be shown. */
  readonly droppedFrames: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds, as all times of a trace. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

const CATEGORIES = [
  "blink.user_timing",
  "disabled-by-default-devtools.timeline",
  "disabled-by-default-devtools.timeline.frame",
];
const MARK = "smartem-traced";

/** Does something to a page, and tells what that cost it. */
export async function traced(page: Page, act: () => Promise<unknown>): Promise<Trace> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("The page has no browser of its own.");
  await browser.startTracing(page, { categories: CATEGORIES });
  await page.evaluate((mark) => performance.mark(mark), MARK);
  await act();
  // Until what was done is on the screen.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const mark = traceEvents.find(({ name }) => name === MARK);
  if (mark === undefined) throw new Error("The trace does not show the page.");
  const own = traceEvents.filter(({ pid, ts }) => pid === mark.pid && ts >= mark.ts).sort((a, b) => a.ts - b.ts);
  return {
    tasks: own
      .filter(({ name, tid }) => name === "RunTask" && tid === mark.tid)
      .map(({ dur = 0, tdur = dur }) => ({ wallMs: dur / 1000, processorMs: tdur / 1000 })),
    framesAtMs: own.filter(({ name }) => name === "DrawFrame").map(({ ts }) => ts / 1000),
    droppedFrames: own.filter(({ name }) => name === "DroppedFrame").length,
  };
}

/** The longest task, by the processor's time in it, in milliseconds. */
export function longestTaskMs({ tasks }: Trace): number {
  return Math.max(0, ...tasks.map(({ processorMs }) => processorMs));
}

/** How long {@link slowness}'s piece of work takes on the machine of docs/benchmarks.md when it does nothing else. */
const USUAL_WORK_MS = 10;
const WORK_ROUNDS = 15;

/**
 * How many times slower than the machine of docs/benchmarks.md this one is at the moment, with all that it does beside; at least 1.
 * What a page does is no faster than that.
 */
export async function slowness(page: Page): Promise<number> {
  const times = await page.evaluate(
    (rounds) =>
      Array.from({ length: rounds }, () => {
        const values = Float64Array.from({ length: 60_000 }, (_, n) => Math.sin(n * n));
        const start = performance.now();
        values.sort();
        return performance.now() - start;
      }),
    WORK_ROUNDS,
  );
  const median = times.sort((a, b) => a - b)[Math.floor(WORK_ROUNDS / 2)] ?? 0;
  return Math.max(1, median / USUAL_WORK_MS);
}
