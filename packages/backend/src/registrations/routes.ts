import { Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { type Pool, type Transaction, transaction } from "../database/connection.js";
import { requestDecisions } from "../decisions/requests.js";
import { requireEntity } from "../entities/read.js";
import { recordChanges, recordEvents } from "../events/outbox.js";
import { operationId, routePath } from "../http/server.js";

type Params = Record<string, string>;

/** Marks an entity as fully known. Saying it again is accepted and told again, since more may have become known. */
async function markRegistered(tx: Transaction, uuid: string, count: number | null): Promise<void> {
  await tx.query(
    `insert into registrations as r (entity_uuid, count) values ($1, $2)
     on conflict (entity_uuid) do update set registered_at = now(), count = coalesce(excluded.count, r.count)`,
    [uuid, count],
  );
}

export function registrationRoutes(app: FastifyInstance, pool: Pool): void {
  const grid = "/grids/{grid_uuid}/registered";
  app.post(
    routePath(grid),
    {
      schema: {
        operationId: operationId("grid_registered", grid, "post"),
        tags: ["Grid"],
        response: { 200: Type.Boolean() },
      },
    },
    (request) =>
      transaction(pool, async (tx) => {
        const uuid = await requireEntity(tx, "grid", (request.params as Params).grid_uuid ?? "");
        await markRegistered(tx, uuid, null);
        const { rows } = await tx.query<{ uuid: string; acquisition_uuid: string }>(
          // Decisions may have begun before: the scan has ended all the same.
          `update grids set scan_end_time = coalesce(scan_end_time, now()),
             status = case when status is null or status in ('none', 'scan started') then 'scan completed' else status end
           where uuid = $1 and (scan_end_time is null or status is null or status in ('none', 'scan started'))
           returning uuid, acquisition_uuid`,
          [uuid],
        );
        await recordChanges(
          tx,
          "grid",
          rows.map((row) => ({ uuid: row.uuid, created: false })),
        );
        const { rows: owners } = await tx.query<{ acquisition_uuid: string }>(
          "select acquisition_uuid from grids where uuid = $1",
          [uuid],
        );
        await recordEvents(tx, [
          {
            eventType: "grid.registered",
            gridUuid: uuid,
            acquisitionUuid: owners[0]?.acquisition_uuid ?? null,
            payload: { grid_uuid: uuid },
          },
        ]);
        await requestDecisions(tx, [uuid]);
        return true;
      }),
  );

  const square = "/gridsquares/{gridsquare_uuid}/registered";
  app.post(
    routePath(square),
    {
      schema: {
        operationId: operationId("gridsquare_registered", square, "post"),
        tags: ["GridSquare"],
        querystring: Type.Object({ count: Type.Optional(Type.Integer({ minimum: 0 })) }),
        response: { 200: Type.Boolean() },
      },
    },
    (request) =>
      transaction(pool, async (tx) => {
        const uuid = await requireEntity(tx, "gridsquare", (request.params as Params).gridsquare_uuid ?? "");
        const { count = null } = request.query as { count?: number };
        await markRegistered(tx, uuid, count);
        const { rows } = await tx.query<{ uuid: string }>(
          `update gridsquares set status = 'all foil holes registered' where uuid = $1 and (status is null or status = 'none') returning uuid`,
          [uuid],
        );
        await recordChanges(
          tx,
          "gridsquare",
          rows.map((row) => ({ uuid: row.uuid, created: false })),
        );
        const { rows: owners } = await tx.query<{ grid_uuid: string; acquisition_uuid: string }>(
          "select s.grid_uuid, g.acquisition_uuid from gridsquares s join grids g on g.uuid = s.grid_uuid where s.uuid = $1",
          [uuid],
        );
        const gridUuid = owners[0]?.grid_uuid ?? null;
        await recordEvents(tx, [
          {
            eventType: "gridsquare.registered",
            gridUuid,
            acquisitionUuid: owners[0]?.acquisition_uuid ?? null,
            payload: { uuid, grid_uuid: gridUuid, count },
          },
        ]);
        return true;
      }),
  );
}
