import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ChannelWatch } from "./channel-watch.ts";
import { type IpvtlChannel, parseChannelProgress, parseIpvtlStatus } from "./ipvtl.ts";
import { PullTextError } from "./pull-text.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../fixtures/pull/${name}`, import.meta.url), "utf8");

describe("the status of an IPVTL box", () => {
  test("[PL1] [PL10] tells cores, their mean and channels by their place; what it does not tell is null", () => {
    const status = parseIpvtlStatus(fixture("ipvtl-status.json"));
    expect(status.coreRatios).toEqual([0.12, 0.5, 0.07, 0.31]);
    expect(status.busyRatio).toBeCloseTo(0.25, 12);
    expect(status.channels.map(({ number, state, rawState }) => [number, state, rawState])).toEqual([
      [1, "running", "running"],
      [2, "idle", "idle"],
      [3, "stopping", "stopping"],
      [4, "unknown", "warming soon"],
      [5, "running", "running no clock here"],
      [6, "unknown", ""],
    ]);
    expect(status.channels[0]).toMatchObject({
      status: "36:34:56 30fps@1234Kbps",
      uptimeSeconds: 36 * 3_600 + 34 * 60 + 56,
      framesPerSecond: 30,
      bitsPerSecond: 1_234_000,
    });
    expect(status.channels[4]).toMatchObject({ uptimeSeconds: null, framesPerSecond: null, bitsPerSecond: null });
  });

  test("[PL10] of an older one is read too: a name, and a state only in its words", () => {
    const { channels } = parseIpvtlStatus(fixture("ipvtl-status-older.json"));
    expect(channels).toMatchObject([
      { number: 1, state: "running", name: "News HD", framesPerSecond: 25 },
      { number: 2, state: "idle", name: "Sport", uptimeSeconds: null },
    ]);
  });

  test.each([
    ['{"cpu":37,"channels":[]}', [], 0.37],
    ['{"channels":[]}', [], null],
    ['{"cpu":[],"channels":[]}', [], null],
    ['{"cpu":["7",101,-1,50],"channels":[]}', [null, null, null, 0.5], null],
    ['{"cpu":"7","channels":[]}', [], null],
  ])("[PL1] of %s has no number that it does not have", (text, coreRatios, busyRatio) => {
    expect(parseIpvtlStatus(text)).toMatchObject({ coreRatios, busyRatio });
  });

  test.each([
    ["", "empty"],
    ["<html><title>Sign in</title>", "web page"],
    ['{"cpu":[1],"chan', "no whole JSON"],
    ["[]", "no object"],
    ["null", "no object"],
    ['{"cpu":[1]}', "no list of channels"],
    [`{"channels":[${"{},".repeat(500)}{}]}`, "more than 500"],
  ])("[PL5] %j is told for what it is", (text, what) => {
    expect(() => parseIpvtlStatus(text)).toThrow(PullTextError);
    expect(() => parseIpvtlStatus(text)).toThrow(what);
  });

  test("[PL12] has a fingerprint that changes with length, ids and names, and with nothing else", () => {
    const of = (channels: unknown): string => parseIpvtlStatus(JSON.stringify({ channels })).listFingerprint;
    const one = of([{ id: 1, name: "a", status: "idle" }, { id: 2 }]);
    expect(of([{ id: 1, name: "a", status: "x", state: "running" }, { id: 2 }])).toBe(one);
    expect(of([{ id: 2 }, { id: 1, name: "a" }])).not.toBe(one);
    expect(of([{ id: 1, name: "b" }, { id: 2 }])).not.toBe(one);
    expect(of([{ id: 1, name: "a" }])).not.toBe(one);
  });
});

test.each([
  ["12:34:56 30fps@1234Kbps", { uptimeSeconds: 45_296, framesPerSecond: 30, bitsPerSecond: 1_234_000 }],
  ["100:00:01   0 fps@0 Kbps", { uptimeSeconds: 360_001, framesPerSecond: 0, bitsPerSecond: 0 }],
  ["12:60:00 30fps@1Kbps", undefined],
  ["12:34 30fps@1Kbps", undefined],
  ["-1:00:00 30fps@1Kbps", undefined],
  ["12:34:56 NaNfps@1Kbps", undefined],
  ["12:34:56 30fps@1Mbps", undefined],
])("[PL1] the text %j tells %j", (text, progress) => expect(parseChannelProgress(text)).toEqual(progress));

describe("a channel over several looks", () => {
  const T0 = Date.UTC(2026, 0, 15, 12);
  const channel = (uptimeSeconds: number | null, framesPerSecond = 25, state: IpvtlChannel["state"] = "running") => ({
    ...{ number: 1, state, rawState: state, status: "", uptimeSeconds, framesPerSecond, bitsPerSecond: 1, name: null },
  });
  /** Looks at the given seconds; each takes a tenth of a second. */
  const looks = (...steps: readonly (readonly [atSeconds: number, channel: IpvtlChannel])[]) => {
    const watch = new ChannelWatch();
    return steps.map(([at, one]) => {
      const times = { now: T0 + at * 1_000, askedMs: at * 1_000, gotMs: at * 1_000 + 100 };
      const moved = watch.moved([one], times);
      return { ...watch.take([one], times)[0]!, moved };
    });
  };

  test("[PL11] is healthy while its clock moves and it sends frames", () => {
    const [first, second] = looks([0, channel(100)], [10, channel(110)]);
    expect([first?.health, second?.health]).toEqual(["healthy", "healthy"]);
    expect(second?.run).toBe(first?.run);
    expect(second?.since).toBe(T0 - 100_000);
  });

  test("[PL11] is degraded when it sends no frames at two looks, not at one", () => {
    const told = looks([0, channel(100)], [10, channel(110, 0)], [20, channel(120, 0)], [30, channel(130)]);
    expect(told.map(({ health }) => health)).toEqual(["healthy", "unknown", "degraded", "healthy"]);
    expect(told[2]?.healthDetail).toBe("stalled: it sends no frames");
  });

  test("[PL11] is degraded when its clock stands still, and not when two looks come within a second", () => {
    const told = looks(
      [0, channel(100)],
      [1, channel(100)],
      [1.5, channel(100)],
      [10, channel(100)],
      [12, channel(101)],
    );
    expect(told.map(({ health }) => health)).toEqual(["healthy", "healthy", "healthy", "degraded", "healthy"]);
    expect(told[3]?.healthDetail).toBe("stalled: its clock stands still");
  });

  test("[PL11] is degraded by looks a second apart as well", () => {
    const told = looks(...[0, 1, 2, 3, 4].map((at) => [at, channel(100)] as const));
    expect(told.at(-1)?.health).toBe("degraded");
  });

  test("[PL13] has another run when its clock began again, also when it has passed its old time since", () => {
    const again = looks([0, channel(100)], [10, channel(3)]);
    expect(again[1]?.run).not.toBe(again[0]?.run);
    const shorter = looks([0, channel(100)], [10, channel(50)]);
    expect(shorter[1]?.run).not.toBe(shorter[0]?.run);
    const passed = looks([0, channel(5)], [60, channel(50)]);
    expect(passed[1]?.run).not.toBe(passed[0]?.run);
    const stopped = looks([0, channel(100)], [10, channel(null, 0, "idle")], [20, channel(4)]);
    expect(stopped.map(({ run }) => run === null)).toEqual([false, true, false]);
    expect(stopped[2]?.run).not.toBe(stopped[0]?.run);
  });

  test("[PL13] keeps its run when its clock was held up for a while", () => {
    const told = looks([0, channel(1_000)], [60, channel(1_010)]);
    expect(told[1]?.run).toBe(told[0]?.run);
  });

  test("[PL12] has moved when its clock ran faster than time", () => {
    expect(looks([0, channel(100)], [10, channel(111)])[1]?.moved).toEqual([]);
    expect(looks([0, channel(100)], [10, channel(5)])[1]?.moved).toEqual([]);
    expect(looks([0, channel(100)], [10, channel(4_000)])[1]?.moved).toEqual([1]);
    expect(looks([0, channel(null, 0, "idle")], [10, channel(9)])[1]?.moved).toEqual([]);
    expect(looks([0, channel(null, 0, "idle")], [10, channel(300)])[1]?.moved).toEqual([1]);
  });

  test("[PL1] is of unknown health when it does not tell its time or its state", () => {
    expect(looks([0, channel(null)])[0]).toMatchObject({ health: "unknown", run: null, since: null });
    expect(looks([0, channel(5, 25, "unknown")])[0]).toMatchObject({ health: "unknown", run: null });
  });
});
