import { type EntityInput, entitySchemas, TilePosition } from "@smartem/common/entities";
import type { EntityName } from "@smartem/common/entity-names";
import { Integer, Type } from "@smartem/common/schema";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Pool, type Transaction, transaction } from "../database/connection.js";
import { notFound, unprocessable } from "../http/errors.js";
import { type Paging, PagingQuery, pageOf } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { TABLES } from "./columns.js";
import { COUNTS } from "./counts.js";
import { JSON_TYPE, listSender, type SendList } from "./list-answer.js";
import { type ListQuery, latestAtlas, readEntities, readEntity, requireEntity } from "./read.js";
import { deleteEntity, resolveAliases, storeEntities, storeTilePositions, updateEntity } from "./store.js";

type Params = Record<string, string>;
type Query = Record<string, unknown>;

/** Asks for what lies below an entity to be counted too. */
const Counts = { counts: Type.Optional(Type.Boolean()) };

/** The query parameters of a list: paging, and a filter for every column. */
function listQuerySchema(entity: EntityName) {
  const filters = Object.fromEntries(
    Object.entries(TABLES[entity].description.fields).map(([name, schema]) => [name, Type.Optional(schema)]),
  );
  return Type.Object({ ...filters, ...PagingQuery, ...(COUNTS[entity] === undefined ? {} : Counts) });
}

function listQueryOf(query: Query): ListQuery {
  const { limit, offset, counts, ...filters } = query;
  return {
    ...(counts === true ? { counts } : {}),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(offset === undefined ? {} : { offset: Number(offset) }),
    filters,
  };
}

interface EntityPaths {
  readonly entity: EntityName;
  /** Path of the list and of one entity below it, with the operations' names in the wire contract. */
  readonly path: string;
  readonly param: string;
  readonly names: { list: string; get: string; update: string; delete: string };
}

const PATHS: readonly EntityPaths[] = [
  {
    entity: "acquisition",
    path: "/acquisitions",
    param: "acquisition_uuid",
    names: {
      list: "get_acquisitions",
      get: "get_acquisition",
      update: "update_acquisition",
      delete: "delete_acquisition",
    },
  },
  {
    entity: "grid",
    path: "/grids",
    param: "grid_uuid",
    names: { list: "get_grids", get: "get_grid", update: "update_grid", delete: "delete_grid" },
  },
  {
    entity: "atlas",
    path: "/atlases",
    param: "atlas_uuid",
    names: { list: "get_atlases", get: "get_atlas", update: "update_atlas", delete: "delete_atlas" },
  },
  {
    entity: "atlas_tile",
    path: "/atlas-tiles",
    param: "tile_uuid",
    names: { list: "get_atlas_tiles", get: "get_atlas_tile", update: "update_atlas_tile", delete: "delete_atlas_tile" },
  },
  {
    entity: "gridsquare",
    path: "/gridsquares",
    param: "gridsquare_uuid",
    names: { list: "get_gridsquares", get: "get_gridsquare", update: "update_gridsquare", delete: "delete_gridsquare" },
  },
  {
    entity: "foilhole",
    path: "/foilholes",
    param: "foilhole_uuid",
    names: { list: "get_foilholes", get: "get_foilhole", update: "update_foilhole", delete: "delete_foilhole" },
  },
  {
    entity: "micrograph",
    path: "/micrographs",
    param: "micrograph_uuid",
    names: { list: "get_micrographs", get: "get_micrograph", update: "update_micrograph", delete: "delete_micrograph" },
  },
];

interface ChildPaths {
  readonly parent: EntityName;
  readonly child: EntityName;
  readonly path: string;
  readonly param: string;
  readonly listName: string;
  readonly createName: string;
}

const CHILDREN: readonly ChildPaths[] = [
  {
    parent: "acquisition",
    child: "grid",
    path: "/acquisitions/{acquisition_uuid}/grids",
    param: "acquisition_uuid",
    listName: "get_acquisition_grids",
    createName: "create_acquisition_grid",
  },
  {
    parent: "grid",
    child: "gridsquare",
    path: "/grids/{grid_uuid}/gridsquares",
    param: "grid_uuid",
    listName: "get_grid_gridsquares",
    createName: "create_grid_gridsquare",
  },
  {
    parent: "foilhole",
    child: "micrograph",
    path: "/foilholes/{foilhole_uuid}/micrographs",
    param: "foilhole_uuid",
    listName: "get_foilhole_micrographs",
    createName: "create_foilhole_micrograph",
  },
];

/** Stores one entity that a request creates, and answers it; its parent is the one that the path names. */
async function createOne<N extends EntityName>(
  pool: Pool,
  entity: N,
  parentUuid: string | null,
  body: EntityInput<N>,
): Promise<string> {
  const [json] = await createMany(pool, entity, parentUuid, [body]);
  if (json === undefined) throw notFound(TABLES[entity].description.schemaName, body.uuid);
  return json;
}

function createMany<N extends EntityName>(
  pool: Pool,
  entity: N,
  parentUuid: string | null,
  bodies: readonly EntityInput<N>[],
): Promise<string[]> {
  return transaction(pool, (tx) => createWithin(tx, entity, parentUuid, bodies));
}

async function createWithin<N extends EntityName>(
  tx: Transaction,
  entity: N,
  parentUuid: string | null,
  bodies: readonly EntityInput<N>[],
): Promise<string[]> {
  const { parent } = TABLES[entity].description;
  const inputs =
    parent === null || parentUuid === null ? bodies : bodies.map((body) => ({ ...body, [parent.field]: parentUuid }));
  if (parent !== null && parentUuid !== null) await requireEntity(tx, parent.entity, parentUuid);
  const { canonical, rejected } = await storeEntities(tx, entity, inputs);
  const [first] = rejected;
  if (first !== undefined) throw notFoundMessage(first.message);
  return readEntities(
    tx,
    entity,
    bodies.map((body) => canonical.get(body.uuid) ?? body.uuid),
  );
}

function notFoundMessage(message: string): Error {
  const [schemaName = "Entity", uuid = ""] = message.split(" ");
  return notFound(schemaName, uuid);
}

/** @param gridSquareBatchMax how many grid squares one request may bring */
export function entityRoutes(app: FastifyInstance, pool: Pool, gridSquareBatchMax: number): void {
  for (const { entity } of PATHS) {
    const schemas = entitySchemas(entity);
    register(app, schemas.create, schemas.update, schemas.response);
  }
  const sendList = listSender(pool);
  for (const paths of PATHS) oneEntity(app, pool, sendList, paths);
  for (const paths of CHILDREN) childEntities(app, pool, sendList, paths);
  createAcquisition(app, pool);
  atlases(app, pool, sendList);
  holes(app, pool, sendList);
  squareBatch(app, pool, gridSquareBatchMax);
  tilePositions(app, pool);
  gridCounts(app, pool);
}

function oneEntity(
  app: FastifyInstance,
  pool: Pool,
  sendList: SendList,
  { entity, path, param, names }: EntityPaths,
): void {
  const { update, response } = entitySchemas(entity);
  const { schemaName } = TABLES[entity].description;
  const item = `${path}/{${param}}`;
  app.get(
    path,
    {
      schema: {
        operationId: operationId(names.list, path, "get"),
        tags: [schemaName],
        querystring: listQuerySchema(entity),
        response: { 200: Type.Array(ref(response)) },
      },
    },
    (request, reply) => sendList(reply, entity, listQueryOf(request.query as Query)),
  );
  app.get(
    routePath(item),
    {
      schema: {
        operationId: operationId(names.get, item, "get"),
        tags: [schemaName],
        ...(COUNTS[entity] === undefined ? {} : { querystring: Type.Object(Counts) }),
        response: { 200: ref(response) },
      },
    },
    async (request, reply) => {
      const uuid = (request.params as Params)[param] ?? "";
      const { counts = false } = request.query as { counts?: boolean };
      const json = await readEntity(pool, entity, uuid, { counts });
      if (json === null) throw notFound(schemaName, uuid);
      return reply.type(JSON_TYPE).send(json);
    },
  );
  app.put(
    routePath(item),
    {
      schema: {
        operationId: operationId(names.update, item, "put"),
        tags: [schemaName],
        body: ref(update),
        response: { 200: ref(response) },
      },
    },
    async (request, reply) => {
      const uuid = (request.params as Params)[param] ?? "";
      const json = await transaction(pool, async (tx) => {
        const { lowmag, uuid: _ignored, ...changes } = request.body as { lowmag?: boolean | null; uuid?: string };
        const found = await updateEntity(tx, entity, uuid, changes, lowmag == null ? {} : { lowmag });
        return found === null ? null : readEntity(tx, entity, found);
      });
      if (json === null) throw notFound(schemaName, uuid);
      return reply.type(JSON_TYPE).send(json);
    },
  );
  app.delete(
    routePath(item),
    {
      schema: {
        operationId: operationId(names.delete, item, "delete"),
        tags: [schemaName],
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const uuid = (request.params as Params)[param] ?? "";
      if (!(await transaction(pool, (tx) => deleteEntity(tx, entity, uuid)))) throw notFound(schemaName, uuid);
      return reply.code(204).send();
    },
  );
}

function childEntities(app: FastifyInstance, pool: Pool, sendList: SendList, paths: ChildPaths): void {
  const { create, response } = entitySchemas(paths.child);
  const { schemaName, parent } = TABLES[paths.child].description;
  const field = parent?.field ?? "";
  app.get(
    routePath(paths.path),
    {
      schema: {
        operationId: operationId(paths.listName, paths.path, "get"),
        tags: [schemaName],
        querystring: listQuerySchema(paths.child),
        response: { 200: Type.Array(ref(response)) },
      },
    },
    async (request, reply) => {
      const uuid = await requireEntity(pool, paths.parent, (request.params as Params)[paths.param] ?? "");
      const query = listQueryOf(request.query as Query);
      return sendList(reply, paths.child, { ...query, filters: { ...query.filters, [field]: uuid } });
    },
  );
  app.post(
    routePath(paths.path),
    {
      schema: {
        operationId: operationId(paths.createName, paths.path, "post"),
        tags: [schemaName],
        body: ref(create),
        response: { 201: ref(response) },
      },
    },
    async (request, reply) => {
      const parentUuid = (request.params as Params)[paths.param] ?? "";
      const json = await createOne(pool, paths.child, parentUuid, request.body as EntityInput<EntityName>);
      return reply.code(201).type(JSON_TYPE).send(json);
    },
  );
}

function createAcquisition(app: FastifyInstance, pool: Pool): void {
  const { create, response } = entitySchemas("acquisition");
  app.post(
    "/acquisitions",
    {
      schema: {
        operationId: operationId("create_acquisition", "/acquisitions", "post"),
        tags: ["Acquisition"],
        body: ref(create),
        response: { 201: ref(response) },
      },
    },
    async (request, reply) => {
      const json = await createOne(pool, "acquisition", null, request.body as EntityInput<"acquisition">);
      return reply.code(201).type(JSON_TYPE).send(json);
    },
  );
}

function atlases(app: FastifyInstance, pool: Pool, sendList: SendList): void {
  const atlas = entitySchemas("atlas");
  const tile = entitySchemas("atlas_tile");
  const path = "/grids/{grid_uuid}/atlas";
  app.get(
    routePath(path),
    {
      schema: {
        operationId: operationId("get_grid_atlas", path, "get"),
        tags: ["Atlas"],
        response: { 200: ref(atlas.response) },
      },
    },
    async (request, reply) => {
      const grid = await requireEntity(pool, "grid", (request.params as Params).grid_uuid ?? "");
      const { rows } = await pool.query<{ uuid: string | null }>(`select ${latestAtlas("$1")} as uuid`, [grid]);
      const latest = await readEntity(pool, "atlas", rows[0]?.uuid ?? "");
      if (latest === null) throw notFound("Atlas of grid", grid);
      return reply.type(JSON_TYPE).send(latest);
    },
  );
  app.post(
    routePath(path),
    {
      schema: {
        operationId: operationId("create_grid_atlas", path, "post"),
        tags: ["Atlas"],
        body: ref(atlas.create),
        response: { 201: ref(atlas.response) },
      },
    },
    async (request, reply) => {
      const body = request.body as EntityInput<"atlas"> & { tiles?: EntityInput<"atlas_tile">[] | null };
      const gridUuid = (request.params as Params).grid_uuid ?? "";
      const { tiles, ...own } = body;
      const json = await transaction(pool, async (tx) => {
        const [stored = ""] = await createWithin(tx, "atlas", gridUuid, [own as EntityInput<"atlas">]);
        if (tiles == null || tiles.length === 0) return stored;
        const { uuid } = JSON.parse(stored) as { uuid: string };
        await createWithin(tx, "atlas_tile", uuid, tiles);
        return readEntity(tx, "atlas", uuid);
      });
      return reply.code(201).type(JSON_TYPE).send(json);
    },
  );
  const tilesPath = "/atlases/{atlas_uuid}/tiles";
  app.get(
    routePath(tilesPath),
    {
      schema: {
        operationId: operationId("get_atlas_tiles_by_atlas", tilesPath, "get"),
        tags: ["AtlasTile"],
        querystring: listQuerySchema("atlas_tile"),
        response: { 200: Type.Array(ref(tile.response)) },
      },
    },
    async (request, reply) => {
      const uuid = await requireEntity(pool, "atlas", (request.params as Params).atlas_uuid ?? "");
      const query = listQueryOf(request.query as Query);
      return sendList(reply, "atlas_tile", { ...query, filters: { ...query.filters, atlas_uuid: uuid } });
    },
  );
  app.post(
    routePath(tilesPath),
    {
      schema: {
        operationId: operationId("create_atlas_tile_for_atlas", tilesPath, "post"),
        tags: ["AtlasTile"],
        body: ref(tile.create),
        response: { 201: ref(tile.response) },
      },
    },
    async (request: FastifyRequest, reply) => {
      const atlasUuid = (request.params as Params).atlas_uuid ?? "";
      const json = await createOne(pool, "atlas_tile", atlasUuid, request.body as EntityInput<"atlas_tile">);
      return reply.code(201).type(JSON_TYPE).send(json);
    },
  );
}

function holes(app: FastifyInstance, pool: Pool, sendList: SendList): void {
  const { create, response } = entitySchemas("foilhole");
  const path = "/gridsquares/{gridsquare_uuid}/foilholes";
  app.get(
    routePath(path),
    {
      schema: {
        operationId: operationId("get_gridsquare_foilholes", path, "get"),
        tags: ["FoilHole"],
        querystring: Type.Object({
          ...listQuerySchema("foilhole").properties,
          on_square_only: Type.Optional(Type.Boolean()),
        }),
        response: { 200: Type.Array(ref(response)) },
      },
    },
    async (request, reply) => {
      const uuid = await requireEntity(pool, "gridsquare", (request.params as Params).gridsquare_uuid ?? "");
      const { on_square_only, ...rest } = request.query as Query;
      const query = listQueryOf(rest);
      return sendList(reply, "foilhole", {
        ...query,
        filters: { ...query.filters, gridsquare_uuid: uuid },
        ...(on_square_only === true ? { condition: "t.is_near_grid_bar is not true" } : {}),
      });
    },
  );
  app.post(
    routePath(path),
    {
      schema: {
        operationId: operationId("create_gridsquare_foilhole", path, "post"),
        tags: ["FoilHole"],
        body: Type.Array(ref(create)),
        response: { 201: Type.Array(ref(response)) },
      },
    },
    async (request, reply) => {
      const uuid = (request.params as Params).gridsquare_uuid ?? "";
      const json = await createMany(pool, "foilhole", uuid, request.body as EntityInput<"foilhole">[]);
      return reply
        .code(201)
        .type(JSON_TYPE)
        .send(`[${json.join(",")}]`);
    },
  );
}

function squareBatch(app: FastifyInstance, pool: Pool, batchMax: number): void {
  const { create, response } = entitySchemas("gridsquare");
  const request_ = Type.Object({ gridsquares: Type.Array(ref(create)) }, { title: "GridSquareBatchCreateRequest" });
  const answer = Type.Object({ gridsquares: Type.Array(ref(response)) }, { title: "GridSquareBatchCreateResponse" });
  register(app, request_, answer);
  const path = "/grids/{grid_uuid}/gridsquares/batch";
  app.post(
    routePath(path),
    {
      schema: {
        operationId: operationId("create_grid_gridsquares_batch", path, "post"),
        tags: ["GridSquare"],
        body: ref(request_),
        response: { 201: ref(answer) },
      },
    },
    async (request, reply) => {
      const { gridsquares } = request.body as { gridsquares: EntityInput<"gridsquare">[] };
      if (gridsquares.length > batchMax) {
        throw unprocessable(
          ["body", "gridsquares"],
          `At most ${batchMax} grid squares at a time: send several batches.`,
          "too_long",
        );
      }
      const json = await createMany(pool, "gridsquare", (request.params as Params).grid_uuid ?? "", gridsquares);
      return reply
        .code(201)
        .type(JSON_TYPE)
        .send(`{"gridsquares":[${json.join(",")}]}`);
    },
  );
}

function tilePositions(app: FastifyInstance, pool: Pool): void {
  const position = Type.Object(
    {
      center_x: Integer,
      center_y: Integer,
      gridsquare_uuid: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      size_height: Integer,
      size_width: Integer,
    },
    { title: "GridSquarePositionRequest" },
  );
  const answer = Type.Object({ ...TilePosition.properties }, { title: "AtlasTileGridSquarePositionResponse" });
  register(app, position, answer);
  type Position = {
    center_x: number;
    center_y: number;
    size_width: number;
    size_height: number;
    gridsquare_uuid?: string | null;
  };

  const store = async (
    tileUuid: string,
    positions: readonly (Position & { gridsquare_uuid: string })[],
  ): Promise<TilePosition[]> =>
    transaction(pool, async (tx) => {
      const tile = await requireEntity(tx, "atlas_tile", tileUuid);
      const aliases = await resolveAliases(
        tx,
        positions.map(({ gridsquare_uuid }) => gridsquare_uuid),
      );
      const rows = positions.map(({ center_x, center_y, size_width, size_height, gridsquare_uuid }) => ({
        atlastile_uuid: tile,
        gridsquare_uuid: aliases.get(gridsquare_uuid) ?? gridsquare_uuid,
        center_x,
        center_y,
        size_width,
        size_height,
      }));
      const { rejected } = await storeTilePositions(tx, rows);
      const [first] = rejected;
      if (first !== undefined) throw notFoundMessage(first.message);
      return rows;
    });

  const one = "/atlas-tiles/{tile_uuid}/gridsquares/{gridsquare_uuid}";
  app.post(
    routePath(one),
    {
      schema: {
        operationId: operationId("link_atlas_tile_to_gridsquare", one, "post"),
        tags: ["AtlasTile"],
        body: ref(position),
        response: { 201: ref(answer) },
      },
    },
    async (request, reply) => {
      const { tile_uuid = "", gridsquare_uuid = "" } = request.params as Params;
      const [row] = await store(tile_uuid, [{ ...(request.body as Position), gridsquare_uuid }]);
      return reply.code(201).send(row);
    },
  );
  const many = "/atlas-tiles/{tile_uuid}/gridsquares";
  app.post(
    routePath(many),
    {
      schema: {
        operationId: operationId("link_atlas_tile_to_gridsquares", many, "post"),
        tags: ["AtlasTile"],
        body: Type.Array(ref(position)),
        response: { 201: Type.Array(ref(answer)) },
      },
    },
    async (request, reply) => {
      const positions = (request.body as Position[]).map((item, index) => {
        if (typeof item.gridsquare_uuid !== "string")
          throw unprocessable(["body", index, "gridsquare_uuid"], "Field required", "missing");
        return { ...item, gridsquare_uuid: item.gridsquare_uuid };
      });
      return reply.code(201).send(await store((request.params as Params).tile_uuid ?? "", positions));
    },
  );
}

function gridCounts(app: FastifyInstance, pool: Pool): void {
  const answer = Type.Object(
    { acquisition_uuid: Type.String(), grids_completed: Type.Integer(), grids_total: Type.Integer() },
    { title: "AcquisitionGridCountResponse" },
  );
  register(app, answer);
  const path = "/acquisitions/grid-counts";
  app.get(
    path,
    {
      schema: {
        operationId: operationId("get_acquisition_grid_counts", path, "get"),
        tags: ["Acquisition"],
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(answer)) },
      },
    },
    async (request, reply) => {
      const { rows } = await pool.query(
        `select a.uuid as acquisition_uuid, count(g.uuid) as grids_total,
           count(g.uuid) filter (where g.status = 'grid squares decision completed') as grids_completed
         from acquisitions a left join grids g on g.acquisition_uuid = a.uuid group by a.uuid, a.seq order by a.seq`,
      );
      return pageOf(reply, rows, request.query as Paging);
    },
  );
}
