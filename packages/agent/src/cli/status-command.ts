import { resolve } from "node:path";
import type { Command } from "commander";
import type { AgentStatus } from "../reporting/agent-status.js";
import { readStatusFile } from "../reporting/status-file.js";
import { defaultStateFolder } from "../state-folder.js";
import { complain, EXIT_FAILED, print } from "./output.js";

/** It says how it is every 15 s at least. */
const SILENT_AFTER_S = 30;
const MS_PER_S = 1_000;

export function addStatusCommand(command: Command): void {
  command
    .command("status")
    .description("say how the agent that watches a folder is; exit 1 where none runs, or it says nothing")
    .argument("<path>", "the watched folder")
    .option("--state-dir <dir>", "the agent's state folder, where it has one of its own")
    .option("--json", "print everything as JSON")
    .addHelpText("after", "\nExample:\n  smartem-agent status /mnt/epu --json")
    .action((path: string, options: { stateDir?: string; json?: boolean }) => {
      const stateFolder = options.stateDir ?? defaultStateFolder(path);
      const found = readStatusFile(stateFolder);
      if (found === null) {
        complain(
          `No agent has watched ${resolve(path)} from here (state folder ${stateFolder}).`,
          "A service and `smartem start` keep their agent's state elsewhere: name that folder with --state-dir.",
        );
        process.exitCode = EXIT_FAILED;
        return;
      }
      const { status, running } = found;
      const silentForS = Math.round((Date.now() - Date.parse(status.reported_at)) / MS_PER_S);
      const isSilent = running && silentForS > SILENT_AFTER_S;
      if (isSilent) {
        complain(`It has said nothing for ${silentForS} s: is the disk full that ${stateFolder} is on? Its log tells.`);
      }
      if (options.json === true) print(JSON.stringify({ running, ...status }, null, 2));
      else print(...describeStatus(status, running));
      if (!running || isSilent) process.exitCode = EXIT_FAILED;
    });
}

function describeStatus(status: AgentStatus, running: boolean): string[] {
  const { queue, orphans, latency, throughput } = status;
  return [
    `${running ? "running" : "NOT running"}: ${status.agent_id}, as of ${status.reported_at}, up ${status.uptime_s} s`,
    `watches ${status.watch_folder} (${status.watching.folders} folders${status.watching.trouble === null ? "" : `; ${status.watching.trouble}`})`,
    `API ${status.api_url}: ${status.api.reachable ? "reachable" : `not reachable, ${status.api.failures} attempts, ${status.api.last_error}`}`,
    `microscope: control ${status.control}, mode ${status.mode}`,
    ...status.taken_over.map(({ plugin, service }) => `EPU leaves ${plugin} to this agent (${service})`),
    ...status.awaiting_approval.map(({ instruction_id: id, order }) => `waits for approval: ${id}: ${order}`),
    `to do: ${queue.files} files, ${queue.entities} entities, ${queue.calls} calls, ${queue.instructions} instructions`,
    ...Object.entries(status.entities).map(
      ([kind, { known, confirmed, refused }]) =>
        `${kind}: ${confirmed} of ${known} confirmed${refused > 0 ? `, ${refused} refused` : ""}`,
    ),
    `last minute: ${throughput.files.last_minute} files, ${throughput.entities.last_minute} entities`,
    ...(latency === null
      ? []
      : [
          `from file to API: ${latency.p50_ms} ms (median), ${latency.p99_ms} ms (99 of 100), ${latency.max_ms} ms at most`,
        ]),
    ...orphans.sessions_without_epu_session.map(
      ({ folder, files }) => `waiting for EpuSession.dm in ${folder}: ${files} files`,
    ),
    ...orphans.atlases_not_found.map(({ session, atlas_path }) => `atlas ${atlas_path} of ${session} not found`),
    ...status.unread.map(({ path, code, reason }) => `not read: ${path}: ${reason ?? code ?? ""}`),
    ...status.refused.map(({ kind, uuid, reason }) => `refused: ${kind} ${uuid}: ${reason}`),
    ...status.refused_calls.map(({ call, state, reason }) => `${state}: ${call}: ${reason}`),
    ...status.sessions.map((session) => `session ${session.name ?? session.session_id}: ${session.state}`),
    ...(status.errors.count === 0 ? [] : [`${status.errors.count} warnings and errors since the start`]),
  ];
}
