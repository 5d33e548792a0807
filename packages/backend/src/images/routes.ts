import { createHash } from "node:crypto";
import { SmartemError } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { nullable, Type } from "@smartem/common/schema";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Pool } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { unprocessable } from "../http/errors.js";
import { operationId, routePath } from "../http/server.js";
import { openImageCache } from "./cache.js";
import { MAX_PIXELS } from "./limits.js";
import type { Crop, Rendered, RenderRequest } from "./render.js";
import { startRenderer } from "./renderer.js";
import { type ImageRoots, imageRoots } from "./roots.js";
import { atlasSources, gridSquareSources, type ImageSources, micrographSources } from "./sources.js";
import { UnreadableImage } from "./unreadable-image.js";

export interface ImageOptions {
  readonly pool: Pool;
  readonly imageRoots: readonly string[];
  readonly cacheDir: string;
  readonly cacheMaxBytes: number;
  readonly logger: Logger;
}

/** Changes when images of the same file are to look different from before. */
const RENDERING = "1";
const MAX_SIDE_PX = 32_768;
/** An image may be taken again under the same address: always ask whether it is still the one. */
const CACHE_CONTROL = "private, no-cache";

const maxSize = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: MAX_SIDE_PX,
    description:
      "Reduces the image to this longest side, in pixels. Its native size is in the headers X-Native-Width and X-Native-Height.",
  }),
);
const coordinate = (description: string) =>
  Type.Optional(nullable(Type.Integer({ minimum: -MAX_SIDE_PX, maximum: MAX_SIDE_PX, description })));
const side = (description: string) =>
  Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: MAX_SIDE_PX, description })));

const ImageQuery = Type.Object({
  x: coordinate("Centre of the part to be shown, in native pixels"),
  y: coordinate("Centre of the part to be shown, in native pixels"),
  w: side("Width of the part to be shown; what lies outside of the image is black"),
  h: side("Height of the part to be shown"),
  max_size: maxSize,
});
type Query = Readonly<Partial<Record<"x" | "y" | "w" | "h", number | null>>> & { readonly max_size?: number };

const response = {
  200: {
    description: "The image",
    content: { "image/png": { schema: Type.Unsafe({ type: "string", format: "binary" }) } },
  },
  304: { description: "The image is still the one that `If-None-Match` names", type: "null" },
  404: { description: "There is no such entity, or no image of it that may be read", ...Type.Unknown() },
};

/** Images of atlases, grid squares and micrographs as PNG, made from the files that the microscope wrote. */
export function imageRoutes(app: FastifyInstance, options: ImageOptions): void {
  const { pool } = options;
  const roots = imageRoots(options.imageRoots);
  const cache = openImageCache(options.cacheDir, options.cacheMaxBytes, options.logger);
  const renderer = startRenderer();
  app.addHook("onClose", () => renderer.stop());

  /** What is being made just now is made once, however many ask for it. */
  const underWay = new Map<string, Promise<Rendered>>();
  const make = (key: string, request: RenderRequest): Promise<Rendered> => {
    const making =
      underWay.get(key) ??
      (async () => {
        const kept = await cache.get(key);
        if (kept !== null) return kept;
        const rendered = await renderer.render(request);
        await cache.put(key, rendered);
        return rendered;
      })().finally(() => underWay.delete(key));
    underWay.set(key, making);
    return making;
  };

  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    what: string,
    { files, nativeSize }: ImageSources,
  ): Promise<FastifyReply> => {
    const query = request.query as Query;
    const crop = cropOf(query);
    const maxSizePx = query.max_size ?? null;
    let unreadable: SmartemError | null = null;
    for (const { path, bytes, modifiedAtMs } of files) {
      const wanted: RenderRequest = { path, nativeSize, crop, maxSizePx };
      const key = createHash("sha256")
        .update(JSON.stringify([RENDERING, wanted, bytes, modifiedAtMs]))
        .digest("hex");
      const tag = `"${key.slice(0, 32)}"`;
      reply.header("cache-control", CACHE_CONTROL).header("etag", tag);
      if (isNamed(request.headers["if-none-match"], tag)) return reply.code(304).send();
      try {
        const { png, native } = await make(key, wanted);
        return reply
          .type("image/png")
          .header("x-native-width", native.widthPx)
          .header("x-native-height", native.heightPx)
          .send(Buffer.from(png.buffer, png.byteOffset, png.byteLength));
      } catch (error) {
        if (!(error instanceof UnreadableImage)) throw error;
        // The microscope may still be writing it: until then its preview is shown.
        unreadable ??= new SmartemError(
          "image_unreadable",
          404,
          `The image of ${what} can't be shown. ${path}: ${error.message}`,
        );
      }
    }
    reply.removeHeader("etag");
    if (unreadable !== null) throw unreadable;
    throw new SmartemError("no_image", 404, `There is no image of ${what} within the image roots.`, {
      hint:
        options.imageRoots.length === 0
          ? "No folder may be read: set SMARTEM_IMAGE_ROOTS to those that hold the microscope's images."
          : "Either none has been taken yet, or it lies outside of the folders in SMARTEM_IMAGE_ROOTS.",
    });
  };

  const image = (
    name: string,
    path: string,
    entity: "grid" | "gridsquare" | "micrograph",
    sources: (db: Pool, within: ImageRoots, uuid: string) => Promise<ImageSources>,
    summary: string,
  ): void => {
    app.get(
      routePath(path),
      {
        schema: {
          operationId: operationId(name, path, "get"),
          summary,
          tags: ["Images"],
          querystring: ImageQuery,
          response,
        },
      },
      async (request, reply) => {
        const [given = ""] = Object.values(request.params as Record<string, string>);
        const uuid = await requireEntity(pool, entity, given);
        return send(request, reply, `${entity} ${uuid}`, await sources(pool, roots, uuid));
      },
    );
  };
  image(
    "get_grid_atlas_image",
    "/grids/{grid_uuid}/atlas_image",
    "grid",
    atlasSources,
    "The grid's atlas, or a part of it",
  );
  image(
    "get_gridsquare_image",
    "/gridsquares/{gridsquare_uuid}/gridsquare_image",
    "gridsquare",
    gridSquareSources,
    "The image of a grid square, or a part of it",
  );
  image(
    "get_micrograph_image",
    "/micrographs/{micrograph_uuid}/image",
    "micrograph",
    micrographSources,
    "A micrograph, or a part of it",
  );
}

function cropOf({ x, y, w, h }: Query): Crop | null {
  if (x == null && y == null && w == null && h == null) return null;
  if (x == null || y == null || w == null || h == null)
    throw unprocessable(["query"], "x, y, w and h belong together: give all of them, or none.", "missing");
  if (w * h > MAX_PIXELS) throw unprocessable(["query", "w"], `A part may have at most ${MAX_PIXELS} pixels.`);
  return { centerX: x, centerY: y, widthPx: w, heightPx: h };
}

function isNamed(header: string | undefined, tag: string): boolean {
  const named = (header ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  return named.includes(tag) || named.includes("*");
}
