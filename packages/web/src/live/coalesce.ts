/**
 * Makes a function that can be called at any rate: the first call of a burst takes effect at once, those that follow
 * together, at most once in `intervalMs`, with every distinct key that was asked for.
 */
export function coalesce(intervalMs: number, act: (keys: ReadonlySet<string>) => void): (key: string) => void {
  let pending = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    if (pending.size === 0) return;
    const keys = pending;
    pending = new Set();
    act(keys);
    timer = setTimeout(flush, intervalMs);
  };
  return (key) => {
    pending.add(key);
    if (timer === undefined) flush();
  };
}
