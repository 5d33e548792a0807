import type { ProblemDetails } from "./schemas.js";

/**
 * What can go wrong with a call:
 *
 * | code | means | sent again by the client |
 * |---|---|---|
 * | `athena_unreachable` | no connection, or it broke before the whole answer was there | GET, PUT, DELETE |
 * | `athena_timeout` | no whole answer within the time allowed | GET, PUT, DELETE |
 * | `athena_server_error` | the service failed (5xx) or is overloaded (429) | GET, PUT, DELETE |
 * | `athena_bad_request` | the service refuses the arguments (400 and other 4xx) | no |
 * | `athena_not_found` | no such session, area, decision, … (404; 204 where one was asked for) | no |
 * | `athena_conflict` | exists already, or clashes with what exists (409) | no |
 * | `athena_bad_response` | something answered that is not the Decision Service as documented, e.g. a 404 without ProblemDetails | no |
 *
 * After `athena_unreachable` or `athena_timeout` of a POST or PATCH nobody knows whether the service acted on it.
 */
export type AthenaErrorCode =
  | "athena_unreachable"
  | "athena_timeout"
  | "athena_server_error"
  | "athena_bad_request"
  | "athena_not_found"
  | "athena_conflict"
  | "athena_bad_response";

export interface AthenaError {
  readonly code: AthenaErrorCode;
  /** A sentence for logs and operators. */
  readonly message: string;
  /** The call, e.g. `POST /api/v1/Decisions`. */
  readonly call: string;
  /** The HTTP status, null where there was no answer. */
  readonly status: number | null;
  /** What the service itself said of it, null where it said nothing. */
  readonly problem: ProblemDetails | null;
}

/** Whether the same call may well succeed when it is made again. */
export function isTransient(error: AthenaError): boolean {
  return error.code === "athena_unreachable" || error.code === "athena_timeout" || error.code === "athena_server_error";
}
