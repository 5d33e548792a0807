/** What a cell of a table can hold. */
export type Cell = string | number | boolean | null | undefined;

/** Programs that calculate take text that begins like this for a formula. */
const FORMULA = /^[=+@\t\r]|^-(?![\d.])/;

function csvCell(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as CSV (RFC 4180), its first line the names of the columns; no text in it is taken for a formula. */
export function toCsv<T extends Readonly<Record<string, Cell>>>(rows: readonly T[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return `${lines.map((line) => line.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

/** Lets the browser save a file. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function saveCsv<T extends Readonly<Record<string, Cell>>>(name: string, rows: readonly T[]): void {
  save(`${name}.csv`, new Blob([toCsv(rows)], { type: "text/csv;charset=utf-8" }));
}

const NAME_LENGTH = 60;

/** A name for files of a drawing, without its ending: what it shows, and of what, the page's address being about that. */
export function fileNameOf(description: string, pathname: string): string {
  const [, page, uuid] = /^\/ui\/([^/]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
  const [words = ""] = description.split(/[;:,.]/);
  const short = words.length <= NAME_LENGTH ? words : words.slice(0, words.lastIndexOf(" ", NAME_LENGTH));
  return [short, uuid === undefined ? page : decodeURIComponent(uuid)].filter((part) => part !== undefined).join(" ");
}
