import { FUZZ_INPUTS, fuzz, MAX_CPU_US } from "@smartem/common/testing/fuzzing";
import { type Dice, mutated } from "@smartem/common/testing/mutations";
import { SaxesParser } from "saxes";
import { expect, it } from "vitest";
import { DOCUMENTS } from "../testing/documents.js";
import { REAL, realBytes, realDataExists } from "../testing/real-files.js";
import { XML_TOKENS } from "../testing/xml-tokens.js";
import { Refusal } from "./refusal.js";
import { XmlTokenizer } from "./tokenizer.js";

const TIMEOUT_MS = 300_000;

/** What a document says, or that it is none. Texts that follow each other are one. */
type Told = readonly unknown[] | "refused";

class Telling {
  readonly events: unknown[] = [];
  #text = "";

  onText(text: string): void {
    this.#text += text;
  }

  onOpen(name: string, names: readonly string[], values: readonly string[], count: number): void {
    this.tell(name, ...names.slice(0, count).map((each, index) => [each, values[index]]));
  }

  onClose(): void {
    this.tell("/");
  }

  tell(...event: unknown[]): void {
    if (this.#text !== "") this.events.push(this.#text);
    this.#text = "";
    this.events.push(event);
  }
}

function toldBySaxes(xml: string): Told {
  const telling = new Telling();
  const parser = new SaxesParser({ xmlns: false as const, forceXMLVersion: true, defaultXMLVersion: "1.0" });
  const refuse = (): never => {
    throw new Refusal("malformed", "Refused by saxes.");
  };
  let attributes: unknown[] = [];
  let depth = 0;
  parser.on("error", refuse);
  parser.on("doctype", refuse);
  parser.on("attribute", ({ name, value }) => attributes.push([name, value]));
  parser.on("opentag", ({ name }) => {
    depth++;
    telling.tell(name, ...attributes);
    attributes = [];
  });
  parser.on("closetag", () => {
    depth--;
    telling.onClose();
  });
  const onText = (text: string): void => {
    if (depth > 0) telling.onText(text);
  };
  parser.on("text", onText);
  parser.on("cdata", onText);
  try {
    parser.write(xml).close();
    return telling.events;
  } catch (thrown) {
    if (thrown instanceof Refusal) return "refused";
    throw thrown;
  }
}

function told(pieces: readonly string[]): Told {
  const telling = new Telling();
  const tokenizer = new XmlTokenizer(telling);
  try {
    for (const piece of pieces) tokenizer.write(piece);
  } catch (thrown) {
    if (thrown instanceof Refusal) return "refused";
    throw thrown;
  }
  const { events } = telling;
  const closed = events.filter((event) => Array.isArray(event) && event[0] === "/").length;
  const opened = events.filter(Array.isArray).length - closed;
  return tokenizer.held > 0 || opened === 0 || opened > closed ? "refused" : events;
}

function pieces(xml: string, dice: Dice): readonly string[] {
  const list: string[] = [];
  const longest = 1 + dice(Math.max(8, xml.length));
  for (let at = 0; at < xml.length; ) {
    let end = at + 1 + dice(longest);
    // Decoders of UTF-8 give whole characters.
    if (xml.codePointAt(end - 1) !== xml.charCodeAt(end - 1)) end++;
    list.push(xml.slice(at, end));
    at = end;
  }
  return list;
}

const TRICKY = [
  "<a/>",
  "<a></a>",
  "<a b='1' c = \"2\"\n/>",
  "<a\tb='&#10;\r\n&lt;' \u00e9='\u{1d6fc}'>&#x1d6fc;\r\r\n&apos;</a\n>",
  "<?xml version='1.0' encoding=\"utf-8\" standalone='yes' ?><a><?p?><?p i ?><!-- - --><![CDATA[<&>]]]></a><!----> ",
  '\ufeff<?xml version="1.0"?>\n<\u00e9\u{1d6fc}:-.\u00b7><b>]]&gt;</b>x<c/>y</\u00e9\u{1d6fc}:-.\u00b7>',
];
const MARKUP = [
  ..."<>/?!-=&;#x'\" \n\r\t:a1.]\0\u0001\u00b7\u00e9\ufffe\ufeff",
  ...["\u{1d6fc}", "]]>", "<!--", "-->", "--", "<![CDATA[", "<?", "?>", "<?xml version='1.0'?>", "<?XML ?>", "version"],
  ...["</a>", "<a>", " b='1'", ' b="<"', "&amp;", "&#x41;", "&#0;", "&#xd800;", "&#x110000;", "&lt", "<!DOCTYPE a>"],
  ...["encoding='a'", "standalone='no'", "/>", "</", "<b:c", " xmlns:b=''", "<a b='1' b='2'>"],
];

function tricky(dice: Dice): string {
  let xml = TRICKY[dice(TRICKY.length)] ?? "";
  for (let changes = 1 + dice(3); changes > 0; changes--) {
    const at = dice(xml.length + 1);
    xml = xml.slice(0, at) + (MARKUP[dice(MARKUP.length)] ?? "") + xml.slice(at + dice(3) * dice(6));
  }
  // Halves of surrogate pairs don't come out of UTF-8.
  return Buffer.from(xml).toString();
}

/** What saxes takes although XML 1.0 §2.6 [16] wants white space after the name: `<?name?more?>`. */
const SAXES_IS_LAX = /<\?[^ \t\r\n?]+\?[^>]/;

function expectSame(xml: string, dice: Dice): void {
  if (SAXES_IS_LAX.test(xml)) return;
  const expected = toldBySaxes(xml);
  expect({ xml, told: told([xml]) }).toEqual({ xml, told: expected });
  expect({ xml, told: told(pieces(xml, dice)) }).toEqual({ xml, told: expected });
}

it.each(TRICKY)("%j is told as saxes tells it", (xml) => {
  expect(told([xml])).not.toBe("refused");
  expect(told([xml])).toEqual(toldBySaxes(xml));
});

it(
  "tells what saxes tells, or refuses what saxes refuses, of any small document, however it is cut",
  () => fuzz("small documents", FUZZ_INPUTS, (dice) => expectSame(tricky(dice), dice)),
  TIMEOUT_MS,
);

it(
  "tells what saxes tells, or refuses what saxes refuses, of damaged files of EPU",
  async () => {
    const samples: Buffer[] = Object.values(DOCUMENTS).map((xml) => Buffer.from(xml));
    if (realDataExists()) samples.push(realBytes(REAL.micrograph), realBytes(REAL.gridSquareImage));
    const compare = (dice: Dice): void => {
      const bytes = mutated(samples[dice(samples.length)] ?? Buffer.alloc(0), dice, XML_TOKENS);
      expectSame(bytes.toString("utf8"), dice);
    };
    // Three readings, two of them compared: how long one takes is tested where files are parsed.
    await fuzz("files", Math.ceil(FUZZ_INPUTS * 0.1), compare, 10 * MAX_CPU_US);
  },
  TIMEOUT_MS,
);
