import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type FetchedImage, getImage } from "../api/client.js";
import type { MapImage } from "./map-view.js";

/** Images that are not there yet are asked for again so often. */
const ASK_AGAIN_MS = 30_000;

/** An image of the server, as soon as there is one; null until then. */
export function useImage(path: string | null): MapImage | null {
  const { data } = useQuery<FetchedImage | null>({
    queryKey: ["image", path],
    enabled: path !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchInterval: (query) => (query.state.data === null ? ASK_AGAIN_MS : false),
    queryFn: ({ signal }) => getImage(path ?? "", signal),
  });
  const [image, setImage] = useState<MapImage | null>(null);
  useEffect(() => {
    if (data == null) {
      setImage(null);
      return;
    }
    let gone = false;
    const url = URL.createObjectURL(data.blob);
    const element = new Image();
    element.onload = () => {
      if (!gone)
        setImage({
          url,
          width: data.nativeWidth ?? element.naturalWidth,
          height: data.nativeHeight ?? element.naturalHeight,
        });
    };
    element.src = url;
    return () => {
      gone = true;
      URL.revokeObjectURL(url);
    };
  }, [data]);
  return image;
}
