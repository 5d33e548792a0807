import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGES = fileURLToPath(new URL("../../../", import.meta.url));

/** Whether packages (`agent`, `epu`, …) are compiled from their sources as they are. */
export function areCompiled(packages: readonly string[]): boolean {
  return packages.every((name) => isUpToDate(join(PACKAGES, name)));
}

/**
 * What Node.js is to be started with for a program of the first of the packages; the others are those that it uses. Compiled,
 * it starts in a tenth of the time; but only where it is compiled from the sources as they are.
 *
 * @param program its path among the package's sources, without an ending
 */
export function nodeArguments(packages: readonly [string, ...string[]], program: string): string[] {
  const folder = join(PACKAGES, packages[0]);
  return areCompiled(packages)
    ? [join(folder, "dist", `${program}.js`)]
    : ["--conditions=source", "--import", "tsx", join(folder, "src", `${program}.ts`)];
}

function isUpToDate(folder: string): boolean {
  try {
    const compiledMs = statSync(join(folder, "dist", ".tsbuildinfo")).mtimeMs;
    const sources = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" });
    return sources.every((name) => statSync(join(folder, "src", name)).mtimeMs <= compiledMs);
  } catch {
    return false;
  }
}
