import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";

/** Work that is done whenever somebody says so, and now and then in case nobody did. */
export interface Loop {
  /** Says that there is something to do. */
  wake(): void;
  /** Lets the round under way finish, and starts no other. */
  stop(): Promise<void>;
}

/**
 * Runs `round` until it says that nothing is left, then sleeps until it is woken or `idleMs` have passed. A round that
 * throws is logged and tried again with growing pauses.
 */
export function startLoop(
  name: string,
  options: { idleMs: number; logger: Logger },
  round: () => Promise<"more" | "idle">,
): Loop {
  let awake = true;
  let stopped = false;
  let failures = 0;
  let wakeUp: () => void = () => undefined;

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const running = (async () => {
    while (!stopped) {
      awake = false;
      try {
        const outcome = await round();
        if (failures > 0) options.logger.info({ loop: name }, "works again");
        failures = 0;
        if (outcome === "more" || awake || stopped) continue;
        await sleep(options.idleMs);
      } catch (error) {
        failures += 1;
        options.logger.warn({ loop: name, reason: messageOf(error), err: error }, "a round failed and is tried again");
        // Not to be woken early: what failed would fail again.
        if (!stopped) await sleep(Math.min(5_000, 100 * 2 ** failures));
      }
    }
  })();

  return {
    wake() {
      awake = true;
      if (failures === 0) wakeUp();
    },
    async stop() {
      stopped = true;
      wakeUp();
      await running;
    },
  };
}
