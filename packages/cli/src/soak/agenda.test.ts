import { randomStream } from "@smartem/simulator/random";
import { expect, test } from "vitest";
import { Agenda } from "./agenda.js";
import type { Fault } from "./faults.js";

const KINDS = ["kill", "stop", "cut", "silent", "rename", "truncate"];

function fault(kind: string, targets: readonly string[] = [], half?: 1 | 2): Fault {
  return { kind, targets, ...(half === undefined ? {} : { half }), befall: () => Promise.resolve(true) };
}

function agendaOf(faults: readonly Fault[], seed = 1): Agenda {
  return new Agenda(faults, randomStream(seed, "agenda"));
}

/** Draws one after the other, each done before the next. */
function drawn(agenda: Agenda, times: number, befell: (kind: string) => boolean = () => true): (string | null)[] {
  const random = randomStream(2, "draws");
  return Array.from({ length: times }, () => {
    const next = agenda.draw(1, random);
    if (next !== null) agenda.done(next, befell(next.kind));
    return next?.kind ?? null;
  });
}

test("each kind comes once before any comes again, on however many microscopes, in an order that the seed decides", () => {
  const faults = KINDS.flatMap((kind) => [fault(kind), fault(kind), fault(kind)]);
  const orders = [1, 1, 2].map((seed) => drawn(agendaOf(faults, seed), KINDS.length));
  for (const order of orders) expect([...order].sort()).toEqual([...KINDS].sort());
  expect(orders[1]).toEqual(orders[0]);
  expect(orders[2]).not.toEqual(orders[0]);
  const agenda = agendaOf(faults);
  drawn(agenda, 50);
  expect([...agenda.counts.values()].reduce((sum, times) => sum + times)).toBe(50);
});

test("what found nothing to break is not counted and comes again, after the others; what never came has a count of zero", () => {
  const agenda = agendaOf(KINDS.map((kind) => fault(kind)));
  const order = drawn(agenda, 3 * KINDS.length, (kind) => kind !== "rename");
  expect(agenda.counts.get("rename")).toBe(0);
  expect(order.filter((kind) => kind === "rename").length).toBeGreaterThan(2);
  expect([...agenda.counts.keys()].sort()).toEqual([...KINDS].sort());
});

test("nothing befalls what is being broken, and what waits for two things is not overtaken at either", () => {
  const random = randomStream(3, "draws");
  const both = fault("both", ["a", "b"]);
  const faults = [fault("a", ["a"]), fault("b", ["b"])];
  // Whatever the order is, one of them is under way when that which needs both is due.
  const agenda = agendaOf([...faults, both]);
  const begun: Fault[] = [];
  let next = agenda.draw(1, random);
  while (next !== null) {
    const { targets } = next;
    expect(begun.some((other) => other.targets.some((target) => targets.includes(target)))).toBe(false);
    begun.push(next);
    next = agenda.draw(1, random);
  }
  for (let draws = 0; draws < 20 && agenda.counts.get("both") === 0; draws++) {
    const first = begun.shift();
    if (first !== undefined) agenda.done(first, true);
    next = agenda.draw(1, random);
    if (next !== null) begun.push(next);
    if (begun.includes(both)) expect(begun).toEqual([both]);
  }
  expect(agenda.counts.get("both")).toBe(1);
});

test("what belongs to a half of the run waits for it and holds nothing up", () => {
  const agenda = agendaOf([fault("late", ["a"], 2), fault("any", ["a"])]);
  expect(new Set(drawn(agenda, 20))).toEqual(new Set(["any"]));
  const random = randomStream(4, "draws");
  expect(agenda.draw(2, random)?.kind).toBe("late");
  expect(agenda.draw(2, random)).toBeNull();
});
