import { get } from "node:http";
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { expect, test } from "vitest";
import { keepEventStreams, openEventStream } from "./sse.js";

test("a stream whose client went away before it was opened is closed", async () => {
  const app = fastify();
  app.decorateRequest("caller", null);
  keepEventStreams(app);
  let goOn = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const opened = new Promise<boolean>((resolve) => {
    app.get("/", async (request, reply) => {
      client.destroy();
      request.raw.socket.once("close", goOn);
      await left;
      resolve(openEventStream(request, reply).closed);
    });
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const client = get({ port: (app.server.address() as AddressInfo).port, host: "127.0.0.1" });
  client.on("error", () => undefined);
  expect(await opened).toBe(true);
  expect(app.eventStreams.size).toBe(0);
  await app.close();
});
