import { CHARACTER_CLASSES, CLASS_BITS } from "./characters.js";

/* What XML 1.0 (5th edition) makes of the texts of a document. */

const REFERENCE = /&(?:#(?:x([0-9a-fA-F]+)|([0-9]+))|(lt|gt|amp|apos|quot));|&/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", apos: "'", quot: '"' };

/** §2.11: line ends are line feeds. */
export function withLineFeeds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** §3.3.3, for attributes that no DTD declares: white space is spaces. */
export function withSpaces(value: string): string {
  return value.replace(/\r\n|[\t\n\r]/g, " ");
}

/** §4.1: characters instead of references to them. @returns null where an `&` begins none */
export function withReferences(text: string): string | null {
  if (!text.includes("&")) return text;
  let isSound = true;
  const expanded = text.replace(REFERENCE, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? "";
    const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal ?? Number.NaN);
    if (isCharacter(code)) return String.fromCodePoint(code);
    isSound = false;
    return "";
  });
  return isSound ? expanded : null;
}

function isCharacter(code: number): boolean {
  if (code >= 0x10000) return code <= 0x10ffff;
  return (
    !(code >= 0xd800 && code <= 0xdfff) && ((CHARACTER_CLASSES[code] ?? CLASS_BITS.ILLEGAL) & CLASS_BITS.ILLEGAL) === 0
  );
}

/** How many lines end in a text. */
export function lineEnds(text: string): number {
  let ends = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) ends++;
  return ends;
}
