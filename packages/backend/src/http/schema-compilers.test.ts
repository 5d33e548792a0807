import { fastify } from "fastify";
import { expect, test } from "vitest";
import { schemaCompilers } from "./schema-compilers.js";

test("nothing is compiled before an operation is asked for, in plugins with schemas of their own either", async () => {
  let compilers = 0;
  const shared = { Numbered: { type: "object", properties: { n: { type: "integer" } } } };
  const app = fastify({
    schemaController: {
      compilersFactory: schemaCompilers(() => {
        compilers++;
        return shared;
      }),
    },
  });
  app.addSchema({ $id: "Root", type: "object" });
  app.post("/body", { schema: { body: { $ref: "Numbered" } } }, () => ({ more: 1 }));
  await app.register(async (plugin) => {
    plugin.addSchema({ $id: "Own", type: "object" });
    const response = { 200: { type: "object", properties: { less: { type: "integer" } } } };
    plugin.get("/query", { schema: { querystring: { $ref: "Numbered" }, response } }, ({ query }) => query);
  });
  await app.ready();
  expect(compilers).toBe(0);

  // Text is read as the number that it stands for, and the answer is not cut down to what is described.
  expect((await app.inject({ url: "/query?n=1" })).json()).toEqual({ n: 1 });
  expect((await app.inject({ url: "/query?n=one" })).statusCode).toBe(400);
  expect(compilers).toBe(1);
  expect((await app.inject({ method: "POST", url: "/body", payload: { n: "1" } })).statusCode).toBe(400);
  expect((await app.inject({ method: "POST", url: "/body", payload: { n: 1 } })).json()).toEqual({ more: 1 });
  expect(compilers).toBe(2);
  await app.close();
});
