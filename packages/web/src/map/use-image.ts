import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { type FetchedImage, getImage } from "../api/client.js";
import type { ImagePart, MapImage, PartPath } from "./map-image.js";
import { TILE_PX } from "./pyramid.js";

/** Images that are not there yet are asked for again so often. */
const ASK_AGAIN_MS = 30_000;
/** As many pixels as anybody prints. */
const WHOLE_PX = 4_096;

/** An image of the server, as soon as there is one; null until then. */
function useFetched(path: string): FetchedImage | null {
  const { data } = useQuery<FetchedImage | null>({
    queryKey: ["image", path],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchInterval: (query) => (query.state.data === null ? ASK_AGAIN_MS : false),
    queryFn: ({ signal }) => getImage(path, signal),
  });
  return data ?? null;
}

/** An image that is shown as a whole, in the size in which it is asked for. */
export interface WholeImage extends MapImage {
  readonly source: string;
}

export function useImage(path: string): WholeImage | null {
  const fetched = useFetched(path);
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
  return image;
}

/** An image of any size, of which the server sends what is looked at, no finer than it is seen. */
export function useImageInParts(path: string): MapImage | null {
  // The smallest tile says whether there is an image, and how large it is.
  const fetched = useFetched(`${path}?max_size=${TILE_PX}`);
  return useMemo(() => {
    if (fetched?.nativeWidth == null || fetched.nativeHeight === null) return null;
    const size = { width: fetched.nativeWidth, height: fetched.nativeHeight };
    return {
      ...size,
      source: partPath(path, size),
      whole: async () => (await getImage(`${path}?max_size=${WHOLE_PX}`))?.blob ?? null,
    };
  }, [fetched, path]);
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
