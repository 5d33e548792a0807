import { SmartemError } from "@smartem/common/errors";
import { type TSchema, Type } from "@smartem/common/schema";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import { ENDPOINTS, type Endpoint } from "../endpoints.js";
import { AlgorithmResultDraft, MAX_BULK_ITEMS, type ProblemDetails } from "../schemas.js";
import { fromText, validatorOf } from "../wire.js";
import { createHandlers, type Refusal } from "./handlers.js";
import type { AthenaState } from "./state.js";
import { type AthenaStore, openStore } from "./store.js";

export interface AthenaMockOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. The service knows no authentication: any other address opens it to the network. */
  readonly host?: string;
  /** The file that keeps the records beyond the end of the process; without it they live in memory alone. */
  readonly persistPath?: string;
  /** Where the times of records come from that have none. How long calls wait is real time in any case. */
  readonly clock?: () => Date;
}

export interface AthenaMock {
  /** E.g. `http://127.0.0.1:40213`. */
  readonly url: string;
  /** All records, to be looked at. */
  readonly state: Readonly<AthenaState>;
  /** Stands in for EPU's own way of handing over results, see `AthenaStore.addAlgorithmResults`. */
  addAlgorithmResults: AthenaStore["addAlgorithmResults"];
  /** How many calls of TimedDecision are waiting. */
  waitingCount(): number;
  /** Answers what waits, with 204, and stops. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** For a request to come in whole; how long its answer takes is not limited. */
const REQUEST_TIMEOUT_MS = 60_000;
/** How long closing waits for requests that are still coming in. */
const CLOSE_GRACE_MS = 1_000;
const MAX_PARAMETER_CHARACTERS = 4_096;
/** Beyond the API, since EPU writes its algorithm results to the real service by another way. */
const ALGORITHM_RESULTS_PATH = "/mock/AlgorithmResults";
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * Starts the whole Decision Service: every call of `ENDPOINTS`, with the rules of the real one for what exists already
 * (409), what is not there (404), what is none (204) and what makes no sense (400). `POST /mock/AlgorithmResults`
 * takes a list of algorithm results, for which the API has no call.
 *
 * @throws SmartemError `athena_journal_invalid`, `athena_mock_not_started`
 */
export async function startAthenaMock(options: AthenaMockOptions = {}): Promise<AthenaMock> {
  const store = await openStore(options);
  const app = createApp(store);
  try {
    const url = await app.listen({ port: options.port ?? 0, host: options.host ?? "127.0.0.1" });
    return {
      url,
      state: store.state,
      addAlgorithmResults: (results) => store.addAlgorithmResults(results),
      waitingCount: () => store.waitingCount(),
      async close() {
        // What waits has to be answered first, or the server would wait for it.
        store.stopWaiting();
        const impatience = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
        await app.close();
        clearTimeout(impatience);
        await store.close();
      },
    };
  } catch (thrown) {
    await app.close();
    await store.close();
    throw new SmartemError("athena_mock_not_started", 500, "The Athena mock could not start listening.", {
      hint: "Is the port taken by another process?",
      cause: thrown,
    });
  }
}

function createApp(store: AthenaStore): FastifyInstance {
  const app = Fastify({
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    forceCloseConnections: "idle",
  });
  app.addContentTypeParser(
    /^(text\/json|application\/[\w.-]+\+json)\b/,
    { parseAs: "string" },
    app.getDefaultJsonParser("error", "error"),
  );
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const validator = validatorOf(schema);
    return (input: unknown) => {
      const value = lowerCaseIds(
        httpPart === "body" ? input : fromText(schema, (input ?? {}) as Readonly<Record<string, unknown>>),
      );
      if (validator.Check(value)) return { value };
      const [first] = validator.Errors(value);
      return {
        error: new Error(`${httpPart ?? "request"}${first?.instancePath ?? ""} ${first?.message ?? "is not valid"}`),
      };
    };
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.validation !== undefined ? 400 : (error.statusCode ?? 500);
    return sendProblem(
      reply,
      status,
      status < 500 ? error.message : "The request could not be dealt with.",
      request.url,
    );
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, 404, `There is no ${request.method} ${request.url}.`, request.url),
  );

  const handlers = createHandlers(store);
  for (const [name, endpoint] of Object.entries(ENDPOINTS) as [keyof typeof ENDPOINTS, Endpoint][]) {
    const handle = handlers[name] as (input: unknown, signal: AbortSignal) => unknown;
    app.route({
      method: endpoint.method,
      url: endpoint.path.replace(/\{(\w+)\}/g, ":$1"),
      schema: {
        params: endpoint.params,
        querystring: endpoint.query,
        ...(endpoint.body === null ? {} : { body: endpoint.body }),
      },
      async handler(request, reply) {
        const gone = new AbortController();
        reply.raw.once("close", () => gone.abort());
        const input =
          endpoint.body === null ? { ...(request.params as object), ...(request.query as object) } : request.body;
        const outcome = (await handle(input, gone.signal)) as
          | { readonly ok: true; readonly value: unknown }
          | { readonly ok: false; readonly error: Refusal };
        if (!outcome.ok) return sendProblem(reply, outcome.error.status, outcome.error.detail, request.url);
        if (endpoint.method !== "GET") await store.written();
        if (outcome.value === null) return reply.code(endpoint.answer === null ? endpoint.success : 204).send();
        return reply.code(endpoint.success).type("application/json").send(JSON.stringify(outcome.value));
      },
    });
  }

  app.post(
    ALGORITHM_RESULTS_PATH,
    { schema: { body: Type.Array(AlgorithmResultDraft, { minItems: 1, maxItems: MAX_BULK_ITEMS }) } },
    async (request, reply) => {
      if (!store.addAlgorithmResults(request.body as AlgorithmResultDraft[]))
        return sendProblem(reply, 404, "A session or area of the results is not registered.", request.url);
      await store.written();
      return reply.code(204).send();
    },
  );
  return app;
}

function sendProblem(reply: FastifyReply, status: number, detail: string, instance: string): FastifyReply {
  const problem: ProblemDetails = {
    type: "about:blank",
    title: TITLES[status] ?? "Error",
    status,
    detail,
    instance,
    extensions: null,
  };
  return reply.code(status).type("application/problem+json").send(JSON.stringify(problem));
}

/** Ids are GUIDs to the service: upper and lower case are the same. */
function lowerCaseIds(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(lowerCaseIds);
  if (typeof input !== "object" || input === null) return input;
  const output: Record<string, unknown> = { ...input };
  for (const name of ["id", "sessionId", "decisionId"]) {
    const value = output[name];
    if (typeof value === "string") output[name] = value.toLowerCase();
  }
  return output;
}
