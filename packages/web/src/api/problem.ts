/** What went wrong with a request, in words for the person at the screen. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The server's stable code, where it gave one. */
  readonly code: string | null;
  readonly hint: string | null;

  constructor(status: number, message: string, code: string | null = null, hint: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** Whether this server has no such part of the API at all; what exists but is not there yet has other codes. */
export function isNotOffered(error: unknown): boolean {
  if (!(error instanceof ApiProblem)) return false;
  return (error.status === 404 && error.code === "no_such_path") || error.status === 405;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 404;
}

interface ValidationMistake {
  readonly loc?: readonly (string | number)[];
  readonly msg?: string;
}

/** Reads an error answer: `{detail, code?, hint?}`, where `detail` is a sentence or the list of a request's mistakes. */
export function problemOf(status: number, body: unknown): ApiProblem {
  const { detail, code, hint } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  return new ApiProblem(
    status,
    sentenceOf(detail) ?? `The server answered with status ${status}.`,
    typeof code === "string" ? code : null,
    typeof hint === "string" ? hint : null,
  );
}

function sentenceOf(detail: unknown): string | null {
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return null;
  const mistakes = (detail as ValidationMistake[]).map(
    ({ loc, msg }) => `${(loc ?? []).slice(1).join(".")}: ${msg ?? "is not valid"}`,
  );
  return mistakes.length === 0 ? null : mistakes.join("; ");
}
