import { isAscii, isUtf8 } from "node:buffer";

export interface DecodedText {
  readonly text: string;
  /** Offset in the decoded bytes where they stop being UTF-8; null where all of them are. `text` ends there. */
  readonly invalidAtByte: number | null;
}

const NOTHING = Buffer.alloc(0);

/**
 * Decodes UTF-8 that comes in chunks, strictly, and faster than TextDecoder does: nearly all of EPU's files are ASCII.
 * A character cut by the end of a chunk waits for the next one.
 */
export class Utf8ChunkDecoder {
  #carried: Buffer = NOTHING;

  /** Bytes of a character that the last chunk cut. */
  get carriedBytes(): number {
    return this.#carried.length;
  }

  decode(chunk: Uint8Array): DecodedText {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = this.#carried.length === 0 ? fresh : Buffer.concat([this.#carried, fresh]);
    if (isAscii(bytes)) {
      this.#carried = NOTHING;
      return { text: bytes.toString("latin1"), invalidAtByte: null };
    }
    const cut = bytes.length - cutCharacterBytes(bytes);
    const whole = bytes.subarray(0, cut);
    // A copy, because the caller may use its buffer again.
    this.#carried = Buffer.from(bytes.subarray(cut));
    if (isUtf8(whole)) return { text: whole.toString("utf8"), invalidAtByte: null };
    const valid = validPrefix(whole);
    return { text: whole.toString("utf8", 0, valid), invalidAtByte: valid };
  }
}

/** How many bytes at the end begin a character without finishing it (RFC 3629 §3). */
function cutCharacterBytes(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes.readUInt8(bytes.length - back);
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const needed = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 0;
    return needed > back ? back : 0;
  }
  return 0;
}

function validPrefix(bytes: Buffer): number {
  let valid = 0;
  let limit = bytes.length;
  while (valid < limit) {
    const middle = Math.ceil((valid + limit) / 2);
    const part = bytes.subarray(0, middle);
    if (isUtf8(part.subarray(0, middle - cutCharacterBytes(part)))) valid = middle;
    else limit = middle - 1;
  }
  return valid - cutCharacterBytes(bytes.subarray(0, valid));
}
