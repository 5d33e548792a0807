import type { LatentPoint } from "../api/additions.js";
import type { MapItem, Scene } from "../map/scene.js";

/** The side of the square on which a latent space is drawn. */
export const LATENT_SIDE = 1_000;
const POINT_SIZE = 26;

/** Squares where a model's latent space has them, drawn as they are on the atlas. Look-alikes lie close together. */
export function latentScene(points: readonly LatentPoint[], atlas: readonly MapItem[]): Scene {
  const placed = points.flatMap(({ gridsquare_uuid, x, y }) =>
    gridsquare_uuid === undefined || x === null || y === null ? [] : [{ id: gridsquare_uuid, x, y }],
  );
  if (placed.length === 0) return { items: [], path: [] };
  const xs = placed.map(({ x }) => x);
  const ys = placed.map(({ y }) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const span = Math.max(Math.max(...xs) - left, Math.max(...ys) - top, 1e-9);
  const items = new Map(atlas.map((item) => [item.id, item]));
  return {
    path: [],
    items: placed.flatMap(({ id, x, y }) => {
      const item = items.get(id);
      if (item === undefined) return [];
      return {
        ...item,
        x: ((x - left) / span) * LATENT_SIDE,
        y: ((y - top) / span) * LATENT_SIDE,
        width: POINT_SIZE,
        height: POINT_SIZE,
        shape: "ellipse" as const,
        label: "",
      };
    }),
  };
}
