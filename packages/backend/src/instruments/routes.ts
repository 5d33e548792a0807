import { nullable, Time, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { Pool } from "../database/connection.js";
import { type Paging, PagingQuery, sendPage } from "../http/paging.js";
import { operationId, ref, register } from "../http/server.js";

const Instrument = Type.Object(
  {
    instrument_id: Type.String(),
    instrument_model: nullable(Type.String()),
    computer_name: nullable(Type.String()),
    acquisition_count: Type.Integer(),
    latest_acquisition_uuid: Type.String(),
    latest_start_time: nullable(Time),
    active_agents: Type.Array(Type.String()),
  },
  { title: "InstrumentResponse" },
);

/** The microscopes that have been heard of, from what their acquisitions say. */
export function instrumentRoutes(app: FastifyInstance, pool: Pool): void {
  register(app, Instrument);
  const path = "/instruments";
  app.get(
    path,
    {
      schema: {
        operationId: operationId("list_instruments", path, "get"),
        summary:
          "The microscopes that acquisitions came from, with their newest one and the agents that are active for them",
        tags: ["Instruments"],
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(Instrument)) },
      },
    },
    (request, reply) =>
      sendPage<Record<string, unknown>>(
        reply,
        pool,
        {
          select: "select x.*",
          from: `from (
            select a.instrument_id, min(a.seq) as first_seq, count(*)::int as acquisition_count,
              (array_agg(a.instrument_model order by a.seq desc) filter (where a.instrument_model is not null))[1] as instrument_model,
              (array_agg(a.computer_name order by a.seq desc) filter (where a.computer_name is not null))[1] as computer_name,
              (array_agg(a.uuid order by a.start_time desc nulls last, a.seq desc))[1] as latest_acquisition_uuid,
              max(a.start_time) as latest_start_time,
              coalesce((select json_agg(distinct s.agent_id) from agent_sessions s join acquisitions o on o.uuid = s.acquisition_uuid
                where o.instrument_id = a.instrument_id and s.status = 'active'), '[]') as active_agents
            from acquisitions a where a.instrument_id is not null group by a.instrument_id) x`,
          orderBy: "x.first_seq",
        },
        request.query as Paging,
      ).then((rows) => rows.map(({ first_seq: _order, ...instrument }) => instrument)),
  );
}
