import { resolve } from "node:path";
import type { Command } from "commander";
import { type InspectedJournal, inspectJournal } from "../journal/inspect.js";
import { defaultStateFolder } from "../state-folder.js";
import { complain, complainOf, EXIT_FAILED, print } from "./output.js";
import { type ReplayedFile, replayFile } from "./replay-file.js";

interface JournalFlags {
  readonly stateDir?: string;
  readonly json?: boolean;
  readonly limit: string;
}

const MOST_LISTED = 1_000_000;

/**
 * `smartem_agent_tools`: looks into what an agent knows, also while it runs, and changes nothing. `journal`: what is in
 * it; `waiting`: what is not done, and why; `duplicates`: what is there more than once; `replay`: what is made of a file.
 */
export function registerAgentTools(command: Command): void {
  addJournalCommand(
    command,
    "journal",
    "what an agent knows: sessions, files, entities, calls, instructions",
    (journal) => {
      const sessions = journal.sessions();
      const tallies = journal.tallies();
      return {
        json: { sessions, tallies },
        lines: [
          ...sessions.map(
            ({ folder, name, files, atlas, acquisition_uuid: acquisition }) =>
              `${folder}: session ${name ?? "without a name"} (acquisition ${acquisition}), ${files} files, ${atlas === null ? "no atlas found" : `atlas ${atlas}`}`,
          ),
          ...tallies.map(({ what, state, count }) => `${String(count).padStart(9)}  ${what}, ${state}`),
        ],
      };
    },
  );
  addJournalCommand(command, "waiting", "what is not done yet, and why", (journal, limit) => {
    const waiting = journal.waiting(limit);
    return {
      json: waiting,
      lines: waiting.map(
        ({ what, name, state, reason, attempts, next_attempt: next }) =>
          `${what} ${name}: ${state}, ${reason}${attempts > 0 ? ` (${attempts} attempts${next === null ? "" : `, next at ${next}`})` : ""}`,
      ),
    };
  });
  addJournalCommand(command, "duplicates", "copies of sessions, files and images", (journal, limit) => {
    const duplicates = journal.duplicates(limit);
    return {
      json: duplicates,
      lines: duplicates.flatMap(({ what, name, places }) => [
        `${what} ${name}:`,
        ...places.map((place) => `  ${place}`),
      ]),
    };
  });
  command
    .command("replay")
    .description(
      "what the agent makes of a file: its kind, its content, what it adds to which entities; exit 1 for none",
    )
    .argument("<file>")
    .option("--json", "print everything as JSON")
    .addHelpText("after", "\nExample:\n  smartem_agent_tools replay /mnt/epu/Supervisor_20260101_100000/EpuSession.dm")
    .action((file: string, flags: { json?: boolean }) => {
      const replayed = replayFile(file);
      if (flags.json === true) print(JSON.stringify(replayed, null, 2));
      else print(...describe(replayed));
      if (replayed.problem === null) return;
      complain(`${replayed.file}: ${replayed.problem.reason} [${replayed.problem.code}]`);
      process.exitCode = EXIT_FAILED;
    });
}

function addJournalCommand(
  parent: Command,
  name: string,
  description: string,
  look: (journal: InspectedJournal, limit: number) => { readonly json: unknown; readonly lines: readonly string[] },
): void {
  parent
    .command(name)
    .description(description)
    .argument("[path]", "the watched folder", ".")
    .option("--state-dir <dir>", "the agent's state folder, where it has one of its own")
    .option("--limit <n>", "list at most so many", "1000")
    .option("--json", "print everything as JSON")
    .addHelpText("after", `\nExample:\n  smartem_agent_tools ${name} /mnt/epu`)
    .action((path: string, flags: JournalFlags) => {
      try {
        const limit = Math.min(MOST_LISTED, Math.max(1, Math.floor(Number(flags.limit)) || 1));
        const journal = inspectJournal(flags.stateDir ?? defaultStateFolder(resolve(path)));
        try {
          const { json, lines } = look(journal, limit);
          if (flags.json === true) print(JSON.stringify(json, null, 2));
          else print(...lines);
        } finally {
          journal.close();
        }
      } catch (thrown) {
        complainOf(thrown);
        process.exitCode = EXIT_FAILED;
      }
    });
}

function describe({ path, session, issues, says }: ReplayedFile): string[] {
  const { kind, ...parts } = path;
  return [
    `kind: ${kind}${Object.entries(parts)
      .map(([name, value]) => `, ${name} ${String(value)}`)
      .join("")}`,
    `session: ${session ?? "none"}`,
    ...issues.map((issue) => `can't be read: ${issue}`),
    ...says.flatMap(({ kind: entity, uuid, asserts, fields }) => [
      `${entity} ${uuid}${asserts ? "" : " (adds to it only)"}`,
      ...Object.entries(fields).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
    ]),
  ];
}
