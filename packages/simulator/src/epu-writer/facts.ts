import type { ImagePlace } from "../grid-layout.js";
import type { GridTruth, HoleTruth, MicrographTruth, SquareTruth, TileTruth } from "../grid-truth.js";
import { tileBaseName } from "./atlas.js";
import { asSingle } from "./dotnet.js";
import type { SessionPlace } from "./epu-session.js";
import type { HoleProgress, SquareProgress } from "./grid-square-metadata.js";
import { type ImageManifest, INSTRUMENT } from "./microscope-image.js";

/**
 * What a file says of an entity, under the names of the wire contract, as a reader of the file must come to say it. Times
 * are ms since 1970.
 */
export type Facts = Readonly<Record<string, Fact>>;
/** A path is relative to the watched folder. */
export type Fact = string | number | boolean | { readonly path: string } | { readonly timeMs: number };

const NANOMETRES_PER_METRE = 1e9;

function time(timeMs: number): Fact {
  return { timeMs: Math.floor(timeMs) };
}

/** A pixel position that EPU writes as a single and the wire contract carries as an integer. */
function pixel(valuePx: number): number {
  return Math.round(asSingle(valuePx));
}

export function acquisitionFacts(truth: GridTruth, place: SessionPlace, atlasFolder: string): Facts {
  return {
    name: place.name,
    epu_session_id: String(truth.sessionId),
    start_time: time(place.startedAtMs),
    // The visit's folder, where it has the name that it has on the microscope's storage.
    storage_path: { path: "" },
    atlas_path: { path: `${atlasFolder}/Atlas.dm` },
    clustering_mode: "ClusteringWithImageBeamShift",
    clustering_radius: String(truth.options.clusterRadiusM),
  };
}

/** From any image. */
export const INSTRUMENT_FACTS: Facts = {
  instrument_model: INSTRUMENT.model,
  instrument_id: INSTRUMENT.id,
  computer_name: INSTRUMENT.computerName,
};

export function gridFacts(place: SessionPlace, atlasFolder: string): Facts {
  return { name: place.name, data_dir: { path: place.name }, atlas_dir: { path: atlasFolder } };
}

/** A grid is scanned from the start of its atlas' session until its atlas is there. */
export function scanFacts(startedAtMs: number, acquiredAtMs: number): Facts {
  return { scan_start_time: time(startedAtMs), scan_end_time: time(acquiredAtMs) };
}

export function atlasFacts(
  truth: GridTruth,
  place: { readonly name: string; readonly description: string },
  sampleFolder: string,
  acquiredAtMs: number,
): Facts {
  return {
    atlas_id: String(truth.atlasId),
    name: place.name,
    acquisition_date: time(acquiredAtMs),
    storage_folder: { path: sampleFolder },
    description: place.description,
  };
}

export function tileFacts(truth: GridTruth, tile: TileTruth): Facts {
  const { layout } = tile;
  return {
    tile_id: String(tile.id),
    position_x: layout.atlasXPx,
    position_y: layout.atlasYPx,
    size_x: layout.atlasSizePx,
    size_y: layout.atlasSizePx,
    file_format: "Mrc",
    base_filename: tileBaseName(truth, tile),
  };
}

/** What only the atlas says of a square; metadata says more. */
export function squareOnAtlasFacts(square: SquareTruth): Facts {
  return {
    gridsquare_id: String(square.id),
    lowmag: true,
    atlas_node_id: square.id,
    ...placeFacts(square.onAtlas),
    physical_x: asSingle(square.physical.xM) * NANOMETRES_PER_METRE,
    physical_y: asSingle(square.physical.yM) * NANOMETRES_PER_METRE,
    atlas_quality: square.quality,
    atlas_category: square.category,
  };
}

export function placeFacts(place: ImagePlace): Facts {
  return {
    center_x: pixel(place.centerXPx),
    center_y: pixel(place.centerYPx),
    size_width: pixel(place.widthPx),
    size_height: pixel(place.heightPx),
  };
}

export function squareMetadataFacts(square: SquareTruth, progress: Omit<SquareProgress, "hole">): Facts {
  return {
    gridsquare_id: String(square.id),
    atlas_node_id: square.id,
    state: progress.state,
    rotation: square.rotationRad,
    selected: progress.selected,
    unusable: false,
    stage_position_x: square.stage.xM,
    stage_position_y: square.stage.yM,
    stage_position_z: progress.imageBaseName === null ? 0 : square.zM,
    acquisition_order: Math.max(0, square.order),
  };
}

export function squareImageFacts(image: ImageManifest, folder: string): Facts {
  return {
    lowmag: false,
    data_dir: { path: folder },
    acquisition_datetime: time(image.acquiredAtMs),
    defocus: image.defocusM,
    applied_defocus: image.appliedDefocusM,
    magnification: image.nominalMagnification,
    pixel_size: image.pixelSizeM,
    detector_name: INSTRUMENT.detectorCommercialName,
  };
}

export function holeMetadataFacts(square: SquareTruth, hole: HoleTruth, progress: HoleProgress): Facts {
  return {
    foilhole_id: String(hole.id),
    gridsquare_id: String(square.id),
    x_location: pixel(hole.centerXPx),
    y_location: pixel(hole.centerYPx),
    diameter: pixel(hole.diameterPx),
    x_stage_position: hole.stage.xM,
    y_stage_position: hole.stage.yM,
    is_near_grid_bar: hole.isNearGridBar,
    selected: progress.selected,
    state: progress.state,
    acquisition_order: hole.index,
    pixel_intensity_mean: hole.intensityMean,
    pixel_intensity_stdev: hole.intensityStDev,
  };
}

export function holeImageFacts({ holeCentre }: ImageManifest): Facts {
  if (holeCentre === null) return {};
  return {
    center_x: asSingle(holeCentre.xPx),
    center_y: asSingle(holeCentre.yPx),
    size_width: asSingle(holeCentre.widthPx),
    size_height: asSingle(holeCentre.heightPx),
    quality: holeCentre.quality,
    rotation: holeCentre.rotationRad,
  };
}

export function micrographFacts(
  hole: HoleTruth,
  micrograph: MicrographTruth,
  image: ImageManifest,
  baseName: string,
): Facts {
  return {
    micrograph_id: micrograph.uniqueId,
    foilhole_id: String(hole.id),
    location_id: String(micrograph.areaId),
    manifest_file: `${baseName}.xml`,
    acquisition_datetime: time(image.acquiredAtMs),
    defocus: image.defocusM,
    detector_name: INSTRUMENT.detectorCommercialName,
    energy_filter: true,
    phase_plate: false,
    image_size_x: image.widthPx,
    image_size_y: image.heightPx,
    binning_x: image.binning,
    binning_y: image.binning,
    pixel_size: image.pixelSizeM,
    stage_position_x: image.stage.xM,
    stage_position_y: image.stage.yM,
    beam_shift_x: image.beamShift.x,
    beam_shift_y: image.beamShift.y,
  };
}
