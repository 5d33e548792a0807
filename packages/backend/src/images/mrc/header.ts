import { UnreadableImage } from "../unreadable-image.js";

/**
 * The header of an MRC file, as far as its first image goes.
 *
 * Format: MRC2014, https://www.ccpem.ac.uk/mrc_format/mrc2014.php (Cheng et al., J. Struct. Biol. 192 (2015) 146). A header of
 * 1024 bytes in words of 4 bytes, an extended header of NSYMBT bytes, then the data, columns fastest.
 */
export interface MrcHeader {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly mode: MrcMode;
  readonly littleEndian: boolean;
  readonly dataOffset: number;
  /** Only of mode 0: whether the bytes have a sign. */
  readonly signedBytes: boolean;
}

/**
 * Word 4, MODE: 0 "8-bit signed integer", 1 "16-bit signed integer", 2 "32-bit signed real", 6 "16-bit unsigned integer",
 * 12 "16-bit float (IEEE754)", 101 "4-bit data packed two per byte". 3 and 4 are transforms, no images.
 */
export type MrcMode = 0 | 1 | 2 | 6 | 12 | 101;

export const HEADER_BYTES = 1024;
export const BITS_PER_PIXEL: Readonly<Record<MrcMode, number>> = { 0: 8, 1: 16, 2: 32, 6: 16, 12: 16, 101: 4 };

const WORD_NX = 0;
const WORD_NY = 4;
const WORD_MODE = 12;
/** Word 24, NSYMBT: "size of extended header (which follows main header) in bytes". */
const WORD_NSYMBT = 92;
/** Word 39, of IMOD: this stamp says that the word after it holds flags; the first says that bytes are signed. */
const WORD_IMOD_STAMP = 152;
const IMOD_STAMP = 1_146_047_817;
const WORD_IMOD_FLAGS = 156;
/** Word 54, MACHST: "machine stamp encoding byte ordering of data"; 0x44 0x44 (or 0x44 0x41) is little, 0x11 0x11 big endian. */
const BYTE_MACHST = 212;
const LITTLE_ENDIAN_STAMP = 0x44;
const BIG_ENDIAN_STAMP = 0x11;

/** @throws UnreadableImage where the bytes are not the header of an MRC image */
export function parseMrcHeader(bytes: Buffer): MrcHeader {
  if (bytes.length < HEADER_BYTES)
    throw new UnreadableImage(`It has ${bytes.length} bytes; the header of an MRC file alone has ${HEADER_BYTES}.`);
  const littleEndian = isLittleEndian(bytes);
  const word = (offset: number): number => (littleEndian ? bytes.readInt32LE(offset) : bytes.readInt32BE(offset));
  const mode = word(WORD_MODE);
  if (!isMrcMode(mode)) throw new UnreadableImage(`MRC mode ${mode} is not one that can be shown.`);
  const extendedBytes = word(WORD_NSYMBT);
  if (extendedBytes < 0)
    throw new UnreadableImage(`The extended header of the MRC file says that it has ${extendedBytes} bytes.`);
  return {
    widthPx: word(WORD_NX),
    heightPx: word(WORD_NY),
    mode,
    littleEndian,
    dataOffset: HEADER_BYTES + extendedBytes,
    signedBytes: word(WORD_IMOD_STAMP) !== IMOD_STAMP || (word(WORD_IMOD_FLAGS) & 1) === 1,
  };
}

function isLittleEndian(bytes: Buffer): boolean {
  const stamp = bytes[BYTE_MACHST];
  if (stamp === LITTLE_ENDIAN_STAMP) return true;
  if (stamp === BIG_ENDIAN_STAMP) return false;
  // Older writers leave the stamp out: then the order in which the mode makes sense.
  return isMrcMode(bytes.readInt32LE(WORD_MODE)) || !isMrcMode(bytes.readInt32BE(WORD_MODE));
}

function isMrcMode(mode: number): mode is MrcMode {
  return mode in BITS_PER_PIXEL;
}
