import { type Pool, type Transaction, transaction } from "../database/connection.js";
import { NEVER_TAKEN } from "../decisions/told.js";

export const CLEANUP_OPERATIONS = ["stats", "cleanup", "connections", "instructions", "sessions"] as const;
export type CleanupOperation = (typeof CLEANUP_OPERATIONS)[number];

/** How long what agents leave behind is kept. */
export interface CleanupPolicy {
  readonly connectionsHours: number;
  readonly instructionsDays: number;
  readonly sessionsDays: number;
  readonly acknowledgementsDays: number;
}

export const CLEANUP_POLICIES = {
  scientific: { connectionsHours: 48, instructionsDays: 365, sessionsDays: 2 * 365, acknowledgementsDays: 7 * 365 },
  development: { connectionsHours: 4, instructionsDays: 7, sessionsDays: 14, acknowledgementsDays: 30 },
} as const satisfies Record<string, CleanupPolicy>;
export type CleanupPolicyName = keyof typeof CLEANUP_POLICIES;

/** How many rows were changed, or would be. */
export interface CleanupCounts {
  /** Connections without a sign of life, closed. */
  readonly connections_closed: number;
  /** Old instructions with acknowledgements, which lost their payload. */
  readonly instructions_archived: number;
  /** Old instructions without acknowledgements. */
  readonly instructions_deleted: number;
  /** Completed sessions, which lost their experimental parameters. */
  readonly sessions_archived: number;
  readonly acknowledgements_deleted: number;
}

const NOTHING: CleanupCounts = {
  connections_closed: 0,
  instructions_archived: 0,
  instructions_deleted: 0,
  sessions_archived: 0,
  acknowledgements_deleted: 0,
};

/** Thrown to undo what a dry run has counted. */
class DryRun extends Error {}

/**
 * Removes what agents left behind long ago. A dry run does everything and takes it back, so its counts are those that a real run
 * would have at this moment. `cleanup` does all of it; `stats` changes nothing.
 */
export async function cleanUpAgents(
  pool: Pool,
  operation: CleanupOperation,
  policyName: CleanupPolicyName,
  dryRun: boolean,
): Promise<CleanupCounts> {
  if (operation === "stats") return NOTHING;
  const policy = CLEANUP_POLICIES[policyName];
  const all = operation === "cleanup";
  let counts: CleanupCounts = NOTHING;
  try {
    await transaction(pool, async (tx) => {
      counts = {
        connections_closed: all || operation === "connections" ? await closeConnections(tx, policy) : 0,
        // Before the acknowledgements are: an instruction that ever had one is archived, not deleted.
        ...(all || operation === "instructions"
          ? await retireInstructions(tx, policy)
          : { instructions_archived: 0, instructions_deleted: 0, acknowledgements_deleted: 0 }),
        sessions_archived: all || operation === "sessions" ? await archiveSessions(tx, policy) : 0,
      };
      if (dryRun) throw new DryRun();
    });
  } catch (error) {
    if (!(error instanceof DryRun)) throw error;
  }
  return counts;
}

async function closeConnections(tx: Transaction, { connectionsHours }: CleanupPolicy): Promise<number> {
  const { rowCount } = await tx.query(
    `update agent_connections set closed_at = now(), close_reason = 'stale'
     where closed_at is null and last_heartbeat_at < now() - make_interval(hours => $1)`,
    [connectionsHours],
  );
  return rowCount ?? 0;
}

async function retireInstructions(
  tx: Transaction,
  { instructionsDays, acknowledgementsDays }: CleanupPolicy,
): Promise<Pick<CleanupCounts, "instructions_archived" | "instructions_deleted" | "acknowledgements_deleted">> {
  const { rowCount: archived } = await tx.query(
    `update instructions i set archived_at = now(), archived_payload_bytes = octet_length(payload::text), payload = '{}'
     where created_at < now() - make_interval(days => $1) and archived_at is null
       and exists (select from instruction_acknowledgements a where a.instruction_id = i.instruction_id)`,
    [instructionsDays],
  );
  // With the one that a plan was told by last would go what all of them have deselected: it would look like an operator's choice.
  const unanswered = `i.created_at < now() - make_interval(days => $1) and i.archived_at is null
    and not exists (select from instruction_acknowledgements a where a.instruction_id = i.instruction_id)
    and not exists (select from told_plans t where t.instruction_id = i.instruction_id)`;
  // Without it nothing would tell any more that a deselection never reached the microscope.
  await tx.query(
    `with gone as materialized (
       select array(select i.instruction_id from instructions i where ${NEVER_TAKEN} and ${unanswered}) as ids)
     update deselections d set told_by = array(
       select x.id from unnest(d.told_by) with ordinality as x(id, n) where x.id <> all(gone.ids) order by x.n)
     from gone where d.told_by && gone.ids`,
    [instructionsDays],
  );
  await tx.query("delete from deselections where told_by = '{}'");
  const { rowCount: deleted } = await tx.query(`delete from instructions i where ${unanswered}`, [instructionsDays]);
  // Of what was deleted so long ago nobody uploads anything again.
  await tx.query(
    `delete from deselections d where not exists (select from grids g where g.uuid = d.grid_uuid)
       and not exists (select from instructions i where i.instruction_id = any(d.told_by) and i.archived_at is null)`,
  );
  const { rowCount: acknowledgements } = await tx.query(
    "delete from instruction_acknowledgements where created_at < now() - make_interval(days => $1)",
    [acknowledgementsDays],
  );
  return {
    instructions_archived: archived ?? 0,
    instructions_deleted: deleted ?? 0,
    acknowledgements_deleted: acknowledgements ?? 0,
  };
}

async function archiveSessions(tx: Transaction, { sessionsDays }: CleanupPolicy): Promise<number> {
  const { rowCount } = await tx.query(
    `update agent_sessions set experimental_parameters = null
     where status = 'completed' and coalesce(ended_at, last_activity_at) < now() - make_interval(days => $1)
       and experimental_parameters is not null`,
    [sessionsDays],
  );
  return rowCount ?? 0;
}

/** How much agents have left behind by now. */
export async function agentStatistics(pool: Pool): Promise<Readonly<Record<string, number>>> {
  const { rows } = await pool.query<Record<string, number>>(
    `select
       (select count(*) from agent_connections where closed_at is null) as connections_open,
       (select count(*) from agent_connections where closed_at is not null) as connections_closed,
       (select count(*) from agent_sessions where status = 'active') as sessions_active,
       (select count(*) from agent_sessions where status = 'inactive') as sessions_inactive,
       (select count(*) from agent_sessions where status = 'completed') as sessions_completed,
       (select count(*) from instructions where archived_at is null) as instructions,
       (select count(*) from instructions where archived_at is not null) as instructions_archived,
       (select count(*) from instruction_acknowledgements) as acknowledgements,
       (select count(*) from agent_logs) as log_entries`,
  );
  return rows[0] ?? {};
}
