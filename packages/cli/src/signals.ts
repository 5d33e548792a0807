const GOODBYE_MS = 500;

/** Lets the process end, though a network that does not answer still holds connections: for minutes, if nobody minded. */
export function leaveConnections(): void {
  setTimeout(() => process.exit(), GOODBYE_MS).unref();
}
