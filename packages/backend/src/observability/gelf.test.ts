import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { createLogger, withLogFields } from "@smartem/common/logging";
import { expect, test } from "vitest";
import { readConfig } from "../config.js";
import { eventually } from "../testing/backend-for-tests.js";
import { gelfOf, openGraylog, packetsOf } from "./gelf.js";
import { openLog } from "./log.js";

/** Graylog's UDP input: puts chunks together and unpacks. */
async function udpInput() {
  const socket = createSocket("udp4");
  const chunks = new Map<string, Buffer[]>();
  const messages: Record<string, unknown>[] = [];
  const take = (payload: Buffer) =>
    messages.push(JSON.parse(gunzipSync(payload).toString()) as Record<string, unknown>);
  socket.on("message", (packet) => {
    if (packet.readUInt16BE(0) !== 0x1e0f) return take(packet);
    const id = packet.subarray(2, 10).toString("hex");
    const held = chunks.get(id) ?? [];
    chunks.set(id, held);
    held[packet.readUInt8(10)] = packet.subarray(12);
    if (held.filter((chunk) => chunk !== undefined).length === packet.readUInt8(11)) take(Buffer.concat(held));
    return undefined;
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { port: socket.address().port, messages, close: () => socket.close() };
}

test("log lines become GELF messages: severity, seconds, and every field under its name", () => {
  const lines: string[] = [];
  const logger = createLogger("smartem", "trace", { write: (line: string) => void lines.push(line) });
  withLogFields({ request_id: "r-1" }, () =>
    logger.warn({ id: 7, "odd name": true, facts: { a: 1 }, password: "p" }, "something happened"),
  );
  logger.info({});
  const [warning, empty] = lines.map((line) => gelfOf(line));
  expect(warning).toMatchObject({
    version: "1.1",
    short_message: "something happened",
    level: 4,
    _name: "smartem",
    _request_id: "r-1",
    _record_id: 7,
    _odd_name: "true",
    _facts: '{"a":1}',
    _password: "[removed]",
  });
  expect(warning).not.toHaveProperty("_id");
  expect(Math.abs(Number(warning?.timestamp) - Date.now() / 1_000)).toBeLessThan(60);
  expect(empty).toMatchObject({ short_message: "(no message)", level: 6 });
  expect(gelfOf("no JSON")).toBeNull();
});

test("over UDP, short and long lines arrive whole", async () => {
  const input = await udpInput();
  const { graylog } = readConfig({ GRAYLOG_HOST: "127.0.0.1", GRAYLOG_PORT: String(input.port) });
  const log = openLog({ graylog, logLevel: "info" }, { destination: { write: () => undefined } });
  // Random text does not get shorter: this takes several chunks.
  const long = Array.from({ length: 3_000 }, () => Math.random().toString(36).slice(2)).join("");
  log.logger.info("short");
  log.logger.info({ long }, "long");
  log.logger.debug("not asked for");
  await eventually(
    () => input.messages.length,
    (n) => n >= 2,
  );
  expect(input.messages.map(({ short_message }) => short_message)).toEqual(["short", "long"]);
  expect(input.messages[1]?._long).toBe(long);
  expect(log.graylog?.health().status).toBe("ok");
  await log.graylog?.close();
  input.close();
});

test("what takes more chunks than the format has is not sent at all", () => {
  expect(packetsOf(Buffer.alloc(1_420)).length).toBe(1);
  const packets = packetsOf(Buffer.alloc(1_421), Buffer.alloc(8, 1));
  expect(packets.map((packet) => packet.subarray(0, 12).toString("hex"))).toEqual([
    "1e0f0101010101010101" + "0002",
    "1e0f0101010101010101" + "0102",
  ]);
  expect(packetsOf(Buffer.alloc(128 * 1_408)).length).toBe(128);
  expect(packetsOf(Buffer.alloc(128 * 1_408 + 1))).toEqual([]);
});

test("over TCP, what was logged before Graylog was there arrives once it is, and health says how it stands", async () => {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", (data) => received.push(data.toString()));
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));

  const graylog = openGraylog({ host: "127.0.0.1", port, protocol: "tcp" });
  const logger = createLogger("smartem", "info", graylog);
  logger.info("before");
  await eventually(
    () => graylog.health(),
    ({ details }) => details.includes("ECONNREFUSED"),
  );
  expect(graylog.health().status).toBe("error");
  await listen(port);
  await eventually(
    () => graylog.health().status,
    (status) => status === "ok",
  );
  logger.info("after");
  const messages = () =>
    received
      .join("")
      .split("\0")
      .slice(0, -1)
      .map((text) => (JSON.parse(text) as { short_message: string }).short_message);
  expect(await eventually(messages, (seen) => seen.length === 2)).toEqual(["before", "after"]);
  await graylog.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
