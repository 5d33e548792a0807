import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onStopSignal, type StopSignal } from "./signals.js";

let heard: StopSignal[];
let release: () => void;
const exit = vi.spyOn(process, "exit");
/** As the process hears it, though only what is tested listens. */
let send: (signal: StopSignal) => void;

beforeEach(() => {
  vi.useFakeTimers();
  exit.mockReset().mockReturnValue(undefined as never);
  heard = [];
  const others = process.listeners("SIGINT");
  release = onStopSignal((signal) => void heard.push(signal));
  const added = process.listeners("SIGINT").find((listener) => !others.includes(listener));
  send = (signal) => added?.(signal);
});
afterEach(() => {
  release();
  vi.useRealTimers();
});

test.each(["SIGINT", "SIGTERM"] as const)("%s that comes twice at once, as by npm, is one", (signal) => {
  send(signal);
  vi.advanceTimersByTime(900);
  send(signal);
  expect(heard).toEqual([signal]);
  expect(exit).not.toHaveBeenCalled();
});

test("a second Ctrl+C ends the process at once", () => {
  send("SIGINT");
  vi.advanceTimersByTime(1_000);
  send("SIGINT");
  expect(heard).toEqual(["SIGINT"]);
  expect(exit).toHaveBeenCalledWith(130);
});

test("another signal is a second one however soon it comes", () => {
  send("SIGINT");
  send("SIGTERM");
  expect(exit).toHaveBeenCalledWith(130);
});

test("what is released hears nothing any more", () => {
  const before = process.listenerCount("SIGTERM");
  release();
  expect(process.listenerCount("SIGTERM")).toBe(before - 1);
});
