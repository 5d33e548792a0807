import { cpus, release, totalmem } from "node:os";
import { run as watching } from "../../agent/bench/watching.bench.js";
import { run as decisions } from "../../backend/bench/decisions.bench.js";
import { run as events } from "../../backend/bench/events.bench.js";
import { run as lists } from "../../backend/bench/lists.bench.js";
import type { Measurement } from "../../backend/bench/measurement.js";
import { run as scale } from "../../backend/bench/scale.bench.js";
import { run as streams } from "../../backend/bench/streams.bench.js";
import { run as parsing } from "../../epu/bench/parse.bench.js";
import { run as web } from "../../web/bench/pages.bench.js";
import { run as catchUp } from "./catch-up.bench.js";
import { run as sustained } from "./sustained.bench.js";

/** By the names under which one can be asked for: `npm run bench -- lists streams`; all of them otherwise. */
const BENCHES = {
  parsing,
  "catch-up": catchUp,
  sustained,
  watching,
  lists,
  events,
  streams,
  decisions,
  scale,
  web,
} as const;
const asked = process.argv.slice(2);
for (const name of asked) {
  if (!(name in BENCHES)) throw new Error(`There is no benchmark ${name}, but ${Object.keys(BENCHES).join(", ")}.`);
}

/** Runs the benchmarks one after the other and prints them with the machine's description, as a table for docs/benchmarks.md. */
const [{ model } = { model: "unknown" }] = cpus();
process.stdout.write(
  `${cpus().length} × ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node.js ${process.version}\n\n`,
);
process.stdout.write("| measured | value | goal |\n|---|---|---|\n");
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const measurements: readonly Measurement[] = (await bench()) as readonly Measurement[];
  for (const { name: what, value, unit, goal } of measurements) {
    process.stdout.write(
      `| ${what} | ${value >= 100 ? Math.round(value) : value.toPrecision(3)} ${unit} | ${goal} |\n`,
    );
  }
}
process.exit(0);
