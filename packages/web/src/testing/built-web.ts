import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const WEB = fileURLToPath(new URL("../..", import.meta.url));
const VITE = fileURLToPath(new URL("bin/vite.js", import.meta.resolve("vite/package.json")));
const SOURCES = ["index.html", "vite.config.ts", "package.json", "public", "src"];
/** The packages of which modules are built into the pages. */
const SOURCES_ELSEWHERE = ["../common/src", "../decision/src"];
const run = promisify(execFile);

/** The pages as they are shipped, built from the sources as they are now; once for all tests that want them. */
export async function builtWeb(): Promise<string> {
  const target = join(tmpdir(), `smartem-web-${await fingerprint()}`);
  if (existsSync(join(target, "index.html"))) return target;
  const making = await mkdtemp(join(tmpdir(), "smartem-web-making-"));
  // A process of its own: in that of a test runner, the libraries would be built for development.
  await run(process.execPath, [VITE, "build", "--logLevel", "error", "--outDir", making, "--emptyOutDir"], {
    cwd: WEB,
    env: { ...process.env, NODE_ENV: "production" },
  });
  // Another test file may have been faster.
  await rename(making, target).catch(() => rm(making, { recursive: true, force: true }));
  return target;
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256").update("production");
  for (const part of [...SOURCES, ...SOURCES_ELSEWHERE]) {
    const path = join(WEB, part);
    const entries = (await stat(path)).isDirectory() ? await readdir(path, { recursive: true }) : [""];
    for (const entry of entries.sort()) {
      if (entry.includes("test")) continue;
      const { mtimeMs, size } = await stat(join(path, entry));
      hash.update(`${part}/${entry} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}
