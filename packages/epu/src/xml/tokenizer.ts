import type { TextPosition } from "../parse-error.js";
import { CHARACTER_CLASSES, CLASS_BITS } from "./characters.js";
import { Refusal } from "./refusal.js";
import { lineEnds, withLineFeeds, withReferences, withSpaces } from "./texts.js";

/** What a tokenizer tells of a document, in its order. */
export interface XmlHandler {
  /** A start tag, with the first `count` of each list as its attributes, values normalised, until this returns. */
  onOpen(name: string, attributeNames: readonly string[], attributeValues: readonly string[], count: number): void;
  /** Its end tag, or the end of its start tag where it is empty. */
  onClose(): void;
  /** A piece of text: line ends are `\n`, references expanded. */
  onText(text: string): void;
}

// Constants of its own a module reads faster than those of others.
const CLASSES = CHARACTER_CLASSES;
const { WHITE, NAME, NAME_START, TEXT_STOP, VALUE_STOP, ILLEGAL } = CLASS_BITS;

const BYTE_ORDER_MARK = 0xfeff;
const MARKUP = ["<!--", "<![CDATA[", "<!DOCTYPE"];
const MAX_ATTRIBUTES = 256;
/** Fewer are compared each with each. */
const FEW_ATTRIBUTES = 8;

const CR = 13;
const [QUOTE, AMPERSAND, APOSTROPHE, SLASH, LESS, EQUALS, GREATER] = [34, 38, 39, 47, 60, 61, 62];
const [BANG, QUESTION, BRACKET] = [33, 63, 93];

// [23] XMLDecl
const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d+"|'1\.\d+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>$/;

const NOT_ALLOWED = "a character that XML does not allow";

/** For the pieces of all documents, which are read at one go. */
const SCRATCH = new Uint16Array(128 * 1024);

/** The token goes on beyond what has been written. */
const UNFINISHED = -1;
/** Stands after what has been written, so that nothing is read beyond it: in a document it is illegal. */
const END = "\0";

/**
 * Takes XML 1.0 apart, as strictly as its specification asks, but for namespaces, and for document type declarations,
 * which it refuses. What is written may be cut anywhere: a token that was cut is read once more when more has come.
 */
export class XmlTokenizer {
  /** Texts are looked at, but not told. */
  skipsText = false;
  readonly #handler: XmlHandler;
  /** What was written since the token that is not finished yet. */
  #text = END;
  #end = 0;
  /** Its UTF-16 units: V8 reads those of a string far slower. Valid within one `write`. */
  #codes: Uint16Array = SCRATCH;
  #at = 0;
  /** How far it has been looked at, for the position of errors. */
  #mark = 0;
  #bytesBefore = 0;
  #linesBefore = 0;
  readonly #open: string[] = [];
  #depth = 0;
  #rootSeen = false;
  #beginsDocument = true;
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  constructor(handler: XmlHandler) {
    this.#handler = handler;
  }

  /** How many characters are kept because the token they are of is not finished. */
  get held(): number {
    return this.#end - this.#at;
  }

  /** Of what is wrong, or the end of what was written. */
  get position(): TextPosition {
    const before = this.#text.slice(0, this.#mark);
    return { byte: this.#bytesBefore + Buffer.byteLength(before), line: 1 + this.#linesBefore + lineEnds(before) };
  }

  /**
   * @param text without a cut surrogate pair
   * @throws Refusal where the document is not well-formed; nothing may be written after that
   */
  write(text: string): void {
    const done = this.#text.slice(0, this.#at);
    this.#bytesBefore += Buffer.byteLength(done);
    this.#linesBefore += lineEnds(done);
    this.#text = this.#text.slice(this.#at, this.#end) + text + END;
    this.#end = this.#text.length - 1;
    this.#codes = codesOf(this.#text);
    this.#at = 0;
    this.#tokenise();
    this.#mark = this.#end;
  }

  #tokenise(): void {
    const codes = this.#codes;
    if (this.#bytesBefore === 0 && codes[0] === BYTE_ORDER_MARK) this.#at = 1;
    for (let at = this.#at; at !== this.#end; ) {
      at = codes[at] === LESS ? this.#readMarkup(at) : this.#depth > 0 ? this.#readText(at) : this.#readNoText(at);
      if (at === UNFINISHED) return;
      this.#beginsDocument = false;
      this.#at = at;
    }
  }

  #readText(start: number): number {
    const codes = this.#codes;
    let isPlain = true;
    let at = start;
    for (;;) {
      while (!isOf(codes[at], TEXT_STOP)) at++;
      const stop = codes[at];
      if (stop === LESS) break;
      if (stop === BRACKET) {
        if (this.#text.startsWith("]]>", at)) this.#fail(at + 3, "]]> in a text");
      } else if (stop === AMPERSAND || stop === CR) isPlain = false;
      else if (at === this.#end) return UNFINISHED;
      else this.#fail(at + 1, NOT_ALLOWED);
      at++;
    }
    this.#mark = at;
    const text = isPlain && this.skipsText ? "" : this.#text.slice(start, at);
    const expanded = isPlain ? text : this.#expand(withLineFeeds(text), at);
    if (!this.skipsText) this.#handler.onText(expanded);
    return at;
  }

  /** Between the markup around the root element. */
  #readNoText(start: number): number {
    const end = this.#whiteEnd(start);
    if (end !== this.#end && this.#codes[end] !== LESS) this.#fail(end + 1, "text outside of the root element");
    return end;
  }

  /** @returns where it ends, or `UNFINISHED` */
  #readMarkup(less: number): number {
    const text = this.#text;
    const codes = this.#codes;
    switch (codes[less + 1]) {
      case SLASH:
        return this.#readEndTag(less + 2);
      case QUESTION:
        return this.#readInstruction(less);
      case BANG:
        if (text.startsWith("<!--", less)) return this.#readComment(less + 4);
        if (text.startsWith("<![CDATA[", less)) return this.#readCharacterData(less + 9);
        if (text.startsWith("<!DOCTYPE", less)) {
          if (this.#find(">", less) < 0) return UNFINISHED;
          throw new Refusal("dtd_refused", "The file has a document type declaration.");
        }
        return this.#failUnlessCut(less, MARKUP, "unknown markup after <!");
      default:
        return less + 1 < this.#end ? this.#readStartTag(less + 1) : UNFINISHED;
    }
  }

  #readStartTag(start: number): number {
    const text = this.#text;
    const codes = this.#codes;
    let at = this.#nameEnd(start, "tag");
    const nameEnd = at;
    let count = 0;
    for (;;) {
      const before = at;
      at = this.#whiteEnd(at);
      if (at === this.#end) return UNFINISHED;
      const next = codes[at];
      if (next === GREATER) return this.#opened(text.slice(start, nameEnd), count, false, at + 1);
      if (next === SLASH) {
        if (at + 1 === this.#end) return UNFINISHED;
        if (codes[at + 1] !== GREATER) this.#fail(at + 2, "a / in a tag that does not end it");
        return this.#opened(text.slice(start, nameEnd), count, true, at + 2);
      }
      if (at === before) this.#fail(at + 1, "a tag or attribute is not followed by white space");
      const attributeStart = at;
      at = this.#nameEnd(at, "attribute");
      const attributeEnd = at;
      at = this.#whiteEnd(at);
      if (at === this.#end) return UNFINISHED;
      if (codes[at] !== EQUALS) this.#fail(at + 1, "an attribute without a value");
      at = this.#whiteEnd(at + 1);
      if (at === this.#end) return UNFINISHED;
      const quote = codes[at];
      if (quote !== QUOTE && quote !== APOSTROPHE) this.#fail(at + 1, "an attribute's value without quotes");
      const valueStart = ++at;
      let isPlain = true;
      for (;;) {
        while (!isOf(codes[at], VALUE_STOP)) at++;
        const stop = codes[at];
        if (stop === quote) break;
        if (stop === LESS) this.#fail(at + 1, "a < in an attribute's value");
        if (stop !== QUOTE && stop !== APOSTROPHE) {
          if (at === this.#end) return UNFINISHED;
          if (isOf(stop, ILLEGAL)) this.#fail(at + 1, NOT_ALLOWED);
          isPlain = false;
        }
        at++;
      }
      if (count === MAX_ATTRIBUTES) {
        this.#mark = at;
        throw new Refusal("too_large", `An element has more than ${MAX_ATTRIBUTES} attributes.`);
      }
      const value = text.slice(valueStart, at);
      this.#names[count] = text.slice(attributeStart, attributeEnd);
      this.#values[count++] = isPlain ? value : this.#expand(withSpaces(value), at);
      at++;
    }
  }

  #opened(name: string, count: number, isEmpty: boolean, end: number): number {
    this.#mark = end;
    if (count > 1 && hasDoubles(this.#names, count)) this.#fail(end, "an attribute twice in one tag");
    if (this.#depth === 0) {
      if (this.#rootSeen) this.#fail(end, "a second root element");
      this.#rootSeen = true;
    }
    this.#open[this.#depth++] = name;
    this.#handler.onOpen(name, this.#names, this.#values, count);
    return isEmpty ? this.#closed(end) : end;
  }

  #closed(end: number): number {
    this.#depth--;
    this.#mark = end;
    this.#handler.onClose();
    return end;
  }

  #readEndTag(start: number): number {
    const text = this.#text;
    const name = this.#open[this.#depth - 1];
    if (this.#depth === 0 || name === undefined) return this.#fail(start, "an end tag without a start tag");
    if (text.slice(start, start + name.length) !== name) {
      return this.#failUnlessCut(start, [name], `not the end tag of ${name}`);
    }
    const at = this.#whiteEnd(start + name.length);
    if (at === this.#end) return UNFINISHED;
    if (this.#codes[at] !== GREATER) this.#fail(at + 1, `not the end tag of ${name}`);
    return this.#closed(at + 1);
  }

  #readComment(start: number): number {
    const end = this.#find("--", start);
    if (end < 0 || end + 2 === this.#end) return UNFINISHED;
    if (this.#codes[end + 2] !== GREATER) this.#fail(end + 3, "-- in a comment");
    return end + 3;
  }

  #readCharacterData(start: number): number {
    if (this.#depth === 0) this.#fail(start, "text outside of the root element");
    const end = this.#find("]]>", start);
    if (end < 0) return UNFINISHED;
    this.#mark = end + 3;
    if (!this.skipsText) this.#handler.onText(withLineFeeds(this.#text.slice(start, end)));
    return end + 3;
  }

  #readInstruction(less: number): number {
    const text = this.#text;
    const codes = this.#codes;
    if (less + 2 === this.#end) return UNFINISHED;
    const nameEnd = this.#nameEnd(less + 2, "processing instruction");
    if (nameEnd === this.#end) return UNFINISHED;
    if (codes[nameEnd] !== QUESTION && this.#whiteEnd(nameEnd) === nameEnd) {
      this.#fail(nameEnd + 1, "a processing instruction's name is not followed by white space");
    }
    const end = this.#find("?>", nameEnd);
    if (end < 0) return UNFINISHED;
    if (codes[nameEnd] === QUESTION && end > nameEnd) this.#fail(nameEnd + 1, "a ? in a name");
    if (text.slice(less + 2, nameEnd).toLowerCase() !== "xml") return end + 2;
    if (!this.#beginsDocument) this.#fail(nameEnd, "an XML declaration that is not at the start");
    if (!DECLARATION.test(text.slice(less, end + 2))) this.#fail(end + 2, "an XML declaration that can't be read");
    return end + 2;
  }

  /** @returns where something is next, negative where it is not; nothing before it is illegal */
  #find(what: string, start: number): number {
    const found = this.#text.indexOf(what, start);
    const end = found < 0 ? this.#end : found;
    for (let at = start; at < end; at++) {
      if (isOf(this.#codes[at], ILLEGAL)) this.#fail(at + 1, NOT_ALLOWED);
    }
    return found;
  }

  /** @returns the end of the name at `start`, which may go on beyond what was written */
  #nameEnd(start: number, of: string): number {
    const codes = this.#codes;
    if (!isOf(codes[start], NAME_START)) this.#fail(start + 1, `no name of a ${of} where one should begin`);
    let at = start + 1;
    while (isOf(codes[at], NAME)) at++;
    return at;
  }

  /** @returns the end of the white space at `start`, if any */
  #whiteEnd(start: number): number {
    const codes = this.#codes;
    let at = start;
    while (isOf(codes[at], WHITE)) at++;
    return at;
  }

  #expand(text: string, end: number): string {
    return withReferences(text) ?? this.#fail(end, "an & that is no reference to a character");
  }

  /** @returns `UNFINISHED` where one of the texts may still come */
  #failUnlessCut(start: number, expected: readonly string[], what: string): number {
    const written = this.#text.slice(start, this.#end);
    let common = 0;
    while (expected.some((each) => each.startsWith(written.slice(0, common + 1))) && common < written.length) common++;
    return common === written.length ? UNFINISHED : this.#fail(start + common + 1, what);
  }

  /** @param mark after the character that is wrong */
  #fail(mark: number, what: string): never {
    this.#mark = mark;
    const code = this.#codes[mark - 1] ?? 0;
    // Copy programs reserve a file's size first, and write its blocks in any order; the others read as zeros.
    if (code === 0 && !(this.#rootSeen && this.#depth === 0)) {
      throw new Refusal("incomplete", "The file holds zero bytes: it has its size but not yet all of its content.");
    }
    throw new Refusal("malformed", `Not well-formed XML: ${isOf(code, ILLEGAL) ? NOT_ALLOWED : what}.`);
  }
}

function isOf(code: number | undefined, classes: number): boolean {
  return ((CLASSES[code ?? 0] ?? 0) & classes) !== 0;
}

function codesOf(text: string): Uint16Array {
  const codes = text.length <= SCRATCH.length ? SCRATCH : new Uint16Array(text.length);
  Buffer.from(codes.buffer).write(text, "utf16le");
  return codes;
}

function hasDoubles(names: readonly string[], count: number): boolean {
  if (count > FEW_ATTRIBUTES) return new Set(names.slice(0, count)).size < count;
  for (let i = 1; i < count; i++) for (let j = 0; j < i; j++) if (names[i] === names[j]) return true;
  return false;
}
