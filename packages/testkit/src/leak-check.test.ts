import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { lastingLeaks, leaksSince, openResources } from "./leak-check.ts";

const quick = { timers: "without-timers", graceMs: 30 } as const;

test("a server left listening is a leak, a closed one is not", async () => {
  const before = openResources("without-timers");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  expect(await lastingLeaks(before, quick)).toEqual(["1 × TCPServerWrap"]);
  server.close();
  await once(server, "close");
  expect(await lastingLeaks(before, quick)).toEqual([]);
});

test("a child still running is a leak", async () => {
  const before = openResources("without-timers");
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  expect(await lastingLeaks(before, quick)).toEqual(["1 × ProcessWrap"]);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(await lastingLeaks(before, quick)).toEqual([]);
});

test("a timer is a leak where timers count", () => {
  const before = openResources();
  const timer = setTimeout(() => undefined, 60_000);
  const after = openResources();
  clearTimeout(timer);
  expect(leaksSince(before, after)).toEqual(["1 × Timeout"]);
});

test("what was open before is nobody's leak, and only what is more counts", () => {
  expect(leaksSince(new Map([["TCPServerWrap", 2]]), new Map([["TCPServerWrap", 2]]))).toEqual([]);
  expect(leaksSince(new Map([["Worker", 1]]), new Map([["Worker", 3]]))).toEqual(["2 × Worker"]);
  expect(leaksSince(new Map([["Worker", 1]]), new Map())).toEqual([]);
});
