import type { Acquired } from "@smartem/simulator/microscope";
import type { AthenaHistory } from "./athena-history.js";
import type { Difference } from "./compare.js";
import { decisionsNamedIn, orderOf, type ToldInstruction } from "./compare-instructions.js";

/** A microscope with its agent, as far as it matters to whether orders were followed. */
export interface SoakedControl {
  readonly agentId: string;
  readonly athena: AthenaHistory;
  /** By EPU's id of the session: what it took, in turn. */
  readonly acquired: ReadonlyMap<string, readonly Acquired[]>;
  /** By this machine's clock, in ms since 1970: when the agent lost its state last, and with it what it was to verify. */
  readonly stateLostAtMs: number | null;
}

export interface VerificationComparison {
  readonly verifications: number;
  /** Of them, those of orders that were followed. */
  readonly followed: number;
  /** Orders that should have been verified, and have not been yet. */
  readonly missing: number;
  readonly differences: readonly Difference[];
}

/** An area that the microscope took, and where in Athena's history it was first said to be begun. */
interface Taken {
  readonly areaId: number;
  readonly place: number;
}

/**
 * That every order which was carried out before its session ended was verified, unless its agent or the database has
 * forgotten it, and that what the agents say became of orders is what the microscopes did.
 *
 * When an agent began to look can be told only to within the time in which it carried the order out: what would have been
 * right from any moment of it is right.
 *
 * @param forgotten what the database had of instructions when it was put back to an earlier state; agents that had received
 *   them carry them out all the same, among those that came after
 * @param mustBeSome whether so much was simulated that some order must have been followed
 */
export function compareVerifications(
  told: readonly ToldInstruction[],
  forgotten: readonly ToldInstruction[],
  controls: readonly SoakedControl[],
  mustBeSome: boolean,
): VerificationComparison {
  const differences: Difference[] = [];
  const known = new Set(told.map(({ id }) => id));
  const before = new Set(forgotten.map(({ id }) => id));
  let verifications = 0;
  let followed = 0;
  let missing = 0;
  for (const control of controls) {
    const own = told.filter(({ agent }) => agent === control.agentId);
    const lost = forgotten.filter(({ id, agent }) => agent === control.agentId && !known.has(id));
    for (const [index, instruction] of own.entries()) {
      const order = orderAt(instruction, control);
      if (order === null) continue;
      const parent = parentOf(instruction);
      const others = [...own.slice(index + 1), ...lost].filter((other) => parentOf(other) === parent);
      const { id, type, verification, answeredAtMs } = instruction;
      const differ = (field: string, expected: unknown, stored: unknown): void => {
        differences.push({ entity: `instruction ${type}`, id, field, expected, stored });
      };
      const { ended } = order;
      if (verification === null) {
        const isLost = control.stateLostAtMs !== null && (answeredAtMs ?? 0) <= control.stateLostAtMs;
        if (ended !== null && order.to < ended && !isLost && !before.has(id)) {
          missing++;
          differ("verification", "some", null);
        }
        continue;
      }
      verifications++;
      if (verification.outcome === "followed") followed++;
      const possible = outcomesOf(
        order,
        others.map(({ createdAtMs }) => control.athena.placeBefore(createdAtMs)),
      );
      if (!possible.has(verification.outcome)) {
        differ("verification", [...possible].join(" or "), `${verification.outcome}: ${verification.details}`);
      }
      // An Athena of a soak run forgets nothing.
      if (/no record/.test(verification.details)) differ("verification", "Athena's record", verification.details);
    }
  }
  if (mustBeSome && followed === 0) {
    differences.push({ entity: "verifications", id: "followed", field: null, expected: "some", stored: followed });
  }
  return { verifications, followed, missing, differences };
}

/** An order that was carried out, in terms of Athena's history. */
interface PlacedOrder {
  readonly ordered: readonly number[];
  readonly skipped: readonly number[];
  /** Between these the agent began to look. */
  readonly from: number;
  readonly to: number;
  /** What the microscope took within the parent, in turn. */
  readonly taken: readonly Taken[];
  /** Where the session's runs had stopped. */
  readonly ended: number | null;
}

/** @returns null for what is no order, or was not carried out */
function orderAt(instruction: ToldInstruction, { athena, acquired }: SoakedControl): PlacedOrder | null {
  const { type, payload, outcome, result, session, createdAtMs, answeredAtMs } = instruction;
  const { ordered, skipped } = orderOf(type, payload);
  if (outcome !== "processed" || answeredAtMs === null || ordered.length + skipped.length === 0) return null;
  const decisions = decisionsNamedIn(result).flatMap((id) => athena.decisions.get(id) ?? []);
  const sessionId = decisions[0]?.sessionId;
  if (sessionId === undefined) return null;
  const square = payload.gridsquare_id === undefined ? null : String(payload.gridsquare_id);
  const areas = (acquired.get(session) ?? [])
    .filter((each) => square === null || String(each.square.id) === square)
    .map((each) => (square === null ? each.square.id : each.hole.id));
  const places = athena.begun.get(sessionId);
  const taken = [...new Set(areas)].flatMap((areaId) => {
    const place = places?.get(areaId);
    return place === undefined ? [] : [{ areaId, place }];
  });
  return {
    ordered: ordered.map(Number),
    skipped: skipped.map(Number),
    // What was decided before already is not decided again, and named as it stands.
    from: Math.max(athena.placeBefore(createdAtMs), ...decisions.map(({ place }) => place)),
    to: athena.placeAfter(answeredAtMs),
    taken,
    ended: athena.ended.get(sessionId) ?? null,
  };
}

/** What an instruction is about: the squares of a session, or the holes of one of them. */
function parentOf({ session, payload }: ToldInstruction): string {
  return `${session} ${payload.gridsquare_id === undefined ? "squares" : String(payload.gridsquare_id)}`;
}

/**
 * All that may be true of an order, by what was taken after it.
 *
 * @param others from where on other orders may have taken its place
 */
function outcomesOf(order: PlacedOrder, others: readonly number[]): Set<string> {
  const outcomes = new Set<string>();
  const begins = [order.from, ...order.taken.map(({ place }) => place)].filter(
    (place) => place >= order.from && place < order.to,
  );
  for (const begin of begins) {
    const before = new Set(order.taken.filter(({ place }) => place <= begin).map(({ areaId }) => areaId));
    const after = order.taken.filter(({ place }) => place > begin);
    const [first] = after;
    const left = order.ordered.filter((areaId) => !before.has(areaId));
    if (after.some(({ areaId }) => order.skipped.includes(areaId))) outcomes.add("not_followed");
    if (order.ordered.length === 0) {
      if (order.skipped.every((areaId) => before.has(areaId))) outcomes.add("superseded");
      else if (others.length > 0 || !after.some(({ areaId }) => order.skipped.includes(areaId)))
        outcomes.add("followed");
    } else if (left.length === 0) {
      outcomes.add("superseded");
    } else if (first !== undefined) {
      // Areas that the microscope passed over by another decision do not hold up the order.
      const open = left.filter((areaId) => after.some((each) => each.areaId === areaId));
      if (first.areaId === left[0] || first.areaId === open[0]) outcomes.add("followed");
      if (first.areaId !== left[0]) outcomes.add("not_followed");
    }
    if (first === undefined || others.some((place) => place < first.place)) outcomes.add("superseded");
  }
  return outcomes;
}
