import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { imageQuery, squareImage } from "../api/queries.js";
import { useImage } from "../map/use-image.js";
import classes from "./square-preview.module.css";

/** Enough for a preview on screens with several pixels to a point. */
const PREVIEW_IMAGE_PX = 512;

/** How the request for a preview stands. */
export const useAskedPreview = (uuid: string): UseQueryResult<unknown> =>
  useQuery(imageQuery(squareImage(uuid), PREVIEW_IMAGE_PX));

interface SquarePreviewProps {
  readonly uuid: string;
  /** EPU's number of the square. */
  readonly number: string;
}

/** The image of a square in small, which leads to the square. It takes the same room with and without an image. */
export function SquarePreview({ uuid, number }: SquarePreviewProps): ReactNode {
  const { image, asked } = useImage(squareImage(uuid), PREVIEW_IMAGE_PX);
  return (
    <Link to={`/ui/squares/${uuid}`} className={classes.preview} aria-label={`Image of square ${number}`}>
      {image !== null && <img src={image.source} alt="" className={classes.image} />}
      {asked.data === null && <span>No image yet</span>}
    </Link>
  );
}
