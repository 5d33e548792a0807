import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { DestinationStream } from "pino";
import { type ApiClient, CONTENT_REFUSALS } from "../api/api-client.js";
import type { Settings } from "../settings.js";
import { steadyNow } from "../steady-clock.js";

interface LogEntry {
  readonly timestamp: string;
  readonly level: string;
  readonly logger_name: string;
  readonly message: string;
}

export interface LogShippingOptions {
  readonly api: ApiClient;
  readonly settings: Settings;
  readonly agentId: string;
  /** A session that the API knows; null while there is none. */
  readonly sessionId: () => string | null;
  /** Where this reports its own failures: not a log that is shipped. */
  readonly log: Logger;
}

/** What the API takes at a time. */
const ENTRIES_PER_BATCH = 500;
/** What is kept while the API does not answer; older entries are dropped, and counted. */
const MAX_ENTRIES = 5_000;
const MAX_MESSAGE_CHARACTERS = 8_000;
const LEVELS: Readonly<Record<number, string>> = {
  10: "DEBUG",
  20: "DEBUG",
  30: "INFO",
  40: "WARNING",
  50: "ERROR",
  60: "CRITICAL",
};
/** What pino writes beside what was logged. */
const FRAME = new Set(["level", "time", "pid", "hostname", "name", "msg"]);

/** Keeps log entries, the latest so many, until the API has them. */
export class LogShipping implements DestinationStream {
  readonly #entries: LogEntry[] = [];
  #batchSize = ENTRIES_PER_BATCH;
  #dropped = 0;
  #options: LogShippingOptions | null = null;
  #flushing: Promise<void> | null = null;

  get waiting(): number {
    return this.#entries.length;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one line of pino's. */
  write(line: string): void {
    const entry = entryOf(line);
    if (entry === null) return;
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) {
      this.#entries.shift();
      this.#dropped++;
    }
  }

  async run(options: LogShippingOptions, signal: AbortSignal): Promise<void> {
    this.#options = options;
    const { settings } = options;
    let wake = new AbortController();
    signal.addEventListener("abort", () => wake.abort(), { once: true });
    const unsubscribe = settings.onChange(() => wake.abort());
    let lastMs = steadyNow();
    try {
      while (!signal.aborted) {
        wake = new AbortController();
        const waitMs = lastMs + settings.times.logIntervalMs - steadyNow();
        await delay(Math.max(10, waitMs), wake.signal);
        if (steadyNow() < lastMs + settings.times.logIntervalMs && !signal.aborted) continue;
        lastMs = steadyNow();
        await this.flush();
      }
    } finally {
      unsubscribe();
    }
  }

  /** Sends what there is; what could not be sent is kept. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const options = this.#options;
    if (options === null) return;
    while (this.#entries.length > 0) {
      const sessionId = options.sessionId();
      if (sessionId === null) return;
      const batch = this.#entries.slice(0, this.#batchSize);
      const droppedBefore = this.#dropped;
      const answer = await options.api.call({
        method: "POST",
        path: `/agent/${encodeURIComponent(options.agentId)}/session/${sessionId}/logs`,
        body: { logs: batch },
      });
      if (!answer.ok && answer.error.status === 413 && batch.length > 1) {
        // What stands between here and the API may take less than the API does.
        this.#batchSize = Math.ceil(batch.length / 2);
        continue;
      }
      if (!answer.ok && !CONTENT_REFUSALS.has(answer.error.status)) return;
      // Some of the batch may have been dropped meanwhile to make room.
      this.#entries.splice(0, Math.max(0, batch.length - (this.#dropped - droppedBefore)));
      this.#batchSize = Math.min(ENTRIES_PER_BATCH, this.#batchSize * 2);
      if (answer.ok) continue;
      this.#dropped += batch.length;
      options.log.warn({ reason: answer.error.message, entries: batch.length }, "the API refuses log entries");
    }
  }
}

function entryOf(line: string): LogEntry | null {
  try {
    const record = JSON.parse(line) as Record<string, unknown>;
    const facts = Object.fromEntries(Object.entries(record).filter(([key]) => !FRAME.has(key)));
    const text = Object.keys(facts).length === 0 ? "" : ` ${JSON.stringify(facts)}`;
    return {
      timestamp: typeof record.time === "string" ? record.time : new Date().toISOString(),
      level: LEVELS[Number(record.level)] ?? "INFO",
      logger_name: typeof record.name === "string" ? record.name : "smartem-agent",
      message: `${typeof record.msg === "string" ? record.msg : ""}${text}`.slice(0, MAX_MESSAGE_CHARACTERS),
    };
  } catch {
    return null;
  }
}
