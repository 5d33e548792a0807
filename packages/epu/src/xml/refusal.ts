import { type EpuParseError, type EpuParseErrorCode, epuParseError, type TextPosition } from "../parse-error.js";

/** Carries an EpuParseError out of the middle of a parse; never leaves this package's parse functions. */
export class Refusal extends Error {
  readonly error: EpuParseError;

  constructor(
    code: EpuParseErrorCode,
    message: string,
    details: { position?: TextPosition | null; field?: string } = {},
  ) {
    super(message);
    this.error = epuParseError(code, message, details);
  }
}
