import { nullable, type Static, Time, Type } from "@smartem/common/schema";
import { METRIC_RULES } from "@smartem/decision/quality";
import type { FastifyInstance } from "fastify";
import type { DecisionMode } from "../config.js";
import type { Pool, Queryable } from "../database/connection.js";
import { BELIEVED, believedTimes } from "../decisions/lone-times.js";
import { type QualityLimits, readAllSettings } from "../decisions/settings.js";
import type { EventFeed } from "../events/feed.js";
import { type Paging, PagingQuery, pageOf } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { sharedReads } from "../http/shared-reads.js";
import { METRIC_SQL } from "../quality/metrics.js";
import { goodByLimits, readMetrics } from "./good-on-grid.js";

const MS_PER_HOUR = 3_600_000;
const Count = Type.Integer({ minimum: 0 });

const Throughput = Type.Object(
  {
    acquisition_uuid: Type.String(),
    micrograph_count: Count,
    judged_count: Count,
    good_count: Count,
    first_micrograph_at: nullable(Time),
    last_micrograph_at: nullable(Time),
    good_per_hour: nullable(
      Type.Number({
        minimum: 0,
        description: "Between the first and the last micrograph; null: not two times yet, or none is judged",
      }),
    ),
  },
  { title: "AcquisitionThroughput" },
);

interface Counts {
  readonly acquisition_uuid: string;
  readonly micrograph_count: number;
  readonly judged_count: number;
  readonly good_count: number;
  readonly dated_count: number;
  /** The first and the last few times, each from its end. */
  readonly first_times_ms: readonly number[];
  readonly last_times_ms: readonly number[];
}

/** The times that tell which of all are believed, from one end. */
function timesOf(direction: "asc" | "desc"): string {
  return `array(select date_part('epoch', o.acquisition_datetime) * 1000 from grids t join micrographs o on o.grid_uuid = t.uuid
    where t.acquisition_uuid = r.acquisition_uuid and o.acquisition_datetime is not null
    order by o.acquisition_datetime ${direction} limit ${BELIEVED})`;
}

/** Between which times micrographs were taken, in ms since 1970; null where none has a time. */
function periodOf({ dated_count, first_times_ms, last_times_ms }: Counts): { fromMs: number; toMs: number } | null {
  if (dated_count === 0) return null;
  const timeMs = (place: number): number =>
    (place < BELIEVED ? first_times_ms[place] : last_times_ms[dated_count - 1 - place]) ?? Number.NaN;
  const { first, end } = believedTimes(dated_count, timeMs);
  return { fromMs: timeMs(first), toMs: timeMs(end - 1) };
}

/** For micrographs `m` under limits `r`: what makes one bad, and what keeps one from being good for now. */
const RULES_SQL = METRIC_RULES.map(({ metric, better, failedFrom }) => {
  const value = METRIC_SQL[metric as keyof QualityLimits];
  const beyond = better === "lower" ? `${value} > r.${metric}` : `${value} < r.${metric}`;
  const failed = `${value} < 0 or ${value} >= ${failedFrom === null ? "'Infinity'" : failedFrom}`;
  return {
    bad: `(r.${metric} is not null and ${value} is not null and (${failed} or ${beyond}))`,
    open: `(r.${metric} is not null and ${value} is null)`,
  };
});

/** Counts micrographs by the limits of their acquisitions, of any number of acquisitions in one statement. */
async function countByLimits(
  db: Queryable,
  limits: readonly ({ readonly acquisition_uuid: string } & QualityLimits)[],
): Promise<Counts[]> {
  const { rows } = await db.query<Counts>(
    `select r.acquisition_uuid, count(m.uuid)::int as micrograph_count,
       (count(m.uuid) filter (where v.bad or not v.open))::int as judged_count,
       (count(m.uuid) filter (where not v.bad and not v.open))::int as good_count,
       (count(m.acquisition_datetime))::int as dated_count, ${timesOf("asc")} as first_times_ms, ${timesOf("desc")} as last_times_ms
     from jsonb_to_recordset($1::jsonb) as r(acquisition_uuid text, ${METRIC_RULES.map(({ metric }) => `${metric} float8`).join(", ")})
       join grids g on g.acquisition_uuid = r.acquisition_uuid join micrographs m on m.grid_uuid = g.uuid
       cross join lateral (select ${RULES_SQL.map(({ bad }) => bad).join(" or ")} as bad,
         (num_nonnulls(${METRIC_RULES.map(({ metric }) => `r.${metric}`).join(", ")}) = 0
           or ${RULES_SQL.map(({ open }) => open).join(" or ")}) as open) v
     group by 1`,
    [JSON.stringify(limits)],
  );
  return rows;
}

/**
 * Counts grid by grid: without limits each micrograph is compared with all others of its grid, and with several limits bad ones wait for
 * what is known of those that were taken before them.
 */
async function countGridByGrid(
  db: Queryable,
  acquisitionUuid: string,
  limits: QualityLimits,
): Promise<Pick<Counts, "judged_count" | "good_count">> {
  const { rows: grids } = await db.query<{ uuid: string }>("select uuid from grids where acquisition_uuid = $1", [
    acquisitionUuid,
  ]);
  let judged = 0;
  let good = 0;
  for (const { uuid } of grids) {
    for (const verdict of goodByLimits(await readMetrics(db, uuid), limits)) {
      if (verdict !== null) judged += 1;
      if (verdict === true) good += 1;
    }
  }
  return { judged_count: judged, good_count: good };
}

type ThroughputRow = Static<typeof Throughput>;

/** Counts the acquisitions whose limits are given. @returns by acquisition, those that have micrographs */
async function countAll(
  db: Queryable,
  limits: ReadonlyMap<string, QualityLimits>,
): Promise<Map<string, ThroughputRow>> {
  const counts = await countByLimits(
    db,
    [...limits].map(([acquisition_uuid, each]) => ({ acquisition_uuid, ...each })),
  );
  const answers = new Map<string, ThroughputRow>();
  for (const row of counts) {
    const { acquisition_uuid: uuid, micrograph_count, judged_count, good_count } = row;
    const own = limits.get(uuid);
    const single = own === undefined || Object.values(own).filter((limit) => limit !== null).length === 1;
    const judged = single ? { judged_count, good_count } : await countGridByGrid(db, uuid, own);
    const period = periodOf(row);
    const hours = period === null ? 0 : (period.toMs - period.fromMs) / MS_PER_HOUR;
    answers.set(uuid, {
      acquisition_uuid: uuid,
      micrograph_count,
      ...judged,
      first_micrograph_at: period === null ? null : new Date(period.fromMs).toISOString(),
      last_micrograph_at: period === null ? null : new Date(period.toMs).toISOString(),
      good_per_hour: hours > 0 && judged.judged_count > 0 ? judged.good_count / hours : null,
    });
  }
  return answers;
}

/**
 * What was counted of each acquisition, until an event tells that it has changed: a facility has hundreds of them, of which one
 * or two go on.
 */
class CountedAcquisitions {
  readonly #kept = new Map<string, { readonly limits: string; readonly row: ThroughputRow | null }>();
  /** How often each has changed, and how often something was deleted, which does not say whose it was. What changes while it is counted is counted again. */
  readonly #changes = new Map<string, number>();
  #deletions = 0;

  constructor(feed: Pick<EventFeed, "subscribe">) {
    feed.subscribe((events) => {
      for (const { event_type, acquisition_uuid: uuid } of events) {
        if (event_type.endsWith(".deleted")) {
          this.#deletions += 1;
          this.#kept.clear();
        }
        if (uuid === null) continue;
        this.#changes.set(uuid, (this.#changes.get(uuid) ?? 0) + 1);
        this.#kept.delete(uuid);
      }
    });
  }

  async read(db: Queryable, defaultMode: DecisionMode): Promise<ThroughputRow[]> {
    const settings = await readAllSettings(db, defaultMode);
    for (const uuid of this.#kept.keys()) if (!settings.has(uuid)) this.#kept.delete(uuid);
    const stale = [...settings].flatMap(([uuid, { limits }]) => {
      const key = JSON.stringify(limits);
      return this.#kept.get(uuid)?.limits === key ? [] : [{ uuid, limits, key, changes: this.#changes.get(uuid) }];
    });
    const deletions = this.#deletions;
    const counted =
      stale.length === 0
        ? new Map<string, ThroughputRow>()
        : await countAll(db, new Map(stale.map(({ uuid, limits }) => [uuid, limits])));
    for (const { uuid, key, changes } of stale) {
      if (this.#changes.get(uuid) !== changes || this.#deletions !== deletions) continue;
      this.#kept.set(uuid, { limits: key, row: counted.get(uuid) ?? null });
    }
    return [...settings.keys()].flatMap((uuid) => counted.get(uuid) ?? this.#kept.get(uuid)?.row ?? []);
  }
}

/** How many good micrographs each acquisition has brought, and how fast; judged as the decisions judge. */
export function throughputRoutes(
  app: FastifyInstance,
  pool: Pool,
  feed: Pick<EventFeed, "subscribe">,
  defaultMode: DecisionMode,
): void {
  register(app, Throughput);
  const counted = new CountedAcquisitions(feed);
  const shared = sharedReads<ThroughputRow[]>();
  const path = "/acquisitions/throughput";
  app.get(
    routePath(path),
    {
      schema: {
        operationId: operationId("get_acquisitions_throughput", path, "get"),
        summary: "How many good micrographs each acquisition that has any has brought, and how many per hour",
        tags: ["Overview"],
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(Throughput)) },
      },
    },
    async (request, reply) =>
      pageOf(reply, await shared("all", () => counted.read(pool, defaultMode)), request.query as Paging),
  );
}
