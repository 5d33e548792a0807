import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { webRoutes } from "./web.js";

test("built files are kept by browsers for good, the page that names them is asked for each time", async () => {
  const folder = await mkdtemp(join(tmpdir(), "smartem-web-root-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>SmartEM</title>");
  await writeFile(join(folder, "assets", "index-abc.js"), "export {};");
  const app = Fastify();
  onTestFinished(() => app.close());
  await webRoutes(app, folder);

  const policyOf = async (url: string): Promise<unknown> => {
    const answer = await app.inject({ url });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers.etag).toBeDefined();
    return answer.headers["cache-control"];
  };
  expect(await policyOf("/assets/index-abc.js")).toBe("public, max-age=31536000, immutable");
  for (const page of ["/", "/index.html", "/ui/sessions"]) expect(await policyOf(page)).toBe("no-cache");
});
