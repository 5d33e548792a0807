import { parseTime } from "@smartem/common/time";
import { Refusal } from "./refusal.js";

/** An element that was kept. Its texts stand where they stood, untrimmed. */
export interface XmlElement {
  readonly uri: string;
  readonly local: string;
  text: string;
  /** `i:nil` without `z:Ref`: there is no value. */
  readonly nil: boolean;
  /** `z:Ref`: the value is that of the element with this `z:Id`, which came before. */
  readonly ref: string | null;
  /** A chain of siblings costs less memory than an array per element. */
  firstChild: XmlElement | null;
  nextSibling: XmlElement | null;
}

/** Elements by their `z:Id`: the serialiser counts from 1, so a plain array holds nearly all. */
export class SharedElements {
  readonly #byNumber: (XmlElement | undefined)[] = [undefined];
  readonly #byName = new Map<string, XmlElement>();

  set(id: string, element: XmlElement): void {
    const number = Number(id);
    // An element that repeats an id takes it over; gaps would make the array slow.
    if (Number.isInteger(number) && number >= 0 && number <= this.#byNumber.length) this.#byNumber[number] = element;
    else this.#byName.set(id, element);
  }

  get(id: string): XmlElement | undefined {
    return this.#byName.get(id) ?? this.#byNumber[Number(id)];
  }
}

const MAX_ISSUES = 100;

/**
 * The kept part of a document, with .NET's references resolved wherever one is asked for. "Absent" means: no such
 * element, nil, or without text. A value that can't be read as what it should be counts as absent and becomes an issue.
 */
export class XmlDocument {
  readonly root: XmlElement;
  /** `z:Assembly` of the root element. */
  readonly assembly: string | null;
  readonly issues: string[] = [];
  readonly #shared: SharedElements;
  #itemsLeft: number;

  constructor(
    root: XmlElement,
    assembly: string | null,
    shared: SharedElements,
    limits: { readonly maxElements: number },
  ) {
    this.root = root;
    this.assembly = assembly;
    this.#shared = shared;
    this.#itemsLeft = limits.maxElements;
  }

  /** The first child of that name, or what it refers to; null where absent. */
  child(parent: XmlElement | null, uri: string, name: string): XmlElement | null {
    if (parent === null) return null;
    for (let child = parent.firstChild; child !== null; child = child.nextSibling) {
      if (child.local === name && child.uri === uri) return this.#resolve(child);
    }
    return null;
  }

  /** The children whose name is, or begins with, `name`, without the nil ones that pad a `List<T>` to its capacity. */
  items(parent: XmlElement | null, uri: string, name: string): readonly XmlElement[] {
    if (parent === null) return [];
    const items: XmlElement[] = [];
    for (let child = parent.firstChild; child !== null; child = child.nextSibling) {
      if (child.uri !== uri || !child.local.startsWith(name)) continue;
      const item = this.#resolve(child);
      if (item !== null) items.push(item);
    }
    // References let a small file name the same list many times over.
    this.#itemsLeft -= items.length;
    if (this.#itemsLeft < 0) throw new Refusal("too_large", "The file's lists have too many entries in all.");
    return items;
  }

  text(parent: XmlElement | null, uri: string, name: string): string | null {
    const element = this.child(parent, uri, name);
    if (element === null) return null;
    const text = element.text.trim();
    return text === "" ? null : ownCopy(text);
  }

  number(parent: XmlElement | null, uri: string, name: string): number | null {
    const element = this.child(parent, uri, name);
    return element === null ? null : this.numberOf(element);
  }

  /** The element's own text as a number. .NET's `NaN`, `INF` and `-INF` are no measurements: absent. */
  numberOf(element: XmlElement): number | null {
    const text = element.text.trim();
    if (text === "" || text === "NaN" || text === "INF" || text === "-INF") return null;
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(value) ? value : this.#issue(element.local, text, "a number");
  }

  flag(parent: XmlElement | null, uri: string, name: string): boolean | null {
    const text = this.text(parent, uri, name)?.toLowerCase() ?? null;
    if (text === null) return null;
    if (text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
    return this.#issue(name, text, "true or false");
  }

  /** An ISO 8601 time in UTC with milliseconds. .NET's `DateTime.MinValue` means "never set": absent. */
  time(parent: XmlElement | null, uri: string, name: string): string | null {
    const text = this.text(parent, uri, name);
    if (text === null) return null;
    const time = parseTime(text);
    if (time === null) return this.#issue(name, text, "a time");
    return time.getUTCFullYear() <= 1 ? null : time.toISOString();
  }

  /** A whole number kept as text. */
  id(parent: XmlElement | null, uri: string, name: string): string | null {
    const text = this.text(parent, uri, name);
    return text === null || ID.test(text) ? text : this.#issue(name, text, "an id");
  }

  /** An id without which the record means nothing. */
  requiredId(parent: XmlElement, uri: string, name: string, field: string): string {
    const id = this.id(parent, uri, name);
    if (id !== null) return id;
    throw new Refusal("missing_field", `The file has no usable ${field}.`, { field });
  }

  #resolve(element: XmlElement): XmlElement | null {
    if (element.ref === null) return element.nil ? null : element;
    const target = this.#shared.get(element.ref);
    if (target === undefined) {
      throw new Refusal("malformed", `${element.local} refers to object ${element.ref}, which is not in the file.`);
    }
    return target.nil ? null : target;
  }

  #issue(name: string, text: string, expected: string): null {
    if (this.issues.length < MAX_ISSUES)
      this.issues.push(`${name} is not ${expected}: ${JSON.stringify(text.slice(0, 80))}`);
    return null;
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const ID = /^-?\d{1,20}$/;

/** V8 keeps a whole chunk of the file alive for a slice of it; a record may live long. */
function ownCopy(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, "utf8").toString("utf8");
}
