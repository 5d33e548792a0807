import type { RandomStream } from "@smartem/simulator/random";
import type { Fault } from "./faults.js";

/** In a run of so long every kind of fault comes about. */
export const PROVING_MINUTES = 3;

/**
 * Which fault befalls the system next: first each kind once, in random order, then any at random. No two that are under way
 * have a target in common.
 */
export class Agenda {
  readonly #faults: readonly Fault[];
  /** Kinds of which none has befallen the system yet, in the order in which they are to. */
  readonly #due: string[];
  readonly #counts: Map<string, number>;
  readonly #busy = new Set<string>();

  constructor(faults: readonly Fault[], random: RandomStream) {
    this.#faults = faults;
    this.#counts = new Map(faults.map(({ kind }) => [kind, 0]));
    this.#due = random.shuffled([...this.#counts.keys()]);
  }

  /** How often each kind has befallen the system: also those that have not. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** What is to befall the system now, its targets taken until `done`; null where that has to wait. */
  draw(half: 1 | 2, random: RandomStream): Fault | null {
    const taken = new Set(this.#busy);
    const isFree = ({ targets }: Fault): boolean => !targets.some((target) => taken.has(target));
    const possible = this.#faults.filter((fault) => (fault.half ?? half) === half);
    for (const kind of this.#due) {
      const ofKind = possible.filter((fault) => fault.kind === kind);
      const free = ofKind.filter(isFree);
      const fault = free[random.integer(Math.max(1, free.length))];
      if (fault !== undefined) {
        this.#due.splice(this.#due.indexOf(kind), 1);
        return this.#begin(fault);
      }
      // What needs much would never find all of it free if what comes later overtook it.
      for (const target of ofKind[0]?.targets ?? []) taken.add(target);
    }
    const fault = possible[random.integer(Math.max(1, possible.length))];
    return fault !== undefined && isFree(fault) ? this.#begin(fault) : null;
  }

  /** @param befell whether there was something to break */
  done({ kind, targets }: Fault, befell: boolean): void {
    for (const target of targets) this.#busy.delete(target);
    const count = this.#counts.get(kind) ?? 0;
    if (befell) this.#counts.set(kind, count + 1);
    else if (count === 0 && !this.#due.includes(kind)) this.#due.push(kind);
  }

  #begin(fault: Fault): Fault {
    for (const target of fault.targets) this.#busy.add(target);
    return fault;
  }
}
