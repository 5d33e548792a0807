import type { IncomingEventType } from "@smartem/common/events";
import type { Transaction } from "../database/connection.js";
import type { NaturalReference } from "./normalise.js";

/** A message that is being applied. */
export interface InboxMessage {
  readonly id: number;
  readonly event_type: IncomingEventType;
  readonly body: Readonly<Record<string, unknown>> & { readonly natural?: NaturalReference };
  readonly received_at: string;
  readonly attempts: number;
  /** The id that its sender knows: the message's on the broker, or that of the request that brought it. */
  readonly correlation_id: string | null;
}

/** What became of a message that could not simply be applied. */
export type Setback =
  | { readonly kind: "park"; readonly waitingFor: string | null; readonly reason: string }
  | { readonly kind: "dead"; readonly reason: string };

/**
 * Applies messages of one kind, in order, all in one transaction. Messages that it returns are set back, all others are
 * done. It must give the same result however often it is run.
 */
export type Handler = (tx: Transaction, messages: readonly InboxMessage[]) => Promise<ReadonlyMap<number, Setback>>;
