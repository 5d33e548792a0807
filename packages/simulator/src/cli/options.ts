import { SmartemError } from "@smartem/common/errors";
import { onStopSignal } from "@smartem/common/signals";

/** Reads an option's text as a number within bounds, for commander. */
export function number(least: number, greatest: number, whole = false): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= least && value <= greatest && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? "a whole number" : "a number";
    throw new SmartemError("invalid_option", 400, `"${text}" is not ${kind} from ${least} to ${greatest}.`);
  };
}

export function url(text: string): string {
  if (URL.canParse(text)) return text.replace(/\/+$/, "");
  throw new SmartemError("invalid_option", 400, `"${text}" is not an address.`, {
    hint: "Write it as http://host:port.",
  });
}

/** A header for services that ask for a token. */
export function authorization(token: string | undefined): { readonly authorization: string } | Record<never, never> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const INTERRUPTED = 130;

/** Runs something until it ends or the process is asked to end; Ctrl+C makes the exit code 130. */
export async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const release = onStopSignal((signal) => {
    if (signal === "SIGINT") process.exitCode = INTERRUPTED;
    stopping.abort();
  });
  try {
    await run(stopping.signal);
  } finally {
    release();
  }
}
