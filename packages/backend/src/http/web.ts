import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { declareAccess } from "../auth/guard.js";

/** Serves the built web UI: its files by name, and its page for every path of its own. Everybody may see them. */
export async function webRoutes(app: FastifyInstance, webRoot: string): Promise<void> {
  await app.register((web, _options, done) => {
    declareAccess(web, "public");
    void web.register(fastifyStatic, {
      root: webRoot,
      prefix: "/",
      wildcard: false,
      index: "index.html",
      // Its own header would take the place of the one below.
      cacheControl: false,
      setHeaders(reply, path) {
        // Names of built assets change with their content; the page that names them is asked for each time.
        reply.setHeader(
          "cache-control",
          /[\\/]assets[\\/]/.test(path) ? "public, max-age=31536000, immutable" : "no-cache",
        );
      },
    });
    web.get("/ui/*", { schema: { hide: true } }, (_request, reply) => reply.sendFile("index.html"));
    done();
  });
}
