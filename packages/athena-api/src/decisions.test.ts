import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AcquisitionPlan,
  type AreaPlan,
  areaIdOf,
  decodeAcquisitionOrder,
  decodePlan,
  decodeSelection,
  encodeAcquisitionOrder,
  encodeFoilHoleSelection,
  encodeGridSquareSelection,
  encodePlan,
  GRID_AREA_ID,
  toAcquire,
  withChoices,
} from "./decisions.js";
import type { DecisionDraft, DecisionRecord } from "./schemas.js";
import { codeOf, granted } from "./testing/values.js";

const ORIGIN = {
  sessionId: "3fa85f64-5717-4562-b3fc-2c963f66afa6",
  decidedBy: "SmartEM Decisions",
  details: "better ice",
};

function stored(draft: DecisionDraft, id = "b5cdbfb9-bd0f-414e-93f8-0abca3331f8e"): DecisionRecord {
  return {
    pluginType: "default",
    decisionValue: null,
    decidedBy: null,
    details: null,
    timestamp: "2026-02-26T12:45:18Z",
    id,
    ...draft,
  } as DecisionRecord;
}

const areaId = fc.integer({ min: 1, max: GRID_AREA_ID - 1 });
const selection = fc
  .uniqueArray(fc.tuple(areaId, fc.boolean()), { selector: ([id]) => id, maxLength: 50 })
  .map((entries) => new Map(entries));
const order = fc.uniqueArray(areaId, { maxLength: 50 });
const areaPlan: fc.Arbitrary<AreaPlan> = fc.record({
  selection: fc.option(selection, { nil: null }),
  order: fc.option(order, { nil: null }),
});
const plan: fc.Arbitrary<AcquisitionPlan> = fc.record({
  squares: areaPlan,
  holes: fc
    .uniqueArray(fc.tuple(areaId, areaPlan), { selector: ([id]) => id, maxLength: 5 })
    .map((entries) => new Map(entries.filter(([, one]) => one.selection !== null || one.order !== null))),
});

describe("one decision", () => {
  test("a selection of holes has the documented form", () => {
    const holes = new Map([
      [100, true],
      [101, false],
    ]);
    expect(granted(encodeFoilHoleSelection(ORIGIN, 12, holes))).toEqual({
      ...ORIGIN,
      areaId: 12,
      decisionType: "foilHoleSelection",
      pluginType: "custom",
      decisionValue: '[{"areaId":100,"result":"true"},{"areaId":101,"result":"false"}]',
    });
  });

  test("an order of holes names their places", () => {
    expect(granted(encodeAcquisitionOrder(ORIGIN, 12, [101, 100])).decisionValue).toBe(
      '[{"areaId":101,"result":"1"},{"areaId":100,"result":"2"}]',
    );
  });

  test("a selection is read as it was written", () => {
    fc.assert(
      fc.property(areaId, selection, (parent, chosen) => {
        for (const encode of [encodeGridSquareSelection, encodeFoilHoleSelection]) {
          const decoded = granted(decodeSelection(stored(granted(encode(ORIGIN, parent, chosen)))));
          expect([...decoded]).toEqual([...chosen]);
        }
      }),
    );
  });

  test("an order is read as it was written, in whatever order its entries come", () => {
    fc.assert(
      fc.property(areaId, order, fc.infiniteStream(fc.nat()), (parent, ids, random) => {
        const draft = granted(encodeAcquisitionOrder(ORIGIN, parent, ids));
        expect(granted(decodeAcquisitionOrder(stored(draft)))).toEqual(ids);
        const shuffled = (JSON.parse(draft.decisionValue ?? "") as unknown[])
          .map((entry) => [random.next().value as number, entry] as const)
          .sort(([a], [b]) => a - b)
          .map(([, entry]) => entry);
        const record = { ...stored(draft), decisionValue: JSON.stringify(shuffled) };
        expect(granted(decodeAcquisitionOrder(record))).toEqual(ids);
      }),
    );
  });

  test.each([
    ["true", true],
    ["False", false],
    [" TRUE ", true],
  ])("%j selects or deselects the area itself", (decisionValue, expected) => {
    const record = stored({ ...ORIGIN, areaId: 12, decisionType: "gridSquareSelection", decisionValue });
    expect([...granted(decodeSelection(record))]).toEqual([[12, expected]]);
  });

  test("results may also be JSON booleans and numbers", () => {
    const select = stored({ ...ORIGIN, areaId: 12, decisionType: "foilHoleSelection" });
    const value = '[{"areaId":1,"result":true},{"areaId":2,"result":false}]';
    expect([...granted(decodeSelection({ ...select, decisionValue: value }))]).toEqual([
      [1, true],
      [2, false],
    ]);
    const record = { ...select, decisionType: "acquisitionOrder" as const };
    expect(
      granted(
        decodeAcquisitionOrder({ ...record, decisionValue: '[{"areaId":5,"result":2},{"areaId":6,"result":1}]' }),
      ),
    ).toEqual([6, 5]);
  });

  test.each([
    null,
    "",
    "maybe",
    "{}",
    "[1]",
    "[null]",
    '[{"areaId":1}]',
    '[{"result":"true"}]',
    '[{"areaId":"1","result":"true"}]',
    '[{"areaId":0,"result":"true"}]',
    '[{"areaId":1.5,"result":"true"}]',
    '[{"areaId":2147483648,"result":"true"}]',
    '[{"areaId":1,"result":"yes"}]',
    '[{"areaId":1,"result":"true"},{"areaId":1,"result":"false"}]',
    '[{"areaId":1,"result":"true"}',
  ])("a value of %j is refused", (decisionValue) => {
    for (const decisionType of ["gridSquareSelection", "foilHoleSelection"] as const) {
      const record = stored({ ...ORIGIN, areaId: 12, decisionType, decisionValue });
      expect(codeOf(decodeSelection(record))).toBe("athena_decision_invalid");
      expect(codeOf(decodeAcquisitionOrder({ ...record, decisionType: "acquisitionOrder" }))).toBe(
        "athena_decision_invalid",
      );
    }
  });

  test("no text at all makes reading throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (decisionValue) => {
        const record = stored({ ...ORIGIN, areaId: 12, decisionType: "gridSquareSelection", decisionValue });
        decodeSelection(record);
        decodeAcquisitionOrder({ ...record, decisionType: "acquisitionOrder" });
      }),
    );
  });

  test("two areas at one place and decisions of another type are refused", () => {
    const record = stored({ ...ORIGIN, areaId: 12, decisionType: "acquisitionOrder" });
    const value = '[{"areaId":1,"result":"1"},{"areaId":2,"result":"1"}]';
    expect(codeOf(decodeAcquisitionOrder({ ...record, decisionValue: value }))).toBe("athena_decision_invalid");
    expect(codeOf(decodeSelection({ ...record, decisionValue: "true" }))).toBe("athena_decision_invalid");
    expect(codeOf(decodeAcquisitionOrder({ ...record, decisionType: "focus" }))).toBe("athena_decision_invalid");
  });

  test("what Athena could not hold is not written", () => {
    expect(codeOf(encodeAcquisitionOrder(ORIGIN, 12, [1, 2, 1]))).toBe("athena_decision_invalid");
    expect(codeOf(encodeAcquisitionOrder(ORIGIN, 0, [1]))).toBe("athena_decision_invalid");
    expect(codeOf(encodeFoilHoleSelection(ORIGIN, 12, new Map([[-1, true]])))).toBe("athena_decision_invalid");
    const tooMany = Array.from({ length: 100_001 }, (_, index) => index + 1);
    expect(codeOf(encodeAcquisitionOrder(ORIGIN, 12, tooMany))).toBe("athena_decision_invalid");
  });
});

describe("a plan", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(plan, (written) => {
        const drafts = granted(encodePlan(ORIGIN, GRID_AREA_ID, written));
        const { plan: read, problems } = decodePlan(
          GRID_AREA_ID,
          drafts.map((draft) => stored(draft)),
        );
        expect(problems).toEqual([]);
        expect(read).toEqual(written);
      }),
    );
  });

  test("a later plan replaces of an earlier one what it mentions and nothing else", () => {
    fc.assert(
      fc.property(plan, plan, (earlier, later) => {
        const drafts = [earlier, later].flatMap((one) => granted(encodePlan(ORIGIN, GRID_AREA_ID, one)));
        const { plan: read } = decodePlan(
          GRID_AREA_ID,
          drafts.map((draft) => stored(draft)),
        );
        const merged = (a: AreaPlan | undefined, b: AreaPlan | undefined): AreaPlan => ({
          selection: b?.selection ?? a?.selection ?? null,
          order: b?.order ?? a?.order ?? null,
        });
        expect(read.squares).toEqual(merged(earlier.squares, later.squares));
        for (const id of new Set([...earlier.holes.keys(), ...later.holes.keys()]))
          expect(read.holes.get(id)).toEqual(merged(earlier.holes.get(id), later.holes.get(id)));
      }),
    );
  });

  test("a record that makes no sense is reported and has no effect", () => {
    const good = granted(encodeGridSquareSelection(ORIGIN, GRID_AREA_ID, new Map([[7, false]])));
    const bad = (decisionType: DecisionDraft["decisionType"], decisionValue: string): DecisionRecord =>
      stored({ ...ORIGIN, areaId: 9, decisionType, decisionValue });
    const { plan: read, problems } = decodePlan(GRID_AREA_ID, [
      stored(good),
      bad("gridSquareSelection", "{"),
      bad("acquisitionOrder", "[1]"),
      bad("foilHoleSelection", "true"),
      bad("foilHoleSelection", "?"),
      bad("focus", "?"),
    ]);
    expect(problems).toHaveLength(4);
    expect(read).toEqual({ squares: { selection: new Map([[7, false]]), order: null }, holes: new Map() });
  });

  test("a decision about one square alone changes that square in the selection", () => {
    const list = granted(
      encodeGridSquareSelection(
        ORIGIN,
        GRID_AREA_ID,
        new Map([
          [7, true],
          [8, true],
        ]),
      ),
    );
    const one = { ...ORIGIN, areaId: 7, decisionType: "gridSquareSelection" as const, decisionValue: "false" };
    const { plan: read } = decodePlan(GRID_AREA_ID, [stored(list), stored(one)]);
    expect(read.squares.selection).toEqual(
      new Map([
        [7, false],
        [8, true],
      ]),
    );
  });
});

describe("what to acquire", () => {
  test("comes in the plan's order, then in the microscope's, without what is deselected", () => {
    const areaPlanOf = {
      selection: new Map([
        [3, false],
        [4, true],
      ]),
      order: [5, 3, 99, 1],
    };
    expect(toAcquire(areaPlanOf, [1, 2, 3, 4, 5])).toEqual([5, 1, 2, 4]);
    expect(toAcquire({ selection: null, order: null }, [2, 1])).toEqual([2, 1]);
  });

  test("is each selected area exactly once, whatever the plan says", () => {
    fc.assert(
      fc.property(areaPlan, order, (decided, there) => {
        const acquired = toAcquire(decided, there);
        expect(new Set(acquired).size).toBe(acquired.length);
        expect([...acquired].sort()).toEqual(there.filter((id) => decided.selection?.get(id) !== false).sort());
      }),
    );
  });

  test("choices are added to a selection and change those it has", () => {
    expect(withChoices(null, new Map([[1, true]]))).toEqual(new Map([[1, true]]));
    expect(
      withChoices(
        new Map([
          [1, true],
          [2, true],
        ]),
        new Map([[2, false]]),
      ),
    ).toEqual(
      new Map([
        [1, true],
        [2, false],
      ]),
    );
  });
});

describe("area ids", () => {
  test("EPU's own ids are taken as they are", () => {
    fc.assert(fc.property(areaId, (id) => granted(areaIdOf(String(id))) === id));
  });

  test.each(["", "0", "-1", "007", "1.0", "1e3", " 1", "2147483648", "GridSquare_1"])("%j is none", (text) => {
    expect(codeOf(areaIdOf(text))).toBe("athena_decision_invalid");
  });
});
