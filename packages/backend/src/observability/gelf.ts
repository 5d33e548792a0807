import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { hostname } from "node:os";
import { gzipSync } from "node:zlib";
import type { DestinationStream } from "@smartem/common/logging";

export interface GraylogSettings {
  readonly host: string;
  readonly port: number;
  readonly protocol: "udp" | "tcp";
}

/** Where log lines go besides standard output, in the Graylog Extended Log Format 1.1. */
export interface GraylogDestination extends DestinationStream {
  health(): { readonly status: "ok" | "error"; readonly details: string };
  /** Sends what is left, for a short while. */
  close(): Promise<void>;
}

/** Syslog's severities for pino's levels. */
const SEVERITIES: readonly (readonly [level: number, severity: number])[] = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
];
const DEBUG_SEVERITY = 7;
/** Fields that have a place of their own in the format, or none. */
const OWN_FIELDS = new Set(["level", "time", "pid", "hostname", "msg", "v"]);
const HOST = hostname();

/** One of pino's lines as a GELF message; null where it is none. */
export function gelfOf(line: string): Record<string, unknown> | null {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
  const level = Number(record.level);
  const time = Date.parse(String(record.time));
  const message: Record<string, unknown> = {
    version: "1.1",
    host: HOST,
    // Graylog refuses messages without one.
    short_message: typeof record.msg === "string" && record.msg !== "" ? record.msg : "(no message)",
    timestamp: (Number.isNaN(time) ? Date.now() : time) / 1_000,
    level: SEVERITIES.find(([least]) => level >= least)?.[1] ?? DEBUG_SEVERITY,
    _pid: record.pid,
  };
  for (const [name, value] of Object.entries(record)) {
    if (OWN_FIELDS.has(name) || value === null) continue;
    // `_id` is Graylog's own; names hold letters, digits, dots and dashes.
    const field = `_${name === "id" ? "record_id" : name.replaceAll(/[^\w.-]/g, "_")}`;
    message[field] = typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value);
  }
  return message;
}

export function openGraylog(settings: GraylogSettings): GraylogDestination {
  return settings.protocol === "udp" ? overUdp(settings) : overTcp(settings);
}

/** Fits into a packet on every network. */
const CHUNK_BYTES = 1_420;
const CHUNK_HEADER_BYTES = 12;
/** Of the format. */
const MAX_CHUNKS = 128;
const CHUNK_MAGIC = Buffer.from([0x1e, 0x0f]);

/** The packets of a message: one, or as many chunks as it takes; none where it takes too many. */
export function packetsOf(payload: Buffer, id: Buffer = randomBytes(8)): Buffer[] {
  if (payload.length <= CHUNK_BYTES) return [payload];
  const size = CHUNK_BYTES - CHUNK_HEADER_BYTES;
  const count = Math.ceil(payload.length / size);
  if (count > MAX_CHUNKS) return [];
  return Array.from({ length: count }, (_, n) =>
    Buffer.concat([CHUNK_MAGIC, id, Buffer.from([n, count]), payload.subarray(n * size, (n + 1) * size)]),
  );
}

function overUdp({ host, port }: GraylogSettings): GraylogDestination {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  // Logging must not keep a process that has nothing else to do.
  socket.unref();
  let problem: string | null = null;
  let pending = 0;
  socket.on("error", (error) => {
    problem = error.message;
  });
  return {
    write(line) {
      const message = gelfOf(line);
      if (message === null) return;
      for (const packet of packetsOf(gzipSync(JSON.stringify(message)))) {
        pending += 1;
        socket.send(packet, port, host, (error) => {
          pending -= 1;
          problem = error === null ? null : error.message;
        });
      }
    },
    health: () =>
      problem === null
        ? { status: "ok", details: `sending to ${host}:${port} over UDP, which tells of no losses` }
        : { status: "error", details: problem },
    async close() {
      await soon(() => pending === 0);
      socket.close();
    },
  };
}

const RECONNECT_MS = 2_000;
/** What is kept while Graylog does not take it; beyond that the newest is let go. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

function overTcp({ host, port }: GraylogSettings): GraylogDestination {
  let socket: Socket | null = null;
  let problem: string | null = "not connected yet";
  let waiting: string[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let closing = false;
  let timer: NodeJS.Timeout | undefined;

  const open = (): void => {
    const fresh = connect({ host, port, keepAlive: true, noDelay: true });
    fresh.unref();
    fresh.on("connect", () => {
      socket = fresh;
      problem = null;
      for (const message of waiting) fresh.write(message);
      waiting = [];
      waitingBytes = 0;
    });
    fresh.on("error", (error) => {
      problem = error.message;
    });
    fresh.on("close", () => {
      socket = null;
      problem ??= "Graylog has closed the connection";
      if (closing) return;
      timer = setTimeout(open, RECONNECT_MS);
      timer.unref();
    });
  };
  open();

  return {
    write(line) {
      const message = gelfOf(line);
      if (message === null) return;
      const text = `${JSON.stringify(message)}\0`;
      if (socket !== null && socket.writableLength < MAX_WAITING_BYTES) socket.write(text);
      else if (socket === null && waitingBytes < MAX_WAITING_BYTES) {
        waiting.push(text);
        waitingBytes += text.length;
      } else dropped += 1;
    },
    health: () =>
      problem === null
        ? {
            status: "ok",
            details: `connected to ${host}:${port}${dropped === 0 ? "" : `, ${dropped} lines were lost`}`,
          }
        : { status: "error", details: problem },
    async close() {
      await soon(() => socket === null || socket.writableLength === 0);
      closing = true;
      clearTimeout(timer);
      socket?.destroySoon();
    },
  };
}

const CLOSE_TIMEOUT_MS = 1_000;

/** Waits for a condition, but not for long. */
async function soon(holds: () => boolean): Promise<void> {
  const end = performance.now() + CLOSE_TIMEOUT_MS;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
}
