import fc from "fast-check";
import { expect, test } from "vitest";
import { fileNameOf, toCsv } from "./export.js";

test("writes the union of all columns, and nothing where a row has none", () => {
  expect(
    toCsv([
      { a: 1, b: null },
      { a: 2, c: "x" },
    ]),
  ).toBe("a,b,c\r\n1,,\r\n2,,x\r\n");
});

test.each(["=1+1", "@sum", "+x", "-x", "\t="])("text that begins like a formula is marked as text: %j", (text) => {
  expect(toCsv([{ a: text }]).split("\r\n")[1]).toMatch(/^"?'/);
});

test("negative numbers stay numbers, as text too", () => {
  expect(toCsv([{ a: -1.5, b: "-1.5" }])).toBe("a,b\r\n-1.5,-1.5\r\n");
});

test.each([
  [
    "Micrographs per hour in intervals of 15 min; 52 in the last one",
    "/ui/sessions/a1",
    "Micrographs per hour in intervals of 15 min a1",
  ],
  ["Weights of models over time", "/ui/models/g%201", "Weights of models over time g 1"],
  [
    "Distribution of what takes more words than a file's name should have",
    "/ui/agents",
    "Distribution of what takes more words than a file's name agents",
  ],
])("files of %j on %s are called %j", (description, pathname, name) =>
  expect(fileNameOf(description, pathname)).toBe(name),
);

/** Reads RFC 4180. */
function parse(text: string): string[][] {
  const rows: string[][] = [[""]];
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const row = rows.at(-1) as string[];
    const character = text[index] as string;
    if (quoted) {
      if (character === '"' && text[index + 1] === '"') {
        row[row.length - 1] += '"';
        index += 1;
      } else if (character === '"') quoted = false;
      else row[row.length - 1] += character;
    } else if (character === '"') quoted = true;
    else if (character === ",") row.push("");
    else if (character === "\r") {
      rows.push([""]);
      index += 1;
    } else row[row.length - 1] += character;
  }
  return rows.slice(0, -1);
}

test("any text comes back as it was, but for the mark of those that look like formulas", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ a: fc.string(), b: fc.string() }, { noNullPrototype: true }), { minLength: 1 }),
      (rows) => {
        const [, ...back] = parse(toCsv(rows));
        expect(back.map((cells) => cells.map((cell) => cell.replace(/^'(?=[=+@\t\r-])/, "")))).toEqual(
          rows.map(({ a, b }) => [a, b].map((cell) => cell.replace(/^'(?=[=+@\t\r-])/, ""))),
        );
      },
    ),
  );
});
