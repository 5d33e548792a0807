import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MAIN = new URL("../dist/main.js", import.meta.url);

/** Runs a command; in a fresh clone, what it needs is built first. */
export async function run(name) {
  if (!existsSync(MAIN)) {
    process.stderr.write("Building SmartEM Decisions (the first time only) …\n");
    const root = fileURLToPath(new URL("../../..", import.meta.url));
    // In a shell: npm is a script on Windows, which is no program to be started by itself.
    const built = spawnSync("npm run --silent build", { cwd: root, shell: true, stdio: ["ignore", 2, 2] });
    if (built.status !== 0) {
      process.stderr.write("The build failed. Run `npm ci` in the project's folder and try again.\n");
      process.exit(1);
    }
  }
  const { main } = await import(MAIN.href);
  await main(name, process.argv.slice(2));
}
