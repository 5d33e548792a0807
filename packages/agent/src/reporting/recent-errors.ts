import type { DestinationStream } from "pino";

const KEPT = 50;
const WARNING = 40;

export interface RecentError {
  readonly at: string;
  readonly level: "warning" | "error";
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The last warnings and errors of the log, for whoever asks how the agent is. */
export class RecentErrors implements DestinationStream {
  readonly #kept: RecentError[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get latest(): readonly RecentError[] {
    return this.#kept;
  }

  write(line: string): void {
    let record: Record<string, unknown>;
    try {
      record = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return;
    }
    const { level, time, msg, name: _name, pid: _pid, hostname: _hostname, ...facts } = record;
    if (typeof level !== "number" || level < WARNING) return;
    this.#count++;
    this.#kept.push({
      at: String(time),
      level: level > WARNING ? "error" : "warning",
      message: String(msg ?? ""),
      facts,
    });
    if (this.#kept.length > KEPT) this.#kept.shift();
  }
}
