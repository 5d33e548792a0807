import {
  agentStatistics,
  CLEANUP_OPERATIONS,
  CLEANUP_POLICIES,
  type CleanupOperation,
  type CleanupPolicyName,
  cleanUpAgents,
} from "@smartem/backend/administration/agent-cleanup";
import { type Command, Option } from "commander";
import { type DatabaseOptions, onDatabase, print, withDatabase } from "./context.js";
import { table } from "./table.js";

/** `smartem.agent-cleanup` */
export function defineAgentCleanup(command: Command): void {
  withDatabase(
    command
      .description(
        "Close stale connections of agents, archive old instructions and sessions, as a retention policy says",
      )
      .addOption(
        new Option("--operation <operation>", "what to do; stats changes nothing")
          .choices(CLEANUP_OPERATIONS)
          .default("stats"),
      )
      .addOption(
        new Option("--policy <policy>", "how long things are kept")
          .choices(Object.keys(CLEANUP_POLICIES))
          .default("scientific"),
      )
      .option("--dry-run", "print exactly what a run would change now, and change nothing"),
  )
    .addHelpText(
      "after",
      `
Policies (connections / instructions / completed sessions / acknowledgements):
  scientific   48 hours / 365 days / 2 years / 7 years
  development   4 hours /   7 days / 14 days / 30 days
Connections are closed; instructions with acknowledgements lose their payload, others are deleted; sessions lose their
experimental parameters; acknowledgements are deleted.

Examples:
  smartem.agent-cleanup --operation=stats
  smartem.agent-cleanup --operation=cleanup --policy=scientific --dry-run`,
    )
    .action(
      async (
        options: DatabaseOptions & { operation: CleanupOperation; policy: CleanupPolicyName; dryRun?: boolean },
      ) => {
        const { operation, policy } = options;
        const dryRun = options.dryRun === true;
        const result = await onDatabase(options, async ({ pool }) =>
          operation === "stats" ? agentStatistics(pool) : cleanUpAgents(pool, operation, policy, dryRun),
        );
        print(options, { operation, policy, dry_run: dryRun, ...result }, () =>
          [
            operation === "stats"
              ? "What agents have left behind:"
              : `${dryRun ? "Would change" : "Changed"} by the ${policy} policy:`,
            table(
              ["what", "rows"],
              Object.entries(result).map(([name, count]) => [name.replaceAll("_", " "), count as number]),
            ),
          ].join("\n"),
        );
      },
    );
}
