import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const WEB = fileURLToPath(new URL("../..", import.meta.url));

/** The pages as they are shipped, built from the sources as they are now; once for all tests that want them. */
export async function builtWeb(): Promise<string> {
  const target = join(tmpdir(), `smartem-web-${await fingerprint()}`);
  if (existsSync(join(target, "index.html"))) return target;
  const making = await mkdtemp(join(tmpdir(), "smartem-web-making-"));
  await build({
    root: WEB,
    configFile: join(WEB, "vite.config.ts"),
    logLevel: "error",
    mode: "production",
    build: { outDir: making, emptyOutDir: true },
  });
  // Another test file may have been faster.
  await rename(making, target).catch(() => rm(making, { recursive: true, force: true }));
  return target;
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  for (const part of ["index.html", "vite.config.ts", "package.json", "public", "src"]) {
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
