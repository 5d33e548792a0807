import type { ImageFormat } from "@smartem/epu/classify";
import type { Micrograph } from "@smartem/epu/records";
import { foilHoleUuid, gridSquareUuid, micrographUuid } from "../identity.js";
import { type Contribution, contribution, type FieldsOf, precedenceOf, rounded } from "./contribution.js";
import { pictureOrder } from "./picture.js";
import type { SessionContext } from "./session-context.js";

interface MicrographPath {
  readonly gridSquareId: string;
  readonly foilHoleId: string;
  readonly areaId: string;
}

interface Said {
  readonly asserts: boolean;
  readonly precedence: string;
  readonly fields: FieldsOf<"micrograph">;
}

function micrograph(context: SessionContext, path: MicrographPath, manifestName: string, said: Said): Contribution {
  const hole = foilHoleUuid(gridSquareUuid(context.gridUuid, path.gridSquareId), path.foilHoleId);
  const uuid = micrographUuid(hole, manifestName);
  return contribution("micrograph", {
    uuid,
    parents: [hole],
    identity: {
      uuid,
      foilhole_uuid: hole,
      foilhole_id: path.foilHoleId,
      location_id: path.areaId,
      manifest_file: manifestName,
    },
    ...said,
  });
}

export function micrographOfManifest(
  context: SessionContext,
  image: Micrograph,
  path: MicrographPath,
  manifestName: string,
  file: string,
): Contribution {
  return micrograph(context, path, manifestName, {
    asserts: true,
    precedence: precedenceOf("manifest", "", file),
    fields: {
      micrograph_id: image.uniqueId,
      acquisition_datetime: image.acquisitionDateTime,
      defocus: image.defocusM,
      detector_name: image.detectorCommercialName ?? image.cameraName,
      energy_filter: image.energyFilter,
      phase_plate: image.phasePlateUsed,
      image_size_x: rounded(image.readoutWidthPx),
      image_size_y: rounded(image.readoutHeightPx),
      binning_x: rounded(image.binningX),
      binning_y: rounded(image.binningY),
      pixel_size: image.pixelSizeM,
      stage_position_x: image.stagePosition?.xM ?? null,
      stage_position_y: image.stagePosition?.yM ?? null,
      beam_shift_x: image.beamShiftX,
      beam_shift_y: image.beamShiftY,
    },
  });
}

/** A picture adds where the image is. Alone it makes no micrograph: its manifest is written along with it. */
export function micrographOfPicture(
  context: SessionContext,
  path: MicrographPath & { readonly format: ImageFormat },
  manifestName: string,
  file: string,
): Contribution {
  return micrograph(context, path, manifestName, {
    asserts: false,
    precedence: precedenceOf("picture", pictureOrder(path.format), file),
    fields: { high_res_path: file },
  });
}
