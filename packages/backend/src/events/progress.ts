import type { FastifyInstance } from "fastify";
import type { Pool } from "../database/connection.js";
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
  readonly micrograph_count: number;
  readonly status: string | null;
}

/** How far acquisitions have come; null: all of them. */
export async function acquisitionProgress(
  pool: Pool,
  acquisitionUuids: readonly string[] | null,
): Promise<AcquisitionProgress[]> {
  const { rows } = await pool.query<AcquisitionProgress>(
    `select a.uuid as acquisition_uuid, a.status,
       (select count(*) from grids g where g.acquisition_uuid = a.uuid) as grid_count,
       (select count(*) from gridsquares s join grids g on g.uuid = s.grid_uuid where g.acquisition_uuid = a.uuid) as gridsquare_count,
       (select count(*) from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid join grids g on g.uuid = s.grid_uuid
         where g.acquisition_uuid = a.uuid) as foilhole_count,
       (select count(*) from micrographs m join foilholes h on h.uuid = m.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
         join grids g on g.uuid = s.grid_uuid where g.acquisition_uuid = a.uuid) as micrograph_count
     from acquisitions a where $1::text[] is null or a.uuid = any($1)`,
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
  const tell = async (): Promise<void> => {
    timer = undefined;
    const uuids = [...changed];
    changed.clear();
    try {
      const progress = await acquisitionProgress(pool, uuids);
      for (const listener of listeners) listener(progress);
    } catch (error) {
      app.log.warn({ err: error }, "the progress of acquisitions could not be counted");
      for (const uuid of uuids) changed.add(uuid);
    }
  };
  const unsubscribe = feed.subscribe((events) => {
    if (listeners.size === 0) return;
    for (const event of events) {
      if (event.acquisition_uuid !== null && PROGRESS_CAUSES.test(event.event_type))
        changed.add(event.acquisition_uuid);
    }
    if (changed.size > 0) timer ??= setTimeout(() => void tell(), PROGRESS_INTERVAL_MS);
  });
  app.addHook("onClose", async () => {
    unsubscribe();
    clearTimeout(timer);
  });
  return (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
}
