import { useComputedColorScheme } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import type { GridPlan, GridSquare } from "../api/additions.js";
import { scaleColour } from "../map/colour-scale.js";
import { extentOf } from "../map/extent.js";
import type { WholeImage } from "../map/use-image.js";
import classes from "./session-page.module.css";

const SIZE_PX = 92;
/** Of squares on an image, which they must not hide. */
const OPACITY_ON_IMAGE = 0.7;

interface AtlasThumbnailProps {
  readonly squares: readonly GridSquare[];
  readonly plan: GridPlan | null;
  readonly image: WholeImage | null;
}

/** A grid in small: its atlas, where there is an image of it, and its squares, coloured by what the plan expects of them per minute. */
export function AtlasThumbnail({ squares, plan, image }: AtlasThumbnailProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (element == null || context == null) return;
    const ratio = window.devicePixelRatio;
    element.width = SIZE_PX * ratio;
    element.height = SIZE_PX * ratio;
    const extent = extentOf(squares);
    if (extent === null) return;
    const rates = new Map((plan?.squares ?? []).map((square) => [square.gridsquare_uuid, square]));
    const largest = Math.max(1e-9, ...[...rates.values()].map((square) => square.rate_per_minute ?? 0));
    const scale = (SIZE_PX * ratio) / Math.max(extent.width, extent.height);
    if (image !== null) {
      context.drawImage(image.element, -extent.x * scale, -extent.y * scale, image.width * scale, image.height * scale);
      context.globalAlpha = OPACITY_ON_IMAGE;
    }
    for (const square of squares) {
      if (square.center_x === null || square.center_y === null) continue;
      const size = Math.max(2, (square.size_width ?? extent.width / 40) * scale);
      const planned = rates.get(square.uuid);
      const idle = planned === undefined || planned.rank === null;
      context.fillStyle = idle
        ? scheme === "light"
          ? "#b4bcc9"
          : "#3c4656"
        : scaleColour((planned.rate_per_minute ?? 0) / largest);
      context.fillRect(
        (square.center_x - extent.x) * scale - size / 2,
        (square.center_y - extent.y) * scale - size / 2,
        size,
        size,
      );
    }
  }, [squares, plan, image, scheme]);
  return <canvas ref={canvas} className={classes.thumbnail} />;
}
