import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "@smartem/agent/agent";
import { openAthena } from "@smartem/agent/control/open-athena";
import { startAthenaMock } from "@smartem/athena-api/mock/server";
import { startBackend } from "@smartem/backend/backend";
import { readConfig } from "@smartem/backend/config";
import type { Pool } from "@smartem/backend/database/connection";
import { removeDataFolder } from "@smartem/backend/embedded-postgres/cluster-home";
import { createLogger, type Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { httpChannel } from "@smartem/simulator/channel";
import { clairvoyantBound, type Yield, yieldOfPath, yieldWithoutDecisions } from "@smartem/simulator/counterfactual";
import { createMicroscope, type Microscope } from "@smartem/simulator/microscope";
import { startPipelines } from "@smartem/simulator/pipelines";
import { destination } from "pino";
import { type Comparison, compareWithDatabase, isEqual } from "./compare.js";
import { type Loop, settle } from "./settle.js";

const STANDARD_ERROR = 2;

export interface DemoOptions {
  readonly seed: number;
  readonly squares: number;
  readonly holesPerSquare: number;
  readonly micrographsPerHole: number;
  /** Simulated minutes of automated acquisition. */
  readonly minutes: number;
  /** How disorderly files appear, 0–1. */
  readonly chaos: number;
  /** Shares of processing messages that come twice. */
  readonly doubledShare: number;
  readonly verbose: boolean;
}

export interface DemoSummary {
  readonly closed: boolean;
  /** What did not close, in words. */
  readonly problems: readonly string[];
  readonly entities: readonly Comparison[];
  readonly instructions: InstructionCounts;
  readonly messages: { readonly sent: number; readonly parked: number; readonly dead: number };
  readonly decisions: number;
  readonly on: Yield;
  readonly off: Yield;
  /** No order of holes, not even one made with full knowledge, yields more in the time. */
  readonly bound: number;
  readonly wallSeconds: number;
}

export interface InstructionCounts {
  readonly total: number;
  /** Replaced by newer ones before the agent got them. */
  readonly withdrawn: number;
  readonly processed: number;
  readonly followed: number;
  readonly superseded: number;
  readonly notFollowed: number;
  readonly unverified: number;
}

/**
 * Plays one simulated session through the whole system, as fast as it will go, and looks at what came of it. Nothing is
 * left of it, also where `signal` ends it before.
 *
 * @throws the signal's reason
 */
export async function runDemo(
  options: DemoOptions,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<DemoSummary> {
  const startedAt = performance.now();
  const dir = await mkdtemp(join(tmpdir(), "smartem-demo-"));
  // Else root's database, which runs as another user, would have to be kept elsewhere.
  await chmod(dir, 0o755);
  const endings: (() => Promise<unknown>)[] = [
    () => rm(dir, { recursive: true, force: true }),
    () => removeDataFolder(join(dir, "database")),
  ];
  try {
    const loop = await startLoop(dir, options, endings);
    await play(loop, onProgress, signal);
    await settle(loop);
    signal.throwIfAborted();
    await verified(loop.pool, signal);
    const [entities, instructions, messages, decisions] = await Promise.all([
      compareWithDatabase(loop.pool, loop.microscope.wrote),
      countInstructions(loop.pool),
      countMessages(loop.pool),
      countDecisions(loop.pool),
    ]);
    const { microscope, pipelines } = loop;
    const yieldOptions = { costsMin: microscope.options.costsMin, acquisitionMin: options.minutes };
    const on = yieldOfPath(
      microscope.acquired.map(({ hole }) => hole),
      yieldOptions,
    );
    const sent = Object.values(pipelines.counts.sent).reduce((sum, count) => sum + count, 0);
    const problems = [
      ...entities
        .filter((entity) => !isEqual(entity))
        .map(
          ({ entity, written, stored, missing, extra }) =>
            `${entity}: ${written} written, ${stored} stored${missing.length > 0 ? `, missing ${missing.join(", ")}` : ""}${extra.length > 0 ? `, unexpected ${extra.join(", ")}` : ""}`,
        ),
      ...(instructions.total === 0 ? ["no instruction was given"] : []),
      ...(instructions.total > 0 && instructions.followed === 0
        ? ["of no instruction was it seen that the microscope followed it"]
        : []),
      ...(await refusals(loop.pool)),
      ...(instructions.unverified === 0
        ? []
        : [`${instructions.unverified} instructions were not verified in Athena's area states`]),
      ...(instructions.notFollowed === 0
        ? []
        : [`the microscope did not follow ${instructions.notFollowed} instructions`]),
      ...(messages.parked + messages.dead === 0
        ? []
        : [`${messages.parked} messages parked, ${messages.dead} dead letters`]),
      ...(microscope.athenaProblem === null ? [] : [`Athena: ${microscope.athenaProblem}`]),
    ];
    return {
      closed: problems.length === 0,
      problems,
      entities,
      instructions,
      messages: { sent, ...messages },
      decisions,
      on,
      off: yieldWithoutDecisions(microscope.truth, yieldOptions),
      bound: clairvoyantBound(microscope.truth, options.minutes, microscope.options.costsMin),
      wallSeconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

async function startLoop(dir: string, options: DemoOptions, endings: (() => Promise<unknown>)[]): Promise<Loop> {
  const logger: Logger = createLogger(
    "demo",
    options.verbose ? "info" : "silent",
    // The summary goes to the standard output.
    destination(STANDARD_ERROR),
  );
  const backend = await startBackend({
    config: {
      ...readConfig({ HTTP_API_PORT: "0" }),
      dataDir: dir,
      // Simulated time stands still while a decision is made, so nothing is gained by waiting.
      decisions: { defaultMode: "automatic", planIntervalMs: 0, instructionIntervalMs: 0 },
    },
    logger,
  });
  endings.push(() => backend.stop());
  const athena = await startAthenaMock({});
  endings.push(() => athena.close());
  const epu = join(dir, "epu");
  await mkdir(epu);
  const microscope = await createMicroscope({
    dir: epu,
    seed: options.seed,
    squares: options.squares,
    holesPerSquare: options.holesPerSquare,
    micrographsPerHole: options.micrographsPerHole,
    acquisitionMin: options.minutes,
    chaos: options.chaos,
    athenaUrl: athena.url,
  });
  endings.push(() => microscope.close());
  const apiUrl = backend.url ?? "";
  const pipelines = await startPipelines({
    apiUrl,
    channel: httpChannel({ apiUrl }),
    truthOf: ({ name }) => (name === microscope.sessionName ? microscope.truth : undefined),
    seed: options.seed,
    startMs: microscope.clockMs,
    doubledShare: options.doubledShare,
    logger,
  });
  endings.push(() => pipelines.stop());
  const agent = await startAgent({
    watchFolder: epu,
    stateFolder: join(dir, "agent"),
    apiUrl,
    agentId: "demo",
    control: await openAthena(athena.url),
    log: logger,
    times: {
      verifyIntervalMs: 500,
      logIntervalMs: 1_000,
      heartbeatIntervalMs: 5_000,
      apiBackoff: { initialMs: 20, maxMs: 500 },
    },
  });
  endings.push(() => agent.stop());
  return { microscope, agent, pipelines, pool: backend.pool };
}

async function play(loop: Loop, onProgress: (line: string) => void, signal: AbortSignal): Promise<void> {
  const { microscope, pool } = loop;
  let planned = false;
  while (!microscope.done) {
    signal.throwIfAborted();
    const step = await microscope.step();
    // An atlas belongs to nobody until EPU starts the session.
    if (microscope.wrote.acquisitions.size > 0) await settle(loop);
    // A session's end is booked, not written by EPU.
    if (!planned && step.kind === "hole") planned = await bookEnd(pool, microscope);
    onProgress(
      `simulated ${(microscope.acquisitionMin / 60).toFixed(1)} h  squares ${microscope.wrote.gridSquares.size}  holes ${microscope.wrote.foilHoles.size}  ` +
        `micrographs ${microscope.wrote.micrographs.size}  good ${microscope.goodMicrographs}`,
    );
  }
}

async function bookEnd(pool: Pool, microscope: Microscope): Promise<boolean> {
  const end =
    microscope.clockMs - microscope.acquisitionMin * 60_000 + (microscope.options.acquisitionMin ?? 0) * 60_000;
  const { rowCount } = await pool.query("update acquisitions set planned_end_time = $1", [new Date(end).toISOString()]);
  return rowCount === 1;
}

const VERIFICATION_TIMEOUT_MS = 15_000;

/** Waits until the agent has read from Athena what became of every instruction, or has had time enough to. */
async function verified(pool: Pool, signal: AbortSignal): Promise<void> {
  const end = Date.now() + VERIFICATION_TIMEOUT_MS;
  while (Date.now() < end && (await countInstructions(pool)).unverified > 0) {
    signal.throwIfAborted();
    await delay(100);
  }
}

/** What became of the instructions that were not carried out. */
async function refusals(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select i.instruction_type || ' ' || i.status || coalesce(' as ' || i.ack_status, '') || coalesce(': ' || a.error_message, '') as text
     from instructions i left join instruction_acknowledgements a using (instruction_id)
     where i.status <> 'cancelled' and i.ack_status is distinct from 'processed' order by i.seq limit 5`,
  );
  return rows.map((row) => row.text);
}

async function countInstructions(pool: Pool): Promise<InstructionCounts> {
  const { rows } = await pool.query<InstructionCounts>(
    `select count(*) as total, count(*) filter (where status = 'cancelled') as withdrawn,
       count(*) filter (where status = 'acknowledged' and ack_status = 'processed') as processed,
       count(*) filter (where verification ->> 'outcome' = 'followed') as followed,
       count(*) filter (where verification ->> 'outcome' = 'superseded') as superseded,
       count(*) filter (where verification ->> 'outcome' = 'not_followed') as "notFollowed",
       count(*) filter (where status <> 'cancelled' and verification is null) as unverified
     from instructions`,
  );
  const [counts] = rows;
  if (counts === undefined) throw new Error("a count without a row");
  return counts;
}

async function countMessages(pool: Pool): Promise<{ parked: number; dead: number }> {
  const { rows } = await pool.query<{ parked: number; dead: number }>(
    "select count(*) filter (where status = 'parked') as parked, count(*) filter (where status = 'dead') as dead from inbox",
  );
  return rows[0] ?? { parked: 0, dead: 0 };
}

async function countDecisions(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ n: number }>("select count(*) as n from decisions");
  return rows[0]?.n ?? 0;
}
