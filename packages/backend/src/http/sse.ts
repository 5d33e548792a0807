import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";

/** How much a client may be behind before it is cut off: what it misses is there when it comes back. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** One Server-Sent Events stream. */
export interface EventStream {
  /** Sends one event; `id` is what the client will name when it resumes. */
  send(event: string, data: unknown, id?: number): void;
  readonly closed: boolean;
  end(): void;
  onClose(listener: () => void): void;
}

/** Turns a request into a stream. The reply is the stream's from then on. */
export function openEventStream(request: FastifyRequest, reply: FastifyReply): EventStream {
  const { raw } = reply;
  const listeners: (() => void)[] = [];
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    for (const listener of listeners) listener();
  };
  const origin = reply.getHeader("access-control-allow-origin")?.toString();
  reply.hijack();
  const headers: OutgoingHttpHeaders = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    connection: "keep-alive",
    // Proxies that buffer would hold events back.
    "x-accel-buffering": "no",
    ...(origin === undefined
      ? {}
      : { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" }),
  };
  raw.writeHead(200, headers);
  raw.write(": connected\n\n");
  request.raw.socket.setNoDelay(true);
  request.raw.once("close", close);
  raw.once("close", close);
  raw.on("error", close);
  return {
    send(event, data, id) {
      if (closed) return;
      raw.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (raw.writableLength > MAX_BUFFERED_BYTES) {
        request.log.warn({ url: request.url }, "an event stream's client is too slow and was cut off");
        raw.destroy();
        close();
      }
    },
    get closed() {
      return closed;
    },
    end() {
      raw.end();
      close();
    },
    onClose(listener) {
      if (closed) listener();
      else listeners.push(listener);
    },
  };
}
