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
