import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { SmartemError } from "@smartem/common/errors";

/** One thing that the microscope does; with it and those before it, everything it writes is determined. */
export type RunStep =
  | { readonly kind: "atlas"; readonly startMs: number; readonly endMs: number }
  | { readonly kind: "session"; readonly startMs: number; readonly endMs: number }
  | { readonly kind: "square"; readonly startMs: number; readonly endMs: number; readonly square: number }
  | {
      readonly kind: "hole";
      readonly startMs: number;
      readonly endMs: number;
      readonly square: number;
      readonly hole: number;
      /** Whether the stage moved: then the hole is centred and has images of its own. */
      readonly centred: boolean;
      /** Whether the square's metadata is written anew. */
      readonly rewrite: boolean;
      /** What decisions changed since the step before. */
      readonly changes: SelectionChanges;
    }
  | { readonly kind: "finish"; readonly startMs: number; readonly endMs: number; readonly changes: SelectionChanges };

/** Squares and holes (of the squares given) that are skipped, or no longer are; by index. */
export interface SelectionChanges {
  readonly squares: readonly { readonly square: number; readonly selected: boolean }[];
  readonly holes: readonly { readonly square: number; readonly hole: number; readonly selected: boolean }[];
}

/** What a run was started with. */
export interface RunHeader<Options> {
  readonly version: 1;
  readonly sessionNumber: number;
  readonly options: Options;
}

export interface RunRecord<Options> {
  readonly header: RunHeader<Options>;
  /** In order; all but perhaps the last are known to be done. */
  readonly steps: readonly RunStep[];
  readonly lastIsDone: boolean;
}

/**
 * What a run has done, one JSON line a step, written before the step (so that after a crash the same step is done
 * again, not another one) and marked after it.
 */
export class RunLog<Options> {
  readonly #file: string;
  /** Up to where the file is whole, where a crash or a full disk has cut its last line short. */
  #wholeBytes: number | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * @returns null where there is no log
   * @throws SmartemError `run_log_unreadable` where the file is not a log
   */
  read(): RunRecord<Options> | null {
    if (!existsSync(this.#file)) return null;
    const bytes = readFileSync(this.#file);
    // What is not whole was not begun.
    const wholeBytes = bytes.lastIndexOf("\n") + 1;
    this.#wholeBytes = wholeBytes < bytes.length ? wholeBytes : null;
    const [first, ...rest] = bytes.toString("utf8", 0, wholeBytes).split("\n").slice(0, -1);
    if (first === undefined) return null;
    try {
      const header = JSON.parse(first) as RunHeader<Options>;
      if (header.version !== 1) throw new Error(`version ${String(header.version)}`);
      const steps: RunStep[] = [];
      let lastIsDone = true;
      for (const line of rest) {
        const entry = JSON.parse(line) as { readonly begin?: RunStep; readonly done?: number };
        if (entry.begin !== undefined) {
          steps.push(entry.begin);
          lastIsDone = false;
        } else lastIsDone = true;
      }
      return { header, steps, lastIsDone };
    } catch (cause) {
      throw new SmartemError("run_log_unreadable", 500, `${this.#file} is not the log of a simulated run.`, {
        hint: "Move the file away to start a new run.",
        cause,
      });
    }
  }

  start(header: RunHeader<Options>): void {
    mkdirSync(path.dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, `${JSON.stringify(header)}\n`);
    this.#wholeBytes = null;
  }

  begin(step: RunStep): void {
    this.#append({ begin: step });
  }

  done(index: number): void {
    this.#append({ done: index });
  }

  #append(entry: { readonly begin: RunStep } | { readonly done: number }): void {
    if (this.#wholeBytes !== null) truncateSync(this.#file, this.#wholeBytes);
    this.#wholeBytes = null;
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }
}
