import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { getImage } from "../api/client.js";
import { imageQuery } from "../api/queries.js";
import type { ImagePart, MapImage, PartPath } from "./map-image.js";
import { TILE_PX } from "./pyramid.js";

/** As many pixels as anybody prints. */
const WHOLE_PX = 4_096;

/** An image with how the request for it stands; null until there is one. */
export interface AskedImage<T> {
  readonly image: T | null;
  readonly asked: UseQueryResult<unknown>;
}

/** An image that is shown as a whole, in the size in which it is asked for. */
export interface WholeImage extends MapImage {
  readonly source: string;
  /** The same, loaded. */
  readonly element: HTMLImageElement;
}

export function useImage(path: string, maxSizePx: number): AskedImage<WholeImage> {
  const asked = useQuery(imageQuery(path, maxSizePx));
  const fetched = asked.data ?? null;
  const [image, setImage] = useState<WholeImage | null>(null);
  useEffect(() => {
    if (fetched === null) {
      setImage(null);
      return;
    }
    let gone = false;
    const source = URL.createObjectURL(fetched.blob);
    const element = new Image();
    element.onload = () => {
      if (!gone)
        setImage({
          source,
          element,
          width: fetched.nativeWidth ?? element.naturalWidth,
          height: fetched.nativeHeight ?? element.naturalHeight,
          whole: async () => fetched.blob,
        });
    };
    element.src = source;
    return () => {
      gone = true;
      URL.revokeObjectURL(source);
    };
  }, [fetched]);
  return { image, asked };
}

/** An image of any size, of which the server sends what is looked at, no finer than it is seen. */
export function useImageInParts(path: string): AskedImage<MapImage> {
  // The smallest tile says whether there is an image, and how large it is.
  const asked = useQuery(imageQuery(path, TILE_PX));
  const fetched = asked.data ?? null;
  const image = useMemo(() => {
    if (fetched?.nativeWidth == null || fetched.nativeHeight === null) return null;
    const size = { width: fetched.nativeWidth, height: fetched.nativeHeight };
    return {
      ...size,
      source: { path: partPath(path, size), version: fetched.version },
      whole: async () => (await getImage(`${path}?max_size=${WHOLE_PX}`))?.blob ?? null,
    };
  }, [fetched, path]);
  return { image, asked };
}

/** Parts are asked for by their middle. */
function partPath(path: string, { width, height }: Pick<ImagePart, "width" | "height">): PartPath {
  return (part, longestSidePx) => {
    const size = `max_size=${longestSidePx}`;
    if (part.width === width && part.height === height) return `${path}?${size}`;
    const [x, y] = [part.left + Math.floor(part.width / 2), part.top + Math.floor(part.height / 2)];
    return `${path}?x=${x}&y=${y}&w=${part.width}&h=${part.height}&${size}`;
  };
}
