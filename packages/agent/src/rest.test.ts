import { expect, test } from "vitest";
import { restAfterWork, shrinkHeap } from "./rest.js";
import { until } from "./testing/harness.js";

const MB = 1024 * 1024;

/** An agent as far as resting needs one. */
function worker() {
  const state = {
    residentMb: 100,
    idle: true,
    /** It is idle at each so-many-th check, whatever else. */
    breakEvery: Number.POSITIVE_INFINITY,
    checks: 0,
    givenBack: 0,
    collected: 0,
    collectedAt: 0,
    collectableMb: 0,
  };
  const stopping = new AbortController();
  const work = restAfterWork(
    {
      checkMs: 1,
      isIdle: () => {
        state.checks++;
        return state.idle || state.checks % state.breakEvery === 0;
      },
      residentBytes: () => state.residentMb * MB,
      giveBack: async () => {
        state.givenBack++;
        state.residentMb = 110;
      },
      collect: async () => {
        state.collected++;
        state.collectedAt = state.checks;
        state.residentMb -= state.collectableMb;
      },
    },
    stopping.signal,
  );
  const someChecks = async (): Promise<void> => {
    const before = state.checks;
    await until("it has looked some more", () => state.checks > before + 10);
  };
  return {
    state,
    someChecks,
    async stop() {
      stopping.abort();
      await work;
    },
  };
}

test("memory that work took is given back when the work is done, once", async () => {
  const { state, someChecks, stop } = worker();
  state.idle = false;
  state.residentMb = 200;
  await someChecks();
  expect(state.givenBack).toBe(0);
  state.idle = true;
  await until("memory is given back", () => state.givenBack === 1);
  await someChecks();
  expect(state.givenBack).toBe(1);
  state.residentMb = 200;
  await until("memory is given back again", () => state.givenBack === 2);
  await stop();
});

test("little memory is not worth giving back", async () => {
  const { state, someChecks, stop } = worker();
  state.residentMb = 120;
  await someChecks();
  expect(state.givenBack).toBe(0);
  await stop();
});

test("garbage is collected while work is under way, once that takes much memory", async () => {
  const { state, someChecks, stop } = worker();
  state.idle = false;
  state.residentMb = 120;
  await someChecks();
  expect(state.collected).toBe(0);
  state.collectableMb = 50;
  state.residentMb = 170;
  await until("it is collected", () => state.collected === 1);
  await someChecks();
  expect(state.collected).toBe(1);
  // Not while it would be for nothing.
  state.collectableMb = 0;
  state.residentMb = 170;
  await until("it is collected again", () => state.collected === 2);
  await someChecks();
  expect(state.collected).toBe(2);
  state.residentMb = 200;
  await until("there is more", () => state.collected === 3);
  expect(state.givenBack).toBe(0);
  await stop();
});

test("garbage of work that is soon over is not collected, that of work that goes on not at each look", async () => {
  const { state, someChecks, stop } = worker();
  state.breakEvery = 5;
  state.idle = false;
  state.residentMb = 200;
  await someChecks();
  expect(state.collected).toBe(0);
  state.breakEvery = Number.POSITIVE_INFINITY;
  await until("it is collected", () => state.collected === 1);
  const first = state.collectedAt;
  state.residentMb = 300;
  await until("it is collected again", () => state.collected === 2);
  expect(state.collectedAt - first).toBeGreaterThan(4);
  await stop();
});

test("a heap that work has left large is shrunk to what is in use", async () => {
  const heapMb = () => process.memoryUsage().heapTotal / MB;
  await shrinkHeap();
  const before = heapMb();
  let work: { text: string }[] = Array.from({ length: 500_000 }, (_, index) => ({ text: `${index}` }));
  const atWork = heapMb();
  expect(atWork).toBeGreaterThan(before + 15);
  expect(work.length).toBe(500_000);
  work = [];
  await shrinkHeap();
  expect(heapMb()).toBeLessThan(before + 5);
});
