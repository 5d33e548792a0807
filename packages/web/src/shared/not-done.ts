import { notifications } from "@mantine/notifications";
import { ApiProblem } from "../api/problem.js";

/** Says that something people have asked for was not done, and why, until they have read it; and what they can do about it, where the server knows. */
export function sayNotDone(title: string, cause: unknown): void {
  const message = cause instanceof Error ? cause.message : String(cause);
  const hint = cause instanceof ApiProblem ? cause.hint : null;
  const sentence = hint === null || /[.!?]$/.test(message) ? message : `${message}.`;
  notifications.show({
    color: "red",
    title,
    message: hint === null ? message : `${sentence} ${hint}`,
    autoClose: false,
  });
}
