/**
 * Why a file could not be read. All of these are ordinary events in a folder that EPU is still writing to.
 *
 * | code | means | worth trying again |
 * |---|---|---|
 * | incomplete | ends before the root element closes, changed while it was read, or has zero bytes where content is to come | yes, soon |
 * | empty | no bytes at all | yes, soon |
 * | unreadable | the file system refused (`errno`: `ENOENT`, `EBUSY`, `EACCES`, …) | yes |
 * | malformed | not well-formed XML, not UTF-8, or a reference to an object that is not there | yes, it may be rewritten |
 * | foreign | well-formed, but another format than the one asked for | when the file changes |
 * | missing_field | the right format without something it must have (`field`) | when the file changes |
 * | too_large, too_deep | beyond the limits | when the file or the limit changes |
 * | dtd_refused | has a document type declaration, which EPU never writes | when the file changes |
 */
export type EpuParseErrorCode =
  | "incomplete"
  | "empty"
  | "unreadable"
  | "malformed"
  | "foreign"
  | "missing_field"
  | "too_large"
  | "too_deep"
  | "dtd_refused";

export interface EpuParseError {
  readonly code: EpuParseErrorCode;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** One sentence: what to do about it. */
  readonly hint: string;
  /** Where reading stopped; null where that means nothing. */
  readonly position: TextPosition | null;
  /** Path of the missing element below the root, for `missing_field`. */
  readonly field: string | null;
  /** The system's error code, for `unreadable`. */
  readonly errno: string | null;
}

export interface TextPosition {
  /** Offset of the byte, from 0. */
  readonly byte: number;
  /** From 1. */
  readonly line: number;
}

const HINTS: Readonly<Record<EpuParseErrorCode, string>> = {
  incomplete: "Try again when EPU has finished writing the file.",
  empty: "Try again when EPU has written the file.",
  unreadable: "Check that the file exists and may be read, then try again.",
  malformed: "Try again later; if it stays so, fetch the file from the microscope again.",
  foreign: "Check that this is the file you mean.",
  missing_field: "Report the file with its EPU version: it lacks something that EPU always writes.",
  too_large: "Raise the size limit if the file is genuine.",
  too_deep: "Check where the file comes from: EPU does not nest elements this deep.",
  dtd_refused: "Check where the file comes from: EPU writes no document type declaration.",
};

export function epuParseError(
  code: EpuParseErrorCode,
  message: string,
  details: { position?: TextPosition | null; field?: string; errno?: string; hint?: string } = {},
): EpuParseError {
  return {
    code,
    message,
    hint: details.hint ?? HINTS[code],
    position: details.position ?? null,
    field: details.field ?? null,
    errno: details.errno ?? null,
  };
}
