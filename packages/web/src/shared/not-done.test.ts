import { notifications } from "@mantine/notifications";
import { afterEach, expect, test, vi } from "vitest";
import { ApiProblem } from "../api/problem.js";
import { sayNotDone } from "./not-done.js";

const show = vi.spyOn(notifications, "show").mockReturnValue("");
afterEach(() => show.mockClear());

test("what was not done is said with what people can do about it", () => {
  sayNotDone("Not done", new ApiProblem(409, "No agent is connected", "no_session", "Start the agent."));
  sayNotDone("Not done", new ApiProblem(409, "Proposal 12 is not pending.", "not_pending", "Look at the newest one."));
  sayNotDone("Not done", new ApiProblem(502, "The server answered with status 502."));
  sayNotDone("No table", new TypeError("no memory"));
  expect(show.mock.calls.map(([{ title, message }]) => `${title}: ${message}`)).toEqual([
    "Not done: No agent is connected. Start the agent.",
    "Not done: Proposal 12 is not pending. Look at the newest one.",
    "Not done: The server answered with status 502.",
    "No table: no memory",
  ]);
});
