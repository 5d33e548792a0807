import type { AlgorithmResultDraft, DecisionRecord } from "../schemas.js";
import { type Journal, openJournal } from "./journal.js";
import {
  type AthenaState,
  answers,
  applyChange,
  type Change,
  type DecisionFilter,
  emptyState,
  latestDecision,
} from "./state.js";

/** The most calls of `TimedDecision` that may wait at once. */
const MAX_WAITING = 10_000;

interface Waiting {
  readonly sessionId: string;
  readonly filter: DecisionFilter;
  readonly settle: (decision: DecisionRecord | null) => void;
}

/** The mock's records: kept in memory, and in a journal where there is one. */
export interface AthenaStore {
  readonly state: Readonly<AthenaState>;
  /** The time as the service sees it, ISO 8601. */
  now(): string;
  /** Makes a change at once and wakes who waits for the decisions in it. */
  commit(change: Change): void;
  /** Resolves when every change made so far is in the journal. */
  written(): Promise<void>;
  /**
   * Hands over results of EPU's own algorithms. The API has no call for this: EPU does it by another way.
   *
   * @returns whether all sessions and areas of the results are registered; otherwise nothing is kept
   */
  addAlgorithmResults(results: readonly AlgorithmResultDraft[]): boolean;
  /**
   * Waits for a decision that fits.
   *
   * @returns the decision; null when none came in time, when the session went, on `signal` and on closing;
   *   "overloaded" when too many wait already
   */
  waitForDecision(
    sessionId: string,
    filter: DecisionFilter,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<DecisionRecord | null | "overloaded">;
  /** How many calls are waiting for a decision. */
  waitingCount(): number;
  /** Answers all who wait, and all who would, with null. */
  stopWaiting(): void;
  close(): Promise<void>;
}

/** @throws SmartemError `athena_journal_invalid` */
export async function openStore(options: { persistPath?: string; clock?: () => Date }): Promise<AthenaStore> {
  const clock = options.clock ?? (() => new Date());
  const state = emptyState();
  const waiting = new Set<Waiting>();
  const journal: Journal | null =
    options.persistPath === undefined
      ? null
      : await openJournal(options.persistPath, (entry) => applyChange(state, entry as Change));
  let lastWrite: Promise<void> = Promise.resolve();
  let closed = false;

  const store: AthenaStore = {
    state,
    now: () => clock().toISOString(),
    commit(change) {
      applyChange(state, change);
      if (journal !== null) {
        lastWrite = journal.append(change);
        // Who made the change hears of a failure from written().
        lastWrite.catch(() => {});
      }
      for (const one of waiting) {
        const held = state.sessions.get(one.sessionId);
        if (held === undefined) one.settle(null);
        else if (change.kind === "decisions") {
          const fits = change.decisions.findLast(
            (decision) => decision.sessionId === one.sessionId && answers(decision, one.filter, state.configuration),
          );
          if (fits !== undefined) one.settle(fits);
        } else if (change.kind === "configuration") {
          // A plug-in was taken over or handed back: decisions made before may be in effect now.
          const latest = latestDecision(state, held, one.filter);
          if (latest !== undefined) one.settle(latest);
        }
      }
    },
    written: () => lastWrite,
    addAlgorithmResults(results) {
      const algorithmResults = results.map((result) => ({
        sessionId: result.sessionId,
        areaId: result.areaId,
        name: result.name,
        result: result.result ?? null,
        timestamp: result.timestamp ?? store.now(),
      }));
      if (!algorithmResults.every((one) => state.sessions.get(one.sessionId)?.areas.has(one.areaId) === true))
        return false;
      store.commit({ kind: "algorithm_results", algorithmResults });
      return true;
    },
    waitForDecision(sessionId, filter, timeoutMs, signal) {
      if (closed || signal.aborted || timeoutMs === 0) return Promise.resolve(null);
      if (waiting.size >= MAX_WAITING) return Promise.resolve("overloaded");
      return new Promise((resolve) => {
        const giveUp = (): void => one.settle(null);
        const timer = setTimeout(giveUp, timeoutMs);
        signal.addEventListener("abort", giveUp, { once: true });
        const one: Waiting = {
          sessionId,
          filter,
          settle(decision) {
            waiting.delete(one);
            clearTimeout(timer);
            signal.removeEventListener("abort", giveUp);
            resolve(decision);
          },
        };
        waiting.add(one);
      });
    },
    waitingCount: () => waiting.size,
    stopWaiting() {
      closed = true;
      for (const one of waiting) one.settle(null);
    },
    async close() {
      await journal?.close();
    },
  };
  return store;
}
