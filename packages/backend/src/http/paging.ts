import { Type } from "@smartem/common/schema";
import type { FastifyReply } from "fastify";
import type { Queryable } from "../database/connection.js";

/** The query parameters of every list: without them, a list answers everything. */
export const PagingQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
};

export interface Paging {
  readonly limit?: number;
  readonly offset?: number;
}

/** A list in SQL: rows in an order of their own, and the conditions on them. */
export interface PagedSelect {
  /** `select …` without order, limit and offset. */
  readonly select: string;
  /** The `from … where …` that counts the same rows. */
  readonly from: string;
  readonly orderBy: string;
  readonly values?: readonly unknown[];
}

/** Answers one page of a list, and in `X-Total-Count` how long the whole is. */
export async function sendPage<Row>(
  reply: FastifyReply,
  db: Queryable,
  { select, from, orderBy, values = [] }: PagedSelect,
  { limit, offset = 0 }: Paging,
): Promise<readonly Row[]> {
  const { rows } = await db.query(
    `${select} ${from} order by ${orderBy} offset $${values.length + 1} limit $${values.length + 2}`,
    [...values, offset, limit ?? null],
  );
  const isWhole = (limit === undefined || rows.length < limit) && (rows.length > 0 || offset === 0);
  const total = isWhole ? offset + rows.length : await count(db, from, values);
  reply.header("x-total-count", total);
  return rows as Row[];
}

async function count(db: Queryable, from: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await db.query<{ n: number }>(`select count(*) as n ${from}`, [...values]);
  return rows[0]?.n ?? 0;
}

/** One page of a list that had to be computed as a whole, such as a ranking within one grid. */
export function pageOf<Row>(reply: FastifyReply, rows: readonly Row[], { limit, offset = 0 }: Paging): readonly Row[] {
  reply.header("x-total-count", rows.length);
  return limit === undefined && offset === 0
    ? rows
    : rows.slice(offset, limit === undefined ? undefined : offset + limit);
}

/**
 * SQL conditions `column = $n` for the filters that a request gave.
 *
 * @param columns query parameter → SQL expression
 */
export function filtersOf(
  query: Readonly<Record<string, unknown>>,
  columns: Readonly<Record<string, string>>,
  values: unknown[] = [],
): { readonly conditions: string[]; readonly values: unknown[] } {
  const conditions: string[] = [];
  for (const [name, expression] of Object.entries(columns)) {
    if (query[name] === undefined) continue;
    values.push(query[name]);
    conditions.push(`${expression} = $${values.length}`);
  }
  return { conditions, values };
}
