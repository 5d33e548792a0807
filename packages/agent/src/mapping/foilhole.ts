import { REMOVED } from "@smartem/common/states";
import type { FoilHoleImage, FoilHoleTarget } from "@smartem/epu/records";
import { foilHoleUuid, gridSquareUuid } from "../identity.js";
import {
  type Contribution,
  contribution,
  type FieldsOf,
  precedenceOf,
  rounded,
  type Source,
  timeOrder,
} from "./contribution.js";
import type { SessionContext } from "./session-context.js";

interface HolePath {
  readonly gridSquareId: string;
  readonly foilHoleId: string;
}

function foilHole(
  context: SessionContext,
  path: HolePath,
  source: Source,
  order: string,
  file: string,
  fields: FieldsOf<"foilhole">,
): Contribution {
  const square = gridSquareUuid(context.gridUuid, path.gridSquareId);
  const uuid = foilHoleUuid(square, path.foilHoleId);
  return contribution("foilhole", {
    uuid,
    parents: [square],
    identity: { uuid, gridsquare_uuid: square, foilhole_id: path.foilHoleId, gridsquare_id: path.gridSquareId },
    precedence: precedenceOf(source, order, file),
    fields,
  });
}

/** That a hole exists, from the name of anything that was taken in it. */
export function foilHoleOfPath(context: SessionContext, path: HolePath, file: string): Contribution {
  return foilHole(context, path, "path", "", file, {});
}

/** Where a hole lies in its square, how bright it is there, and what EPU means to do with it. */
export function foilHoleOfTarget(
  context: SessionContext,
  gridSquareId: string,
  target: FoilHoleTarget,
  file: string,
): Contribution {
  return foilHole(context, { gridSquareId, foilHoleId: target.foilHoleId }, "metadata", "", file, {
    x_location: rounded(target.centerXPx),
    y_location: rounded(target.centerYPx),
    diameter: rounded(target.widthPx),
    x_stage_position: target.stagePosition?.xM ?? null,
    y_stage_position: target.stagePosition?.yM ?? null,
    is_near_grid_bar: target.isNearGridBar,
    selected: target.selected,
    state: target.state,
    acquisition_order: rounded(target.order),
    pixel_intensity_mean: target.pixelIntensityMean,
    pixel_intensity_stdev: target.pixelIntensityStDev,
  });
}

/** That EPU lists a hole no longer: it has found those of its square again, under other ids. */
export function foilHoleRemoved(context: SessionContext, path: HolePath, file: string): Contribution {
  return foilHole(context, path, "metadata", "", file, { selected: false, state: REMOVED });
}

/** Where centring found the hole. A hole has an image before and one after centring; the latest by name counts. */
export function foilHoleOfImage(
  context: SessionContext,
  image: FoilHoleImage,
  path: HolePath & { readonly timestamp: string },
  file: string,
): Contribution {
  const found = image.foilHoleCenter;
  return foilHole(context, path, "manifest", timeOrder(path.timestamp), file, {
    center_x: found?.centerXPx ?? null,
    center_y: found?.centerYPx ?? null,
    size_width: found?.widthPx ?? null,
    size_height: found?.heightPx ?? null,
    quality: found?.quality ?? null,
    rotation: found?.rotationRad ?? null,
  });
}
