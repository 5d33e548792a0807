import { SmartemError } from "@smartem/common/errors";
import type { Command } from "commander";

const DEFAULT_API = "http://127.0.0.1:8000";

interface Replay {
  readonly decision_id: number;
  readonly created_at: string;
  readonly mode: string;
  readonly identical: boolean;
  readonly versions: { readonly stored: Record<string, string>; readonly now: Record<string, string> };
  readonly explanation: string;
  readonly squares: readonly { readonly gridsquare_uuid: string; readonly explanation: string }[];
  readonly holes: readonly { readonly foilhole_uuid: string; readonly explanation: string }[];
}

/** Where the backend is, and what shows it who asks. */
interface ApiFlags {
  readonly apiUrl: string;
  readonly token?: string;
}

function withApi(command: Command): Command {
  return command
    .option("--api-url <url>", "the backend", DEFAULT_API)
    .option("--token <token>", "bearer token for the API (default: SMARTEM_TOKEN)");
}

async function get<T>({ apiUrl, token = process.env.SMARTEM_TOKEN }: ApiFlags, path: string): Promise<T> {
  const url = `${apiUrl}${path}`;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers }).catch((error: unknown) => {
    throw new SmartemError("api_unreachable", 503, `The API at ${new URL(url).origin} does not answer.`, {
      hint: "Start it, or name another with --api-url.",
      cause: error,
    });
  });
  const body = (await response.json()) as { detail?: unknown; hint?: string };
  if (response.status === 401)
    throw new SmartemError("api_refused", 401, `The API at ${new URL(url).origin} asks who you are.`, {
      hint: "Give a valid token with --token or SMARTEM_TOKEN.",
    });
  if (!response.ok)
    throw new SmartemError("api_refused", 400, String(body.detail), body.hint === undefined ? {} : { hint: body.hint });
  return body as T;
}

/** `smartem decisions …`: look at decisions that were made. */
export function registerDecisions(program: Command): void {
  const decisions = program
    .command("decisions")
    .description("Look at decisions that were made")
    .addHelpText("after", "\nExample:\n  smartem decisions list --grid 3Nk0eUwXQ5m1bJr7cVfYzA");
  withApi(
    decisions
      .command("list")
      .description("The decisions on a grid that can be replayed, newest first")
      .requiredOption("--grid <uuid>", "the grid"),
  )
    .addHelpText("after", "\nExample:\n  smartem decisions list --grid 3Nk0eUwXQ5m1bJr7cVfYzA")
    .action(async ({ grid, ...api }: ApiFlags & { grid: string }) => {
      const list = await get<
        {
          id: number;
          created_at: string;
          mode: string;
          replayable: boolean;
          summary: { planned_holes: number; expected_good: number };
        }[]
      >(api, `/grids/${encodeURIComponent(grid)}/decisions?limit=1000`);
      for (const { id, created_at, mode, summary } of list.filter(({ replayable }) => replayable)) {
        process.stdout.write(
          `${id}  ${created_at}  ${mode}  ${summary.planned_holes} holes planned, ${summary.expected_good.toFixed(1)} good holes expected\n`,
        );
      }
    });
  withApi(
    decisions
      .command("replay")
      .description(
        "Compute a stored decision again from its stored input, compare it to the bit, and explain it; exit 1 when it differs",
      )
      .requiredOption("--grid <uuid>", "the grid")
      .option("--decision <id>", "which decision (default: the newest that can be replayed)")
      .option("--json", "print everything as JSON"),
  )
    .addHelpText("after", "\nExample:\n  smartem decisions replay --grid 3Nk0eUwXQ5m1bJr7cVfYzA --decision 17")
    .action(
      async ({ grid, decision, json, ...api }: ApiFlags & { grid: string; decision?: string; json?: boolean }) => {
        const base = `/grids/${encodeURIComponent(grid)}/decisions`;
        const id =
          decision ??
          (await get<{ id: number; replayable: boolean }[]>(api, `${base}?limit=1000`)).find(
            ({ replayable }) => replayable,
          )?.id;
        if (id === undefined)
          throw new SmartemError(
            "nothing_to_replay",
            400,
            "No decision on this grid has changed what the microscope was told yet.",
          );
        const replay = await get<Replay>(api, `${base}/${id}/replay`);
        process.stdout.write(json === true ? `${JSON.stringify(replay, null, 2)}\n` : describe(replay));
        process.exitCode = replay.identical ? 0 : 1;
      },
    );
  withApi(
    decisions
      .command("report")
      .description(
        "What a session collected, what the plan would have collected in the same time, and what no order of holes could have exceeded",
      )
      .requiredOption("--grid <uuid>", "the grid")
      .option("--json", "print everything as JSON"),
  )
    .addHelpText("after", "\nExample:\n  smartem decisions report --grid 3Nk0eUwXQ5m1bJr7cVfYzA --json")
    .action(async ({ grid, json, ...api }: ApiFlags & { grid: string; json?: boolean }) => {
      const report = await get<{ readonly explanation: readonly string[] }>(
        api,
        `/grids/${encodeURIComponent(grid)}/decisions/report`,
      );
      process.stdout.write(
        json === true ? `${JSON.stringify(report, null, 2)}\n` : `${report.explanation.join("\n")}\n`,
      );
    });
}

function describe(replay: Replay): string {
  const versions = `stored ${JSON.stringify(replay.versions.stored)}, now ${JSON.stringify(replay.versions.now)}`;
  return [
    `Decision ${replay.decision_id} of ${replay.created_at}, mode ${replay.mode}`,
    replay.identical ? "Computed again: identical to the bit." : `Computed again: DIFFERENT (versions: ${versions}).`,
    "",
    replay.explanation,
    "",
    "Squares, in the order of the plan:",
    ...replay.squares.map(({ gridsquare_uuid, explanation }) => `  ${gridsquare_uuid}  ${explanation}`),
    "",
    "First holes:",
    ...replay.holes.map(({ foilhole_uuid, explanation }) => `  ${foilhole_uuid}  ${explanation}`),
    "",
  ].join("\n");
}
