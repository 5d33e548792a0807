import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import type { Delivery } from "../inbox/receive.js";

export interface OrderedIntakeOptions {
  /** Stores deliveries: all of them, or it throws and none. */
  readonly receive: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Called when storing has failed for so long that somebody else should try; everything held is given back after it. */
  readonly giveUp: () => void;
  readonly giveUpAfterMs: number;
  readonly logger: Logger;
}

interface Held {
  readonly delivery: Delivery;
  /** Whether it is stored; else the broker has to keep it. */
  readonly settle: (stored: boolean) => void;
}

/** Deliveries are gathered so long, so that they are stored in sets. */
const GATHER_MS = 5;
const RETRY_MS = 1_000;
/** Stored together. */
const SET = 1_000;

/**
 * Stores what a broker delivers in sets, in the order in which it came: one set at a time, and none before the one that failed
 * is stored. So nothing is handed back, which would put it behind what comes next.
 */
export class OrderedIntake {
  readonly #options: OrderedIntakeOptions;
  #held: Held[] = [];
  #storing: Promise<void> | null = null;
  #isOpen = true;

  constructor(options: OrderedIntakeOptions) {
    this.#options = options;
  }

  /** @returns once it is known, whether the delivery is stored; else the broker has to keep it */
  take(delivery: Delivery): Promise<boolean> {
    if (!this.#isOpen) return Promise.resolve(false);
    return new Promise((settle) => {
      this.#held.push({ delivery, settle });
      this.#storing ??= this.#store().finally(() => {
        this.#storing = null;
      });
    });
  }

  /** Gives back what is held and what still comes, until {@link open}; but for what is being stored at the moment. */
  close(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
  }

  async #store(): Promise<void> {
    const { receive, giveUp, giveUpAfterMs, logger } = this.#options;
    await delay(GATHER_MS);
    let failingSinceMs: number | null = null;
    while (this.#held.length > 0) {
      if (!this.#isOpen) {
        for (const { settle } of this.#held.splice(0)) settle(false);
        return;
      }
      const set = this.#held.slice(0, SET);
      try {
        await receive(set.map(({ delivery }) => delivery));
        this.#held.splice(0, set.length);
        for (const { settle } of set) settle(true);
        failingSinceMs = null;
      } catch (error) {
        logger.warn({ reason: messageOf(error), messages: set.length }, "messages could not be stored; tried again");
        failingSinceMs ??= performance.now();
        if (performance.now() - failingSinceMs >= giveUpAfterMs) {
          this.close();
          giveUp();
        } else await delay(RETRY_MS);
      }
    }
  }
}
