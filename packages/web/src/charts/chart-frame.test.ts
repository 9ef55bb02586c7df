import { expect, test } from "vitest";
import { joinFrame } from "./chart-frame.ts";
import type { History } from "./chart-frame.ts";
import { LiveRing } from "./live-ring.ts";

const load = { metric: "load1", rate: false, mirrored: false };
const line = (values: (number | null)[], metric = "load1") => ({
  metric,
  serverId: null,
  tag: null,
  labels: {},
  values,
});
const history = (...series: History["series"]): History => ({ from: 0, to: 100_000, stepMs: 10_000, series });

function ringOf(...points: [number, number | null][]): LiveRing {
  const ring = new LiveRing(100);
  ring.setHeads([{ metric: "load1", labels: {} }]);
  for (const [at, value] of points) ring.append(at, [value]);
  return ring;
}

test("live points follow the last stored bucket and none of it counts twice", () => {
  const frame = joinFrame(
    [load],
    history(line([1, 2, null, null])),
    ringOf([15_000, 2], [21_000, 3], [22_000, 4]),
    30_000,
  );
  expect(frame.times).toEqual([0, 10_000, 21_000, 22_000]);
  expect(frame.series[0]!.values).toEqual([1, 2, 3, 4]);
});

test("a hole between neighbours gets an empty point, so that no line crosses it", () => {
  const frame = joinFrame([load], history(line([1])), ringOf([100_000, 3], [101_000, 4]), 30_000);
  expect(frame.times).toEqual([0, 50_000, 100_000, 101_000]);
  expect(frame.series[0]!.values).toEqual([1, null, 3, 4]);
});

test("stored gaps stay gaps", () => {
  const frame = joinFrame([load], history(line([1, null, null, null, 3])), undefined, 30_000);
  expect(frame.series[0]!.values).toEqual([1, null, null, null, 3]);
});

test("an empty bucket between close neighbours is jitter and goes", () => {
  const frame = joinFrame([load], history(line([null, 1, null, 3, null, null, 6])), undefined, 30_000);
  expect(frame.times).toEqual([0, 10_000, 30_000, 60_000]);
  expect(frame.series[0]!.values).toEqual([null, 1, 3, 6]);
});

test("live points stand alone while nothing is stored", () => {
  const frame = joinFrame([load], undefined, ringOf([1_000, 1], [2_000, 2]), 30_000);
  expect(frame.times).toEqual([1_000, 2_000]);
});

test("series of several metrics share the times, in the order of the chart", () => {
  const members = [
    { metric: "b", rate: true, mirrored: true },
    { metric: "a", rate: true, mirrored: false },
  ];
  const frame = joinFrame(members, history(line([1, 2, null], "a"), line([3, null, 5], "b")), undefined, 30_000);
  expect(frame.series.map((series) => [series.metric, series.mirrored, series.values])).toEqual([
    ["b", true, [3, null, 5]],
    ["a", false, [1, 2, null]],
  ]);
});

test("labels sort as people count", () => {
  const cores = history(...["10", "9", "0"].map((core) => ({ ...line([1]), labels: { core } })));
  expect(joinFrame([load], cores, undefined, 1).series.map((series) => series.labels["core"])).toEqual([
    "0",
    "9",
    "10",
  ]);
});

test("the least and greatest of each step go with their series and end where the live points begin", () => {
  const banded = { ...line([1, 2]), min: [0, 1], max: [5, 6] };
  const frame = joinFrame([load], history(banded), ringOf([21_000, 3]), 30_000);
  expect(frame.series).toHaveLength(1);
  expect(frame.series[0]).toMatchObject({ values: [1, 2, 3], band: { low: [0, 1, null], high: [5, 6, null] } });
});

test("lines of several servers stay apart, and are one on the page of a server", () => {
  const both = history({ ...line([1]), serverId: "a" }, { ...line([2]), serverId: "b" });
  expect(joinFrame([load], both, undefined, 1, "server").series.map(({ owner, values }) => [owner, values])).toEqual([
    ["a", [1]],
    ["b", [2]],
  ]);
  expect(joinFrame([load], history({ ...line([1]), serverId: "a" }), ringOf([21_000, 3]), 30_000).series).toHaveLength(
    1,
  );
});
