import type { Dice } from "@smartem/common/testing/mutations";

/** An element of a text, with where its parts begin and end. */
interface Element {
  readonly name: string;
  readonly attributes: string;
  readonly start: number;
  readonly contentStart: number;
  contentEnd: number;
  end: number;
  readonly children: Element[];
}

/** A well-formed text, with its elements but for the root, parents before children. */
export interface XmlSample {
  readonly text: string;
  readonly elements: readonly Element[];
  /** For each of them, those that have the same parent, itself among them. */
  readonly siblings: readonly (readonly Element[])[];
}

/** Of the children of an element that have the same name, so many are kept. */
const KEPT = 2;
const MOST_CHANGES = 4;
const HIGHEST_ID = 60;
const TAG = /<(\/?)([\w.:-]+)((?:\s+[\w.:-]+="[^"]*")*)\s*(\/?)>/g;
const TEXTS = ["", " ", "abc", "NaN", "-INF", "1E400", "-1", "0", "99999999999999999999", "true", "\u{1d6fc}", "&#10;"];

/** @param bytes of a real file: markup without comments and sections, attributes in double quotes */
export function xmlSampleOf(bytes: Buffer): XmlSample {
  const text = bytes.toString("utf8");
  const cut = shortened(text, rootOf(text));
  const elements: Element[] = [];
  const siblings: Element[][] = [];
  const list = (parent: Element): void => {
    for (const child of parent.children) {
      elements.push(child);
      siblings.push(parent.children);
      list(child);
    }
  };
  list(rootOf(cut));
  return { text: cut, elements, siblings };
}

function rootOf(text: string): Element {
  const open: Element[] = [];
  for (const { 0: tag, 1: closes, 2: name = "", 3: attributes = "", 4: empty, index } of text.matchAll(TAG)) {
    const parent = open.at(-1);
    const after = index + tag.length;
    if (closes === "/") {
      if (parent === undefined) break;
      parent.contentEnd = index;
      parent.end = after;
      open.pop();
      if (open.length === 0) return parent;
      continue;
    }
    const element: Element = {
      name,
      attributes,
      start: index,
      contentStart: after,
      contentEnd: after,
      end: after,
      children: [],
    };
    parent?.children.push(element);
    if (empty !== "/") open.push(element);
  }
  throw new Error("The sample has no root.");
}

/** The same text with short lists, so that many of its kind can be read. */
function shortened(text: string, element: Element): string {
  const counts = new Map<string, number>();
  let short = "";
  let at = element.start;
  for (const child of element.children) {
    short += text.slice(at, child.start);
    at = child.end;
    const count = (counts.get(child.name) ?? 0) + 1;
    counts.set(child.name, count);
    if (count <= KEPT) short += shortened(text, child);
  }
  return short + text.slice(at, element.end);
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A file as another version of EPU may write it, or somebody's tool: well-formed, but not what a reader looks for. */
export function mutatedWellFormed(sample: XmlSample, dice: Dice): Buffer {
  const edits: Edit[] = [];
  for (let changes = 1 + dice(MOST_CHANGES); changes > 0; changes--) {
    const index = dice(sample.elements.length);
    const element = sample.elements[index];
    const siblings = sample.siblings[index];
    if (element !== undefined && siblings !== undefined) edits.push(...changeOf(sample, element, siblings, dice));
  }
  edits.sort((one, other) => one.from - other.from || one.to - other.to);
  let text = "";
  let at = 0;
  for (const edit of edits) {
    // What is in something that was changed already is left as it is.
    if (edit.from < at) continue;
    text += sample.text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return Buffer.from(text + sample.text.slice(at));
}

function changeOf({ text, elements }: XmlSample, element: Element, siblings: readonly Element[], dice: Dice): Edit[] {
  const { start, end, contentStart, contentEnd, name, attributes } = element;
  const whole = text.slice(start, end);
  const other = elements[dice(elements.length)] ?? element;
  const inside = text.slice(contentStart, contentEnd);
  const asWhole = (changed: string): Edit[] => [{ from: start, to: end, text: changed }];
  switch (dice(8)) {
    case 0:
      return asWhole("");
    case 1:
      return asWhole(whole + whole);
    case 2:
      return / i:nil=/.test(attributes) ? asWhole("") : asWhole(`<${name}${attributes} i:nil="true"/>`);
    case 3: {
      const [prefix] = /^\w+:/.exec(name) ?? [""];
      const renamed = prefix + other.name.replace(/^\w+:/, "");
      return asWhole(`<${renamed}${attributes}>${inside}</${renamed}>`);
    }
    case 4: {
      const sibling = siblings[dice(siblings.length)] ?? element;
      if (sibling === element) return asWhole("");
      return [...asWhole(""), { from: sibling.end, to: sibling.end, text: whole }];
    }
    case 5: {
      if (!text.includes("xmlns:z=")) return asWhole(`<${name}${attributes}/>`);
      const id = 1 + dice(HIGHEST_ID);
      const kind = dice(2) === 0 ? "Ref" : "Id";
      const without = attributes.replace(new RegExp(` z:${kind}="[^"]*"`), "");
      return asWhole(`<${name}${without} z:${kind}="${id}">${inside}</${name}>`);
    }
    default: {
      const words =
        dice(2) === 0 || other.children.length > 0
          ? TEXTS[dice(TEXTS.length)]
          : text.slice(other.contentStart, other.contentEnd);
      return asWhole(`<${name}${attributes}>${words}</${name}>`);
    }
  }
}
