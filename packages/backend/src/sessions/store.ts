import { type Pool, type Queryable, type Transaction, transaction } from "../database/connection.js";
import { requestDecisions } from "../decisions/requests.js";
import { recordEvents } from "../events/outbox.js";
import { cancelOfCompletedSessions, INSTRUCTIONS_CHANNEL, sendAgain } from "../instructions/store.js";

const CONNECTION_STALE_AFTER_SECONDS = 120;
const SESSION_INACTIVE_AFTER_SECONDS = 3_600;

/** Of a session `s`: its agent is connected. */
const IS_CONNECTED =
  "exists (select from agent_connections c where c.session_id = s.session_id and c.closed_at is null)";

/**
 * Of a session `s`: its agent listens, or has until lately. One whose connection was cut, or closed as silent, is mostly back in a
 * moment, also after a restart of either side: until `closeSilent` finds that it is the one that is away.
 */
export const LISTENS = `(${IS_CONNECTED}
  or exists (select from agent_connections c where c.session_id = s.session_id and c.close_reason in ('disconnected', 'stale')))`;

/** Tells those who watch how the agents of these sessions are. */
export async function recordAgentStatus(db: Queryable, sessionIds: readonly string[]): Promise<void> {
  if (sessionIds.length === 0) return;
  const { rows } = await db.query<{ acquisition_uuid: string | null } & Record<string, unknown>>(
    `select s.agent_id, s.status, s.session_id, s.acquisition_uuid,
       (select max(last_heartbeat_at) from agent_connections c where c.session_id = s.session_id) as last_heartbeat_at,
       (select count(*) from agent_connections c where c.session_id = s.session_id and closed_at is null) as connection_count
     from agent_sessions s where s.session_id = any($1) order by s.seq`,
    [sessionIds],
  );
  await recordEvents(
    db,
    rows.map((row) => ({ eventType: "agent.status", payload: row, acquisitionUuid: row.acquisition_uuid })),
  );
}

/** Wakes the streams of these sessions, in whichever process: they look what there is for them, and whether they are still wanted. */
async function wakeStreams(tx: Transaction, sessionIds: readonly string[]): Promise<void> {
  await tx.query("select pg_notify($1, session_id) from unnest($2::text[]) as x(session_id)", [
    INSTRUCTIONS_CHANNEL,
    sessionIds,
  ]);
}

export interface NewConnection {
  readonly connection_id: string;
  readonly agent_id: string;
  readonly session_id: string;
}

/** Records that an agent listens to a session: from now on here, and no more where it has listened before. */
export async function recordConnection(
  tx: Transaction,
  { connection_id, agent_id, session_id }: NewConnection,
): Promise<void> {
  const { rows } = await tx.query<{ is_connected: boolean }>(
    `update agent_sessions s set last_activity_at = now() where session_id = $1 returning ${IS_CONNECTED} as is_connected`,
    [session_id],
  );
  // Or it is found to be away first, and then what that has changed is decided on.
  const { rowCount: cut } = await tx.query(
    "update agent_connections set close_reason = 'left' where session_id = $1 and close_reason in ('disconnected', 'stale')",
    [session_id],
  );
  await tx.query(
    // The youngest also where the clock was set back.
    `insert into agent_connections (connection_id, agent_id, session_id, connected_at)
     select $1, $2, $3, greatest(now(), max(connected_at) + interval '1 microsecond')
     from agent_connections where session_id = $3 and closed_at is null`,
    [connection_id, agent_id, session_id],
  );
  if (rows[0]?.is_connected === false && cut === 0) await decideAmongSeveral(tx, [session_id]);
  await recordAgentStatus(tx, [session_id]);
}

/** Records that a connection was lost. Where an older one of its session is still open, that has what this one was sent sent again. */
export async function recordDisconnection(pool: Pool, connectionId: string): Promise<void> {
  await transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ session_id: string; older_listens: boolean }>(
      `update agent_connections c set closed_at = now(), close_reason = 'disconnected'
       where connection_id = $1 and closed_at is null
       returning session_id, coalesce((select max(o.connected_at) < c.connected_at from agent_connections o
         where o.session_id = c.session_id and o.closed_at is null and o.connection_id <> c.connection_id), false) as older_listens`,
      [connectionId],
    );
    const [closed] = rows;
    // Who closed it in the database has told of it.
    if (closed === undefined) return;
    if (closed.older_listens) {
      await sendAgain(tx, closed.session_id);
      await wakeStreams(tx, [closed.session_id]);
    }
    await recordAgentStatus(tx, [closed.session_id]);
  });
}

/** A session that its agent has closed, because nothing happens any more, is the agent's to open again; an operator's word lasts. */
export type Closer = "agent" | "operator";

/**
 * Completes a session, which ends its streams and withdraws its instructions.
 *
 * @param by null: its acquisition is deleted. Its agent may take it up again
 * @returns when it ended; null where there is no such session
 */
export async function closeSession(tx: Transaction, sessionId: string, by: Closer | null): Promise<string | null> {
  const { rows } = await tx.query<{ ended_at: string }>(
    `update agent_sessions set status = 'completed', ended_at = coalesce(ended_at, now()),
       closed_by = case when status = 'completed' and closed_by = 'operator' then closed_by else $2 end
     where session_id = $1 returning ended_at`,
    [sessionId, by],
  );
  const [closed] = rows;
  if (closed === undefined) return null;
  await tx.query(
    "update agent_connections set closed_at = now(), close_reason = 'session closed' where session_id = $1 and closed_at is null",
    [sessionId],
  );
  await cancelOfCompletedSessions(tx, sessionId);
  await recordAgentStatus(tx, [sessionId]);
  await wakeStreams(tx, [sessionId]);
  return closed.ended_at;
}

/**
 * Completes the sessions of an acquisition that is about to be deleted. An agent that still finds it in its folder brings it again, and
 * then registers its session anew: one that stayed open would be of no acquisition, and its microscope never be told anything again.
 */
export async function closeSessionsOf(tx: Transaction, acquisitionUuid: string): Promise<void> {
  const { rows } = await tx.query<{ session_id: string }>(
    "select session_id from agent_sessions where acquisition_uuid = $1 and status <> 'completed' order by seq",
    [acquisitionUuid],
  );
  for (const { session_id } of rows) await closeSession(tx, session_id, null);
}

/** Takes back that a session is closed. It is inactive until its agent takes it up; one that is not closed stays as it is. */
export async function reopenSession(tx: Transaction, sessionId: string): Promise<void> {
  const { rowCount } = await tx.query(
    `update agent_sessions set status = 'inactive', ended_at = null, closed_by = null where session_id = $1 and status = 'completed'`,
    [sessionId],
  );
  if (rowCount === 1) await recordAgentStatus(tx, [sessionId]);
}

/** Makes an inactive session active, since its agent is there. @returns whether it was inactive */
export async function takeUpSession(tx: Transaction, sessionId: string): Promise<boolean> {
  const { rows } = await tx.query<{ acquisition_uuid: string | null }>(
    `update agent_sessions set status = 'active', last_activity_at = now() where session_id = $1 and status = 'inactive'
     returning acquisition_uuid`,
    [sessionId],
  );
  const [taken] = rows;
  if (taken === undefined) return false;
  if (taken.acquisition_uuid !== null) await decideForSomebody(tx, taken.acquisition_uuid);
  await recordAgentStatus(tx, [sessionId]);
  return true;
}

/** Has the grids of an acquisition decided on: now there is an agent to be told. */
export async function decideForSomebody(tx: Transaction, acquisitionUuid: string): Promise<void> {
  const { rows } = await tx.query<{ uuid: string }>("select uuid from grids where acquisition_uuid = $1", [
    acquisitionUuid,
  ]);
  await requestDecisions(
    tx,
    rows.map((grid) => grid.uuid),
  );
}

/**
 * Has the grids of these sessions' acquisitions decided on where other sessions are there, too: which of them listens has changed, and
 * with that perhaps the one through which the microscope is told.
 */
async function decideAmongSeveral(tx: Transaction, sessionIds: readonly string[]): Promise<void> {
  if (sessionIds.length === 0) return;
  const { rows } = await tx.query<{ uuid: string }>(
    `select distinct g.uuid from agent_sessions s
       join agent_sessions o on o.acquisition_uuid = s.acquisition_uuid and o.session_id <> s.session_id and o.status = 'active'
       join grids g on g.acquisition_uuid = s.acquisition_uuid
     where s.session_id = any($1)`,
    [sessionIds],
  );
  await requestDecisions(
    tx,
    rows.map((grid) => grid.uuid),
  );
}

/**
 * Records that an agent is there. Where it names the connection at which it listens, its session's others are closed: a network that
 * was cut leaves connections that look open, and what is sent there is never read. Else it listens at the youngest, and the others
 * are found stale in time.
 *
 * @returns when that was; null where the session has no such connection, and then nothing is recorded
 */
export async function recordHeartbeat(
  tx: Transaction,
  sessionId: string,
  connectionId: string | null,
): Promise<string | null> {
  // Two at a time would each wait for a connection that the other one has locked.
  const { rows: sessions } = await tx.query<{ status: string; acquisition_uuid: string | null }>(
    "select status, acquisition_uuid from agent_sessions where session_id = $1 for no key update",
    [sessionId],
  );
  const { rows } = await tx.query<{ at: string }>(
    `update agent_connections set last_heartbeat_at = now()
     where session_id = $1 and closed_at is null and connection_id = coalesce($2, (
       select connection_id from agent_connections where session_id = $1 and closed_at is null
       order by connected_at desc limit 1)) returning now() as at`,
    [sessionId, connectionId],
  );
  const [beaten] = rows;
  if (beaten === undefined) return null;
  await tx.query(
    `update agent_sessions set last_activity_at = now(), status = case status when 'inactive' then 'active' else status end
     where session_id = $1`,
    [sessionId],
  );
  const [before] = sessions;
  // Now there is somebody to tell again.
  if (before?.status === "inactive" && before.acquisition_uuid !== null)
    await decideForSomebody(tx, before.acquisition_uuid);
  if (connectionId !== null) {
    const { rowCount: left } = await tx.query(
      `update agent_connections set closed_at = now(), close_reason = 'left'
       where session_id = $1 and closed_at is null and connection_id <> $2`,
      [sessionId, connectionId],
    );
    if (left !== 0) {
      await sendAgain(tx, sessionId);
      await wakeStreams(tx, [sessionId]);
    }
  }
  await recordAgentStatus(tx, [sessionId]);
  return beaten.at;
}

/**
 * Closes connections whose agents have fallen silent, which ends their streams, and sessions in which nothing has happened for long.
 * Agents that have not come back in that time listen no more, as long as it is they who are away: where the API or the network was, none
 * of an acquisition's agents has listened meanwhile, and the first to come back would get what the others have.
 */
export async function closeSilent(pool: Pool): Promise<void> {
  await transaction(pool, async (tx) => {
    const { rows: stale } = await tx.query<{ session_id: string }>(
      `update agent_connections set closed_at = now(), close_reason = 'stale'
       where closed_at is null and last_heartbeat_at < now() - make_interval(secs => $1) returning session_id`,
      [CONNECTION_STALE_AFTER_SECONDS],
    );
    const { rows: inactive } = await tx.query<{ session_id: string }>(
      `update agent_sessions set status = 'inactive'
       where status = 'active' and last_activity_at < now() - make_interval(secs => $1) returning session_id`,
      [SESSION_INACTIVE_AFTER_SECONDS],
    );
    const { rows: lost } = await tx.query<{ session_id: string }>(
      `update agent_connections cut set close_reason = 'lost' from agent_sessions away
       where cut.close_reason in ('disconnected', 'stale') and cut.closed_at < now() - make_interval(secs => $1)
         and away.session_id = cut.session_id and coalesce((
           select bool_or(${IS_CONNECTED} and exists (
             select from agent_connections c where c.session_id = s.session_id
               and now() - make_interval(secs => $1) between c.connected_at and c.last_heartbeat_at))
           from agent_sessions s
           where s.acquisition_uuid = away.acquisition_uuid and s.session_id <> away.session_id and s.status = 'active'), true)
       returning cut.session_id`,
      [CONNECTION_STALE_AFTER_SECONDS],
    );
    const ids = (rows: readonly { session_id: string }[]): string[] => rows.map((row) => row.session_id);
    await decideAmongSeveral(tx, [...(await deaf(tx, ids(lost))), ...ids(inactive)]);
    const sessionIds = [...new Set(ids([...stale, ...inactive]))];
    if (sessionIds.length === 0) return;
    await recordAgentStatus(tx, sessionIds);
    await wakeStreams(tx, sessionIds);
  });
}

/** Those of these sessions whose agents listen no more. */
async function deaf(tx: Transaction, sessionIds: readonly string[]): Promise<string[]> {
  if (sessionIds.length === 0) return [];
  const { rows } = await tx.query<{ session_id: string }>(
    `select session_id from agent_sessions s where session_id = any($1) and not ${LISTENS}`,
    [sessionIds],
  );
  return rows.map((row) => row.session_id);
}

/** Why the stream of a connection has to end, as its `error` event says it. */
export interface Closure {
  readonly error: "session_validation_failed" | "connection_closed";
  readonly message: string;
}

/** Which of these connections have been closed, or belong to sessions that are completed. */
export async function closedConnections(
  db: Queryable,
  connectionIds: readonly string[],
): Promise<ReadonlyMap<string, Closure>> {
  const { rows } = await db.query<{ id: string; session_id: string | null; status: string; close_reason: string }>(
    `select x.id, s.session_id, s.status, c.close_reason
     from unnest($1::text[]) as x(id) left join agent_connections c on c.connection_id = x.id left join agent_sessions s using (session_id)
     where c.connection_id is null or c.closed_at is not null or s.status = 'completed'`,
    [connectionIds],
  );
  return new Map(
    rows.map(({ id, session_id, status, close_reason }): [string, Closure] => [
      id,
      session_id === null || status === "completed"
        ? {
            error: "session_validation_failed",
            message: session_id === null ? "The session is no longer known" : `Session ${session_id} is completed`,
          }
        : {
            error: "connection_closed",
            message: `The connection was closed (${close_reason}): send heartbeats, and connect again`,
          },
    ]),
  );
}
