import { readFileSync } from "node:fs";

/** Put in by scripts/build-agent-executable.js: one executable has no package.json beside it. */
declare const SMARTEM_AGENT_VERSION: string | undefined;

/** The version of this agent. */
export const AGENT_VERSION: string =
  typeof SMARTEM_AGENT_VERSION === "string"
    ? SMARTEM_AGENT_VERSION
    : (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version;
