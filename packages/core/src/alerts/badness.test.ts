import { expect, test } from "vitest";
import {
  BETWEEN,
  badnessOfNumber,
  badnessOfPresence,
  badnessOfProbe,
  badnessOfService,
  fitsLabels,
  fitsPattern,
  levelsOn,
  rateOf,
  UNKNOWN,
  WELL,
} from "./badness.ts";
import type { Level } from "./rule.ts";

const UP: readonly Level[] = [
  { severity: "warning", threshold: 80 },
  { severity: "critical", threshold: 95 },
];
const DOWN: readonly Level[] = [
  { severity: "warning", threshold: 14 },
  { severity: "critical", threshold: 3 },
];

test.each([
  [79, WELL, 60],
  [80, WELL, 60],
  [81, 1, 60],
  [96, 3, 60],
  [Number.NaN, UNKNOWN, 60],
  [Number.POSITIVE_INFINITY, UNKNOWN, 60],
])("[AL3] %d above levels is %d", (value, badness) => {
  expect(badnessOfNumber(value, UP, "above", null)).toBe(badness);
});

test.each([
  [75, BETWEEN],
  [70, WELL],
  [69, WELL],
  [81, 1],
])("[AL6] %d with a clear level at 70 is %d", (value, badness) => {
  expect(badnessOfNumber(value, UP, "above", 70)).toBe(badness);
});

test("[AL3] below levels the further down the worse", () => {
  expect([30, 14, 13.9, 3, 2, -1].map((days) => badnessOfNumber(days, DOWN, "below", null))).toEqual([
    -1, -1, 1, 1, 3, 3,
  ]);
});

test("[AL2] other levels, or none, hold on one server", () => {
  const overrides = [
    { serverId: "a", levels: DOWN },
    { serverId: "b", levels: null },
  ];
  expect(["a", "b", "c"].map((id) => levelsOn({ overrides }, UP, id))).toEqual([DOWN, undefined, UP]);
});

test("[AL3] a rate is known between two readings of one counter only", () => {
  expect(rateOf(2_000, 30, 1_000, 10)).toBe(20);
  expect(rateOf(2_000, 5, 1_000, 10)).toBeNaN();
  expect(rateOf(1_000, 30, 1_000, 10)).toBeNaN();
  expect(rateOf(2_000, 30, 0, Number.NaN)).toBeNaN();
});

test("[AL3] [AL6] servers, services and probes", () => {
  expect((["online", "stale", "offline", "pending"] as const).map((is) => badnessOfPresence(is, "critical"))).toEqual([
    WELL,
    BETWEEN,
    3,
    UNKNOWN,
  ]);
  const severities = { failed: "error", degraded: "warning", unhealthy: "critical" } as const;
  const service = (...given: Parameters<typeof badnessOfService>) => badnessOfService(...given);
  expect(service("failed", "unknown", severities)).toEqual({ badness: 2, trouble: "failed" });
  expect(service("running", "unhealthy", severities)).toEqual({ badness: 3, trouble: "unhealthy" });
  expect(service("failed", "unhealthy", severities)).toEqual({ badness: 3, trouble: "unhealthy" });
  expect(service("stopped", "unknown", severities).badness).toBe(WELL);
  expect(service("starting", "unknown", severities).badness).toBe(BETWEEN);
  expect(service("unknown", "unknown", severities).badness).toBe(UNKNOWN);
  expect(
    (["healthy", "degraded", "unhealthy", "unknown"] as const).map((one) =>
      badnessOfProbe(one, { unhealthy: "error" }),
    ),
  ).toEqual([WELL, WELL, 2, UNKNOWN]);
});

test.each([
  ["/mnt/data", "/mnt/*", true],
  ["/mnt", "/mnt/*", false],
  ["a.b.c", "a*c", true],
  ["ac", "a*c", true],
  ["abcb", "a*b*b", true],
  ["ab", "a*b*b", false],
  ["aba", "ab*ba", false],
  ["anything", "*", true],
  ["a*", "a*", true],
])("%s by %s: %s", (text, pattern, fits) => {
  expect(fitsPattern(text, pattern)).toBe(fits);
});

test("a pattern of many stars takes no longer than it is long", () => {
  expect(fitsPattern("a".repeat(20_000), `${"a*".repeat(120)}b`)).toBe(false);
});

test("every named label must be there and fit", () => {
  expect(fitsLabels({ mount: "/", device: "sda1" }, { mount: "/" })).toBe(true);
  expect(fitsLabels({ mount: "/" }, { mount: "/", device: "*" })).toBe(false);
  expect(fitsLabels({}, {})).toBe(true);
});
