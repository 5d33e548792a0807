import { Session } from "node:inspector/promises";
import { setFlagsFromString } from "node:v8";

/**
 * V8 lets a heap grow fourfold before it looks for garbage, and the nursery of each thread to 16 MB. Beside a microscope's own
 * programs garbage is better looked for sooner: an agent that catches up takes two thirds of the memory so, and no more time.
 */
const FLAGS = ["--heap-growing-percent=100", "--semi-space-growth-factor=1"];

let areKept = false;

/** Keeps the heaps of all threads of this process small. To be called by who owns the process. */
export async function keepHeapsSmall(): Promise<void> {
  areKept = true;
  setFlags();
  // The nursery has grown while the program was loaded.
  await shrinkHeap();
}

/** To be called when a thread has been started: V8 takes a nursery that does not grow back with each (`Heap::ConfigureHeap`). */
export function threadStarted(): void {
  if (areKept) setFlags();
}

function setFlags(): void {
  // Both are read anew at each collection; a V8 that does not know one passes it over.
  for (const flag of FLAGS) setFlagsFromString(flag);
}

/** Collects all garbage of the thread that calls, and shrinks its heap to what is in use. */
export async function shrinkHeap(): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    // It is done a little later; disconnecting before would call it off.
    await session.post("HeapProfiler.collectGarbage");
  } finally {
    session.disconnect();
  }
}
