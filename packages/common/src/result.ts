/**
 * The outcome of something that may well fail in normal operation (a truncated file, an unreachable service).
 * Failures that callers are expected to handle are values; exceptions are for defects and for crossing a framework.
 */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}
