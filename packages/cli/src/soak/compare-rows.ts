/** Something that the database says otherwise than the simulator, or not at all, or once more. */
export interface Difference {
  readonly entity: string;
  readonly id: string;
  readonly field: string | null;
  readonly expected: unknown;
  readonly stored: unknown;
}

export interface FactComparison {
  readonly entities: number;
  readonly fields: number;
  readonly differences: readonly Difference[];
}

/** What a column has to hold: a value, null where nobody says anything, or one of several where it depends on what befell. */
export type Expected =
  | string
  | number
  | boolean
  | null
  /** Ms since 1970; the database keeps more digits. */
  | { readonly timeMs: number }
  | { readonly oneOf: readonly (string | boolean | null)[] };

export type ExpectedRow = Readonly<Record<string, Expected>>;

export interface StoredRow {
  /** Its natural id, by way of its parents. */
  readonly id: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * Compares rows with what is expected of them, column by column. A column of which nothing is expected has to be null.
 *
 * @param expected by natural id
 * @param left columns that are not compared
 */
export function compareRows(
  entity: string,
  expected: ReadonlyMap<string, ExpectedRow>,
  stored: readonly StoredRow[],
  left: ReadonlySet<string> = new Set(),
): FactComparison {
  const differences: Difference[] = [];
  const missing = new Map(expected);
  let entities = 0;
  let fields = 0;
  for (const { id, row } of stored) {
    const wanted = missing.get(id);
    if (wanted === undefined) {
      differences.push({ entity, id, field: null, expected: "nothing, or one only", stored: row });
      continue;
    }
    missing.delete(id);
    entities++;
    for (const field of new Set([...Object.keys(row), ...Object.keys(wanted)])) {
      if (left.has(field)) continue;
      fields++;
      const value = wanted[field] ?? null;
      if (!isSame(value, row[field])) differences.push({ entity, id, field, expected: value, stored: row[field] });
    }
  }
  for (const id of missing.keys()) differences.push({ entity, id, field: null, expected: "one", stored: "nothing" });
  return { entities, fields, differences };
}

export function together(comparisons: readonly FactComparison[]): FactComparison {
  const sum = (of: (comparison: FactComparison) => number): number => comparisons.reduce((n, each) => n + of(each), 0);
  return {
    entities: sum(({ entities }) => entities),
    fields: sum(({ fields }) => fields),
    differences: comparisons.flatMap(({ differences }) => differences),
  };
}

function isSame(expected: Expected, stored: unknown): boolean {
  if (expected === null || typeof expected !== "object") return expected === stored;
  if ("oneOf" in expected) return expected.oneOf.some((each) => each === stored);
  return typeof stored === "string" && Math.floor(Date.parse(stored)) === expected.timeMs;
}
