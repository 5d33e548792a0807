/**
 * Lets those who ask for the same at the same time have one reading of it: when an event has told many pages of a change, all of
 * them ask for the same list.
 *
 * Nobody gets a reading that began before they asked, so that whoever has written something finds it in what they read next.
 */
export function sharedReads<T>(): (key: string, read: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const next = new Map<string, Promise<T>>();

  const start = (key: string, read: () => Promise<T>): Promise<T> => {
    const reading = read().finally(() => {
      if (running.get(key) === reading) running.delete(key);
    });
    running.set(key, reading);
    return reading;
  };

  return (key, read) => {
    const current = running.get(key);
    if (current === undefined) return start(key, read);
    const waiting = next.get(key);
    if (waiting !== undefined) return waiting;
    const begin = (): Promise<T> => {
      next.delete(key);
      return start(key, read);
    };
    const following = current.then(begin, begin);
    next.set(key, following);
    return following;
  };
}
