// Makes the agent one executable file for the system that this runs on: node itself, the bundled agent, and the native
// part of its journal (https://nodejs.org/api/single-executable-applications.html). For Windows, run it on Windows.
//
//   npm run build:agent-executable [-- OUTPUT_FOLDER]
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const AGENT = join(ROOT, "packages/agent/src");
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const windows = process.platform === "win32";

const output = resolve(process.argv[2] ?? join(ROOT, "dist"));
const executable = join(output, `smartem-agent-${version}-${process.platform}-${process.arch}${windows ? ".exe" : ""}`);
const work = mkdtempSync(join(tmpdir(), "smartem-executable-"));
try {
  await bundle("reader-thread.js", join(AGENT, "intake/reader-thread.ts"), "");
  await bundle("agent.js", join(AGENT, "executable.ts"), prelude());
  const config = {
    main: join(work, "agent.js"),
    output: join(work, "agent.blob"),
    disableExperimentalSEAWarning: true,
    assets: { "reader-thread.js": join(work, "reader-thread.js"), "journal.node": nativeJournal() },
  };
  writeFileSync(join(work, "sea.json"), JSON.stringify(config));
  execFileSync(process.execPath, ["--experimental-sea-config", join(work, "sea.json")], { stdio: "inherit" });
  mkdirSync(output, { recursive: true });
  rmSync(executable, { force: true });
  copyFileSync(process.execPath, executable);
  chmodSync(executable, 0o755);
  const postject = join(ROOT, "node_modules/postject/dist/cli.js");
  const inject = [postject, executable, "NODE_SEA_BLOB", config.output, "--sentinel-fuse", FUSE];
  execFileSync(process.execPath, inject, { stdio: "inherit" });
  const said = execFileSync(executable, ["--version"], { encoding: "utf8" }).trim();
  if (said !== version) throw new Error(`${executable} says that it is ${said}, and not ${version}`);
  process.stdout.write(`${executable}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** One file of CommonJS, as an executable needs it. */
async function bundle(name, entry, banner) {
  await build({
    entryPoints: [entry],
    outfile: join(work, name),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    conditions: ["source"],
    minifySyntax: true,
    legalComments: "eof",
    banner: { js: banner },
    define: { "import.meta.url": "__smartemModuleUrl", SMARTEM_AGENT_VERSION: JSON.stringify(version) },
    logLevel: "warning",
    plugins: [
      {
        name: "native journal",
        setup({ onLoad }) {
          // libsql looks for its native part among the installed packages.
          onLoad({ filter: /[\\/]node_modules[\\/]libsql[\\/]index\.js$/ }, ({ path }) => {
            const source = readFileSync(path, "utf8");
            const contents = source.replace(
              /function requireNative\(\) \{[\s\S]*?\n\}/,
              "function requireNative() { return __smartemNativeJournal(); }",
            );
            if (contents === source) throw new Error(`${path} is not as this script expects it`);
            return { contents: contents.replace(/^const \{.*require\("(@neon-rs\/load|detect-libc)"\);$/gm, "") };
          });
        },
      },
    ],
  });
}

/**
 * Runs first: what can't be loaded from within the executable is written to a folder of this content and user, which
 * nobody else may write to.
 */
function prelude() {
  const unpack = function unpackAssets() {
    const sea = require("node:sea");
    const { createHash } = require("node:crypto");
    const fs = require("node:fs");
    const os = require("node:os");
    const path = require("node:path");
    const { pathToFileURL } = require("node:url");
    const { createRequire } = require("node:module");
    const assets = ["reader-thread.js", "journal.node"].map((name) => [name, Buffer.from(sea.getRawAsset(name))]);
    const hash = createHash("sha256");
    for (const [, content] of assets) hash.update(content);
    const place = path.join("smartem-agent", hash.digest("hex").slice(0, 16));
    const cache =
      process.platform === "win32"
        ? process.env.LOCALAPPDATA || path.join(os.homedir(), "AppData", "Local")
        : process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
    const unpackTo = (folder) => {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const [name, content] of assets) {
        const file = path.join(folder, name);
        if (fs.existsSync(file) && fs.readFileSync(file).equals(content)) continue;
        const unfinished = `${file}.${process.pid}`;
        fs.writeFileSync(unfinished, content);
        fs.renameSync(unfinished, file);
      }
      return folder;
    };
    let folder;
    try {
      folder = unpackTo(path.join(cache, place));
    } catch {
      // A service may have no home that it may write to.
      folder = unpackTo(fs.mkdtempSync(path.join(os.tmpdir(), "smartem-agent-")));
    }
    return {
      url: pathToFileURL(path.join(folder, "agent.js")).href,
      journal: () => {
        try {
          return createRequire(path.join(folder, "agent.js"))("./journal.node");
        } catch (thrown) {
          if (process.platform !== "win32" || thrown.code !== "ERR_DLOPEN_FAILED") throw thrown;
          const cause = thrown.message.split("\n")[0].trim();
          process.stderr.write(
            `The agent's journal can't be loaded (${cause}): Windows lacks VCRUNTIME140.dll. Install the Microsoft Visual C++ Redistributable (x64).\n`,
          );
          process.exit(1);
        }
      },
    };
  };
  return `const { url: __smartemModuleUrl, journal: __smartemNativeJournal } = (${unpack})();`;
}

/** The one that npm has installed for this system. */
function nativeJournal() {
  const folder = join(ROOT, "node_modules/@libsql");
  const wanted = { win32: "msvc", darwin: "darwin", linux: "gnu" }[process.platform] ?? "";
  const found = readdirSync(folder).find((name) => name.includes(process.arch) && name.includes(wanted));
  if (found === undefined) throw new Error(`npm has installed no journal for ${process.platform} ${process.arch}`);
  return join(folder, found, "index.node");
}
