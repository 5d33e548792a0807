/** What a character may be in XML 1.0 (5th edition). */
export const CLASS_BITS = {
  WHITE: 1,
  NAME: 2,
  NAME_START: 4,
  /** More than something to pass over: in a text, in an attribute's value. */
  TEXT_STOP: 8,
  VALUE_STOP: 16,
  /** In no document: not a Char (§2.2 [2]). */
  ILLEGAL: 32,
} as const;
const { WHITE, NAME, NAME_START, TEXT_STOP, VALUE_STOP, ILLEGAL } = CLASS_BITS;

/** Bits by UTF-16 unit. Surrogates are taken to stand in pairs. */
export const CHARACTER_CLASSES = new Uint8Array(0x10000);

/** @param ranges pairs of the first and the last character of each */
function classify(ranges: string, classes: number): void {
  for (let i = 0; i < ranges.length; i += 2) {
    for (let code = ranges.charCodeAt(i); code <= ranges.charCodeAt(i + 1); code++) {
      CHARACTER_CLASSES[code] = (CHARACTER_CLASSES[code] ?? 0) | classes;
    }
  }
}

classify("\0\x08\x0b\f\x0e\x1f\ufffe\uffff", ILLEGAL | TEXT_STOP | VALUE_STOP);
classify("\t\n\r\r  ", WHITE);
classify("<<&&\r\r]]", TEXT_STOP);
classify("<<&&\t\n\r\r\"\"''", VALUE_STOP);
// §2.3 [4], ASCII, then up to U+FFFD; the last pair are the first surrogates of U+10000 to U+EFFFF.
classify("::AZ__az", NAME | NAME_START);
classify("\xc0\xd6\xd8\xf6\xf8\u02ff\u0370\u037d\u037f\u1fff\u200c\u200d\u2070\u218f", NAME | NAME_START);
classify("\u2c00\u2fef\u3001\ud7ff\uf900\ufdcf\ufdf0\ufffd\ud800\udb7f", NAME | NAME_START);
// [4a]; the last pair are the second surrogates.
classify("--..09\xb7\xb7\u0300\u036f\u203f\u2040\udc00\udfff", NAME);
