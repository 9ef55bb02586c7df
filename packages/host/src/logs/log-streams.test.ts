import { MONITOR_ONLY, silentLogger } from "@muster/core";
import type { LoadedPolicy } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { LogStreams } from "./log-streams.ts";

test("[LG6] a log that is closed while the policy is read is not opened any more", async () => {
  const clock = new FakeClock();
  const asked = Promise.withResolvers<LoadedPolicy>();
  let opened = 0;
  const reader = {
    async *read(_: unknown, signal: AbortSignal) {
      opened++;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      yield* [];
    },
  };
  const streams = new LogStreams({ reader, policy: () => asked.promise, clock, log: silentLogger });
  const stop = new AbortController();
  const query = { driver: "file", name: "/var/log/app.log", linesMax: 10, follow: true };
  const next = streams.open(query, stop.signal).next();
  stop.abort();
  const allow = [{ action: "logs.read", driver: "file", files: [query.name] }] as const;
  asked.resolve({ source: "file", sha256: "00", policy: { ...MONITOR_ONLY, allow } });
  await clock.advance(0);
  expect([opened, clock.pendingTimers]).toEqual([0, 0]);
  expect(await next).toEqual({ done: true, value: undefined });
});
