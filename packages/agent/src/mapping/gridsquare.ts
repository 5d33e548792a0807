import type { ImageFormat } from "@smartem/epu/classify";
import type { GridSquareImage, GridSquareMetadata } from "@smartem/epu/records";
import { gridSquareUuid } from "../identity.js";
import {
  type Contribution,
  contribution,
  type FieldsOf,
  integerOf,
  precedenceOf,
  rounded,
  type Source,
  timeOrder,
} from "./contribution.js";
import { pictureOrder } from "./picture.js";
import type { SessionContext } from "./session-context.js";

interface InFolder {
  readonly gridSquareId: string;
  readonly timestamp: string;
}

function gridSquare(
  context: SessionContext,
  gridSquareId: string,
  source: Source,
  order: string,
  file: string,
  fields: FieldsOf<"gridsquare">,
): Contribution {
  const uuid = gridSquareUuid(context.gridUuid, gridSquareId);
  return contribution("gridsquare", {
    uuid,
    parents: [context.gridUuid],
    identity: { uuid, grid_uuid: context.gridUuid, gridsquare_id: gridSquareId },
    precedence: precedenceOf(source, order, file),
    fields,
  });
}

/** That a square exists, from the path of anything that was taken in it: that is thousands of files, of which none is to be kept here. */
export function gridSquareOfPath(context: SessionContext, gridSquareId: string, file: string): Contribution {
  return gridSquare(context, gridSquareId, "path", "", file, {});
}

export function gridSquareOfMetadata(
  context: SessionContext,
  metadata: GridSquareMetadata,
  gridSquareId: string,
  file: string,
): Contribution {
  return gridSquare(context, gridSquareId, "metadata", "", file, {
    // A square that was only seen in the atlas has metadata too, but no image of its own.
    lowmag: metadata.gridSquareImagePath === null,
    atlas_node_id: integerOf(metadata.atlasNodeId),
    state: metadata.state,
    rotation: metadata.rotationRad,
    selected: metadata.selected,
    unusable: metadata.unusable,
    stage_position_x: metadata.position?.xM ?? null,
    stage_position_y: metadata.position?.yM ?? null,
    stage_position_z: metadata.position?.zM ?? null,
    acquisition_order: rounded(metadata.order),
  });
}

/** A square may be imaged again; the latest image counts. */
export function gridSquareOfImage(
  context: SessionContext,
  image: GridSquareImage,
  path: InFolder,
  folder: string,
  file: string,
): Contribution {
  return gridSquare(context, path.gridSquareId, "manifest", timeOrder(path.timestamp), file, {
    lowmag: false,
    data_dir: folder,
    acquisition_datetime: image.acquisitionDateTime,
    defocus: image.defocusM,
    applied_defocus: image.appliedDefocusM,
    magnification: image.nominalMagnification,
    pixel_size: image.pixelSizeM,
    detector_name: image.detectorCommercialName ?? image.cameraName,
  });
}

export function gridSquareOfPicture(
  context: SessionContext,
  path: InFolder & { readonly format: ImageFormat },
  folder: string,
  file: string,
): Contribution {
  return gridSquare(
    context,
    path.gridSquareId,
    "picture",
    `${timeOrder(path.timestamp)}|${pictureOrder(path.format)}`,
    file,
    {
      lowmag: false,
      data_dir: folder,
      image_path: file,
    },
  );
}
