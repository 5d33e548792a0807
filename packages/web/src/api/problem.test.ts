import { expect, test } from "vitest";
import { isNotFound, isNotOffered, problemOf } from "./problem.js";

test("reads the server's sentence, code and hint", () => {
  const problem = problemOf(409, { detail: "No agent is there to be told.", code: "no_session", hint: "Start it." });
  expect(problem).toMatchObject({
    status: 409,
    message: "No agent is there to be told.",
    code: "no_session",
    hint: "Start it.",
  });
});

test("lists the mistakes of a request by field", () => {
  const problem = problemOf(422, { detail: [{ loc: ["body", "limits", "ctf"], msg: "must be > 0", type: "x" }] });
  expect(problem.message).toBe("limits.ctf: must be > 0");
});

test.each([null, "gateway", { detail: [] }])("an answer that says nothing still has its status: %j", (body) => {
  expect(problemOf(502, body).message).toContain("502");
});

test("a path that the server does not know is told apart from a thing that it does not know", () => {
  const noPath = problemOf(404, { detail: "Not Found", code: "no_such_path" });
  const noGrid = problemOf(404, { detail: "Grid x not found", code: "not_found" });
  expect([isNotOffered(noPath), isNotOffered(noGrid)]).toEqual([true, false]);
  expect([isNotFound(noPath), isNotFound(noGrid)]).toEqual([true, true]);
});
