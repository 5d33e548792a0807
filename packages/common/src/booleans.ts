/** How programs in other languages write booleans; pydantic and YAML take them all, in any case. */
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "t", "yes", "y", "on", "1"].map((word) => [word, true] as const),
  ...["false", "f", "no", "n", "off", "0"].map((word) => [word, false] as const),
]);

/** What a word says, in any case; null where it says neither. */
export function readBoolean(text: string): boolean | null {
  return WORDS.get(text.trim().toLowerCase()) ?? null;
}
