import type { Result } from "@smartem/common/result";
import type { TakeoverJournal } from "../journal/takeovers.js";

/** Which areas to acquire, in EPU's natural ids. */
export type MicroscopeOrder =
  | { readonly kind: "reorder_gridsquares"; readonly gridSquareIds: readonly string[]; readonly reason: string }
  | { readonly kind: "skip_gridsquares"; readonly gridSquareIds: readonly string[]; readonly reason: string }
  | {
      readonly kind: "reorder_foilholes";
      readonly gridSquareId: string;
      readonly foilHoleIds: readonly string[];
      readonly skipFoilHoleIds: readonly string[];
      readonly reason: string;
    };

/** The EPU session that an order is for. */
export interface ControlledSession {
  readonly epuSessionId: string;
  readonly name: string;
  /** uuid */
  readonly acquisition: string;
}

export interface ControlFailure {
  /** `transient`: the control does not answer; try again. `permanent`: it will not do this. */
  readonly kind: "transient" | "permanent";
  readonly message: string;
}

/** An order that the control holds. */
export interface GivenOrder {
  /** What was done, in words. */
  readonly result: string;
  /** What {@link MicroscopeControl.observe} needs to tell whether it is followed; plain JSON. Null: nothing can be seen. */
  readonly watch: unknown;
}

export type OrderOutcome = "followed" | "superseded" | "not_followed";

/** What the microscope made of an order. */
export interface Observation {
  readonly outcome: OrderOutcome;
  /** ISO 8601 */
  readonly observedAt: string;
  readonly details: string;
  /** The control has no record of the order any more: what it says does not count. */
  readonly isLost: boolean;
  /** Whether it stays so, whatever the microscope does; an order that was followed so far may be broken later. */
  readonly isFinal: boolean;
}

/**
 * An order that was given, and the later orders to the same session of which nothing final has been told yet. What a later
 * one means for this one is to be told no later than anything of the later one itself.
 */
export interface WatchedOrder {
  readonly watch: unknown;
  readonly later: readonly unknown[];
}

/** What passes orders on to a microscope. An order may be given again after an interruption: it then changes nothing. */
export interface MicroscopeControl {
  readonly name: string;
  /** Address of what it passes them on through; null where there is none. */
  readonly service: string | null;
  /**
   * @param takeovers where is noted, once the order is given, what has to stay taken over from the microscope's own software
   *   for it to count
   * @param onBegin called before the first of it is passed on
   */
  give(
    session: ControlledSession,
    order: MicroscopeOrder,
    takeovers: TakeoverJournal,
    signal: AbortSignal,
    onBegin: () => void,
  ): Promise<Result<GivenOrder, ControlFailure>>;
  /**
   * What has become of an order whose giving was begun, and not ended: passes on nothing more of it.
   *
   * @returns null where it does not count, or not all of it; nothing brings it into force then
   */
  whatBecameOf(
    session: ControlledSession,
    order: MicroscopeOrder,
    takeovers: TakeoverJournal,
  ): Promise<Result<GivenOrder | null, ControlFailure>>;
  /**
   * Has those things taken over which orders in force need, and gives back all others that it has taken over itself.
   *
   * @param isInForce whether what was ordered for an acquisition still counts
   */
  settle(
    takeovers: TakeoverJournal,
    isInForce: (acquisition: string) => boolean,
  ): Promise<Result<null, ControlFailure>>;
  /** @returns for each order in turn what became of it; null while that can't be told */
  observe(orders: readonly WatchedOrder[]): Promise<Result<readonly (Observation | null)[], ControlFailure>>;
  /** What it can't do, with the reason; null where it can. */
  refuses(action: "move_stage" | "take_image" | MicroscopeOrder["kind"]): string | null;
  close(): Promise<void>;
}
