import { hash as hashOf } from "node:crypto";
import { messageOf } from "@smartem/common/errors";
import { EpuFileParser } from "@smartem/epu/parse";
import type { EpuFile, EpuFileKind } from "@smartem/epu/records";
import type { FileStamp } from "../journal/files.js";
import type { ReadFile } from "./read-file.js";

export interface ReadRequest {
  readonly location: string;
  readonly kind: EpuFileKind;
  readonly expected: FileStamp;
  /** Of the content that is known already; null where none is. */
  readonly knownHash: string | null;
}

/** What became of reading a file. */
export type Reading =
  | { readonly is: "unchanged"; readonly stamp: FileStamp; readonly hash: string; readonly readAtMs: number }
  | {
      readonly is: "parsed";
      readonly content: EpuFile;
      /** Values that could not be read. */
      readonly issues: readonly string[];
      readonly stamp: FileStamp;
      readonly hash: string;
      readonly readAtMs: number;
    }
  | { readonly is: "failed"; readonly code: string; readonly reason: string };

/** Reads a file and, if its content is new, parses it. Never throws: what it can't cope with is a failure `defect`. */
export function readAndParse(request: ReadRequest, readFile: ReadFile): Reading {
  try {
    const readAtMs = Date.now();
    const read = readFile(request.location, request.expected);
    if (!read.ok) return { is: "failed", code: read.error.code, reason: read.error.reason };
    const { bytes, stamp } = read.value;
    const hash = hashOf("sha1", bytes, "base64url");
    if (hash === request.knownHash) return { is: "unchanged", stamp, hash, readAtMs };
    const parser = new EpuFileParser<EpuFileKind>(request.kind);
    const early = parser.write(bytes);
    const parsed = parser.end();
    if (!parsed.ok) {
      const error = early ?? parsed.error;
      return { is: "failed", code: error.code, reason: error.message };
    }
    const content = { kind: request.kind, record: parsed.value.record } as EpuFile;
    return { is: "parsed", content, issues: parsed.value.issues, stamp, hash, readAtMs };
  } catch (thrown) {
    return { is: "failed", code: "defect", reason: messageOf(thrown) };
  }
}
