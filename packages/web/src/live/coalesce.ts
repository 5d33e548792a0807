/**
 * Makes a function that can be called at any rate, with a key each time. The first call for a key takes effect at once; those that
 * follow, together, when that has come to its end and `intervalMs` have passed since.
 */
export function coalesce(intervalMs: number, act: (key: string) => Promise<unknown>): (key: string) => void {
  /** Keys that are worked on, or rest after that, and whether they have been called for again meanwhile. */
  const busy = new Map<string, boolean>();
  const begin = (key: string): void => {
    busy.set(key, false);
    const rest = (): unknown => setTimeout(() => (busy.get(key) ? begin(key) : busy.delete(key)), intervalMs);
    void act(key).then(rest, rest);
  };
  return (key) => {
    if (busy.has(key)) busy.set(key, true);
    else begin(key);
  };
}
