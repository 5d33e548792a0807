import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** Serves the built web UI: its files by name, and its page for every path of its own. */
export async function webRoutes(app: FastifyInstance, webRoot: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: webRoot,
    prefix: "/",
    wildcard: false,
    index: "index.html",
    setHeaders(reply, path) {
      // Names of built assets change with their content; the page that names them is asked for each time.
      reply.setHeader("cache-control", path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  app.get("/ui/*", { schema: { hide: true } }, (_request, reply) => reply.sendFile("index.html"));
}
