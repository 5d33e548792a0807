/** Which files count as binary, where only their size may be recorded. */
export interface BinaryRule {
  /** Extensions, with or without their dot, in any case. */
  readonly forceText?: readonly string[];
  readonly forceBinary?: readonly string[];
}

const TEXT = "txt md json jsonl xml dm html htm css js py yml yaml toml ini cfg conf log csv tsv star sh bat ps1";
const BINARY =
  "jpg jpeg png gif bmp tif tiff webp ico mrc mrcs eer gain dm4 ser emi raw mp4 avi mov pdf zip 7z rar tar gz bz2 xz exe dll so bin dat db sqlite";
/** What is looked at where the extension does not tell. */
export const SNIFF_BYTES = 1024;

const TEXT_EXTENSIONS: ReadonlySet<string> = new Set(TEXT.split(" "));
const BINARY_EXTENSIONS: ReadonlySet<string> = new Set(BINARY.split(" "));

/**
 * Tells by its name whether a file is binary.
 *
 * @returns null where only its content can tell
 */
export function binaryByName(rule: BinaryRule): (path: string) => boolean | null {
  const forceText = new Set(rule.forceText?.map(plain));
  const forceBinary = new Set(rule.forceBinary?.map(plain));
  return (path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const extension = name.includes(".") ? plain(name.slice(name.lastIndexOf("."))) : "";
    if (forceText.has(extension)) return false;
    if (forceBinary.has(extension)) return true;
    if (TEXT_EXTENSIONS.has(extension)) return false;
    return BINARY_EXTENSIONS.has(extension) ? true : null;
  };
}

/** Tells by its first bytes whether a file is binary: it is where they are no UTF-8, or hold a NUL. */
export function binaryByContent(head: Uint8Array): boolean {
  if (head.includes(0)) return true;
  try {
    // A character may be cut off at the end.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return false;
  } catch {
    return true;
  }
}

/** The text that the bytes are in UTF-8, to the last byte, or null. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function plain(extension: string): string {
  return extension.toLowerCase().replace(/^\./, "");
}
