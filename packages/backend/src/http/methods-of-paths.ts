import type { FastifyInstance } from "fastify";
import findMyWay, { type HTTPMethod } from "find-my-way";

/** How paths are matched with routes, by the server's router and by the one below. */
export const ROUTER_OPTIONS = { maxParamLength: 512, ignoreTrailingSlash: true };

/** Answers preflight requests of every path, whether it exists or not. */
const EVERY_PATH = "*";

/** Tells the methods that a path exists for, sorted, of the routes that are registered from now on. */
export function methodsOfPaths(app: FastifyInstance): (url: string) => readonly string[] {
  const router = findMyWay(ROUTER_OPTIONS);
  const known = new Set<HTTPMethod>();
  app.addHook("onRoute", ({ method, url }) => {
    if (url === EVERY_PATH) return;
    for (const each of [method].flat() as HTTPMethod[]) {
      known.add(each);
      if (!router.hasRoute(each, url)) router.on(each, url, () => undefined);
    }
  });
  return (url) => {
    const path = url.split("?", 1)[0] ?? url;
    return [...known].filter((method) => router.find(method, path) !== null).sort();
  };
}
