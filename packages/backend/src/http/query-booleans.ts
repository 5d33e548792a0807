import { readBoolean } from "@smartem/common/booleans";
import type { FastifyInstance, RouteOptions } from "fastify";

interface QuerySchema {
  readonly type?: string;
  readonly anyOf?: readonly QuerySchema[];
  readonly properties?: Readonly<Record<string, QuerySchema>>;
}

function isBoolean({ type, anyOf }: QuerySchema): boolean {
  return type === "boolean" || (anyOf?.some(isBoolean) ?? false);
}

/**
 * Reads the booleans of queries in all the ways in which clients write them (`requests` in Python sends `True`), before they are
 * validated. Has to come before the routes.
 */
export function readQueryBooleans(app: FastifyInstance): void {
  app.addHook("onRoute", (route: RouteOptions) => {
    const { properties = {} } = (route.schema?.querystring ?? {}) as QuerySchema;
    const names = Object.keys(properties).filter((name) => isBoolean(properties[name] ?? {}));
    if (names.length === 0) return;
    route.preValidation = [
      (request, _reply, done) => {
        const query = request.query as Record<string, unknown>;
        for (const name of names) {
          const written = query[name];
          const value = typeof written === "string" ? readBoolean(written) : null;
          if (value !== null) query[name] = value;
        }
        done();
      },
      ...[route.preValidation ?? []].flat(),
    ];
  });
}
