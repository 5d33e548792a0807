import Table from "cli-table3";

const PLAIN = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Rows beneath a head, numbers to the right, without lines: for people and for awk. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const numeric = head.map((_, column) => rows.every((row) => row[column] === null || typeof row[column] === "number"));
  const text = new Table({
    head: [...head],
    chars: PLAIN,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: numeric.map((isNumber) => (isNumber ? "right" : "left")),
  });
  text.push(...rows.map((row) => row.map((cell) => (cell === null ? "" : String(cell)))));
  return text
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Bytes as people read them. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit++) value /= 1_000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
