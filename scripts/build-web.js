// Builds the web UI where its sources are newer than what was built last.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("../packages/web/", import.meta.url));

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(`${path}/${name}`)));
}

const built = statSync(`${web}dist/index.html`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = ["src", "index.html", "vite.config.ts", "package.json", "../common/src", "../decision/src"].map(
  (name) => newest(web + name),
);
if (Math.max(...sources) > built) {
  // In a shell: npm is a script on Windows, which is no program to be started by itself.
  const { status } = spawnSync("npm run --silent build -w packages/web", {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    shell: true,
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
