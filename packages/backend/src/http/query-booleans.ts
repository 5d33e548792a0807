import type { FastifyInstance, RouteOptions } from "fastify";

/** What clients of the original write, whose queries were read by pydantic; `requests` in Python sends `True`. In any case. */
const WORDS: ReadonlyMap<string, boolean> = new Map(
  Object.entries({
    true: true,
    t: true,
    yes: true,
    y: true,
    on: true,
    "1": true,
    false: false,
    f: false,
    no: false,
    n: false,
    off: false,
    "0": false,
  }),
);

interface QuerySchema {
  readonly type?: string;
  readonly anyOf?: readonly QuerySchema[];
  readonly properties?: Readonly<Record<string, QuerySchema>>;
}

function isBoolean({ type, anyOf }: QuerySchema): boolean {
  return type === "boolean" || (anyOf?.some(isBoolean) ?? false);
}

/** Reads the booleans of queries in all the ways in which they are written, before they are validated. Has to come before the routes. */
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
          const value = typeof written === "string" ? WORDS.get(written.trim().toLowerCase()) : undefined;
          if (value !== undefined) query[name] = value;
        }
        done();
      },
      ...[route.preValidation ?? []].flat(),
    ];
  });
}
