import { parseTime } from "@smartem/common/time";
import { Ajv, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";
import type { FastifyServerOptions } from "fastify";

// The package's types describe a default export that its CommonJS build offers as a property.
const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;

function newAjv(coerceTypes: boolean, shared: Readonly<Record<string, unknown>>): Ajv {
  const ajv = new Ajv({
    coerceTypes: coerceTypes ? "array" : false,
    allErrors: true,
    removeAdditional: false,
    useDefaults: false,
    strict: false,
    // JSON's 1e400 is infinite to JavaScript, and null to the database.
    strictNumbers: true,
  });
  addFormats(ajv);
  // Wider than RFC 3339: a time without an offset is UTC.
  ajv.addFormat("date-time", (text: string) => parseTime(text) !== null);
  for (const [id, schema] of Object.entries(shared)) ajv.addSchema(schema as object, id);
  return ajv;
}

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]>;

/** Makes a value at its first use. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/**
 * How the server checks requests and writes answers. A schema is compiled when its operation is first asked for: all of them
 * together would take most of a start. Given to the whole server, not set on it, because else the plugins beneath it build
 * compilers of their own.
 *
 * @param sharedSchemas what routes refer to, by id; asked for after the last has been added
 */
export function schemaCompilers(sharedSchemas: () => Readonly<Record<string, unknown>>): CompilersFactory {
  const bodies = once(() => newAjv(false, sharedSchemas()));
  // What comes in an address or a header is text.
  const texts = once(() => newAjv(true, sharedSchemas()));
  const buildValidator =
    () =>
    ({ schema, httpPart }: { readonly schema: unknown; readonly httpPart?: string }) => {
      const compiled = once(() => (httpPart === "body" ? bodies : texts)().compile(schema as object));
      const validate = (data: unknown): boolean => {
        const check = compiled();
        const holds = check(data);
        validate.errors = check.errors;
        return holds;
      };
      validate.errors = null as ValidateFunction["errors"];
      return validate;
    };
  return {
    // Described by the package as compilers of its own that get the schema alone; the server passes what this one takes.
    buildValidator: buildValidator as unknown as NonNullable<CompilersFactory["buildValidator"]>,
    // Answers are made by this program and by PostgreSQL's JSON functions: nothing has to be filtered out of them.
    buildSerializer: () => () => JSON.stringify,
  };
}
