import { expect, test } from "vitest";
import { restAfterWork } from "./rest.js";
import { until } from "./testing/harness.js";

const MB = 1024 * 1024;

/** An agent as far as resting needs one. */
function worker() {
  const state = {
    residentMb: 100,
    idle: true,
    checks: 0,
    asked: 0,
    givenBack: 0,
  };
  const stopping = new AbortController();
  const work = restAfterWork(
    {
      checkMs: 1,
      isIdle: () => {
        state.asked++;
        return state.idle;
      },
      residentBytes: () => {
        state.checks++;
        return state.residentMb * MB;
      },
      giveBack: async () => {
        state.givenBack++;
        state.residentMb = 110;
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

test("little memory is not worth giving back, nor looking whether it could be", async () => {
  const { state, someChecks, stop } = worker();
  state.residentMb = 120;
  await someChecks();
  expect([state.givenBack, state.asked]).toEqual([0, 0]);
  await stop();
});
