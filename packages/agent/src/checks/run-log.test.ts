import type { LogItem, LogQuery } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { followRunLog } from "./run-log.ts";

const lineOf = (at: number | null, text: string): LogItem => ({ at, cursor: text, level: null, text, stream: null });

test("[HC13] what was logged before the run counts for nothing, and reading goes on where it broke off", async () => {
  const clock = new FakeClock();
  const asked: LogQuery[] = [];
  const seen: string[] = [];
  const stop = new AbortController();
  const reader = {
    async *read(query: LogQuery): AsyncGenerator<LogItem> {
      asked.push(query);
      if (asked.length === 1) throw new Error("there is no container web here");
      if (asked.length === 2) yield* [lineOf(99, "of before"), lineOf(100, "ready"), lineOf(null, "so far")];
      if (asked.length === 3) yield lineOf(300, "after");
    },
  };
  const key = { driver: "container", name: "web" } as const;
  const following = followRunLog({ reader, clock, startedAt: () => 100 }, key, (text) => seen.push(text), stop.signal);
  await clock.advance(0);
  expect([asked.length, seen]).toEqual([1, []]);
  await clock.advance(10_000);
  expect(seen).toEqual(["ready", "so far"]);
  await clock.advance(10_000);
  expect([seen.at(-1), asked[2]?.afterCursor]).toEqual(["after", "so far"]);
  stop.abort();
  await following;
  expect(clock.pendingTimers).toBe(0);
});
