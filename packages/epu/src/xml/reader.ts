import { messageOf } from "@smartem/common/errors";
import { err, ok, type Result } from "@smartem/common/result";
import { type EpuParseError, epuParseError } from "../parse-error.js";
import { SharedElements, XmlDocument, type XmlElement } from "./document.js";
import * as namespaces from "./namespaces.js";
import { SCHEMA_INSTANCE, SERIALIZATION, XML } from "./namespaces.js";
import { Refusal } from "./refusal.js";
import { XmlTokenizer } from "./tokenizer.js";
import { Utf8ChunkDecoder } from "./utf8.js";
import type { Wanted } from "./wanted.js";

export interface XmlLimits {
  /** Of the whole file. */
  readonly maxBytes: number;
  /** Of nested elements. EPU's files reach 15. */
  readonly maxDepth: number;
  /** Kept in memory at once; the largest real square needs some 30,000. */
  readonly maxElements: number;
}

export const DEFAULT_LIMITS: XmlLimits = { maxBytes: 256 * 1024 * 1024, maxDepth: 256, maxElements: 2_000_000 };

/** No text, tag or comment of EPU comes near; a parser must hold one of them whole. */
const MAX_TOKEN_CHARS = 4 * 1024 * 1024;
/** Tokens are counted in pieces of this size, and it bounds the time between two looks at the clock by callers. */
const PIECE_BYTES = 64 * 1024;
const LETTER_X = "x".charCodeAt(0);
const COLON = ":".charCodeAt(0);
const MAX_BINDINGS = 1024;

/** Comparing strings that are one object is a comparison of pointers. */
const KNOWN_URIS: ReadonlyMap<string, string> = new Map(Object.values(namespaces).map((uri) => [uri, uri]));

/**
 * Reads a document that comes in chunks, keeping what `wanted` names and whatever .NET may refer to later: elements
 * with a `z:Id`, and all that is in them where they stand in a part that is otherwise passed over.
 *
 * Ends at the first error; a document type declaration is one. Entities other than XML's five are never expanded.
 */
export class XmlReader {
  readonly #wanted: Wanted;
  readonly #limits: XmlLimits;
  readonly #decoder = new Utf8ChunkDecoder();
  readonly #tokenizer = new XmlTokenizer({
    onOpen: (name, attributeNames, attributeValues, attributes) =>
      this.#onOpen(name, attributeNames, attributeValues, attributes),
    onClose: () => this.#onClose(),
    onText: (text) => this.#onText(text),
  });

  /** By depth, from 1: the kept element or null, its last kept child, and what is wanted in it or null. */
  readonly #elements: (XmlElement | null)[] = [null];
  readonly #lastChildren: (XmlElement | null)[] = [null];
  readonly #wants: (Wanted | null)[] = [null];
  #depth = 0;

  /** Bindings in scope, innermost last; beyond `#bindings` they are left over. */
  readonly #prefixes: string[] = ["xml"];
  readonly #uris: string[] = [XML];
  readonly #bindingDepths: number[] = [0];
  #bindings = 1;

  /** Of the tag being read. */
  #id: string | null = null;
  #ref: string | null = null;
  #nil = false;

  readonly #shared = new SharedElements();
  #root: XmlElement | null = null;
  #rootClosed = false;
  #assembly: string | null = null;
  #elementsLeft: number;

  #bytes = 0;
  #error: EpuParseError | null = null;

  constructor(wanted: Wanted, limits: XmlLimits = DEFAULT_LIMITS) {
    this.#wanted = wanted;
    this.#limits = limits;
    this.#elementsLeft = limits.maxElements;
  }

  /** @returns the error that ends the reading, null while there is none */
  write(chunk: Uint8Array): EpuParseError | null {
    for (let start = 0; start < chunk.length && this.#error === null; start += PIECE_BYTES) {
      const piece = chunk.subarray(start, start + PIECE_BYTES);
      this.#guard(() => this.#writePiece(piece));
    }
    return this.#error;
  }

  /** The document, when the bytes so far are a whole one. While they are `incomplete`, more may be written. */
  end(): Result<XmlDocument, EpuParseError> {
    if (this.#error !== null) return err(this.#error);
    if (this.#bytes === 0) return err(epuParseError("empty", "The file is empty."));
    // What follows the root may be cut as well, e.g. a comment.
    if (!this.#rootClosed || this.#decoder.carriedBytes > 0 || this.#tokenizer.held > 0) {
      const message = this.#rootClosed
        ? "The file ends in the middle of markup after its root element."
        : "The file ends before its root element closes.";
      return err(epuParseError("incomplete", message, { position: this.#tokenizer.position }));
    }
    if (this.#root === null) throw new Error("A document without a root was taken as whole.");
    return ok(new XmlDocument(this.#root, this.#assembly, this.#shared, this.#limits));
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (thrown) {
      const { position } = this.#tokenizer;
      this.#error =
        thrown instanceof Refusal
          ? { ...thrown.error, position }
          : epuParseError("malformed", `Not readable as XML: ${messageOf(thrown)}`, { position });
    }
  }

  #writePiece(bytes: Uint8Array): void {
    if (this.#bytes === 0 && isUtf16(bytes)) throw new Refusal("malformed", "The file is UTF-16; EPU writes UTF-8.");
    this.#bytes += bytes.length;
    if (this.#bytes > this.#limits.maxBytes) {
      throw new Refusal("too_large", `The file is larger than ${this.#limits.maxBytes} bytes.`);
    }
    const { text, invalidAtByte } = this.#decoder.decode(bytes);
    this.#tokenizer.write(text);
    if (invalidAtByte !== null) throw new Refusal("malformed", "The file is not UTF-8.");
    if (this.#tokenizer.held > MAX_TOKEN_CHARS) {
      throw new Refusal("too_large", `A single text or tag is longer than ${MAX_TOKEN_CHARS} characters.`);
    }
  }

  #onOpen(
    name: string,
    attributeNames: readonly string[],
    attributeValues: readonly string[],
    attributes: number,
  ): void {
    this.#tokenizer.skipsText = true;
    const depth = ++this.#depth;
    if (depth > this.#limits.maxDepth) {
      throw new Refusal("too_deep", `Elements are nested more than ${this.#limits.maxDepth} deep.`);
    }
    if (attributes > 0) this.#readAttributes(attributeNames, attributeValues, attributes);
    const id = attributes > 0 ? this.#id : null;

    const parent = this.#elements[depth - 1] ?? null;
    const parentWants = this.#wants[depth - 1] ?? null;
    const inShared = parent !== null && parentWants === null;
    this.#elements[depth] = null;
    this.#wants[depth] = null;
    // Nothing more needs to be known of an element in a part that is passed over.
    if (id === null && parent === null && depth > 1) return;

    const colon = name.indexOf(":");
    const local = colon < 0 ? name : name.slice(colon + 1);
    const uri = this.#uriOf(name, colon);
    const wants = depth === 1 ? this.#rootWants(uri, local) : wantedChild(parentWants, uri, local);
    if (id === null && wants === null && !inShared) return;

    if (--this.#elementsLeft < 0)
      throw new Refusal("too_large", `The file has more than ${this.#limits.maxElements} elements.`);
    const ref = attributes > 0 ? this.#ref : null;
    const nil = attributes > 0 && this.#nil && ref === null;
    const element: XmlElement = { uri, local, text: "", nil, ref, firstChild: null, nextSibling: null };
    if (parent !== null && (wants !== null || inShared)) {
      const last = this.#lastChildren[depth - 1] ?? null;
      if (last === null) parent.firstChild = element;
      else last.nextSibling = element;
      this.#lastChildren[depth - 1] = element;
    }
    if (id !== null) this.#shared.set(id, element);
    if (depth === 1) this.#root = element;
    this.#elements[depth] = element;
    this.#lastChildren[depth] = null;
    this.#wants[depth] = wants;
    this.#tokenizer.skipsText = false;
  }

  #readAttributes(names: readonly string[], values: readonly string[], count: number): void {
    const depth = this.#depth;
    this.#id = null;
    this.#ref = null;
    this.#nil = false;
    // A prefix may be used before it is bound in the same tag.
    for (let i = 0; i < count; i++) {
      const name = names[i] ?? "";
      if (name.charCodeAt(0) !== LETTER_X || !name.startsWith("xmlns")) continue;
      if (name.length === 5) this.#bind("", values[i] ?? "", depth);
      else if (name.charCodeAt(5) === COLON) this.#bind(name.slice(6), values[i] ?? "", depth);
    }
    for (let i = 0; i < count; i++) {
      const name = names[i] ?? "";
      const colon = name.indexOf(":");
      if (colon < 0) continue;
      // Most attributes are the serialiser's z:Id, z:Type, z:Assembly; only a few local names are of interest.
      switch (name.length - colon) {
        case 3:
          if (this.#isNamed(name, colon, "Id", SERIALIZATION)) this.#id = (values[i] ?? "").trim();
          break;
        case 4:
          if (this.#isNamed(name, colon, "Ref", SERIALIZATION)) this.#ref = (values[i] ?? "").trim();
          else if (this.#isNamed(name, colon, "nil", SCHEMA_INSTANCE)) this.#nil = isTrue(values[i] ?? "");
          break;
        case 9:
          if (depth === 1 && this.#isNamed(name, colon, "Assembly", SERIALIZATION)) {
            this.#assembly = values[i] ?? "";
          }
      }
    }
  }

  #isNamed(name: string, colon: number, local: string, uri: string): boolean {
    return name.endsWith(local) && this.#uriOf(name, colon) === uri;
  }

  #onClose(): void {
    const depth = --this.#depth;
    while ((this.#bindingDepths[this.#bindings - 1] ?? 0) > depth) this.#bindings--;
    if (depth === 0) this.#rootClosed = true;
    // Only white space stands between the children of an element.
    const element = this.#elements[depth] ?? null;
    this.#tokenizer.skipsText = element === null || element.firstChild !== null;
  }

  #onText(text: string): void {
    const element = this.#elements[this.#depth];
    if (element !== null && element !== undefined) element.text += text;
  }

  #rootWants(uri: string, local: string): Wanted {
    if (uri === this.#wanted.uri && local === this.#wanted.name) return this.#wanted;
    throw new Refusal(
      "foreign",
      `The root element is ${local} of "${uri}", not ${this.#wanted.name} of "${this.#wanted.uri}".`,
    );
  }

  #bind(prefix: string, uri: string, depth: number): void {
    const index = this.#bindings++;
    if (index >= MAX_BINDINGS) throw new Refusal("too_large", `More than ${MAX_BINDINGS} namespaces are in scope.`);
    this.#bindingDepths[index] = depth;
    // Siblings bind the same, and what one has bound is left over for the next.
    if (this.#uris[index] === uri && this.#prefixes[index] === prefix) return;
    const trimmed = uri.trim();
    this.#prefixes[index] = prefix;
    this.#uris[index] = KNOWN_URIS.get(trimmed) ?? trimmed;
  }

  /** The namespace of a name, the first `colon` characters of which are the prefix; none where `colon` is -1. */
  #uriOf(name: string, colon: number): string {
    const length = Math.max(colon, 0);
    for (let i = this.#bindings - 1; i >= 0; i--) {
      const prefix = this.#prefixes[i] ?? "";
      if (prefix.length === length && (length === 0 || name.startsWith(prefix))) return this.#uris[i] ?? "";
    }
    if (length === 0) return "";
    throw new Refusal("malformed", `The namespace prefix of ${name} is not bound.`);
  }
}

function wantedChild(parent: Wanted | null, uri: string, local: string): Wanted | null {
  if (parent === null) return null;
  const named = parent.children.get(local);
  if (named !== undefined) return named.uri === uri ? named : null;
  const byPrefix = parent.childByPrefix;
  return byPrefix !== null && byPrefix.uri === uri && local.startsWith(byPrefix.name) ? byPrefix : null;
}

function isTrue(value: string): boolean {
  const text = value.trim();
  return text === "true" || text === "1";
}

function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}
