import { setMaxListeners } from "node:events";
import { messageOf } from "@smartem/common/errors";
import { err, ok, type Result } from "@smartem/common/result";
import { ExponentialBackoff, handleWhenResult, retry } from "cockatiel";
import { Agent, request, errors as undiciErrors } from "undici";
import { type Answer, ENDPOINTS, type Endpoint, type EndpointName, type Endpoints, type Input } from "./endpoints.js";
import { type AthenaError, type AthenaErrorCode, isTransient } from "./errors.js";
import { ProblemDetails } from "./schemas.js";
import { kindOf, validatorOf, withNulls } from "./wire.js";

export interface AthenaClientOptions {
  /** Where the service is, e.g. `http://127.0.0.1:5000`; may end in a path that comes before `/api/v1`. */
  readonly baseUrl: string;
  /** The longest that one attempt may take, its answer's last byte included. Default 10,000. */
  readonly timeoutMs?: number;
  /** How often a GET, PUT or DELETE that failed in passing is sent again. Default 3. */
  readonly retries?: number;
  /** Wait before the first repetition, doubled on average for each further one. Default 200. */
  readonly backoffMs?: number;
  /** The longest wait between two attempts. Default 5,000. */
  readonly maxBackoffMs?: number;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  /** Gives the call up; its result is then `athena_unreachable`. */
  readonly signal?: AbortSignal;
}

type ReadonlyList<T> = T extends readonly (infer Item)[] ? readonly Item[] : T;
type Arguments<E extends Endpoint> = keyof Input<E> extends never
  ? [options?: CallOptions]
  : [input: ReadonlyList<Input<E>>, options?: CallOptions];

type Calls = {
  readonly [Name in EndpointName]: (
    ...args: Arguments<Endpoints[Name]>
  ) => Promise<Result<Answer<Endpoints[Name]>, AthenaError>>;
};

/**
 * One method per call of the service, named as in `ENDPOINTS`. A call with a body takes it as its first argument, any
 * other takes its path and query parameters as one object. No call throws: its outcome is a value.
 */
export interface AthenaClient extends Calls {
  readonly baseUrl: string;
  /** Breaks off what is under way (`athena_unreachable`) and closes all connections. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RETRIES = 3;
const DEFAULT_BACKOFF_MS = 200;
const DEFAULT_MAX_BACKOFF_MS = 5_000;
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
const IDEMPOTENT: ReadonlySet<Endpoint["method"]> = new Set(["GET", "PUT", "DELETE"]);

/**
 * A client of the Decision Service. Connections are kept alive and shared by all calls; there is no limit to their
 * number, since every `getTimedDecision` occupies one for as long as it waits.
 *
 * @example
 * const athena = createAthenaClient({ baseUrl: "http://127.0.0.1:5000" });
 * const area = await athena.getArea({ sessionId, areaId: 4590776 });
 * if (!area.ok && area.error.code === "athena_not_found") await athena.postArea({ … });
 */
export function createAthenaClient(options: AthenaClientOptions): AthenaClient {
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const agent = new Agent({ maxResponseSize: MAX_ANSWER_BYTES, headersTimeout: 0, bodyTimeout: 0, pipelining: 1 });
  const closing = new AbortController();
  // One listener for each call that is under way, of which there may be any number.
  setMaxListeners(0, closing.signal);
  const policy = retry(
    handleWhenResult((result) => isTransientFailure(result as Result<unknown, AthenaError>)),
    {
      maxAttempts: options.retries ?? DEFAULT_RETRIES,
      backoff: new ExponentialBackoff({
        initialDelay: options.backoffMs ?? DEFAULT_BACKOFF_MS,
        maxDelay: options.maxBackoffMs ?? DEFAULT_MAX_BACKOFF_MS,
      }),
    },
  );

  async function call(
    endpoint: Endpoint,
    input: unknown,
    callOptions: CallOptions,
  ): Promise<Result<unknown, AthenaError>> {
    const parameters = endpoint.body === null ? (input as { readonly timeout?: number }) : {};
    const waitS = parameters.timeout ?? 0;
    const timeoutMs = (callOptions.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS) + waitS * 1000;
    const body = endpoint.body === null ? null : JSON.stringify(input);
    const url = `${baseUrl}${locate(endpoint, parameters)}`;
    const signals = callOptions.signal === undefined ? [closing.signal] : [closing.signal, callOptions.signal];
    return interruptible(
      signals,
      (signal) => {
        const attempt = () => once(agent, endpoint, url, body, timeoutMs, signal);
        return IDEMPOTENT.has(endpoint.method) ? policy.execute(attempt, signal) : attempt();
      },
      () => failure(endpoint, "athena_unreachable", "was given up"),
    );
  }

  const calls = Object.fromEntries(
    Object.entries(ENDPOINTS).map(([name, endpoint]: [string, Endpoint]) => {
      const takesInput = endpoint.body !== null || takesParameters(endpoint);
      return [
        name,
        takesInput
          ? (input: unknown, callOptions: CallOptions = {}) => call(endpoint, input, callOptions)
          : (callOptions: CallOptions = {}) => call(endpoint, {}, callOptions),
      ];
    }),
  ) as unknown as Calls;

  return {
    ...calls,
    baseUrl,
    async close() {
      closing.abort();
      await agent.destroy();
    },
  };
}

function takesParameters(endpoint: Endpoint): boolean {
  return Object.keys(endpoint.params.properties).length + Object.keys(endpoint.query.properties).length > 0;
}

function isTransientFailure(result: Result<unknown, AthenaError>): boolean {
  return !result.ok && isTransient(result.error);
}

function locate(endpoint: Endpoint, input: object): string {
  const parameters = input as Readonly<Record<string, unknown>>;
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parameters[name])));
  const query = new URLSearchParams();
  for (const name of Object.keys(endpoint.query.properties)) {
    const value = parameters[name];
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

async function once(
  agent: Agent,
  endpoint: Endpoint,
  url: string,
  body: string | null,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Result<unknown, AthenaError>> {
  if (signal.aborted) return failure(endpoint, "athena_unreachable", "was given up");
  const limit = new AbortController();
  const giveUp = (): void => limit.abort();
  signal.addEventListener("abort", giveUp, { once: true });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    limit.abort();
  }, timeoutMs);
  try {
    const response = await request(url, {
      dispatcher: agent,
      method: endpoint.method,
      signal: limit.signal,
      headers: {
        accept: "application/json, application/problem+json",
        ...(body === null ? {} : { "content-type": "application/json" }),
      },
      body,
    });
    return readAnswer(endpoint, response.statusCode, await response.body.text());
  } catch (thrown) {
    if (timedOut) return failure(endpoint, "athena_timeout", `had no answer within ${timeoutMs} ms`);
    if (thrown instanceof undiciErrors.ResponseExceededMaxSizeError)
      return failure(endpoint, "athena_bad_response", `was answered with more than ${MAX_ANSWER_BYTES} bytes`);
    return failure(endpoint, "athena_unreachable", `did not come through: ${reasonOf(thrown)}`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

/** Runs `work` until one of `signals` is aborted; then `work`'s own signal is, and the result is `interrupted()`. */
async function interruptible<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
  interrupted: () => T,
): Promise<T> {
  if (signals.some((signal) => signal.aborted)) return interrupted();
  // Not AbortSignal.any: on Node 20 it keeps every combined signal alive as long as the longest-lived source.
  const controller = new AbortController();
  let stop = (): void => {};
  const stopped = new Promise<T>((resolve) => {
    stop = () => {
      controller.abort();
      resolve(interrupted());
    };
  });
  for (const signal of signals) signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work(controller.signal), stopped]);
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", stop);
  }
}

function readAnswer(endpoint: Endpoint, status: number, text: string): Result<unknown, AthenaError> {
  if (status === 204 && (endpoint.mayBeNone || endpoint.success === 204)) return ok(null);
  if (status >= 200 && status < 300) {
    if (endpoint.answer === null) return ok(null);
    if (status === 204) return nothingFound(endpoint);
    const answer = withNulls(endpoint.answer, parseAnswer(endpoint, text));
    const validator = validatorOf(endpoint.answer);
    if (validator.Check(answer)) return ok(answer);
    const first = validator.Errors(answer)[0];
    const where = first === undefined ? "" : `: ${first.instancePath || "the answer"} ${first.message}`;
    return failure(endpoint, "athena_bad_response", `was answered with something else than documented${where}`, status);
  }
  const problem = readProblem(text, status);
  const said = problem?.detail ?? problem?.title ?? "";
  return failure(
    endpoint,
    codeOf(status, problem !== null),
    `was answered with ${status}${said && `: ${said}`}`,
    status,
    problem,
  );
}

/** What 204 means where the service does not document it: a list without anything in it, or nothing of the kind. */
function nothingFound(endpoint: Endpoint): Result<unknown, AthenaError> {
  if (endpoint.method !== "GET") return failure(endpoint, "athena_bad_response", "was answered with nothing", 204);
  if (endpoint.answer !== null && kindOf(endpoint.answer) === "array") return ok([]);
  return failure(endpoint, "athena_not_found", "found nothing", 204);
}

function codeOf(status: number, isExplained: boolean): AthenaErrorCode {
  if (status >= 500 || status === 429) return "athena_server_error";
  // The service explains what it refuses. Anything else is the word of a proxy, or of what else is at the address.
  if (!isExplained) return "athena_bad_response";
  if (status === 404) return "athena_not_found";
  if (status === 409) return "athena_conflict";
  return status >= 400 ? "athena_bad_request" : "athena_bad_response";
}

/** What does not parse stays text: a bare string may come as plain text, and anything else then fails its schema. */
function parseAnswer(endpoint: Endpoint, text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return endpoint.answer !== null && kindOf(endpoint.answer) === "string" && typeof parsed !== "string"
      ? text
      : parsed;
  } catch {
    return text;
  }
}

function readProblem(text: string, status: number): ProblemDetails | null {
  try {
    const read = withNulls(ProblemDetails, JSON.parse(text));
    if (!validatorOf(ProblemDetails).Check(read)) return null;
    const problem = read as ProblemDetails;
    return problem.title !== null || problem.status === status ? problem : null;
  } catch {
    return null;
  }
}

function failure(
  endpoint: Endpoint,
  code: AthenaErrorCode,
  what: string,
  status: number | null = null,
  problem: ProblemDetails | null = null,
): Result<never, AthenaError> {
  const call = `${endpoint.method} ${endpoint.path}`;
  return err({ code, message: `${call} ${what}`, call, status, problem });
}

/** The innermost reason: undici wraps a refused connection to a host of several addresses twice. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return thrown.errors.map(messageOf).join("; ");
  if (thrown instanceof Error && thrown.cause instanceof Error) return reasonOf(thrown.cause);
  return messageOf(thrown);
}
