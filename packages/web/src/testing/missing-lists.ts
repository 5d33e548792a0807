import type { Backend } from "@smartem/backend/backend";
import type { BrowserContext } from "playwright-core";

type Pool = Backend["pool"];

/*
 * Lists that the pages know how to show and that not every server offers. Where the server under test does not, they are
 * answered here from its own database, so that the parts of the pages that show them are tested too.
 */

interface MissingList {
  /** An address that the server knows if it offers the list. */
  readonly probe: string;
  readonly path: RegExp;
  readonly rows: (pool: Pool, match: readonly string[], query: URLSearchParams) => Promise<unknown[]>;
}

const LISTS: readonly MissingList[] = [
  {
    probe: "/acquisitions/progress",
    path: /^\/acquisitions\/progress$/,
    rows: async (pool) =>
      (
        await pool.query(
          `select a.uuid as acquisition_uuid, a.status, count(distinct g.uuid)::int as grid_count,
             count(distinct s.uuid)::int as gridsquare_count, count(distinct h.uuid)::int as foilhole_count,
             count(distinct m.uuid)::int as micrograph_count
           from acquisitions a left join grids g on g.acquisition_uuid = a.uuid left join gridsquares s on s.grid_uuid = g.uuid
             left join foilholes h on h.gridsquare_uuid = s.uuid left join micrographs m on m.foilhole_uuid = h.uuid
           group by a.uuid`,
        )
      ).rows,
  },
  {
    probe: "/grids/any/results",
    path: /^\/grids\/([^/]+)\/results$/,
    rows: async (pool, [, grid]) =>
      (
        await pool.query(
          `select m.uuid as micrograph_uuid, m.foilhole_uuid, h.foilhole_id, h.gridsquare_uuid, s.gridsquare_id,
             m.acquisition_datetime, coalesce(m.status, 'none') as status, m.total_motion, m.average_motion,
             m.ctf_max_resolution_estimate, m.number_of_particles_picked, m.number_of_particles_selected, m.defocus,
             null::boolean as good
           from gridsquares s join foilholes h on h.gridsquare_uuid = s.uuid join micrographs m on m.foilhole_uuid = h.uuid
           where s.grid_uuid = $1 order by m.acquisition_datetime nulls first, m.seq`,
          [grid],
        )
      ).rows,
  },
  {
    probe: "/agents/sessions",
    path: /^\/agents\/sessions$/,
    rows: async (pool) =>
      (
        await pool.query(
          `select s.session_id, s.agent_id, s.acquisition_uuid, s.name, s.status, s.created_at, s.last_activity_at, s.ended_at,
             (count(c.connection_id) filter (where c.closed_at is null))::int as connection_count,
             max(c.last_heartbeat_at) as last_heartbeat_at
           from agent_sessions s left join agent_connections c using (session_id) group by s.session_id order by s.seq desc`,
        )
      ).rows,
  },
  {
    probe: "/agents/logs",
    path: /^\/agents\/logs$/,
    rows: async (pool) =>
      (
        await pool.query(
          "select id, agent_id, session_id, timestamp, level, logger_name, message from agent_logs order by id desc limit 500",
        )
      ).rows,
  },
  {
    probe: "/instructions?limit=1",
    path: /^\/instructions$/,
    rows: async (pool, _match, query) =>
      (
        await pool.query(
          `select i.instruction_id, i.agent_id, i.session_id, s.acquisition_uuid, i.instruction_type, i.payload, i.priority,
             i.status, i.ack_status, i.created_at, i.sent_at, i.acknowledged_at, i.expires_at, i.retry_count, i.decision_id,
             i.verification, (select coalesce(a.error_message, a.result) from instruction_acknowledgements a
               where a.instruction_id = i.instruction_id order by a.id desc limit 1) as ack_message
           from instructions i join agent_sessions s using (session_id)
           where $1::text is null or s.acquisition_uuid = $1 order by i.seq desc limit 100`,
          [query.get("acquisition_uuid")],
        )
      ).rows,
  },
  {
    probe: "/inbox?status=dead",
    path: /^\/inbox$/,
    rows: async (pool, _match, query) =>
      (
        await pool.query(
          `select id, received_at, event_type, body, status, attempts, waiting_for, reason from inbox
           where status = $1 order by id desc limit 200`,
          [query.get("status")],
        )
      ).rows,
  },
];

export async function offerMissingLists(context: BrowserContext, pool: Pool, url: string): Promise<void> {
  for (const { probe, path, rows } of LISTS) {
    if (await isOffered(url, probe)) continue;
    await context.route(
      (address) => path.test(address.pathname),
      async (route) => {
        const { pathname, searchParams } = new URL(route.request().url());
        await route.fulfill({ json: await rows(pool, path.exec(pathname) ?? [], searchParams) });
      },
    );
  }
}

async function isOffered(url: string, probe: string): Promise<boolean> {
  const response = await fetch(`${url}${probe}`);
  if (response.ok) return true;
  const body = (await response.json().catch(() => null)) as { code?: string; detail?: unknown } | null;
  // "progress" would be an acquisition's name to a server without that list; a server with the list of results knows no grid "any".
  return response.status !== 404 || (body?.code !== "no_such_path" && !probe.endsWith("/progress"));
}
