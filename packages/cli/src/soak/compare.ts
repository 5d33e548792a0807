import { join } from "node:path";
import type { Queryable } from "@smartem/backend/database/connection";
import type { Fact, Facts } from "@smartem/simulator/epu-writer/facts";
import type { Written } from "@smartem/simulator/epu-writer/written";
import type { GridTruth } from "@smartem/simulator/grid-truth";
import type { Acquired } from "@smartem/simulator/microscope";
import { micrographResults } from "@smartem/simulator/processing-messages";
import { compareResults } from "./compare-results.js";
import {
  compareRows,
  type Difference,
  type Expected,
  type ExpectedRow,
  type FactComparison,
  type StoredRow,
  together,
} from "./compare-rows.js";

export type { Difference, FactComparison };

/** A session as it was simulated. */
export interface SoakedSession {
  /** Of the visit: what the paths of its facts are relative to. */
  readonly dir: string;
  readonly agentId: string;
  readonly truth: GridTruth;
  readonly written: Written;
  /** In the order of imaging. */
  readonly acquired: readonly Acquired[];
}

type EntityKind = keyof Written["facts"];
/** What else is kept of entities: that all squares or holes are known, and how many there are below a square. */
type RowKind = EntityKind | "registration" | "counts of a square";

interface Table {
  readonly name: string;
  /** Answers `id`, the natural ids from the session down, by way of the rows that it refers to, and `row`. */
  readonly sql: string;
  /** Columns that are not compared, and why. */
  readonly left: Readonly<Record<string, string>>;
  /** Columns that may have one of several values, and why. */
  readonly loose?: Readonly<Record<string, string>>;
}

const EVERYWHERE = {
  uuid: "agents choose it; a row is known by its natural ids",
  seq: "the order in which rows came",
} as const;
const PARENT = "a row's natural id is found by way of it";

/** Every column of these tables is compared but for those that are named with a reason. */
export const TABLES: Readonly<Record<RowKind, Table>> = {
  acquisition: {
    name: "acquisitions",
    sql: "select t.epu_session_id as id, to_jsonb(t) as row from acquisitions t",
    left: EVERYWHERE,
  },
  grid: {
    name: "grids",
    sql: "select a.epu_session_id as id, to_jsonb(t) as row from grids t join acquisitions a on a.uuid = t.acquisition_uuid",
    left: { ...EVERYWHERE, acquisition_uuid: PARENT },
    loose: { status: "of a session that ended early, decisions say whether anything is left to decide" },
  },
  atlas: {
    name: "atlases",
    sql: `select concat_ws('/', a.epu_session_id, t.atlas_id) as id, to_jsonb(t) as row
      from atlases t join grids g on g.uuid = t.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid`,
    left: { ...EVERYWHERE, grid_uuid: PARENT },
  },
  atlasTile: {
    name: "atlas_tiles",
    sql: `select concat_ws('/', a.epu_session_id, l.atlas_id, t.tile_id) as id, to_jsonb(t) as row
      from atlas_tiles t join atlases l on l.uuid = t.atlas_uuid join grids g on g.uuid = l.grid_uuid
        join acquisitions a on a.uuid = g.acquisition_uuid`,
    left: { ...EVERYWHERE, atlas_uuid: PARENT },
  },
  gridSquare: {
    name: "gridsquares",
    sql: `select concat_ws('/', a.epu_session_id, t.gridsquare_id) as id, to_jsonb(t) as row
      from gridsquares t join grids g on g.uuid = t.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid`,
    left: { ...EVERYWHERE, grid_uuid: PARENT },
    loose: {
      status: "of squares that EPU has not completed, decisions say how far they are; these depend on what came when",
    },
  },
  tilePosition: {
    name: "tile_positions",
    // The tile of one session does not show the square of another.
    sql: `select concat_ws('/', a.epu_session_id, l.tile_id, b.epu_session_id, s.gridsquare_id) as id, to_jsonb(t) as row
      from tile_positions t join gridsquares s on s.uuid = t.gridsquare_uuid join grids g on g.uuid = s.grid_uuid
        join acquisitions b on b.uuid = g.acquisition_uuid
        join atlas_tiles l on l.uuid = t.atlastile_uuid join atlases o on o.uuid = l.atlas_uuid
        join grids f on f.uuid = o.grid_uuid join acquisitions a on a.uuid = f.acquisition_uuid`,
    left: { atlastile_uuid: PARENT, gridsquare_uuid: PARENT },
  },
  foilHole: {
    name: "foilholes",
    sql: `select concat_ws('/', a.epu_session_id, s.gridsquare_id, t.foilhole_id) as id, to_jsonb(t) as row
      from foilholes t join gridsquares s on s.uuid = t.gridsquare_uuid join grids g on g.uuid = s.grid_uuid
        join acquisitions a on a.uuid = g.acquisition_uuid`,
    left: { ...EVERYWHERE, gridsquare_uuid: PARENT },
  },
  micrograph: {
    name: "micrographs",
    // What it says itself of its square and grid has to be so; of the messages that told its results, that there were some.
    sql: `select concat_ws('/', a.epu_session_id, s.gridsquare_id, h.foilhole_id, t.micrograph_id) as id,
        to_jsonb(t) || jsonb_build_object('gridsquare_uuid', t.gridsquare_uuid = s.uuid, 'grid_uuid', t.grid_uuid = g.uuid,
          'motion_order', t.motion_order is not null, 'ctf_order', t.ctf_order is not null,
          'picking_order', t.picking_order is not null, 'selection_order', t.selection_order is not null) as row
      from micrographs t join foilholes h on h.uuid = t.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
        join grids g on g.uuid = s.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid`,
    left: { ...EVERYWHERE, foilhole_uuid: PARENT },
  },
  registration: {
    name: "registrations",
    sql: `select concat_ws('/', a.epu_session_id, s.gridsquare_id) as id, jsonb_build_object('count', t.count) as row
      from registrations t left join gridsquares s on s.uuid = t.entity_uuid
        left join grids g on g.uuid = coalesce(s.grid_uuid, t.entity_uuid) left join acquisitions a on a.uuid = g.acquisition_uuid`,
    left: { entity_uuid: PARENT, registered_at: "when it was said last" },
  },
  "counts of a square": {
    name: "square_counts",
    sql: `select concat_ws('/', a.epu_session_id, s.gridsquare_id) as id,
        jsonb_build_object('foilholes', coalesce(sum(t.foilholes), 0), 'imaged', coalesce(sum(t.imaged), 0),
          'micrographs', coalesce(sum(t.micrographs), 0), 'removed', coalesce(sum(t.removed), 0),
          'intensities', coalesce(sum(t.intensities), 0), 'intensity_sum', abs(coalesce(sum(t.intensity_sum), 0) - coalesce(
            (select sum(h.pixel_intensity_mean) from foilholes h where h.gridsquare_uuid = s.uuid), 0)) < 1e-3) as row
      from gridsquares s join grids g on g.uuid = s.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid
        left join square_counts t on t.gridsquare_uuid = s.uuid group by a.epu_session_id, s.gridsquare_id, s.uuid`,
    left: { gridsquare_uuid: PARENT },
  },
};

/**
 * Compares every column of every entity, and all that pipelines have said of them, with what the simulator made the files
 * and messages say. To be called when sessions have ended, nothing is left to be done, and all results have come.
 */
export async function compareFacts(db: Queryable, sessions: readonly SoakedSession[]): Promise<FactComparison> {
  const all = sessions.map((session) => expectedRows(session));
  const comparisons: FactComparison[] = [];
  for (const [kind, { sql, left }] of Object.entries(TABLES) as [RowKind, Table][]) {
    const expected = new Map(all.flatMap((of) => [...of[kind]]));
    const { rows } = await db.query<StoredRow>(sql);
    comparisons.push(compareRows(kind, expected, rows, new Set(Object.keys(left))));
  }
  return together([...comparisons, await compareResults(db, sessions)]);
}

/** Whether every session that EPU has completed is said to be. */
export async function areCompleted(db: Queryable, sessions: readonly SoakedSession[]): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>(
    "select epu_session_id as id from acquisitions where status = 'completed'",
  );
  const completed = new Set(rows.map(({ id }) => id));
  return sessions.every((session) => !isCompleted(session) || completed.has(String(session.truth.sessionId)));
}

/** Whether EPU has completed every square that was selected. */
function isCompleted({ written }: SoakedSession): boolean {
  const selected = [...written.facts.gridSquare.values()].filter((square) => square.selected === true);
  return selected.length > 0 && selected.every(({ state }) => state === "Completed");
}

function expectedRows(session: SoakedSession): Record<RowKind, Map<string, ExpectedRow>> {
  const { truth, written, dir } = session;
  const { facts } = written;
  const id = String(truth.sessionId);
  const results = new Map(
    truth.squares
      .flatMap(({ holes }) => holes.flatMap(({ micrographs }) => micrographs))
      .map((micrograph) => [micrograph.uniqueId, micrographResults(micrograph)]),
  );
  const imaged = countedBy(
    written.micrographs.values(),
    ({ gridSquareId, foilHoleId }) => `${gridSquareId}/${foilHoleId}`,
  );
  const below = {
    holes: countedBy(facts.foilHole.keys(), squareOfHole),
    imaged: countedBy(imaged.keys(), squareOfHole),
    micrographs: countedBy(written.micrographs.values(), ({ gridSquareId }) => gridSquareId),
  };
  const rowsOf = (
    kind: EntityKind,
    idOf: (natural: string) => string,
    moreOf: (natural: string, facts: Facts) => ExpectedRow = () => ({}),
  ): Map<string, ExpectedRow> =>
    new Map([...facts[kind]].map(([natural, of]) => [idOf(natural), { ...inFolder(of, dir), ...moreOf(natural, of) }]));
  return {
    acquisition: rowsOf(
      "acquisition",
      () => id,
      () => acquisitionEnd(session),
    ),
    grid: rowsOf(
      "grid",
      () => id,
      () => ({ status: gridStatus(session) }),
    ),
    atlas: rowsOf("atlas", (atlas) => `${id}/${atlas}`),
    atlasTile: rowsOf("atlasTile", (tile) => `${id}/${truth.atlasId}/${tile}`),
    gridSquare: rowsOf(
      "gridSquare",
      (square) => `${id}/${square}`,
      (square, of) => ({
        status: squareStatus(of, below.imaged.has(square)),
        lowmag: of.lowmag !== false,
      }),
    ),
    tilePosition: rowsOf("tilePosition", (natural) => `${id}/${natural.replace("/", `/${id}/`)}`),
    foilHole: rowsOf(
      "foilHole",
      (hole) => `${id}/${hole}`,
      (hole) => ({
        micrograph_count: imaged.get(hole) ?? 0,
        status: imaged.has(hole) ? "micrographs detected" : null,
      }),
    ),
    micrograph: rowsOf(
      "micrograph",
      (uniqueId) => {
        const of = written.micrographs.get(uniqueId);
        return `${id}/${of?.gridSquareId}/${of?.foilHoleId}/${uniqueId}`;
      },
      (uniqueId, { manifest_file }) => {
        const { selection_distribution, ...numbers } = results.get(uniqueId) ?? {};
        return {
          ...numbers,
          selection_distribution: JSON.stringify(selection_distribution),
          status: "particle selection completed",
          file_name: typeof manifest_file === "string" ? manifest_file : null,
          gridsquare_uuid: true,
          grid_uuid: true,
          motion_order: true,
          ctf_order: true,
          picking_order: true,
          selection_order: true,
        };
      },
    ),
    registration: new Map<string, ExpectedRow>([
      [id, { count: null }],
      // Of a square, its holes are known from its image on.
      ...[...facts.gridSquare]
        .filter(([, { lowmag }]) => lowmag === false)
        .map(([square]) => [`${id}/${square}`, { count: below.holes.get(square) ?? 0 }] as const),
    ]),
    "counts of a square": new Map(
      [...facts.gridSquare.keys()].map((square) => [
        `${id}/${square}`,
        {
          foilholes: below.holes.get(square) ?? 0,
          imaged: below.imaged.get(square) ?? 0,
          micrographs: below.micrographs.get(square) ?? 0,
          removed: 0,
          intensities: below.holes.get(square) ?? 0,
          intensity_sum: true,
        },
      ]),
    ),
  };
}

/** Complete at its last image, where EPU has completed all; else it goes on for all that anybody knows. */
function acquisitionEnd(session: SoakedSession): ExpectedRow {
  if (!isCompleted(session)) return { status: "started" };
  const times = [...session.written.facts.micrograph.values()].flatMap(({ acquisition_datetime: at }) =>
    typeof at === "object" && "timeMs" in at ? [at.timeMs] : [],
  );
  return { status: "completed", end_time: times.length === 0 ? null : { timeMs: Math.max(...times) } };
}

const DECIDED_GRID = ["grid squares decision started", "grid squares decision completed"] as const;
const DECIDED_SQUARE = ["foil holes decision started", "foil holes decision completed"] as const;

function gridStatus(session: SoakedSession): Expected {
  return isCompleted(session) ? DECIDED_GRID[1] : { oneOf: DECIDED_GRID };
}

function squareStatus({ state, lowmag }: Facts, isImaged: boolean): Expected {
  // Nobody has looked into it.
  if (lowmag !== false) return null;
  if (state === "Completed") return DECIDED_SQUARE[1];
  return { oneOf: isImaged ? DECIDED_SQUARE : ["all foil holes registered", ...DECIDED_SQUARE] };
}

function squareOfHole(hole: string): string {
  return hole.split("/", 1)[0] ?? "";
}

function countedBy<T>(all: Iterable<T>, keyOf: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return counts;
}

function inFolder(facts: Facts, dir: string): ExpectedRow {
  return Object.fromEntries(Object.entries(facts).map(([field, fact]) => [field, expectedOf(fact, dir)]));
}

function expectedOf(fact: Fact, dir: string): Expected {
  return typeof fact === "object" && "path" in fact ? join(dir, fact.path) : fact;
}
