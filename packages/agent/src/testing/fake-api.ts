import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ENTITIES } from "@smartem/common/entities";
import { ENTITY_NAMES, type EntityName, entityPath, INGEST_KEYS } from "@smartem/common/entity-names";
import type { InstructionAcknowledgement, InstructionMessage } from "@smartem/common/instructions";

type Body = Record<string, unknown>;

export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** What an API in trouble does instead of answering properly. */
export type Trouble =
  | { readonly kind: "none" }
  /** Stores, then answers 500: the answer is lost, the data are not. */
  | { readonly kind: "fails_after_storing" }
  | { readonly kind: "fails" }
  | { readonly kind: "forbids" }
  /** Something else answers in its place, such as a proxy. */
  | { readonly kind: "is_not_asked"; readonly status: number }
  | { readonly kind: "cuts_connection_after_storing" }
  | { readonly kind: "cuts_connection" };

interface FakeSession {
  readonly session_id: string;
  readonly agent_id: string;
  readonly acquisition_uuid: string | null;
  status: "active" | "completed";
  readonly streams: Set<ServerResponse>;
}

export interface FakeInstruction {
  readonly message: InstructionMessage;
  /** Withdrawn before it was carried out: no answer to it is taken. */
  isCancelled: boolean;
  sent: number;
  acks: InstructionAcknowledgement[];
  verifications: Body[];
}

/**
 * An API that keeps what it is sent in memory, follows the wire contract, and can be put into all sorts of trouble.
 */
export class FakeApi {
  readonly entities = new Map<EntityName, Map<string, Body>>(ENTITY_NAMES.map((name) => [name, new Map()]));
  readonly tilePositions = new Map<string, Body>();
  readonly registered: string[] = [];
  readonly sessions = new Map<string, FakeSession>();
  /** Sessions that an operator has closed. */
  readonly closedSessions = new Set<string>();
  readonly instructions = new Map<string, FakeInstruction>();
  readonly logs: Body[] = [];
  readonly requests: Recorded[] = [];
  heartbeats = 0;
  /** The connection that the last heartbeat named. */
  heartbeatOf: string | null = null;
  connections = 0;
  ingests = 0;
  created = 0;
  updated = 0;
  /** Decides for each request what goes wrong; by default nothing. */
  trouble: (path: string) => Trouble = () => ({ kind: "none" });
  /** Answers so when a request has such an entity. */
  refuses: (kind: EntityName, body: Body) => boolean = () => false;
  refusesWith = 422;
  delayMs: (path: string) => number = () => 0;
  /** Accepted bearer token; null: none is asked for. */
  token: string | null = null;
  /** Whether what has become of an instruction can be asked. */
  tellsOfInstructions = true;
  /** Of its database; null: it does not tell. */
  databaseId: string | null = null;
  heartbeatMs = 1_000;
  /** How far its clock is ahead of this process's. */
  clockAheadMs = 0;
  /** Keeps bodies of requests for inspection. */
  keepsRequests = true;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts listening, on the same port as before where it listened before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Stops listening and breaks all connections; what was stored stays. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** What time it is by its clock. */
  now(): number {
    return Date.now() + this.clockAheadMs;
  }

  /** Breaks all instruction streams. */
  cutStreams(): void {
    for (const session of this.sessions.values()) for (const stream of session.streams) stream.destroy();
  }

  all(kind: EntityName): Body[] {
    return [...(this.entities.get(kind)?.values() ?? [])];
  }

  counts(): Record<string, number> {
    return {
      ...Object.fromEntries(ENTITY_NAMES.map((name) => [name, this.entities.get(name)?.size ?? 0])),
      tile_position: this.tilePositions.size,
    };
  }

  /** All that is stored, in an order that depends on nothing but itself; what was said twice counts once. */
  state(): Record<string, unknown> {
    const sorted = (map: ReadonlyMap<string, Body>) =>
      [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, body]) => body);
    return {
      ...Object.fromEntries(ENTITY_NAMES.map((name) => [name, sorted(this.entities.get(name) ?? new Map())])),
      tile_positions: sorted(this.tilePositions),
      registered: [...new Set(this.registered.map((path) => path.replace(/\?.*/, "")))].sort(),
    };
  }

  /** @returns what restores everything as it is now */
  backUp(): () => void {
    const entities = [...this.entities].map(([name, map]) => [name, new Map(map)] as const);
    const tilePositions = new Map(this.tilePositions);
    const registered = [...this.registered];
    return () => {
      this.forgetEverything();
      for (const [name, map] of entities) for (const [uuid, body] of map) this.entities.get(name)?.set(uuid, body);
      for (const [key, body] of tilePositions) this.tilePositions.set(key, body);
      this.registered.push(...registered);
    };
  }

  forgetEverything(): void {
    for (const map of this.entities.values()) map.clear();
    this.tilePositions.clear();
    this.sessions.clear();
    this.registered.length = 0;
  }

  /** Gives a session something to do. */
  instruct(sessionId: string, type: string, payload: Body, more: Partial<InstructionMessage> = {}): FakeInstruction {
    const session = this.sessions.get(sessionId);
    const instruction: FakeInstruction = {
      message: {
        type: "instruction",
        instruction_id: `instruction-${this.instructions.size + 1}`,
        agent_id: session?.agent_id ?? "",
        session_id: sessionId,
        instruction_type: type,
        payload,
        sequence_number: this.instructions.size + 1,
        priority: "normal",
        created_at: new Date(this.now()).toISOString(),
        expires_at: null,
        metadata: null,
        ...more,
      },
      isCancelled: false,
      sent: 0,
      acks: [],
      verifications: [],
    };
    this.instructions.set(instruction.message.instruction_id, instruction);
    for (const stream of session?.streams ?? []) this.#deliver(stream, instruction);
    return instruction;
  }

  #deliver(stream: ServerResponse, instruction: FakeInstruction): void {
    instruction.sent++;
    send(stream, "instruction", instruction.message);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("date", new Date(this.now()).toUTCString());
    const path = request.url ?? "/";
    const body = await readJson(request);
    const method = request.method ?? "GET";
    if (this.keepsRequests) {
      this.requests.push({ method, path, body, authorization: request.headers.authorization });
    }
    if (this.token !== null && request.headers.authorization !== `Bearer ${this.token}`) {
      return answer(response, 401, { detail: "Invalid token" });
    }
    const waitMs = this.delayMs(path);
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const trouble = this.trouble(path);
    if (trouble.kind === "fails") return answer(response, 500, { detail: "Internal error" });
    if (trouble.kind === "forbids") return answer(response, 403, { detail: "Not permitted" });
    if (trouble.kind === "is_not_asked") {
      response.writeHead(trouble.status, { "content-type": "text/html" });
      return void response.end(
        "<html><head><title>The plain HTTP request was sent to HTTPS port</title></head></html>",
      );
    }
    if (trouble.kind === "cuts_connection") return void response.destroy();
    const [status, result] = this.#respond(method, path, body, response);
    if (trouble.kind === "fails_after_storing") return answer(response, 500, { detail: "Internal error" });
    if (trouble.kind === "cuts_connection_after_storing") return void response.destroy();
    if (status !== 0) answer(response, status, result);
  }

  #respond(method: string, path: string, body: unknown, response: ServerResponse): [number, unknown] {
    if (method === "POST" && path === "/ingest") return this.#ingest(body as Record<string, Body[]>);
    if (path === "/database/identity") {
      return this.databaseId === null ? [404, { detail: "Not Found" }] : [200, { database_id: this.databaseId }];
    }
    const asksOf = /^\/instructions\/([^/?]+)$/.exec(path)?.[1];
    if (asksOf !== undefined) {
      if (!this.tellsOfInstructions) return [404, { detail: "Not Found" }];
      const found = this.instructions.get(asksOf);
      if (found === undefined) return [404, { detail: `Instruction ${asksOf} not found` }];
      const status = found.isCancelled ? "cancelled" : found.acks.length === 0 ? "sent" : "acknowledged";
      return [200, { instruction_id: asksOf, status }];
    }
    const [, folder, uuid = ""] = /^(\/[a-z-]+)\/([^/?]+)$/.exec(path) ?? [];
    const asked = ENTITY_NAMES.find((name) => entityPath(name) === folder);
    if (method === "GET" && asked !== undefined) {
      const found = this.entities.get(asked)?.get(uuid);
      return found === undefined ? [404, { detail: `${asked} ${uuid} not found` }] : [200, found];
    }
    if (method === "PUT" && asked !== undefined) {
      const found = this.entities.get(asked)?.get(uuid);
      return found === undefined
        ? [404, { detail: `${asked} ${uuid} not found` }]
        : [200, Object.assign(found, body as Body)];
    }
    const registered = /^\/(grids|gridsquares)\/([^/?]+)\/registered/.exec(path);
    if (registered !== null) {
      const kind = registered[1] === "grids" ? "grid" : "gridsquare";
      if (this.entities.get(kind)?.has(registered[2] ?? "") !== true) return [404, { detail: `${kind} not found` }];
      this.registered.push(path);
      return [200, true];
    }
    const [, agent = "", rest = ""] = /^\/agent\/([^/]+)\/(.*)$/.exec(path) ?? [];
    if (rest === "sessions") return this.#openSession(agent, body as Body);
    const [, sessionId = "", action = ""] = /^sessions?\/([^/]+)\/(.*)$/.exec(rest) ?? [];
    const session = this.sessions.get(sessionId);
    if (/^instructions\/stream(\?|$)/.test(action))
      return this.#stream(session, response, action.includes("unanswered=true"));
    if (session === undefined) return [404, { detail: `Session ${sessionId} not found` }];
    if (/^close(\?|$)/.test(action)) {
      session.status = "completed";
      for (const stream of session.streams) stream.end();
      return [200, {}];
    }
    if (/^heartbeat(\?|$)/.test(action)) {
      this.heartbeats++;
      this.heartbeatOf = /\?connection_id=(.*)$/.exec(action)?.[1] ?? null;
      return session.streams.size === 0 ? [404, { detail: "no active connection" }] : [200, {}];
    }
    if (action === "logs") {
      const { logs } = body as { logs: Body[] };
      if (logs.length > 500) return [422, { detail: "too many" }];
      this.logs.push(...logs);
      return [200, { stored: logs.length }];
    }
    const [, instructionId = "", what = ""] = /^instructions\/([^/]+)\/(ack|verification)$/.exec(action) ?? [];
    const instruction = this.instructions.get(instructionId);
    if (instruction === undefined) return [404, { detail: "not found" }];
    if (what === "ack") instruction.acks.push(body as InstructionAcknowledgement);
    else instruction.verifications.push(body as Body);
    return [200, {}];
  }

  #openSession(agent: string, body: Body): [number, unknown] {
    const acquisition = body.acquisition_uuid as string | null;
    if (acquisition !== null && this.entities.get("acquisition")?.has(acquisition) !== true) {
      return [404, { detail: `Acquisition ${acquisition} not found` }];
    }
    const id = body.session_id as string;
    if (this.closedSessions.has(id)) return [409, { detail: `Session ${id} was closed by an operator` }];
    const session = this.sessions.get(id) ?? {
      session_id: id,
      agent_id: agent,
      acquisition_uuid: acquisition,
      status: "active" as const,
      streams: new Set<ServerResponse>(),
    };
    session.status = "active";
    this.sessions.set(id, session);
    const { streams: _streams, ...said } = session;
    return [201, said];
  }

  #stream(session: FakeSession | undefined, response: ServerResponse, unanswered: boolean): [number, unknown] {
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (session === undefined || session.status !== "active") {
      send(response, "error", { type: "error", error: "session_validation_failed", message: "unknown session" });
      response.end();
      return [0, null];
    }
    this.connections++;
    session.streams.add(response);
    send(response, "connection", {
      type: "connection",
      agent_id: session.agent_id,
      session_id: session.session_id,
      connection_id: `connection-${this.connections}`,
      status: "connected",
    });
    const beat = setInterval(() => {
      send(response, "heartbeat", { type: "heartbeat", timestamp: new Date().toISOString(), connection_id: "" });
    }, this.heartbeatMs);
    response.on("close", () => {
      clearInterval(beat);
      session.streams.delete(response);
    });
    for (const instruction of this.instructions.values()) {
      const isFinal = instruction.acks.some(({ status }) => !unanswered || status !== "received");
      const isOpen = !isFinal && !instruction.isCancelled;
      if (instruction.message.session_id === session.session_id && isOpen) this.#deliver(response, instruction);
    }
    return [0, null];
  }

  #ingest(request: Record<string, Body[]>): [number, unknown] {
    for (const kind of ENTITY_NAMES) {
      for (const body of request[INGEST_KEYS[kind]] ?? []) {
        if (this.refuses(kind, body)) {
          return [
            this.refusesWith,
            { detail: [{ loc: ["body", INGEST_KEYS[kind]], msg: `${String(body.uuid)} is not valid` }] },
          ];
        }
      }
    }
    this.ingests++;
    const rejected: Body[] = [];
    const answered = { created: 0, updated: 0, unchanged: 0, rejected };
    const store = (map: Map<string, Body>, uuid: string, body: Body): void => {
      const before = map.get(uuid);
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
      const after = { ...before, ...given };
      // What is over stays so for who tells it as it was known earlier.
      if (before?.status === "completed" || before?.status === "abandoned") after.status = before.status;
      if (before === undefined) answered.created++;
      else if (Object.entries(given).some(([key, value]) => before[key] !== value)) answered.updated++;
      else answered.unchanged++;
      map.set(uuid, after);
    };
    for (const kind of ENTITY_NAMES) {
      const { parent } = ENTITIES[kind];
      for (const body of request[INGEST_KEYS[kind]] ?? []) {
        const uuid = body.uuid as string;
        if (parent !== null && this.entities.get(parent.entity)?.has(body[parent.field] as string) !== true) {
          rejected.push({
            entity: kind,
            uuid,
            code: "parent_missing",
            message: `${String(body[parent.field])} not found`,
          });
          continue;
        }
        const known = this.entities.get(kind) as Map<string, Body>;
        // Once seen at its own magnification, a square stays so.
        const isLowmag = body.lowmag === true && known.get(uuid)?.lowmag !== false;
        store(known, uuid, kind === "gridsquare" ? { ...body, lowmag: isLowmag } : body);
      }
    }
    for (const body of request.tile_positions ?? []) {
      const tile = body.atlastile_uuid as string;
      const square = body.gridsquare_uuid as string;
      const uuid = `${tile}/${square}`;
      if (this.entities.get("atlas_tile")?.has(tile) && this.entities.get("gridsquare")?.has(square)) {
        store(this.tilePositions, uuid, body);
      } else {
        rejected.push({ entity: "tile_position", uuid, code: "parent_missing", message: "not found" });
      }
    }
    this.created += answered.created;
    this.updated += answered.updated;
    return [200, answered];
  }
}

function send(stream: ServerResponse, event: string, data: unknown): void {
  stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? null : JSON.parse(text);
}
