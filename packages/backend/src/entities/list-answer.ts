import { Readable } from "node:stream";
import type { EntityName } from "@smartem/common/entity-names";
import type { FastifyReply } from "fastify";
import type { Pool } from "../database/connection.js";
import { sharedReads } from "../http/shared-reads.js";
import { type EntityList, type ListQuery, listEntities } from "./read.js";

export const JSON_TYPE = "application/json; charset=utf-8";

/** Answers a request with a list as one JSON array, streamed where it is long. */
export type SendList = (reply: FastifyReply, entity: EntityName, query: ListQuery) => Promise<FastifyReply>;

/** What those get who ask for the same list at the same time: its text, or that it is too long to be held as a whole. */
type ListAnswer = { readonly total: number; readonly body: Buffer } | "long";

/** Answers lists of a database; those who ask for the same one at the same time have one reading of it. */
export function listSender(pool: Pool): SendList {
  const shared = sharedReads<ListAnswer>();
  return async (reply, entity, query) => {
    let own: EntityList | undefined;
    const answer = await shared(JSON.stringify([entity, query]), async () => {
      own = await listEntities(pool, entity, query);
      if (!own.onePage) return "long";
      let body = "";
      for await (const part of jsonArray(own.pages)) body += part;
      return { total: own.total, body: Buffer.from(body) };
    });
    reply.type(JSON_TYPE);
    if (answer !== "long") return reply.header("x-total-count", answer.total).send(answer.body);
    // A stream has one reader.
    const { total, pages } = own ?? (await listEntities(pool, entity, query));
    return reply.header("x-total-count", total).send(Readable.from(jsonArray(pages)));
  };
}

async function* jsonArray(pages: AsyncIterable<string>): AsyncGenerator<string> {
  let separator = "[";
  for await (const page of pages) {
    yield separator + page;
    separator = ",";
  }
  yield separator === "[" ? "[]" : "]";
}
