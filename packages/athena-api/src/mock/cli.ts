import { startAthenaMock } from "./server.js";

export interface RunAthenaMockOptions {
  readonly port: number;
  readonly host: string;
  /** The journal of a persistent mock; in memory without it. */
  readonly persistPath?: string;
  /** Ends the mock; the caller ties it to SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Where messages for the operator go. */
  readonly write: (text: string) => void;
}

/**
 * The command `smartem athena-mock`: runs the mock until `signal` is aborted.
 *
 * @returns when it has stopped
 * @throws SmartemError `athena_journal_invalid`, `athena_mock_not_started`
 */
export async function runAthenaMock(options: RunAthenaMockOptions): Promise<void> {
  const { port, host, persistPath, signal, write } = options;
  const mock = await startAthenaMock({ port, host, ...(persistPath === undefined ? {} : { persistPath }) });
  const kept = persistPath === undefined ? "in memory" : `in ${persistPath} (${mock.state.sessions.size} sessions)`;
  write(`Athena's Decision Service (mock) at ${mock.url}, records kept ${kept}\n`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await mock.close();
  write("Athena mock stopped\n");
}
