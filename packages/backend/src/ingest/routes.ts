import { type EntityInput, entitySchemas, IngestRequest, IngestResponse } from "@smartem/common/entities";
import { ENTITY_NAMES, type EntityName, INGEST_KEYS } from "@smartem/common/entity-names";
import { SmartemError } from "@smartem/common/errors";
import { Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { type Pool, transaction } from "../database/connection.js";
import { storeEntities, storeTilePositions } from "../entities/store.js";
import { operationId, ref, register } from "../http/server.js";

/** How many entities one request may hold: enough to make a request cheap, few enough to keep a transaction short. */
const ENTITIES_PER_REQUEST = 10_000;

/**
 * Stores sets of entities of all kinds in one transaction, parents first, with the events that tell of them. What
 * can't be stored because its parent is unknown is listed as rejected and holds up nothing else.
 *
 * @param isClientGone whether nobody waits for the answer any more: who sends again what was not answered may say something newer,
 *   which this, coming late, would take back. Nothing is stored then.
 */
export async function ingest(pool: Pool, given: IngestRequest, isClientGone: () => boolean): Promise<IngestResponse> {
  const request = withTilesOfAtlases(given);
  // Only the keys that are known: whatever stands under others has not been looked at.
  const sets = [...ENTITY_NAMES.map((entity) => request[INGEST_KEYS[entity]]), request.tile_positions];
  const size = sets.reduce((sum, set) => sum + (set?.length ?? 0), 0);
  if (size > ENTITIES_PER_REQUEST) {
    throw new SmartemError(
      "too_many_entities",
      413,
      `${size} entities in one request; at most ${ENTITIES_PER_REQUEST} are taken.`,
      {
        hint: "Send them in several requests, parents first.",
      },
    );
  }
  return transaction(pool, async (tx) => {
    const answer: IngestResponse = { created: 0, updated: 0, unchanged: 0, rejected: [] };
    for (const entity of ENTITY_NAMES) {
      const inputs = request[INGEST_KEYS[entity]] as EntityInput<EntityName>[] | undefined;
      if (inputs === undefined || inputs.length === 0) continue;
      const stored = await storeEntities(tx, entity, inputs, { flagsAreMeant: true });
      answer.created += stored.created.length;
      answer.updated += stored.updated.length;
      answer.unchanged += stored.unchanged;
      answer.rejected.push(...stored.rejected);
    }
    const positions = await storeTilePositions(tx, request.tile_positions ?? []);
    answer.created += positions.created;
    answer.updated += positions.updated;
    answer.unchanged += positions.unchanged;
    answer.rejected.push(...positions.rejected);
    if (isClientGone()) throw new SmartemError("client_gone", 400, "The client has left before it was answered.");
    return answer;
  });
}

/** The tiles that atlases bring along stand among the others. */
function withTilesOfAtlases(request: IngestRequest): IngestRequest {
  const atlases = (request.atlases ?? []) as (EntityInput<"atlas"> & { tiles?: EntityInput<"atlas_tile">[] | null })[];
  const brought = atlases.flatMap(({ uuid, tiles }) => (tiles ?? []).map((tile) => ({ ...tile, atlas_uuid: uuid })));
  return brought.length === 0 ? request : { ...request, atlas_tiles: [...(request.atlas_tiles ?? []), ...brought] };
}

export function ingestRoutes(app: FastifyInstance, pool: Pool): void {
  const request_ = Type.Object(
    {
      ...Object.fromEntries(
        ENTITY_NAMES.map((name) => [INGEST_KEYS[name], Type.Optional(Type.Array(ref(entitySchemas(name).create)))]),
      ),
      tile_positions: Type.Optional(Type.Array(IngestRequest.properties.tile_positions.items)),
    },
    { title: "IngestRequest" },
  );
  register(app, request_, IngestResponse);
  app.post(
    "/ingest",
    {
      schema: {
        operationId: operationId("ingest", "/ingest", "post"),
        tags: ["Ingest"],
        body: ref(request_),
        response: { 200: ref(IngestResponse) },
      },
    },
    ({ body, raw: { socket } }) => ingest(pool, body as IngestRequest, () => socket.destroyed || socket.readableEnded),
  );
}
