import { messageOf } from "@smartem/common/errors";
import { err, ok, type Result } from "@smartem/common/result";
import {
  type DecisionDraft,
  type DecisionRecord,
  type DecisionType,
  MAX_BULK_ITEMS,
  type PluginName,
} from "./schemas.js";

/**
 * How a plan of what to acquire is written into decisions and read back. Decision software and microscope have to
 * agree on it, so both use these functions.
 *
 * | decision | `areaId` | `decisionValue` |
 * |---|---|---|
 * | gridSquareSelection | the grid | `[{"areaId":<square>,"result":"true"},{"areaId":<square>,"result":"false"}]` |
 * | foilHoleSelection | the grid square | `[{"areaId":<hole>,"result":"true"},…]` |
 * | acquisitionOrder of squares | the grid | `[{"areaId":<square>,"result":"1"},{"areaId":<square>,"result":"2"}]` |
 * | acquisitionOrder of holes | the grid square | `[{"areaId":<hole>,"result":"1"},…]` |
 *
 * A selection may also be about one area alone: then `areaId` is that area and the value is `true` or `false`.
 * Area ids are EPU's own ids of squares and holes. A grid has none among them: it is the session's area of type atlas
 * (`ensureGridArea`). `pluginType` is custom. A list says all there is to say at its time: the next of its kind for the
 * same area replaces it, so who changes a part of a selection sends the whole of it (`withChoices`).
 */

/** The area that stands for the grid where EPU has registered none: larger than any id EPU gives. */
export const GRID_AREA_ID = 2_147_483_647;

export interface DecisionFormatError {
  readonly code: "athena_decision_invalid";
  readonly message: string;
}

/** Area ids, each with whether it is to be acquired. */
export type Selection = ReadonlyMap<number, boolean>;

/** What is decided about the areas within one area; null where nothing is. */
export interface AreaPlan {
  readonly selection: Selection | null;
  /** Area ids, first to be acquired first; areas that are not in it come after those that are. */
  readonly order: readonly number[] | null;
}

export interface AcquisitionPlan {
  readonly squares: AreaPlan;
  /** By grid square. */
  readonly holes: ReadonlyMap<number, AreaPlan>;
}

/** What all decisions of a plan have in common. */
export interface DecisionOrigin {
  readonly sessionId: string;
  /** The software or person that decided, e.g. `SmartEM Decisions`. */
  readonly decidedBy: string;
  /** The reason, in words. */
  readonly details: string;
}

/** Which plug-in makes which decisions. The acquisition order is no plug-in's: it is always open to everyone. */
export const PLUGIN_OF: Readonly<Record<DecisionType, PluginName | null>> = {
  include: "SkipGridSquarePrediction",
  focus: "SmartFocusPrediction",
  stageWaitingTime: "StageSettlingTimePrediction",
  acquisitionOrder: null,
  foilHoleSelection: "AutomaticFoilHoleSelection",
  gridSquareSelection: "AutomaticGridSquareSelection",
  iceThicknessFoilHolePrediction: "IceThicknessFoilHolePrediction",
  automaticFoilHoleFinding: "AutomaticFoilHoleFinding",
};

const UNDECIDED: AreaPlan = { selection: null, order: null };
const MAX_AREA_ID = 2_147_483_647;

/**
 * The area id of a square or hole.
 *
 * @param naturalId as EPU gives it, e.g. `"4590776"`
 */
export function areaIdOf(naturalId: string): Result<number, DecisionFormatError> {
  const areaId = /^[1-9]\d{0,9}$/.test(naturalId) ? Number(naturalId) : 0;
  return isAreaId(areaId) ? ok(areaId) : invalid(`"${naturalId}" is no id of an area in EPU.`);
}

export function encodeGridSquareSelection(
  origin: DecisionOrigin,
  gridAreaId: number,
  squares: Selection,
): Result<DecisionDraft, DecisionFormatError> {
  return encodeSelection("gridSquareSelection", origin, gridAreaId, squares);
}

export function encodeFoilHoleSelection(
  origin: DecisionOrigin,
  gridSquareId: number,
  holes: Selection,
): Result<DecisionDraft, DecisionFormatError> {
  return encodeSelection("foilHoleSelection", origin, gridSquareId, holes);
}

/** @param parentAreaId the grid where `order` is of squares, the grid square where it is of holes */
export function encodeAcquisitionOrder(
  origin: DecisionOrigin,
  parentAreaId: number,
  order: readonly number[],
): Result<DecisionDraft, DecisionFormatError> {
  const entries = order.map((areaId, index) => ({ areaId, result: String(index + 1) }));
  return encode("acquisitionOrder", origin, parentAreaId, entries);
}

/** The areas that a selection is about, each with whether it is to be acquired. */
export function decodeSelection(record: DecisionRecord): Result<Selection, DecisionFormatError> {
  if (record.decisionType !== "gridSquareSelection" && record.decisionType !== "foilHoleSelection")
    return invalid(`Decision ${record.id} is of type ${record.decisionType} and selects nothing.`);
  const alone = readFlag(record.decisionValue);
  if (alone !== null) return ok(new Map([[record.areaId, alone]]));
  const entries = readEntries(record);
  if (!entries.ok) return entries;
  const selection = new Map<number, boolean>();
  for (const { areaId, result } of entries.value) {
    const flag = readFlag(result);
    if (flag === null) return invalid(`Decision ${record.id} says neither true nor false of area ${areaId}.`);
    selection.set(areaId, flag);
  }
  return ok(selection);
}

/** The areas of an acquisition order, first to be acquired first. */
export function decodeAcquisitionOrder(record: DecisionRecord): Result<readonly number[], DecisionFormatError> {
  if (record.decisionType !== "acquisitionOrder")
    return invalid(`Decision ${record.id} is of type ${record.decisionType} and orders nothing.`);
  const entries = readEntries(record);
  if (!entries.ok) return entries;
  const areaAt = new Map<number, number>();
  for (const { areaId, result } of entries.value) {
    const place = /^[1-9]\d{0,6}$/.test(result) ? Number(result) : 0;
    if (place === 0) return invalid(`Decision ${record.id} gives area ${areaId} no place in the order.`);
    if (areaAt.has(place)) return invalid(`Decision ${record.id} gives place ${place} to two areas.`);
    areaAt.set(place, areaId);
  }
  return ok([...areaAt].sort(([a], [b]) => a - b).map(([, areaId]) => areaId));
}

/** The decisions that say a whole plan; what it leaves open (null) is not mentioned. */
export function encodePlan(
  origin: DecisionOrigin,
  gridAreaId: number,
  plan: AcquisitionPlan,
): Result<DecisionDraft[], DecisionFormatError> {
  const drafts: DecisionDraft[] = [];
  for (const [type, areaId, areaPlan] of [
    ["gridSquareSelection", gridAreaId, plan.squares] as const,
    ...[...plan.holes].map(([squareId, holes]) => ["foilHoleSelection", squareId, holes] as const),
  ]) {
    for (const draft of [
      areaPlan.selection && encodeSelection(type, origin, areaId, areaPlan.selection),
      areaPlan.order && encodeAcquisitionOrder(origin, areaId, areaPlan.order),
    ]) {
      if (draft === null) continue;
      if (!draft.ok) return draft;
      drafts.push(draft.value);
    }
  }
  return ok(drafts);
}

/**
 * Reads a plan back.
 *
 * @param records decisions of one session in the order in which they were made; types that say nothing of a plan are
 *   passed over
 * @returns the plan, and the records that made no sense, which then have no effect
 */
export function decodePlan(
  gridAreaId: number,
  records: readonly DecisionRecord[],
): { readonly plan: AcquisitionPlan; readonly problems: readonly DecisionFormatError[] } {
  let squares = UNDECIDED;
  const holes = new Map<number, AreaPlan>();
  const problems: DecisionFormatError[] = [];
  for (const record of records) {
    if (record.decisionType === "acquisitionOrder") {
      const order = decodeAcquisitionOrder(record);
      if (!order.ok) problems.push(order.error);
      else if (record.areaId === gridAreaId) squares = { ...squares, order: order.value };
      else holes.set(record.areaId, { ...(holes.get(record.areaId) ?? UNDECIDED), order: order.value });
    } else if (record.decisionType === "gridSquareSelection") {
      const selection = decodeSelection(record);
      if (!selection.ok) problems.push(selection.error);
      else if (record.areaId === gridAreaId) squares = { ...squares, selection: selection.value };
      else squares = { ...squares, selection: withChoices(squares.selection, selection.value) };
    } else if (record.decisionType === "foilHoleSelection") {
      const selection = decodeSelection(record);
      if (!selection.ok) problems.push(selection.error);
      else if (readFlag(record.decisionValue) !== null)
        problems.push(invalid(`Decision ${record.id} is about a hole alone and does not say of which square.`).error);
      else holes.set(record.areaId, { ...(holes.get(record.areaId) ?? UNDECIDED), selection: selection.value });
    }
  }
  return { plan: { squares, holes }, problems };
}

/** A selection with some choices added or changed. */
export function withChoices(selection: Selection | null, choices: Selection): Selection {
  return new Map([...(selection ?? []), ...choices]);
}

/**
 * What to acquire, in order: first what the plan orders, then the rest as it would come anyway, without what is
 * deselected. Areas of which nothing is said are acquired.
 *
 * @param areaIds what is there to be acquired, in the microscope's own order
 */
export function toAcquire(plan: AreaPlan, areaIds: readonly number[]): number[] {
  const left = new Set(areaIds.filter((areaId) => plan.selection?.get(areaId) !== false));
  const ordered = (plan.order ?? []).filter((areaId) => left.delete(areaId));
  return [...ordered, ...left];
}

function encodeSelection(
  decisionType: DecisionType,
  origin: DecisionOrigin,
  areaId: number,
  selection: Selection,
): Result<DecisionDraft, DecisionFormatError> {
  const entries = [...selection].map(([id, acquire]) => ({ areaId: id, result: String(acquire) }));
  return encode(decisionType, origin, areaId, entries);
}

interface Entry {
  readonly areaId: number;
  readonly result: string;
}

function encode(
  decisionType: DecisionType,
  origin: DecisionOrigin,
  areaId: number,
  entries: readonly Entry[],
): Result<DecisionDraft, DecisionFormatError> {
  const problem = isAreaId(areaId) ? problemOf(entries) : `${areaId} is no area id.`;
  if (problem !== null) return invalid(problem);
  return ok({
    sessionId: origin.sessionId,
    areaId,
    decisionType,
    pluginType: "custom",
    decisionValue: JSON.stringify(entries),
    decidedBy: origin.decidedBy,
    details: origin.details,
  });
}

function readEntries(record: DecisionRecord): Result<Entry[], DecisionFormatError> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(record.decisionValue ?? "");
  } catch (thrown) {
    return invalid(`The value of decision ${record.id} is not JSON: ${messageOf(thrown)}`);
  }
  if (!Array.isArray(parsed)) return invalid(`The value of decision ${record.id} is not a list.`);
  const entries: Entry[] = [];
  for (const one of parsed as unknown[]) {
    const { areaId, result } = (typeof one === "object" && one !== null ? one : {}) as Record<string, unknown>;
    if (typeof areaId !== "number" || result === undefined || result === null)
      return invalid(`The value of decision ${record.id} has an entry without areaId and result.`);
    entries.push({ areaId, result: String(result) });
  }
  const problem = problemOf(entries);
  return problem === null ? ok(entries) : invalid(`Decision ${record.id}: ${problem}`);
}

function problemOf(entries: readonly Entry[]): string | null {
  if (entries.length > MAX_BULK_ITEMS) return `A list may have ${MAX_BULK_ITEMS} entries, not ${entries.length}.`;
  const seen = new Set<number>();
  for (const { areaId } of entries) {
    if (!isAreaId(areaId)) return `${areaId} is no area id.`;
    if (seen.has(areaId)) return `Area ${areaId} is in the list twice.`;
    seen.add(areaId);
  }
  return null;
}

/** .NET writes True and False. */
function readFlag(text: string | null): boolean | null {
  const lower = text?.trim().toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : null;
}

function isAreaId(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MAX_AREA_ID;
}

function invalid(message: string): { readonly ok: false; readonly error: DecisionFormatError } {
  return err({ code: "athena_decision_invalid", message });
}
