import { messageOf } from "@smartem/common/errors";
import { err, ok, type Result } from "@smartem/common/result";
import { Agent, type Dispatcher } from "undici";
import type { TokenSource } from "../auth/token-source.js";
import { ServerClock } from "./server-clock.js";

/** Why a call did not succeed. */
export interface ApiFailure {
  /**
   * `unreachable`: no answer (try again). `busy`: the API can't just now (429, 5xx), or something else has answered in its
   * place, such as a proxy that is being set up (try again). `unauthorised`: it wants other credentials. `refused`: it will
   * not take this (4xx).
   */
  readonly kind: "unreachable" | "busy" | "unauthorised" | "refused";
  /** Of HTTP; null without an answer. */
  readonly status: number | null;
  readonly message: string;
  /** How long the API asks to wait; null where it does not say. */
  readonly retryAfterMs: number | null;
}

/** Whether the API itself says that it has no such thing. */
export function isUnknown({ kind, status }: ApiFailure): boolean {
  return kind === "refused" && status === 404;
}

/** What it answers to content that it would refuse again. */
export const CONTENT_REFUSALS: ReadonlySet<number | null> = new Set([400, 413, 422]);

export interface ApiCall {
  readonly method: "GET" | "POST" | "PUT";
  /** e.g. `/ingest` */
  readonly path: string;
  readonly body?: unknown;
  /** The body, where it is JSON already. */
  readonly json?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ApiClientOptions {
  /** e.g. `http://127.0.0.1:8000` */
  readonly url: string;
  readonly timeoutMs: number;
  /** Null: the API asks for none. */
  readonly tokens: TokenSource | null;
  /** Called when it begins to use another token. */
  readonly onNewToken?: () => void;
  /** Called when it answers after it did not, or could not. */
  readonly onBack?: () => void;
}

/** For all calls together. */
const CONNECTIONS = 8;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_MESSAGE_CHARACTERS = 2_000;

/** The calls of the HTTP API, with connections kept open, limits on time, and a token where one is wanted. */
export class ApiClient {
  /** What time it is at the API. */
  readonly clock = new ServerClock();
  readonly #options: ApiClientOptions;
  readonly #base: URL;
  readonly #calls: Agent;
  /** Streams keep their connections for as long as they last: among those for calls they would leave none. */
  readonly #streams: Agent;
  #token: string | null = null;
  #isAway = false;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#base = new URL(options.url.endsWith("/") ? options.url : `${options.url}/`);
    const connectTimeout = Math.min(10_000, options.timeoutMs);
    this.#calls = new Agent({ connections: CONNECTIONS, keepAliveTimeout: 30_000, connectTimeout });
    this.#streams = new Agent({ connectTimeout });
  }

  /** @returns the answer's JSON, null where it has none */
  async call(call: ApiCall): Promise<Result<unknown, ApiFailure>> {
    let answer = await this.#attempt(call);
    if (!answer.ok && answer.error.status === 401 && this.#options.tokens !== null) {
      this.#options.tokens.discard();
      answer = await this.#attempt(call);
    }
    return this.#noting(answer, call.signal);
  }

  /** Notes whether the API answers. */
  #noting<T>(answer: Result<T, ApiFailure>, signal: AbortSignal | undefined): Result<T, ApiFailure> {
    if (signal?.aborted === true) return answer;
    const wasAway = this.#isAway;
    this.#isAway = !answer.ok && (answer.error.kind === "unreachable" || answer.error.kind === "busy");
    if (wasAway && !this.#isAway) this.#options.onBack?.();
    return answer;
  }

  async #attempt(call: ApiCall): Promise<Result<unknown, ApiFailure>> {
    const opened = await this.#open(call, "application/json", call.timeoutMs ?? this.#options.timeoutMs);
    if (!opened.ok) return opened;
    const { statusCode, headers, body } = opened.value;
    let text: string;
    try {
      text = await readText(body, MAX_ANSWER_BYTES);
    } catch (thrown) {
      return err(unreachable(thrown));
    }
    if (statusCode >= 200 && statusCode < 300) {
      try {
        return ok(text === "" ? null : JSON.parse(text));
      } catch {
        return err({ kind: "busy", status: statusCode, message: "The answer is not JSON.", retryAfterMs: null });
      }
    }
    return err(failureOf(statusCode, headers["retry-after"], text));
  }

  /**
   * Opens a stream of Server-Sent Events. There is no limit on how long it stays silent: that is the caller's.
   *
   * @param connectTimeoutMs until it begins
   */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    connectTimeoutMs: number,
    signal: AbortSignal,
  ): Promise<Result<AsyncIterable<Uint8Array>, ApiFailure>> {
    const attempt = () => this.#open({ method: "GET", path, signal }, "text/event-stream", connectTimeoutMs, headers);
    let opened = await attempt();
    if (opened.ok && opened.value.statusCode === 401 && this.#options.tokens !== null) {
      this.#options.tokens.discard();
      await opened.value.body.dump().catch(() => undefined);
      opened = await attempt();
    }
    if (!opened.ok) return this.#noting(opened, signal);
    const { statusCode, body } = opened.value;
    if (statusCode === 200) return this.#noting(ok(body), signal);
    const text = await readText(body, MAX_ANSWER_BYTES).catch(() => "");
    return this.#noting(err(failureOf(statusCode, undefined, text)), signal);
  }

  async #open(
    call: ApiCall,
    accept: string,
    timeoutMs: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Result<Dispatcher.ResponseData, ApiFailure>> {
    let authorization: Record<string, string> = {};
    if (this.#options.tokens !== null) {
      const token = await this.#options.tokens.token();
      if (!token.ok) return err({ kind: "unauthorised", status: null, message: token.error, retryAfterMs: null });
      if (token.value !== this.#token) {
        this.#token = token.value;
        this.#options.onNewToken?.();
      }
      authorization = { authorization: `Bearer ${token.value}` };
    }
    const stream = accept === "text/event-stream";
    const body = call.json ?? (call.body === undefined ? null : JSON.stringify(call.body));
    const url = new URL(call.path.replace(/^\//, ""), this.#base);
    try {
      const answer = await (stream ? this.#streams : this.#calls).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: call.method,
        headers: {
          accept,
          ...(body === null ? {} : { "content-type": "application/json" }),
          ...authorization,
          ...headers,
        },
        body,
        headersTimeout: timeoutMs,
        bodyTimeout: stream ? 0 : timeoutMs,
        signal: call.signal ?? null,
      });
      this.clock.observe(answer.headers.date);
      return ok(answer);
    } catch (thrown) {
      return err(unreachable(thrown));
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#calls.destroy(), this.#streams.destroy()]);
  }
}

async function readText(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new Error(`The answer has more than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function unreachable(thrown: unknown): ApiFailure {
  return { kind: "unreachable", status: null, message: messageOf(thrown), retryAfterMs: null };
}

function failureOf(status: number, retryAfter: string | string[] | undefined, text: string): ApiFailure {
  const seconds = Number(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter);
  const detail = detailOf(text);
  return {
    kind: kindOf(status, detail !== null),
    status,
    message: (detail ?? text).slice(0, MAX_MESSAGE_CHARACTERS) || `HTTP ${status}`,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : null,
  };
}

function kindOf(status: number, isOfApi: boolean): ApiFailure["kind"] {
  if (status === 401) return "unauthorised";
  if (status < 400 || status >= 500 || status === 429 || status === 408 || !isOfApi) return "busy";
  return status === 403 ? "unauthorised" : "refused";
}

/** The API puts what is wrong under `detail`; null where it is not the API that answers. */
function detailOf(text: string): string | null {
  try {
    const detail = (JSON.parse(text) as { detail?: unknown } | null)?.detail;
    if (detail === undefined || detail === null) return null;
    return typeof detail === "string" ? detail : JSON.stringify(detail);
  } catch {
    return null;
  }
}
