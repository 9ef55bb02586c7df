import { MusterError, silentLogger } from "@muster/core";
import type { LogCondition, LogItem } from "@muster/core";
import { FakeClock, settle } from "@muster/testkit";
import { expect, test } from "vitest";
import { LogFollower, LOGS_FOLLOWED_MAX } from "../src/alerts/log-follower.ts";
import type { LogAsk, LogOrder, LogPiece } from "../src/alerts/log-follower.ts";

const WINDOW_MS = 60_000;
const CONDITION: LogCondition = {
  ...{ is: "log", drivers: [], names: ["a"], files: [], pattern: "boom", isExpression: false },
  ...{ windowMs: WINDOW_MS, levels: [{ severity: "warning", threshold: 100 }] },
};
const order = (name = "a", change: Partial<LogOrder> = {}): LogOrder => ({
  ...{ ruleId: "rule", serverId: "web", source: { driver: "systemd", name }, condition: CONDITION, countedMax: 100 },
  ...change,
});

/** One opening of a log: what was asked, and what the test lets it say. */
interface Opening {
  readonly name: string;
  readonly choice: LogAsk;
  readonly after: string | undefined;
  readonly signal: AbortSignal;
  say(...pieces: LogPiece[]): Promise<void>;
}

function world(random = () => 0) {
  const clock = new FakeClock();
  const openings: Opening[] = [];
  const is = { there: true, allowed: true, owner: "anna", refusal: undefined as MusterError | undefined };
  const follower = new LogFollower({
    ...{ clock, random, log: silentLogger, changed: () => undefined },
    isThere: () => is.there,
    ownerOf: () => is.owner,
    mayRead: () => Promise.resolve(is.allowed),
    open: ({ source }, choice, after, signal) => {
      const waiting: LogPiece[] = [];
      let wake = (): void => undefined;
      const say = async (...pieces: LogPiece[]): Promise<void> => {
        waiting.push(...pieces);
        wake();
        await settle();
      };
      openings.push({ name: source.name, choice, after, signal, say });
      if (is.refusal !== undefined) return Promise.reject(is.refusal);
      if (!is.allowed) return Promise.reject(new MusterError("FORBIDDEN"));
      return Promise.resolve(
        (async function* () {
          for (;;) {
            while (waiting.length > 0) yield waiting.shift()!;
            if (signal.aborted) return;
            await new Promise<void>((resolve) => {
              wake = resolve;
              signal.addEventListener("abort", () => resolve(), { once: true });
            });
          }
        })(),
      );
    },
  });
  const standing = (one: LogOrder = order()) => follower.want("web", [one])[0]!;
  return {
    ...{ clock, follower, openings, is, standing },
    count: (one?: LogOrder): number | string => {
      const now = standing(one);
      return now.is === "read" ? now.rate.within(WINDOW_MS, clock.now()) : now.is;
    },
    last: () => openings.at(-1)!,
    line: (cursor: string, at: number | null = clock.now()): LogPiece => ({
      is: "item",
      item: { at, cursor, level: null, text: `boom ${cursor}`, stream: null } satisfies LogItem,
    }),
  };
}
const CAUGHT_UP: LogPiece = { is: "caught-up" };
const lost = (error: unknown = new MusterError("SERVER_OFFLINE")): LogPiece => ({ is: "ended", error });

test("[AL38] [AL40] at first the window before now is counted by the times of its lines, then what comes as it comes", async () => {
  const at = world();
  expect(at.standing()).toEqual({ is: "opening" });
  await settle();
  const { choice, after, say } = at.last();
  expect([choice, after]).toEqual([
    { linesMax: 100, follow: true, search: { text: "boom", isExpression: false }, since: at.clock.now() - WINDOW_MS },
    undefined,
  ]);
  await say(at.line("1", at.clock.now() - 50_000), at.line("2", at.clock.now() - 10_000), at.line("3", null));
  // Nothing is said of it before all of its past is out.
  expect(at.standing()).toEqual({ is: "opening" });
  await say({ is: "item", item: { gap: { dropped: null, why: "rotated" } } }, CAUGHT_UP);
  // The line without a time may be years old.
  expect(at.count()).toBe(2);
  await say(at.line("4", at.clock.now() - 999_999), at.line("5", null));
  expect(at.count()).toBe(4);
  await at.clock.advance(20_000);
  expect(at.count()).toBe(3);
  expect(at.follower.linesOf("rule", "web", order().source)?.map(({ text }) => text)).toEqual(
    ["1", "2", "4", "5"].map((cursor) => `boom ${cursor}`),
  );
  at.follower.stop();
  expect(at.last().signal.aborted).toBe(true);
  await settle();
  expect(at.clock.pendingTimers).toBe(0);
});

test("[AL40] after a break it goes on behind the last line that was counted, and counts none twice", async () => {
  const at = world();
  at.standing();
  await settle();
  await at.last().say(CAUGHT_UP, at.line("1"), at.line("2"), lost());
  expect(at.standing()).toEqual({ is: "opening" });
  at.is.there = false;
  await at.clock.advance(20_000);
  // Nobody is asked, and nothing stands in the audit log, while the server is away.
  expect(at.openings).toHaveLength(1);
  at.is.there = true;
  await at.clock.advance(5_000);
  const { choice, after, say } = at.last();
  expect([choice.since, after]).toEqual([undefined, "2"]);
  await say(at.line("3", at.clock.now() - 12_000), at.line("4", null), CAUGHT_UP);
  expect(at.count()).toBe(4);
  // What is older than the window need not be looked through again.
  await at.clock.advance(WINDOW_MS);
  await say(lost());
  await at.clock.advance(5_000);
  expect([at.last().choice.since, at.last().after]).toEqual([at.clock.now() - WINDOW_MS - 4_000, undefined]);
  at.follower.stop();
});

test("[AL41] what cannot be read says why, and is asked for again, a refusal rarely", async () => {
  const at = world();
  at.is.refusal = new MusterError("LOG_UNREADABLE", { message: "there is no such file" });
  at.standing();
  await settle();
  expect(at.standing()).toEqual({ is: "unreadable", why: "there is no such file" });
  await at.clock.advance(60_000);
  const asked = at.openings.length;
  expect(asked).toBeGreaterThan(3);
  at.is.refusal = new MusterError("ACTION_REFUSED", { message: "no entry of the policy" });
  await at.clock.advance(10_000);
  expect(at.standing()).toEqual({ is: "unreadable", why: "no entry of the policy" });
  const refused = at.openings.length;
  await at.clock.advance(9 * 60_000);
  expect(at.openings.length - refused).toBe(0);
  at.is.refusal = undefined;
  await at.clock.advance(2 * 60_000);
  await at.last().say(CAUGHT_UP);
  expect(at.count()).toBe(0);
  await at.last().say({ is: "ended", error: undefined });
  expect(at.standing()).toEqual({ is: "unreadable", why: "the log has ended" });
  at.follower.stop();
});

test("[AL39] a log that ends soon each time is asked for ever more rarely, each time a row in the audit log", async () => {
  const at = world(() => 0.99);
  at.standing();
  for (let second = 0; second < 30 * 60; second++) {
    await settle();
    if (!at.last().signal.aborted) await at.last().say(CAUGHT_UP, { is: "ended", error: undefined });
    await at.clock.advance(1_000);
  }
  // Of half an hour every two minutes, but for the beginning.
  expect(at.openings.length).toBeLessThan(25);
  // The log of a server that was away is opened as soon as that is back.
  at.is.there = false;
  await at.clock.advance(3 * 60_000);
  at.is.there = true;
  const before = at.openings.length;
  await at.clock.advance(5_000);
  expect(at.openings.length).toBe(before + 1);
  at.follower.stop();
});

test("[AL39] [AZ-07] who stands behind a rule must be one who may read logs, looked at anew every minute", async () => {
  const at = world();
  at.standing();
  await settle();
  await at.last().say(CAUGHT_UP, at.line("1"));
  expect(at.count()).toBe(1);
  at.is.allowed = false;
  await at.clock.advance(60_000);
  expect(at.last().signal.aborted).toBe(true);
  expect(at.standing()).toMatchObject({ is: "unreadable", why: expect.stringContaining("nobody who may read logs") });
  // Somebody else saves it: it is opened anew at once.
  at.is.allowed = true;
  at.is.owner = "berta";
  expect(at.standing()).toEqual({ is: "opening" });
  await settle();
  expect(at.last().signal.aborted).toBe(false);
  at.follower.stop();
});

test("[AL39] no more logs are followed than are stated, and another search opens anew", async () => {
  const at = world();
  const many = Array.from({ length: LOGS_FOLLOWED_MAX + 1 }, (_, index) => order(`a-${index}`));
  const standings = at.follower.want("web", many);
  expect(standings.filter(({ is }) => is === "opening")).toHaveLength(LOGS_FOLLOWED_MAX);
  expect(standings.at(-1)).toMatchObject({ is: "unreadable" });
  await settle();
  expect(at.openings).toHaveLength(LOGS_FOLLOWED_MAX);
  at.follower.want("web", [order("a-0", { condition: { ...CONDITION, pattern: "else" } })]);
  await settle();
  expect(at.openings.filter(({ signal }) => !signal.aborted).map(({ choice }) => choice.search?.text)).toEqual([
    "else",
  ]);
  at.follower.stop();
});

test("[AL39] [DS-03] a log that says more than anybody takes waits, and its lines count by their own time then", async () => {
  const at = world();
  at.standing(order("a", { countedMax: 10_000 }));
  await settle();
  const { say } = at.last();
  const then = at.clock.now();
  const count = () => at.count(order("a", { countedMax: 10_000 }));
  await say(CAUGHT_UP, ...Array.from({ length: 5_000 }, (_, index) => at.line(`${index}`, then)));
  expect(count()).toBe(2_000);
  await at.clock.advance(1_000);
  expect(count()).toBe(4_000);
  await at.clock.advance(1_000);
  expect(count()).toBe(5_000);
  await at.clock.advance(WINDOW_MS - 2_000);
  // All but the first two thousand, which came as they were written, too.
  expect(count()).toBe(0);
  at.follower.stop();
});
