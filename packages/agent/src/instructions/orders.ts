import { REORDER_FOILHOLES, REORDER_GRIDSQUARES, SKIP_GRIDSQUARES } from "@smartem/common/instructions";
import { err, ok, type Result } from "@smartem/common/result";
import type { MicroscopeOrder } from "../control/microscope-control.js";

type Payload = Readonly<Record<string, unknown>>;

/** The second names under which the wire contract accepts the orders to the microscope, and where each keeps its list. */
const FORMS: Readonly<
  Record<string, { readonly kind: MicroscopeOrder["kind"]; readonly list: string; readonly id: string | null }>
> = {
  [REORDER_GRIDSQUARES]: { kind: "reorder_gridsquares", list: "gridsquare_ids", id: null },
  [SKIP_GRIDSQUARES]: { kind: "skip_gridsquares", list: "gridsquare_ids", id: null },
  [REORDER_FOILHOLES]: { kind: "reorder_foilholes", list: "foilhole_ids", id: null },
  "athena.control.reorder_gridsquares": { kind: "reorder_gridsquares", list: "gridsquare_order", id: "gridsquare_id" },
  "athena.control.skip_gridsquares": { kind: "skip_gridsquares", list: "gridsquares_to_skip", id: "gridsquare_id" },
  "athena.control.reorder_foilholes": { kind: "reorder_foilholes", list: "foilhole_order", id: "foilhole_id" },
};

const MAX_IDS = 100_000;

export function isOrder(instructionType: string): boolean {
  return Object.hasOwn(FORMS, instructionType);
}

/** @returns the order, or what is wrong with the payload */
export function orderOf(instructionType: string, payload: Payload): Result<MicroscopeOrder, string> {
  const form = FORMS[instructionType];
  if (form === undefined) return err(`${instructionType} is no order to a microscope.`);
  const ids = idsOf(payload, form.list, form.id);
  if (!ids.ok) return ids;
  const reason = typeof payload.reason === "string" ? payload.reason : "";
  if (form.kind !== "reorder_foilholes") {
    if (ids.value.length === 0) return err(`${form.list} is empty.`);
    return ok({ kind: form.kind, gridSquareIds: ids.value, reason });
  }
  const square = idOf(payload.gridsquare_id);
  if (square === null) return err("gridsquare_id is missing or not a number in digits.");
  const skip = payload.skip_foilhole_ids === undefined ? ok([]) : idsOf(payload, "skip_foilhole_ids", null);
  if (!skip.ok) return skip;
  const ordered = new Set(ids.value);
  const both = skip.value.find((id) => ordered.has(id));
  if (both !== undefined) return err(`Foil hole ${both} is to be acquired and to be skipped.`);
  if (ids.value.length + skip.value.length === 0) return err(`${form.list} is empty.`);
  return ok({
    kind: "reorder_foilholes",
    gridSquareId: square,
    foilHoleIds: ids.value,
    skipFoilHoleIds: skip.value,
    reason,
  });
}

/** Each once, in the order of the list. */
function idsOf(payload: Payload, list: string, field: string | null): Result<string[], string> {
  const values = payload[list];
  if (!Array.isArray(values)) return err(`${list} is missing or not a list.`);
  if (values.length > MAX_IDS) return err(`${list} has ${values.length} entries; at most ${MAX_IDS} are taken.`);
  const ids = new Set<string>();
  for (const value of values as unknown[]) {
    const plain =
      field !== null && typeof value === "object" && value !== null ? (value as Record<string, unknown>)[field] : value;
    const id = idOf(plain);
    if (id === null)
      return err(`${list} contains ${JSON.stringify(plain) ?? "nothing"}, which is no number in digits.`);
    ids.add(id);
  }
  return ok([...ids]);
}

function idOf(value: unknown): string | null {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return String(value);
  return typeof value === "string" && /^[0-9]{1,20}$/.test(value) ? value : null;
}
