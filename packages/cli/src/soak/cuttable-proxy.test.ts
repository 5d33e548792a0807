import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CuttableProxy, startCuttableProxy } from "./cuttable-proxy.js";

let asked: string[];
let proxy: CuttableProxy;
const server = createServer((request, response) => {
  asked.push(request.url ?? "");
  response.end("answer");
});

beforeEach(async () => {
  asked = [];
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await startCuttableProxy((server.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy.close();
  server.close();
});

const get = (path: string): Promise<string> => fetch(proxy.url + path).then((response) => response.text());
const post = (path: string): Promise<string> =>
  fetch(proxy.url + path, { method: "POST", body: "change" }).then((response) => response.text());

test("an open one lets everything through", async () => {
  expect(await get("/open")).toBe("answer");
  expect(proxy.interrupted).toBe(0);
});

test("what is to be changed through one without answers is, and its answer is lost; what only reads has one", async () => {
  await get("/before");
  proxy.set("unanswered");
  expect(await get("/meanwhile")).toBe("answer");
  expect(proxy.interrupted).toBe(0);
  const lost = Promise.allSettled([post("/one"), post("/another")]);
  await expect.poll(() => asked.length).toBe(4);
  proxy.set("open");
  expect((await lost).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect([...asked].sort()).toEqual(["/another", "/before", "/meanwhile", "/one"]);
  expect(proxy.interrupted).toBe(2);
  expect(await post("/after")).toBe("answer");
});

test("through a silent one nothing is heard until it is open again", async () => {
  proxy.set("silent");
  const lost = Promise.allSettled([get("/lost")]);
  await expect.poll(() => proxy.interrupted).toBe(1);
  proxy.set("open");
  expect((await lost).map(({ status }) => status)).toEqual(["rejected"]);
  expect(await get("/after")).toBe("answer");
  expect(asked).toEqual(["/after"]);
});

test("one that is cut ends and refuses connections", async () => {
  proxy.set("cut");
  await expect(get("/refused")).rejects.toThrow();
  expect(proxy.interrupted).toBe(1);
  expect(asked).toEqual([]);
});
