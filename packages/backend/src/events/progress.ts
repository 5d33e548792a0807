import type { FastifyInstance } from "fastify";
import type { Pool } from "../database/connection.js";
import { COUNTS_OF_ACQUISITION } from "../entities/counts.js";
import type { EventFeed } from "./feed.js";

/** How often at most an acquisition's progress is told. */
const PROGRESS_INTERVAL_MS = 1_000;
const PROGRESS_CAUSES =
  /^(acquisition|grid|gridsquare|gridsquare_lowmag|foilhole|micrograph)\.(created|deleted)$|^acquisition\.updated$/;

export interface AcquisitionProgress {
  readonly acquisition_uuid: string;
  readonly grid_count: number;
  readonly gridsquare_count: number;
  readonly foilhole_count: number;
  /** Holes with a micrograph. */
  readonly imaged_foilhole_count: number;
  readonly micrograph_count: number;
  readonly status: string | null;
}

/** How far acquisitions have come; null: all of them. */
export async function acquisitionProgress(
  pool: Pool,
  acquisitionUuids: readonly string[] | null,
): Promise<AcquisitionProgress[]> {
  const { rows } = await pool.query<AcquisitionProgress>(
    `select t.uuid as acquisition_uuid, t.status, k.grid_count, k.gridsquare_count, k.foilhole_count,
       k.imaged_foilhole_count, k.micrograph_count
     from acquisitions t ${COUNTS_OF_ACQUISITION} where $1::text[] is null or t.uuid = any($1)`,
    [acquisitionUuids],
  );
  return rows;
}

type ProgressListener = (progress: readonly AcquisitionProgress[]) => void;

/** Counts an acquisition once for all streams of the process, at most once a second. */
export function watchProgress(
  app: FastifyInstance,
  pool: Pool,
  feed: EventFeed,
): (listener: ProgressListener) => () => void {
  const listeners = new Set<ProgressListener>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isTelling = false;
  let hasFailed = false;
  const tellSoon = (): void => {
    if (changed.size > 0 && listeners.size > 0 && !isTelling)
      timer ??= setTimeout(() => void tell(), PROGRESS_INTERVAL_MS);
  };
  const tell = async (): Promise<void> => {
    timer = undefined;
    isTelling = true;
    const uuids = [...changed];
    changed.clear();
    try {
      const progress = await acquisitionProgress(pool, uuids);
      hasFailed = false;
      for (const listener of listeners) listener(progress);
    } catch (error) {
      if (!hasFailed)
        app.log.warn({ err: error }, "the progress of acquisitions could not be counted; it will be repeated");
      hasFailed = true;
      for (const uuid of uuids) changed.add(uuid);
    } finally {
      isTelling = false;
      tellSoon();
    }
  };
  const unsubscribe = feed.subscribe((events) => {
    if (listeners.size === 0) return;
    for (const event of events) {
      if (event.acquisition_uuid !== null && PROGRESS_CAUSES.test(event.event_type))
        changed.add(event.acquisition_uuid);
    }
    tellSoon();
  });
  app.addHook("onClose", async () => {
    unsubscribe();
    listeners.clear();
    clearTimeout(timer);
  });
  return (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
}
