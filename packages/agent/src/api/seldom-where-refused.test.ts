import { silentLogger } from "@smartem/common/logging";
import { err, ok } from "@smartem/common/result";
import { expect, test } from "vitest";
import { gridSquareXml, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { FAST_TIMES, until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";
import type { ApiFailure } from "./api-client.js";
import { seldomWhereRefused } from "./seldom-where-refused.js";

const workplace = useWorkplace();

test("what the API refuses is asked again after longer and longer alone, and as before once it is taken", async () => {
  let nowMs = 0;
  let asked = 0;
  let failure: ApiFailure | null = { kind: "refused", status: 404, message: "no such thing", retryAfterMs: null };
  const calls = seldomWhereRefused(
    {
      call: async () => {
        asked++;
        return failure === null ? ok(null) : err(failure);
      },
    },
    { what: "a test", log: silentLogger, backoff: { initialMs: 1_000, maxMs: 60_000 }, nowMs: () => nowMs },
  );
  const call = { method: "GET", path: "/acquisitions/1" } as const;
  for (; nowMs < 3_600_000; nowMs += 500) expect(await calls.call(call)).toEqual(err(failure));
  expect(asked).toBeGreaterThan(60);
  expect(asked).toBeLessThan(140);
  // Others have nothing to do with it.
  failure = { ...failure, kind: "unreachable" };
  asked = 0;
  for (let n = 0; n < 3; n++) await calls.call({ ...call, path: "/acquisitions/2" });
  expect(asked).toBe(3);
  failure = null;
  nowMs += 60_000;
  for (let n = 0; n < 3; n++) expect(await calls.call(call)).toEqual(ok(null));
  expect(asked).toBe(6);
});

test("that the API does not let an agent complete a session is told of once, and the session is complete when it does", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent({ times: { ...FAST_TIMES, sessionQuietMs: 100 } });
  await agent.settled();
  let asked = 0;
  api.trouble = (path) => {
    if (!path.startsWith("/acquisitions/")) return { kind: "none" };
    asked++;
    return { kind: "forbids" };
  };
  for (const { path } of sessionFiles(SMALL_SESSION)) {
    const id = /GridSquare_(\d+)\.dm$/.exec(path)?.[1];
    if (id !== undefined)
      writeFiles(watched, [{ path, content: gridSquareXml({ id, visited: true, holeIds: [], state: "Completed" }) }]);
  }
  await until("it is asked more than once", () => asked > 1);
  const told = agent.status().errors.latest.filter(({ message }) => message.includes("whether a session is complete"));
  expect(told).toHaveLength(1);
  api.trouble = () => ({ kind: "none" });
  await until("the session is complete", () => api.all("acquisition")[0]?.status === "completed");
});
