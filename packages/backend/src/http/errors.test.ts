import { connect } from "node:net";
import fastify from "fastify";
import { expect, test } from "vitest";
import { handleErrors } from "./errors.js";

test("a request that ends before it is whole is the client's doing, not the database's", async () => {
  const lines: string[] = [];
  const app = fastify({ logger: { level: "warn", stream: { write: (line: string) => void lines.push(line) } } });
  handleErrors(app);
  const answered = new Promise<number>((resolve) => {
    app.addHook("onSend", async (_request, reply) => resolve(reply.statusCode));
  });
  app.post("/", async () => "stored");
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as { port: number };
  const client = connect(port, "127.0.0.1");
  app.server.once("request", () => client.destroy());
  client.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"');
  expect(await answered).toBe(400);
  expect(lines).toEqual([]);
  await app.close();
});
