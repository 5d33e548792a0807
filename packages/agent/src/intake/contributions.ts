import { dirname } from "node:path";
import type { EpuPath } from "@smartem/epu/classify";
import type { EpuFile } from "@smartem/epu/records";
import { acquisitionOfImage } from "../mapping/acquisition.js";
import type { Contribution } from "../mapping/contribution.js";
import { foilHoleOfImage, foilHoleOfPath, foilHoleOfTarget } from "../mapping/foilhole.js";
import {
  gridSquareOfImage,
  gridSquareOfMetadata,
  gridSquareOfPath,
  gridSquareOfPicture,
} from "../mapping/gridsquare.js";
import { micrographOfManifest, micrographOfPicture } from "../mapping/micrograph.js";
import type { SessionContext } from "../mapping/session-context.js";
import { pathWithin } from "../watch/file-location.js";

/** What a file's path alone says of its session's entities. */
export function contributionsOfName(
  context: SessionContext,
  path: EpuPath,
  file: string,
  name: string,
): Contribution[] {
  switch (path.kind) {
    case "gridSquarePicture":
      return [gridSquareOfPicture(context, path, dirname(file), file)];
    case "foilHolePicture":
      return [gridSquareOfPath(context, path.gridSquareId, file), foilHoleOfPath(context, path, file)];
    case "micrographPicture":
      return [
        gridSquareOfPath(context, path.gridSquareId, file),
        foilHoleOfPath(context, path, file),
        micrographOfPicture(context, path, manifestNameOf(name), file),
      ];
    default:
      return [];
  }
}

/** What a file's path and content say of its session's entities. */
export function contributionsOfContent(
  context: SessionContext,
  path: EpuPath,
  content: EpuFile,
  file: string,
  name: string,
): Contribution[] {
  switch (path.kind) {
    case "gridSquareMetadata": {
      if (content.kind !== "gridSquareMetadata") return [];
      const { record } = content;
      return [
        gridSquareOfMetadata(context, record, path.gridSquareId, file),
        ...record.foilHoles.map((target) => foilHoleOfTarget(context, path.gridSquareId, target, file)),
      ];
    }
    case "gridSquareManifest": {
      if (content.kind !== "gridSquareImage") return [];
      return [
        gridSquareOfImage(context, content.record, path, dirname(file), file),
        ...present(acquisitionOfImage(context, content.record, pathWithin(context.folder, file))),
      ];
    }
    case "foilHoleManifest": {
      if (content.kind !== "foilHoleImage") return [];
      return [
        gridSquareOfPath(context, path.gridSquareId, file),
        foilHoleOfImage(context, content.record, path, file),
        ...present(acquisitionOfImage(context, content.record, pathWithin(context.folder, file))),
      ];
    }
    case "micrographManifest": {
      if (content.kind !== "micrograph") return [];
      return [
        gridSquareOfPath(context, path.gridSquareId, file),
        foilHoleOfPath(context, path, file),
        micrographOfManifest(context, content.record, path, manifestNameOf(name), file),
        ...present(acquisitionOfImage(context, content.record, pathWithin(context.folder, file))),
      ];
    }
    default:
      return [];
  }
}

function present<T>(value: T | null): T[] {
  return value === null ? [] : [value];
}

/** The name of the manifest that belongs to an exposure's file; EER files have a suffix that it lacks. */
function manifestNameOf(name: string): string {
  return `${name.replace(/(_EER)?\.[^.]+$/i, "")}.xml`;
}
