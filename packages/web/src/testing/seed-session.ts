import type { IngestRequest } from "@smartem/common/entities";
import type { IncomingEvent } from "@smartem/common/events";

/** What a session for tests consists of. */
export interface SeedOptions {
  /** Begins every uuid. */
  readonly prefix: string;
  readonly name?: string;
  readonly squares: number;
  /** Squares that have holes, and how many each. */
  readonly openedSquares: number;
  readonly holesPerSquare: number;
  /** Holes with a micrograph, in each opened square. */
  readonly imagedPerSquare: number;
  readonly startTime?: string;
  readonly instrument?: string;
}

export interface SeededSession {
  readonly acquisitionUuid: string;
  readonly gridUuid: string;
  readonly squareUuids: readonly string[];
  readonly ingest: IngestRequest;
  /** Predictions before imaging, and results after it. */
  readonly events: readonly IncomingEvent[];
}

const ATLAS_PX = 4_000;
const SQUARE_PX = 150;
const SQUARE_IMAGE_PX = 4_096;
const HOLE_PITCH_M = 2.5e-6;

/** The fraction of 1 that follows from a number, the same in every run. */
function fraction(seed: number): number {
  const x = Math.sin(seed * 12.9898 + 78.233) * 43_758.5453;
  return x - Math.floor(x);
}

/** A session whose ice is better on one side of the grid and in the middle of each square. */
export function seedSession(options: SeedOptions): SeededSession {
  const { prefix, squares, openedSquares, holesPerSquare, imagedPerSquare } = options;
  const startTime = Date.parse(options.startTime ?? "2026-03-02T08:00:00Z");
  const acquisitionUuid = `${prefix}-acquisition`;
  const gridUuid = `${prefix}-grid`;
  const columns = Math.ceil(Math.sqrt(squares));
  const pitch = ATLAS_PX / columns;
  const ingest: Required<
    Pick<IngestRequest, "acquisitions" | "grids" | "atlases" | "gridsquares" | "foilholes" | "micrographs">
  > = {
    acquisitions: [
      {
        uuid: acquisitionUuid,
        name: options.name ?? `Session ${prefix}`,
        status: "started",
        start_time: new Date(startTime).toISOString(),
        instrument_id: options.instrument ?? "Krios 1",
        instrument_model: "Titan Krios",
        computer_name: "KRIOS-PC",
        storage_path: `D:\\Sessions\\${prefix}`,
        clustering_mode: "aberration free image shift",
        clustering_radius: "5e-6",
      },
    ],
    grids: [{ uuid: gridUuid, acquisition_uuid: acquisitionUuid, name: "Grid 1", status: "scan completed" }],
    atlases: [{ uuid: `${prefix}-atlas`, grid_uuid: gridUuid, atlas_id: "1", name: "Atlas 1" }],
    gridsquares: [],
    foilholes: [],
    micrographs: [],
  };
  const events: IncomingEvent[] = [];
  const squareUuids: string[] = [];
  for (let square = 0; square < squares; square++) {
    const uuid = `${prefix}-square-${square}`;
    squareUuids.push(uuid);
    const goodness = squareGoodness(square, columns);
    ingest.gridsquares.push({
      uuid,
      grid_uuid: gridUuid,
      gridsquare_id: String(1_000 + square),
      status: square < openedSquares ? "all foil holes registered" : "none",
      center_x: Math.round(((square % columns) + 0.5) * pitch + (fraction(square) - 0.5) * 12),
      center_y: Math.round((Math.floor(square / columns) + 0.5) * pitch + (fraction(square + 500) - 0.5) * 12),
      size_width: Math.min(SQUARE_PX, Math.round(pitch * 0.8)),
      size_height: Math.min(SQUARE_PX, Math.round(pitch * 0.8)),
      stage_position_x: (square % columns) * 120e-6,
      stage_position_y: Math.floor(square / columns) * 120e-6,
      selected: square < openedSquares,
      unusable: square % 37 === 36,
    });
    events.push({
      event_type: "gridsquare.model_prediction",
      gridsquare_uuid: uuid,
      prediction_model_name: "square-cnn",
      prediction_value: Math.min(0.98, Math.max(0.02, goodness + (fraction(square + 900) - 0.5) * 0.3)),
    });
    if (square < openedSquares) {
      seedHoles({ prefix, square, uuid, goodness, holesPerSquare, imagedPerSquare, startTime }, ingest, events);
    }
  }
  return { acquisitionUuid, gridUuid, squareUuids, ingest, events };
}

function squareGoodness(square: number, columns: number): number {
  return 0.25 + 0.5 * ((square % columns) / Math.max(1, columns - 1)) + (fraction(square + 77) - 0.5) * 0.4;
}

interface HoleSeed {
  readonly prefix: string;
  readonly square: number;
  readonly uuid: string;
  readonly goodness: number;
  readonly holesPerSquare: number;
  readonly imagedPerSquare: number;
  readonly startTime: number;
}

function seedHoles(
  { prefix, square, uuid, goodness, holesPerSquare, imagedPerSquare, startTime }: HoleSeed,
  ingest: Required<Pick<IngestRequest, "foilholes" | "micrographs">>,
  events: IncomingEvent[],
): void {
  const columns = Math.ceil(Math.sqrt(holesPerSquare));
  const pitch = (SQUARE_IMAGE_PX * 0.9) / columns;
  for (let hole = 0; hole < holesPerSquare; hole++) {
    const seed = square * 10_000 + hole;
    const column = hole % columns;
    const row = Math.floor(hole / columns);
    const holeUuid = `${prefix}-hole-${square}-${hole}`;
    const foilholeId = String(100_000 + seed);
    const centrality = 1 - Math.hypot(column / columns - 0.5, row / columns - 0.5);
    const probability = Math.min(
      0.97,
      Math.max(0.03, goodness * 0.7 + centrality * 0.4 - 0.05 + (fraction(seed) - 0.5) * 0.2),
    );
    ingest.foilholes.push({
      uuid: holeUuid,
      gridsquare_uuid: uuid,
      gridsquare_id: String(1_000 + square),
      foilhole_id: foilholeId,
      x_location: Math.round(SQUARE_IMAGE_PX * 0.05 + (column + 0.5) * pitch),
      y_location: Math.round(SQUARE_IMAGE_PX * 0.05 + (row + 0.5) * pitch),
      x_stage_position: column * HOLE_PITCH_M,
      y_stage_position: row * HOLE_PITCH_M,
      diameter: Math.round(pitch * 0.55),
      is_near_grid_bar: column === 0 || row === 0,
      pixel_intensity_mean: 900 + 300 * probability,
      pixel_intensity_stdev: 40 + 20 * fraction(seed + 1),
      quality: 0.8,
    });
    events.push({
      event_type: "foilhole.model_prediction",
      foilhole_uuid: holeUuid,
      prediction_model_name: "hole-resnet",
      prediction_value: probability,
    });
    if (hole >= imagedPerSquare) continue;
    const micrographUuid = `${prefix}-micrograph-${square}-${hole}`;
    const taken = startTime + (square * imagedPerSquare + hole) * 55_000;
    ingest.micrographs.push({
      uuid: micrographUuid,
      foilhole_uuid: holeUuid,
      foilhole_id: foilholeId,
      micrograph_id: `${prefix}-${seed}`,
      manifest_file: `FoilHole_${foilholeId}_Data_1_1_20260302_080000.xml`,
      acquisition_datetime: new Date(taken).toISOString(),
      defocus: -1.2e-6 - 0.8e-6 * fraction(seed + 2),
    });
    const good = fraction(seed + 3) < probability;
    events.push(
      {
        event_type: "motion_correction.completed",
        micrograph_uuid: micrographUuid,
        total_motion: good ? 4 + 10 * fraction(seed + 4) : 12 + 30 * fraction(seed + 4),
        average_motion: 0.3 + fraction(seed + 5),
      },
      {
        event_type: "ctf.completed",
        micrograph_uuid: micrographUuid,
        ctf_max_resolution_estimate: good
          ? 3.1 + 2.4 * fraction(seed + 6)
          : fraction(seed + 7) < 0.1
            ? -1
            : 6.5 + 12 * fraction(seed + 6),
      },
      {
        event_type: "particle_picking.completed",
        micrograph_uuid: micrographUuid,
        number_of_particles_picked: Math.round(good ? 180 + 240 * fraction(seed + 8) : 20 + 120 * fraction(seed + 8)),
      },
    );
  }
}

/** Sends a session to a server, as agents and pipelines do. */
export async function sendSession(url: string, { ingest, events }: SeededSession): Promise<void> {
  const post = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };
  const { foilholes = [], micrographs = [], ...rest } = ingest;
  await post("/ingest", rest);
  for (let start = 0; start < foilholes.length; start += 8_000) {
    await post("/ingest", { foilholes: foilholes.slice(start, start + 8_000) });
  }
  for (let start = 0; start < micrographs.length; start += 8_000) {
    await post("/ingest", { micrographs: micrographs.slice(start, start + 8_000) });
  }
  for (let start = 0; start < events.length; start += 5_000) await post("/events", events.slice(start, start + 5_000));
}
