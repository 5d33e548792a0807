import type { RandomStream } from "../random.js";
import { at } from "../statistics.js";
import type { WriteOperation } from "./write-operations.js";

/** At the full amount, this share of files is first seen incomplete … */
const PARTIAL_SHARE = 0.5;
/** … this share is completed only some steps later … */
const LATE_SHARE = 0.2;
const LATEST_STEPS = 3;
/** … and this is the chance per step that something appears that is not EPU's. */
const NOISE_CHANCE = 0.3;

interface LateWrite {
  readonly operation: WriteOperation;
  stepsLeft: number;
}

/**
 * Turns what EPU writes in a step into what a watcher sees of it: out of order, in parts, mixed with other programs'
 * files, some of it only completed steps later. What is written to one file stays in order.
 */
export class Disorder {
  readonly #amount: number;
  #late: LateWrite[] = [];

  /** @param amount 0 (as EPU writes it) to 1 */
  constructor(amount: number) {
    this.#amount = amount;
  }

  /** Writes still held back. */
  get pending(): number {
    return this.#late.length;
  }

  /** What is seen in this step. */
  disturb(operations: readonly WriteOperation[], random: RandomStream): WriteOperation[] {
    if (this.#amount <= 0) return [...operations];
    const due: WriteOperation[] = [];
    const later: LateWrite[] = [];
    const rewritten = new Set(operations.map((operation) => operation.path));
    for (const late of this.#late) {
      late.stepsLeft--;
      if (late.stepsLeft <= 0 || rewritten.has(late.operation.path)) due.push(late.operation);
      else later.push(late);
    }
    this.#late = later;
    const lastOf = new Map(operations.map((operation, index) => [operation.path, index]));
    const seen = [...due];
    operations.forEach((operation, index) => {
      const isLast = lastOf.get(operation.path) === index;
      if (operation.kind !== "write" || !random.chance(this.#amount * PARTIAL_SHARE)) {
        seen.push(operation);
        return;
      }
      const bytes = Buffer.from(operation.content);
      const cut = random.chance(0.3) ? 0 : random.integer(bytes.length);
      seen.push({ kind: "write", path: operation.path, content: bytes.subarray(0, cut), reveals: [] });
      const rest: WriteOperation = { ...operation, kind: "append", content: bytes.subarray(cut) };
      if (isLast && random.chance(LATE_SHARE))
        this.#late.push({ operation: rest, stepsLeft: 1 + random.integer(LATEST_STEPS) });
      else seen.push(rest);
    });
    if (random.chance(this.#amount * NOISE_CHANCE)) seen.push(foreignFile(operations, random));
    return shuffledByFile(seen, random);
  }

  /** Everything held back, at once. */
  flush(): WriteOperation[] {
    const all = this.#late.map((late) => late.operation);
    this.#late = [];
    return all;
  }
}

/** What operating systems and copy programs leave behind. */
function foreignFile(operations: readonly WriteOperation[], random: RandomStream): WriteOperation {
  const neighbour = operations.filter((operation) => operation.kind === "write").at(-1)?.path ?? "Thumbs.db";
  const folder = neighbour.slice(0, Math.max(0, neighbour.lastIndexOf("/")));
  const name = at(
    [
      "Thumbs.db",
      ".DS_Store",
      "desktop.ini",
      `${neighbour.slice(folder.length + 1)}.part`,
      `~${random.uint32().toString(16)}.tmp`,
    ],
    random.integer(5),
  );
  const content = Buffer.alloc(random.integer(3) * 400, 0x20);
  return { kind: "write", path: folder === "" ? name : `${folder}/${name}`, content, reveals: [] };
}

/** Random order, but for each file its own. */
function shuffledByFile(operations: readonly WriteOperation[], random: RandomStream): WriteOperation[] {
  const queues = new Map<string, WriteOperation[]>();
  for (const operation of operations) {
    const queue = queues.get(operation.path);
    if (queue === undefined) queues.set(operation.path, [operation]);
    else queue.push(operation);
  }
  const turns = random.shuffled(operations.map((operation) => operation.path));
  return turns.flatMap((path) => queues.get(path)?.shift() ?? []);
}
