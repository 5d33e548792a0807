/** Waits for one of the signals. From then on they have their usual effect again, so a second Ctrl+C ends at once. */
export function until(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const handlers = signals.map((signal) => {
      const handler = (): void => {
        for (const [name, other] of handlers) process.off(name, other);
        resolve(signal);
      };
      process.on(signal, handler);
      return [signal, handler] as const;
    });
  });
}

const GOODBYE_MS = 500;

/** Lets the process end, though a network that does not answer still holds connections: for minutes, if nobody minded. */
export function leaveConnections(): void {
  setTimeout(() => process.exit(), GOODBYE_MS).unref();
}
