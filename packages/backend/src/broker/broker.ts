import type { RecordedEvent } from "../events/feed.js";
import type { DeadLetter } from "../inbox/dead-letters.js";
import type { Delivery } from "../inbox/receive.js";

/**
 * How messages come in from external systems and events go out to them. What it delivers is durable once `receive` has returned,
 * and is acknowledged only then; what it publishes counts as published only when the other side has confirmed it.
 */
export interface Broker {
  readonly kind: "embedded" | "rabbitmq";
  /** Begins to hand over what external systems send. */
  consume(receive: (deliveries: readonly Delivery[]) => Promise<void>): Promise<void>;
  /** Publishes events in their order; resolves when all are confirmed. Publishing the same event again is harmless to receivers that look at its id. */
  publish(events: readonly RecordedEvent[]): Promise<void>;
  /** Copies dead letters to where operators of the broker look for them; resolves when all are confirmed. */
  publishDeadLetters(letters: readonly DeadLetter[]): Promise<void>;
  health(): { status: "ok" | "error"; details: string };
  close(): Promise<void>;
}

/**
 * The queue inside the database: external systems hand their messages to `POST /events`, which puts them into the inbox as every
 * broker does, and take events from `GET /events/stream`, which reads the outbox. Nothing is left for this to do.
 */
export const embeddedBroker: Broker = {
  kind: "embedded",
  consume: () => Promise.resolve(),
  publish: () => Promise.resolve(),
  publishDeadLetters: () => Promise.resolve(),
  health: () => ({ status: "ok", details: "embedded in the database" }),
  close: () => Promise.resolve(),
};
