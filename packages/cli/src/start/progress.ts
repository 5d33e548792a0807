import type { Pool } from "@smartem/backend/database/connection";

const INTERVAL_MS = 1_000;
/** Where nobody looks at a terminal, a line now and then is enough. */
const LINE_INTERVAL_MS = 10_000;

export interface Progress {
  stop(): void;
}

interface Counts {
  readonly squares: number;
  readonly holes: number;
  readonly micrographs: number;
  readonly results: number;
  readonly decisions: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly followed: number;
}

async function count(pool: Pool): Promise<Counts | null> {
  const { rows } = await pool.query<Counts>(
    `select (select count(*) from gridsquares) as squares, (select count(*) from foilholes) as holes,
       (select count(*) from micrographs) as micrographs,
       (select count(*) from micrographs where ctf_max_resolution_estimate is not null) as results,
       (select count(*) from decisions) as decisions, count(*) as sent,
       count(*) filter (where status = 'acknowledged') as acknowledged,
       count(*) filter (where verification ->> 'outcome' = 'followed') as followed
     from instructions`,
  );
  return rows[0] ?? null;
}

/** Keeps one line on the terminal up to date with what the system has taken in and decided. */
export function showProgress(pool: Pool): Progress {
  const terminal = process.stdout.isTTY === true;
  let last = "";
  let busy = false;
  const timer = setInterval(
    () => {
      if (busy) return;
      busy = true;
      count(pool)
        .then((counts) => {
          if (counts === null) return;
          const line =
            `squares ${counts.squares}  holes ${counts.holes}  micrographs ${counts.micrographs}  results ${counts.results}  ` +
            `decisions ${counts.decisions}  instructions ${counts.sent} (acknowledged ${counts.acknowledged}, followed ${counts.followed})`;
          if (line === last) return;
          last = line;
          process.stdout.write(
            terminal ? `\r\u001b[2K${line.slice(0, (process.stdout.columns ?? 80) - 1)}` : `${line}\n`,
          );
        })
        // The database is away for the moment: the next line tells.
        .catch(() => undefined)
        .finally(() => {
          busy = false;
        });
    },
    terminal ? INTERVAL_MS : LINE_INTERVAL_MS,
  );
  return {
    stop() {
      clearInterval(timer);
      if (terminal) process.stdout.write("\n");
    },
  };
}
