/** Where a failure stands in HTTP's terms; also used outside HTTP to tell "caller's mistake" from "ours". */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 503;

/**
 * An error with a stable code that programs may test for, a sentence that says what happened and, where there is
 * something to be done about it, a hint that says what.
 *
 * @example throw new SmartemError("port_in_use", 503, "Port 8000 is taken.", { hint: "Choose another with --port." });
 */
export class SmartemError extends Error {
  readonly code: string;
  readonly status: ErrorStatus;
  readonly hint: string | undefined;
  /** Structured facts for the log and for clients; never secrets. */
  readonly facts: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: string,
    status: ErrorStatus,
    message: string,
    options: { hint?: string; facts?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SmartemError";
    this.code = code;
    this.status = status;
    this.hint = options.hint;
    this.facts = options.facts;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
