#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/bench/main.js", import.meta.url);
if (existsSync(main)) {
  const { benchmark } = await import(main.href);
  process.exitCode = await benchmark(process.argv.slice(2));
} else {
  process.stderr.write("The benchmark is not built yet: run `npm run build` first.\n");
  process.exitCode = 1;
}
