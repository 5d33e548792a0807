import type { Result } from "@smartem/common/result";

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
}

/**
 * An order that was given, and the later orders to the same session of which nothing has been told yet. What a later one
 * means for this one is to be told no later than anything of the later one itself.
 */
export interface WatchedOrder {
  readonly watch: unknown;
  readonly later: readonly unknown[];
}

/** What passes orders on to a microscope. An order may be given again after an interruption: it then changes nothing. */
export interface MicroscopeControl {
  readonly name: string;
  give(
    session: ControlledSession,
    order: MicroscopeOrder,
    signal: AbortSignal,
  ): Promise<Result<GivenOrder, ControlFailure>>;
  /** @returns for each order in turn what became of it; null while that can't be told */
  observe(orders: readonly WatchedOrder[]): Promise<Result<readonly (Observation | null)[], ControlFailure>>;
  /** What it can't do, with the reason; null where it can. */
  refuses(action: "move_stage" | "take_image" | MicroscopeOrder["kind"]): string | null;
  close(): Promise<void>;
}
