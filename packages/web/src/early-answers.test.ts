import { afterEach, expect, test, vi } from "vitest";
import { askEarly, takeEarly } from "./early-answers.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("an early answer is handed out once", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("here")));
  void askEarly("/a");
  expect(takeEarly("/b")).toBeUndefined();
  expect(await (await takeEarly("/a"))?.text()).toBe("here");
  expect(takeEarly("/a")).toBeUndefined();
});

test("an early answer that nobody took in time is not used", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("old")));
  void askEarly("/a");
  vi.advanceTimersByTime(10_000);
  expect(takeEarly("/a")).toBeUndefined();
});

test("an early question that fails tells whoever takes it, and nobody else", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("away")));
  void askEarly("/a");
  await expect(takeEarly("/a")).rejects.toThrow("away");
});
