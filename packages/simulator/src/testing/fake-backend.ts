import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { naturalId } from "@smartem/common/ids";
import type { OutgoingMessage } from "../channel.js";
import type { HoleTruth, MicrographTruth, SquareTruth } from "../grid-truth.js";

interface StoredEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The part of the backend that external programs see: models, acquisitions, the stream of events, `POST /events`. */
export interface FakeBackend {
  readonly url: string;
  readonly acquisitionUuid: string;
  readonly gridUuid: string;
  /** Names of registered models, in order. */
  readonly models: string[];
  /** Everything that `POST /events` took over. */
  readonly received: OutgoingMessage[];
  /** How often the stream was opened, and after which event. */
  readonly streamsAfter: number[];
  /** Lets the next so many requests fail with 503. */
  failNext(requests: number): void;
  publish(type: string, data: Readonly<Record<string, unknown>>): void;
  square(square: SquareTruth): string;
  hole(hole: HoleTruth): string;
  /** @param known false: created before its manifest could be read */
  micrograph(hole: HoleTruth, micrograph: MicrographTruth, known?: boolean): string;
  /** Answers GET requests to a path with this, whatever their query. */
  answerGet(path: string, body: unknown): void;
  /** Cuts all streams. */
  breakStreams(): void;
  close(): Promise<void>;
}

export async function startFakeBackend(acquisitionName: string): Promise<FakeBackend> {
  const acquisitionUuid = naturalId(["acquisition", acquisitionName]);
  const gridUuid = naturalId(["grid", acquisitionName]);
  const models: string[] = [];
  const received: OutgoingMessage[] = [];
  const streamsAfter: number[] = [];
  const events: StoredEvent[] = [];
  const streams = new Set<ServerResponse>();
  const answers = new Map<string, unknown>();
  let failing = 0;

  const write = (stream: ServerResponse, event: StoredEvent): void => {
    stream.write(
      `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify({ event_type: event.type, ...event.data })}\n\n`,
    );
  };
  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? "/", "http://localhost");
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body: unknown = chunks.length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
    if (failing > 0) {
      failing--;
      answer(response, 503, { detail: "not now" });
    } else if (url.pathname === "/prediction_models") {
      models.push((body as { name: string }).name);
      answer(response, 201, body);
    } else if (url.pathname === `/acquisitions/${acquisitionUuid}`) {
      answer(response, 200, { uuid: acquisitionUuid, name: acquisitionName });
    } else if (url.pathname === "/events" && incoming.method === "POST") {
      const messages = body as OutgoingMessage[];
      received.push(...messages);
      answer(response, 202, { accepted: messages.length, rejected: [] });
    } else if (url.pathname === "/events/stream") {
      const after = Number(incoming.headers["last-event-id"] ?? url.searchParams.get("after") ?? 0);
      streamsAfter.push(after);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": open\n\n");
      streams.add(response);
      response.on("close", () => streams.delete(response));
      for (const event of events) if (event.id > after) write(response, event);
    } else if (answers.has(url.pathname)) {
      answer(response, 200, answers.get(url.pathname));
    } else answer(response, 404, { detail: "Not Found" });
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const publish: FakeBackend["publish"] = (type, data) => {
    const event = { id: events.length + 1, type, data };
    events.push(event);
    for (const stream of streams) write(stream, event);
  };
  const parents = { grid_uuid: gridUuid, acquisition_uuid: acquisitionUuid };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acquisitionUuid,
    gridUuid,
    models,
    received,
    streamsAfter,
    failNext: (requests) => {
      failing = requests;
    },
    publish,
    square: (square) => {
      const uuid = naturalId(["gridsquare", gridUuid, String(square.id)]);
      publish("gridsquare_lowmag.created", { uuid, gridsquare_id: String(square.id), ...parents });
      return uuid;
    },
    hole: (hole) => {
      const uuid = naturalId(["foilhole", gridUuid, String(hole.id)]);
      publish("foilhole.created", { uuid, foilhole_id: String(hole.id), ...parents });
      return uuid;
    },
    micrograph: (hole, micrograph, known = true) => {
      const uuid = naturalId(["micrograph", gridUuid, micrograph.uniqueId]);
      const data = { uuid, foilhole_id: String(hole.id), ...parents };
      if (!known) publish("micrograph.created", { ...data, micrograph_id: null });
      publish(known ? "micrograph.created" : "micrograph.updated", { ...data, micrograph_id: micrograph.uniqueId });
      return uuid;
    },
    answerGet: (path, body) => {
      answers.set(path, body);
    },
    breakStreams: () => {
      for (const stream of streams) stream.destroy();
    },
    close: async () => {
      for (const stream of streams) stream.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
