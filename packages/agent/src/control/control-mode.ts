import type { MicroscopeOrder } from "./microscope-control.js";

/**
 * What becomes of orders to the microscope. `automatic`: the control is given them. `semi-automatic`: once somebody at
 * the microscope has approved them. `dry-run`: they are checked, and declined with what would have been done.
 */
export const CONTROL_MODES = ["automatic", "semi-automatic", "dry-run"] as const;
export type ControlMode = (typeof CONTROL_MODES)[number];

/** Whether a newer order makes an older one pointless. */
export function supersedes(newer: MicroscopeOrder, older: MicroscopeOrder): boolean {
  if (newer.kind !== older.kind || newer.kind === "skip_gridsquares") return false;
  return (
    newer.kind !== "reorder_foilholes" ||
    (older.kind === "reorder_foilholes" && newer.gridSquareId === older.gridSquareId)
  );
}

/** An order that is later than another. */
export interface LaterOrder {
  readonly instructionId: string;
  readonly order: MicroscopeOrder;
  /** Otherwise it waits, and may yet come to nothing. */
  readonly isGiven: boolean;
}

/**
 * The later order that was given already, and by which the microscope goes instead of an earlier one; null where there is none. One
 * that only skips says nothing of the order of the rest.
 */
export function replacementOf(order: MicroscopeOrder, later: readonly LaterOrder[]): LaterOrder | null {
  const replaces = ({ order: other, isGiven }: LaterOrder): boolean =>
    isGiven && supersedes(other, order) && wordsOf(other).ordered.length > 0;
  return later.findLast(replaces) ?? null;
}

/**
 * What is left of an order where there are later ones already, be they given or waiting: it must not select again what they leave
 * out, nor leave out what they have acquired, unless one that was given after that has taken it back; and the order of acquisition
 * is that of the latest.
 *
 * @param later the earliest first
 * @returns null where nothing is left
 */
export function withoutOverruled(order: MicroscopeOrder, later: readonly LaterOrder[]): MicroscopeOrder | null {
  const leftOut = new Set<string>();
  const acquired = new Set<string>();
  for (const { order: other, isGiven } of later) {
    const isOfHoles = other.kind === "reorder_foilholes";
    const isAboutTheSame =
      order.kind === "reorder_foilholes" ? isOfHoles && other.gridSquareId === order.gridSquareId : !isOfHoles;
    if (!isAboutTheSame) continue;
    const { ordered, left } = wordsOf(other);
    for (const id of left) {
      leftOut.add(id);
      if (isGiven) acquired.delete(id);
    }
    for (const id of ordered) {
      acquired.add(id);
      if (isGiven) leftOut.delete(id);
    }
  }
  const isReplaced = replacementOf(order, later) !== null;
  const words = wordsOf(order);
  const ordered = isReplaced ? [] : words.ordered.filter((id) => !leftOut.has(id));
  const left = words.left.filter((id) => !acquired.has(id));
  if (ordered.length + left.length === 0) return null;
  switch (order.kind) {
    case "reorder_gridsquares":
      return { ...order, gridSquareIds: ordered };
    case "skip_gridsquares":
      return { ...order, gridSquareIds: left };
    case "reorder_foilholes":
      return { ...order, foilHoleIds: ordered, skipFoilHoleIds: left };
  }
}

/** How many squares or holes an order names. */
export function sizeOf(order: MicroscopeOrder): number {
  const { ordered, left } = wordsOf(order);
  return ordered.length + left.length;
}

/** What an order has acquired, and what it leaves out. */
function wordsOf(order: MicroscopeOrder): { readonly ordered: readonly string[]; readonly left: readonly string[] } {
  switch (order.kind) {
    case "reorder_gridsquares":
      return { ordered: order.gridSquareIds, left: [] };
    case "skip_gridsquares":
      return { ordered: [], left: order.gridSquareIds };
    case "reorder_foilholes":
      return { ordered: order.foilHoleIds, left: order.skipFoilHoleIds };
  }
}

/** An order in a sentence, for people. */
export function describeOrder(order: MicroscopeOrder): string {
  switch (order.kind) {
    case "reorder_gridsquares":
      return `acquire ${order.gridSquareIds.length} grid squares in a new order, ${firstOf(order.gridSquareIds)}`;
    case "skip_gridsquares":
      return `skip ${order.gridSquareIds.length} grid squares, ${firstOf(order.gridSquareIds)}`;
    case "reorder_foilholes": {
      const skipped = order.skipFoilHoleIds.length;
      const parts = [
        ...(order.foilHoleIds.length > 0
          ? [`acquire ${order.foilHoleIds.length} foil holes in a new order, ${firstOf(order.foilHoleIds)}`]
          : []),
        ...(skipped > 0 ? [`skip ${skipped} foil holes, ${firstOf(order.skipFoilHoleIds)}`] : []),
      ];
      return `in grid square ${order.gridSquareId}, ${parts.join("; ")}`;
    }
  }
}

const NAMED = 3;

function firstOf(ids: readonly string[]): string {
  return `first ${ids.slice(0, NAMED).join(", ")}${ids.length > NAMED ? ", …" : ""}`;
}
