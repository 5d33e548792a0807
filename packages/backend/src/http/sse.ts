import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyInstance {
    /** The streams that are open. */
    readonly eventStreams: Set<EventStream>;
  }
}

/** How much may wait for a client that does not take it before the client is cut off: what it misses is there when it comes back. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** How much may wait before whoever can goes by the client's pace (see {@link EventStream.drained}). */
const BACKLOG_BYTES = 256 * 1024;
/** A client that takes nothing for so long is cut off. */
const DRAIN_TIMEOUT_MS = 30_000;

/** How often a stream says that it is there. */
export const STREAM_HEARTBEAT_MS = 30_000;
/** Clients that are told to go come back after about this long. */
const RECONNECT_MS = 1_000;
/** The longest that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One Server-Sent Events stream. */
export interface EventStream {
  /** The path that it was asked for by, with its parameters' names. */
  readonly route: string;
  /** Sends one event; `id` is what the client will name when it resumes. */
  send(event: string, data: unknown, id?: number): void;
  readonly closed: boolean;
  /** Whether the client takes more slowly than is sent. */
  readonly backlogged: boolean;
  /** Waits until the client has taken what was sent; cuts it off when it takes nothing for long. @returns whether the stream is open */
  drained(): Promise<boolean>;
  /** Ends it; with a reason, the client learns of it and when to come back. */
  end(reason?: string): void;
  onClose(listener: () => void): void;
}

/** Keeps account of the server's streams, and ends them before it closes. */
export function keepEventStreams(app: FastifyInstance): void {
  app.decorate("eventStreams", new Set<EventStream>());
  app.addHook("preClose", async () => {
    for (const stream of app.eventStreams) stream.end("the server is stopping");
  });
}

/** Turns a request into a stream, which ends at the latest when the caller's token does. The reply is the stream's from then on. */
export function openEventStream(request: FastifyRequest, reply: FastifyReply): EventStream {
  const { raw } = reply;
  const listeners: (() => void)[] = [];
  /** Who waits until the client has taken what was sent. */
  const waiting = new Set<() => void>();
  const letGo = (): void => {
    for (const go of waiting) go();
    waiting.clear();
  };
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    letGo();
    for (const listener of listeners) listener();
  };
  reply.hijack();
  const headers: OutgoingHttpHeaders = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    connection: "keep-alive",
    // Proxies that buffer would hold events back.
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
    // Which pages may read it, as in every other answer.
    ...forOrigins(reply),
  };
  raw.writeHead(200, headers);
  raw.write(": connected\n\n");
  request.raw.socket.setNoDelay(true);
  request.raw.once("close", close);
  raw.once("close", close);
  raw.on("error", close);
  raw.on("drain", letGo);
  const cutOff = (): void => {
    if (closed) return;
    request.log.warn({ route: request.routeOptions.url }, "an event stream's client is too slow and was cut off");
    raw.destroy();
    close();
  };
  const stream: EventStream = {
    route: request.routeOptions.url ?? "",
    send(event, data, id) {
      if (closed) return;
      // Looked at before: one event may be large, and the client that it is for quick.
      if (raw.writableLength > MAX_BUFFERED_BYTES) return cutOff();
      raw.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    get closed() {
      return closed;
    },
    get backlogged() {
      return raw.writableLength > BACKLOG_BYTES;
    },
    async drained() {
      if (closed || !raw.writableNeedDrain) return !closed;
      const timer = setTimeout(cutOff, DRAIN_TIMEOUT_MS);
      await new Promise<void>((resolve) => waiting.add(resolve));
      clearTimeout(timer);
      return !closed;
    },
    end(reason) {
      if (closed) return;
      raw.end(reason === undefined ? undefined : `retry: ${RECONNECT_MS}\n: ${reason}\n\n`);
      close();
    },
    onClose(listener) {
      if (closed) listener();
      else listeners.push(listener);
    },
  };
  // Lines that say nothing: they keep proxies from cutting a quiet stream off, and show that its client is gone.
  const alive = setInterval(() => raw.write(": alive\n\n"), STREAM_HEARTBEAT_MS);
  listeners.push(() => clearInterval(alive));
  const { eventStreams } = request.server;
  eventStreams.add(stream);
  listeners.push(() => eventStreams.delete(stream));
  if (request.caller !== null) {
    const remainingMs = request.caller.expiresAtMs - Date.now();
    const timer = setTimeout(() => stream.end("the access token has expired"), Math.min(remainingMs, MAX_TIMER_MS));
    listeners.push(() => clearTimeout(timer));
  }
  // Who went away while the request was being looked at has closed the connection before anybody listened.
  if (request.raw.socket.destroyed) close();
  return stream;
}

/** The id of the last event that a client that resumes has had; null where it names none. */
export function lastEventId(request: FastifyRequest): number | null {
  const header = request.headers["last-event-id"];
  const id = Number(header);
  return typeof header === "string" && Number.isSafeInteger(id) && id >= 0 ? id : null;
}

const ABOUT_ORIGINS = ["access-control-allow-origin", "access-control-allow-credentials", "vary"];

/** What has been said in the reply's head about other origins: a stream writes past the reply, which would have sent it. */
function forOrigins(reply: FastifyReply): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).filter(([name]) => ABOUT_ORIGINS.includes(name)),
  ) as OutgoingHttpHeaders;
}
