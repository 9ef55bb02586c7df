import { createCombiner, meanOf } from "@muster/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasBand, LineCollector } from "./line-collector.ts";
import type { Query, Selection } from "./metric-store.ts";

const load: Selection = { metric: "load1", match: {}, step: "avg" };
const RANGE = { from: 0, until: 3_000 };
const query = (change: Partial<Query> = {}): Query => ({
  serverIds: [],
  select: [load],
  range: RANGE,
  stepMs: 1_000,
  pointsMax: 1_000,
  ...change,
});
const seriesLine = (serverId: string, values: readonly number[], selection = 0, labelsText = "") => ({
  selection,
  serverId,
  labels: {},
  labelsText,
  values: Float64Array.from(values),
});
/** A collector, and the part of it that is the whole range. */
const collecting = (asked: Query) => {
  const collector = new LineCollector(asked);
  return { ...collector.part(asked.range), finish: () => collector.finish() };
};
const groups = (...named: readonly (readonly [string, readonly string[]])[]): NonNullable<Query["combine"]> => ({
  function: "sum",
  groups: named.map(([name, serverIds]) => ({ name, serverIds })),
});

describe("lines of series", () => {
  test("come by selection, then by server, then by label text, in whatever order they were made", () => {
    const collector = collecting(query({ select: [load, { ...load, metric: "load5" }] }));
    for (const [server, selection, text] of [
      ["b", 1, ""],
      ["b", 0, "x"],
      ["a", 0, "z"],
      ["b", 0, "a"],
    ] as const)
      collector.take(seriesLine(server, [1, 2, 3], selection, text));
    expect(collector.finish().map(({ metric, serverId }) => `${metric} ${serverId}`)).toEqual([
      "load1 a",
      "load1 b",
      "load1 b",
      "load5 b",
    ]);
  });

  test("[ST10] each takes its points from the budget; the one too many is refused before room is made for it", () => {
    const collector = collecting(query({ pointsMax: 6 }));
    collector.spend();
    collector.spend();
    expect(() => collector.spend()).toThrow(expect.objectContaining({ code: "QUERY_TOO_LARGE" }));
  });

  test("the topmost of any lines are those with the greatest means, of each selection", () => {
    const line = fc.tuple(
      fc.constantFrom(0, 1),
      fc.array(fc.oneof(fc.constant(NaN), fc.integer({ min: -1_000, max: 1_000 })), { minLength: 3, maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: 1, max: 6 }), (lines, top) => {
        const collector = collecting(query({ select: [load, load], top, pointsMax: 2 * top * 3 }));
        for (const [index, [selection, values]] of lines.entries()) {
          collector.spend();
          collector.take(seriesLine(String(index).padStart(3, "0"), values, selection));
        }
        for (const selection of [0, 1]) {
          const means = lines.filter(([of]) => of === selection).map(([, values]) => meanOf(Float64Array.from(values)));
          const kept = collector.finish().filter((one) => one.selection === selection);
          expect(kept.map(({ values }) => meanOf(values)).toSorted((a, b) => a - b)).toEqual(
            means.toSorted((a, b) => a - b).slice(-top),
          );
          const places = kept.map(({ serverId }) => Number(serverId));
          expect(places).toEqual(places.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 500 },
    );
  });
});

test("[ST10] of topmost lines, only those that are kept take from the budget", () => {
  const collector = collecting(query({ top: 3, pointsMax: 6 }));
  for (const server of ["a", "b"]) collector.take(seriesLine(server, [1, 1, 1]));
  expect(() => collector.take(seriesLine("c", [0, 0, 0]))).toThrow(
    expect.objectContaining({ code: "QUERY_TOO_LARGE" }),
  );
});

describe("combined lines", () => {
  test("a server counts in each of its groups, once in each, and one that is in none is left out", () => {
    const collector = collecting(
      query({ combine: groups(["web", ["a", "b", "a"]], ["db", ["b"]], ["empty", []], ["none", ["c"]]) }),
    );
    for (const server of ["a", "b", "stranger"]) {
      collector.spend();
      collector.take(seriesLine(server, [1, NaN, 3]));
    }
    expect(collector.finish()).toMatchObject([
      { group: "web", serverId: undefined, seriesCount: 2, values: Float64Array.of(2, NaN, 6) },
      { group: "db", seriesCount: 1, values: Float64Array.of(1, NaN, 3) },
    ]);
  });

  test("[ST10] only groups that have a series take from the budget, however many series there are", () => {
    const collector = collecting(query({ pointsMax: 6, combine: groups(["a", ["a"]], ["b", ["b"]], ["c", ["c"]]) }));
    for (let times = 0; times < 100; times++) {
      collector.spend();
      collector.take(seriesLine(times % 2 === 0 ? "a" : "b", [1, 1, 1]));
    }
    expect(() => collector.take(seriesLine("c", [1, 1, 1]))).toThrow(
      expect.objectContaining({ code: "QUERY_TOO_LARGE" }),
    );
  });

  test("the topmost keep the order of their groups; a roll-up in one makes it one", () => {
    const collector = collecting(query({ top: 2, combine: groups(["a", ["a"]], ["b", ["b"]], ["c", ["c"]]) }));
    collector.take(seriesLine("a", [5, 5, 5]));
    collector.take(seriesLine("b", [1, 1, 1]));
    collector.take({ ...seriesLine("c", [9, 9, 9]), resolutionMs: 60_000 });
    collector.take({ ...seriesLine("c", [9, 9, 9]), resolutionMs: 3_600_000 });
    expect(collector.finish().map(({ group, resolutionMs }) => [group, resolutionMs])).toEqual([
      ["a", undefined],
      ["c", 3_600_000],
    ]);
  });

  test("a line is what the combiner makes of its series, its band too", () => {
    const collector = collecting(query({ bands: true, combine: groups(["all", ["a"]]) }));
    const combiner = createCombiner("sum", 3);
    for (const least of [0, -4]) {
      const line = { ...seriesLine("a", [1, 2, 3]), min: Float64Array.of(least, 0, 0), max: Float64Array.of(7, 8, 9) };
      collector.take(line);
      combiner.add(line);
    }
    expect(collector.finish()).toMatchObject([combiner.finish()]);
  });
});

describe("a query of a wrong shape", () => {
  const wrong: readonly (readonly [string, Partial<Query>])[] = [
    ...[0, -1, 0.5, NaN, Infinity].map((stepMs) => ["stepMs", { stepMs }] as const),
    ...[0, -1, 1.5].map((top) => ["top", { top }] as const),
    ...[-0.1, 1.1, NaN].map((quantile) => ["select[0].quantile", { select: [{ ...load, quantile }] }] as const),
  ];
  test.for(wrong)("is refused, and %s named", ([field, change]) => {
    expect(() => collecting(query(change))).toThrow(
      expect.objectContaining({ code: "BAD_REQUEST", details: { fields: { [field]: expect.any(String) } } }),
    );
  });

  test("bands are of functions that show samples", () => {
    const banded = (["avg", "rate", "sum", "count", "quantile", "last"] as const).filter((step) =>
      hasBand(query({ bands: true }), { ...load, step }),
    );
    expect(banded).toEqual(["avg", "quantile", "last"]);
    expect(hasBand(query(), load)).toBe(false);
  });
});
