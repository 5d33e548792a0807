import { expect, test } from "vitest";
import { createAthenaClient } from "../client.js";
import { runAthenaMock } from "./cli.js";

test("the command says where the mock is, serves until it is stopped and says so", async () => {
  const stop = new AbortController();
  let output = "";
  const running = runAthenaMock({
    port: 0,
    host: "127.0.0.1",
    signal: stop.signal,
    write: (text) => {
      output += text;
    },
  });
  await expect.poll(() => output).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  const athena = createAthenaClient({ baseUrl: /http:\S+\d/.exec(output)?.[0] ?? "" });
  expect(await athena.getVersion()).toEqual({ ok: true, value: "v1" });
  await athena.close();
  stop.abort();
  await running;
  expect(output).toContain("stopped");
});
