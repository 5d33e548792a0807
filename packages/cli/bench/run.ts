import { cpus, release, totalmem } from "node:os";
import { run as watching } from "../../agent/bench/watching.bench.js";
import { run as parsing } from "../../epu/bench/parse.bench.js";
import { run as catchUp, type Measurement } from "./catch-up.bench.js";

/** Runs the benchmarks one after the other and prints them with the machine's description, as a table for docs/benchmarks.md. */
const [{ model } = { model: "unknown" }] = cpus();
process.stdout.write(
  `${cpus().length} × ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node.js ${process.version}\n\n`,
);
process.stdout.write("| measured | value | goal |\n|---|---|---|\n");
for (const bench of [parsing, catchUp, watching]) {
  const measurements: readonly Measurement[] = (await bench()) as readonly Measurement[];
  for (const { name, value, unit, goal } of measurements) {
    process.stdout.write(
      `| ${name} | ${value >= 100 ? Math.round(value) : value.toPrecision(3)} ${unit} | ${goal} |\n`,
    );
  }
}
process.exit(0);
