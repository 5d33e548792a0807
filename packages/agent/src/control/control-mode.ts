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
