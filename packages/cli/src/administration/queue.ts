import type { Pool } from "@smartem/backend/database/connection";
import {
  type Chosen,
  type DeadLetter,
  dropDeadLetters,
  listDeadLetters,
  queueStatus,
  readDeadLetter,
  retryDeadLetters,
} from "@smartem/backend/inbox/dead-letters";
import { SmartemError } from "@smartem/common/errors";
import type { Command } from "commander";
import { wholeNumber } from "../numbers.js";
import { type DatabaseOptions, onDatabase, print, withDatabase } from "./context.js";
import { table } from "./table.js";

const anId = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** `smartem queue …`: the same on the embedded queue and behind RabbitMQ, since both keep what waits in the inbox. */
export function defineQueueCommands(program: Command): void {
  const queue = program
    .command("queue")
    .description("Messages from outside: what waits, and what could not be applied")
    .addHelpText("after", "\nExamples:\n  smartem queue status\n  smartem queue dead-letters list");
  withDatabase(
    queue.command("status").description("How many messages are ready, parked or dead, and how far events are behind"),
  )
    .addHelpText("after", "\nExample:\n  smartem queue status --json")
    .action(async (options: DatabaseOptions) => {
      const status = await onDatabase(options, ({ pool }) => queueStatus(pool));
      print(options, status, () =>
        [
          `ready ${status.ready}${status.oldest_ready_age_s === null ? "" : ` (oldest ${status.oldest_ready_age_s.toFixed(1)} s)`}, parked ${status.parked}, dead ${status.dead}`,
          ...status.relays.map(({ name, behind }) => `${name}: ${behind} events behind`),
          ...(status.by_type.length === 0
            ? []
            : [
                "",
                table(
                  ["event", "status", "messages"],
                  status.by_type.map((row) => [row.event_type || "(unreadable)", row.status, row.count]),
                ),
              ]),
        ].join("\n"),
      );
    });

  const letters = queue
    .command("dead-letters")
    .description("Messages that could not be applied")
    .addHelpText(
      "after",
      "\nExamples:\n  smartem queue dead-letters list\n  smartem queue dead-letters retry --all --type ctf.completed",
    );
  withDatabase(
    letters
      .command("list")
      .description("List them, oldest first")
      .option("--type <event_type>", "only of one kind")
      .option("--limit <n>", "at most so many", wholeNumber(1, 1_000_000)),
  )
    .addHelpText("after", "\nExample:\n  smartem queue dead-letters list --type ctf.completed")
    .action(async (options: DatabaseOptions & { type?: string; limit?: number }) => {
      const found = await onDatabase(options, ({ pool }) =>
        listDeadLetters(pool, { eventType: options.type ?? null, limit: options.limit ?? null }),
      );
      print(options, found, () =>
        found.length === 0
          ? "No dead letters."
          : table(
              ["id", "received", "event", "attempts", "reason"],
              found.map((row) => [row.id, row.received_at, row.event_type || "(unreadable)", row.attempts, row.reason]),
            ),
      );
    });
  withDatabase(
    letters.command("show").description("Print one with its whole message").argument("<id>", "see list", anId),
  )
    .addHelpText("after", "\nExample:\n  smartem queue dead-letters show 17")
    .action(async (id: number, options: DatabaseOptions) => {
      const letter = await onDatabase(options, ({ pool }) => readDeadLetter(pool, id));
      print(options, letter, () => describe(letter));
    });
  const actions: readonly [
    string,
    string,
    (pool: Pool, chosen: Chosen) => Promise<Readonly<Record<string, number>>>,
  ][] = [
    [
      "retry",
      "Apply them again, as if they had just come; a worker has to run; exit 1 where none could be",
      retryDeadLetters,
    ],
    ["drop", "Remove them for good", dropDeadLetters],
  ];
  for (const [name, description, act] of actions) {
    withDatabase(
      letters
        .command(name)
        .description(description)
        .argument("[ids...]", "see list")
        .option("--all", "all of them")
        .option("--type <event_type>", "with --all: only of one kind"),
    )
      .addHelpText(
        "after",
        `\nExamples:\n  smartem queue dead-letters ${name} 17 18\n  smartem queue dead-letters ${name} --all --type ctf.completed`,
      )
      .action(async (ids: string[], options: DatabaseOptions & { all?: boolean; type?: string }) => {
        const chosen = chosenBy(ids, options);
        const result = await onDatabase(
          options,
          ({ pool }): Promise<Readonly<Record<string, number>>> => act(pool, chosen),
        );
        print(options, result, () =>
          Object.entries(result)
            .map(([what, count]) => `${count} ${what}`)
            .join(", "),
        );
        const counts = Object.values(result);
        // To have nothing to do is no failure; to have done nothing of it is.
        if (counts[0] === 0 && counts.some((count) => count > 0)) process.exitCode = 1;
      });
  }
}

function chosenBy(ids: readonly string[], { all, type }: { all?: boolean; type?: string }): Chosen {
  if (all === true && ids.length === 0) return { all, eventType: type ?? null };
  if (all !== true && type === undefined && ids.length > 0) return { ids: ids.map(anId) };
  throw new SmartemError("invalid_choice", 400, "Say which dead letters: their ids, or --all (and --type).");
}

function describe(letter: DeadLetter): string {
  return [
    `Dead letter ${letter.id}`,
    `  received  ${letter.received_at}`,
    `  event     ${letter.event_type || "(unreadable)"}`,
    `  message   ${letter.message_id ?? "(without an id)"}`,
    `  grid      ${letter.grid_uuid ?? "(not known)"}`,
    `  attempts  ${letter.attempts}`,
    `  reason    ${letter.reason ?? ""}`,
    "",
    JSON.stringify(letter.body, null, 2),
  ].join("\n");
}
