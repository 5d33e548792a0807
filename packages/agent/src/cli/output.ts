import { messageOf, SmartemError } from "@smartem/common/errors";

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_INTERRUPTED = 130;

export function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

export function complain(...lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`);
}

/** Says what went wrong and what to do about it. */
export function complainOf(thrown: unknown): void {
  complain(messageOf(thrown));
  if (thrown instanceof SmartemError && thrown.hint !== undefined) complain(thrown.hint);
}

/** For programs whose output is read by others, such as `head`, that may have had enough. */
export function endWhenNobodyReads(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}
