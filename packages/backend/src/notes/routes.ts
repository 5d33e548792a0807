import { SmartemError } from "@smartem/common/errors";
import { nullable, Time, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { type Pool, type Queryable, transaction } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { recordEvents } from "../events/outbox.js";
import { type Paging, PagingQuery, sendPage } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";

type Params = Record<string, string>;

const NoteText = Type.String({ minLength: 1, maxLength: 20_000 });
const Author = Type.Optional(nullable(Type.String({ maxLength: 255 })));
const NoteCreate = Type.Object({ text: NoteText, author: Author }, { title: "NoteCreateRequest" });
const NoteUpdate = Type.Object({ text: NoteText }, { title: "NoteUpdateRequest" });
const Note = Type.Object(
  {
    note_id: Type.Integer(),
    entity: Type.Enum(["acquisition", "grid", "gridsquare"]),
    entity_uuid: Type.String(),
    acquisition_uuid: Type.String(),
    grid_uuid: nullable(Type.String()),
    author: nullable(Type.String()),
    text: Type.String(),
    created_at: Time,
    updated_at: Time,
  },
  { title: "NoteResponse" },
);
interface NoteRow {
  readonly note_id: number;
  readonly entity: string;
  readonly entity_uuid: string;
  readonly acquisition_uuid: string;
  readonly grid_uuid: string | null;
}

const COLUMNS = "note_id, entity, entity_uuid, acquisition_uuid, grid_uuid, author, text, created_at, updated_at";

/** What notes may be about, and the row that a note on it gets: `$1` is the entity's uuid. */
const SUBJECTS = [
  { entity: "acquisition", path: "/acquisitions/{acquisition_uuid}/notes", parents: "select $1, null, null" },
  {
    entity: "grid",
    path: "/grids/{grid_uuid}/notes",
    parents: "select acquisition_uuid, uuid, null from grids where uuid = $1",
  },
  {
    entity: "gridsquare",
    path: "/gridsquares/{gridsquare_uuid}/notes",
    parents: `select g.acquisition_uuid, g.uuid, s.uuid from gridsquares s join grids g on g.uuid = s.grid_uuid where s.uuid = $1`,
  },
] as const;

async function recordNote(db: Queryable, what: "created" | "updated" | "deleted", note: NoteRow): Promise<void> {
  const { note_id, entity, entity_uuid, acquisition_uuid, grid_uuid } = note;
  await recordEvents(db, [
    {
      eventType: `note.${what}`,
      acquisitionUuid: acquisition_uuid,
      gridUuid: grid_uuid,
      payload: { note_id, entity, entity_uuid, acquisition_uuid, grid_uuid },
    },
  ]);
}

/** What people write down about acquisitions, grids and squares. */
export function noteRoutes(app: FastifyInstance, pool: Pool): void {
  register(app, NoteCreate, NoteUpdate, Note);
  const tags = ["Notes"];
  for (const { entity, path, parents } of SUBJECTS) {
    const subject = async (db: Queryable, params: unknown): Promise<string> =>
      requireEntity(db, entity, (params as Params)[`${entity}_uuid`] ?? "");
    app.get(
      routePath(path),
      {
        schema: {
          operationId: operationId(`list_${entity}_notes`, path, "get"),
          tags,
          querystring: Type.Object(PagingQuery),
          response: { 200: Type.Array(ref(Note)) },
        },
      },
      async (request, reply) =>
        sendPage(
          reply,
          pool,
          {
            select: `select ${COLUMNS}`,
            from: "from notes where entity_uuid = $1",
            orderBy: "note_id",
            values: [await subject(pool, request.params)],
          },
          request.query as Paging,
        ),
    );
    app.post(
      routePath(path),
      {
        schema: {
          operationId: operationId(`create_${entity}_note`, path, "post"),
          tags,
          body: ref(NoteCreate),
          response: { 201: ref(Note) },
        },
      },
      async (request, reply) => {
        const { text, author } = request.body as { text: string; author?: string | null };
        const note = await transaction(pool, async (tx) => {
          const uuid = await subject(tx, request.params);
          const { rows } = await tx.query<NoteRow>(
            `insert into notes (entity, entity_uuid, acquisition_uuid, grid_uuid, gridsquare_uuid, author, text)
             select $2, $1, p.*, $3, $4 from (${parents}) p returning ${COLUMNS}`,
            [uuid, entity, author ?? null, text],
          );
          for (const row of rows) await recordNote(tx, "created", row);
          return rows[0];
        });
        return reply.code(201).send(note);
      },
    );
  }

  const item = "/notes/{note_id}";
  const params = Type.Object({ note_id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });
  const changed = async (what: "updated" | "deleted", id: number, sql: string, values: unknown[]): Promise<NoteRow> =>
    transaction(pool, async (tx) => {
      const { rows } = await tx.query<NoteRow>(sql, values);
      const [note] = rows;
      if (note === undefined) throw new SmartemError("not_found", 404, `Note ${id} not found`);
      await recordNote(tx, what, note);
      return note;
    });
  app.put(
    routePath(item),
    {
      schema: {
        operationId: operationId("update_note", item, "put"),
        tags,
        params,
        body: ref(NoteUpdate),
        response: { 200: ref(Note) },
      },
    },
    (request) => {
      const { note_id } = request.params as { note_id: number };
      return changed(
        "updated",
        note_id,
        `update notes set text = $2, updated_at = now() where note_id = $1 returning ${COLUMNS}`,
        [note_id, (request.body as { text: string }).text],
      );
    },
  );
  app.delete(
    routePath(item),
    {
      config: { access: "operate" },
      schema: { operationId: operationId("delete_note", item, "delete"), tags, params, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      const { note_id } = request.params as { note_id: number };
      await changed("deleted", note_id, `delete from notes where note_id = $1 returning ${COLUMNS}`, [note_id]);
      return reply.code(204).send();
    },
  );
}
