import { expect, test } from "vitest";
import type { ChartFrame, FrameSeries, History } from "./chart-frame.ts";
import { totalBefore, withPeriodBefore } from "./period-before.ts";

const members = [{ metric: "load1", rate: false, mirrored: false }];
const series = (values: FrameSeries["values"], parts: Partial<FrameSeries> = {}): FrameSeries => ({
  key: "load1",
  metric: "load1",
  labels: {},
  owner: "",
  mirrored: false,
  values,
  ...parts,
});
const before = (values: (number | null)[], metric = "load1"): History => ({
  from: 0,
  to: 40,
  stepMs: 10,
  series: [{ metric, serverId: null, tag: null, labels: {}, values }],
});

test("each time gets what was known so long before it, live times between the steps too", () => {
  const frame: ChartFrame = { times: [100, 110, 127, 139], series: [series([1, 2, 3, 4])] };
  const { times, series: drawn } = withPeriodBefore(frame, before([5, 6, 7, 8]), 100, members);
  expect(times).toEqual([100, 110, 127, 139]);
  expect(drawn[0]!.before).toEqual([5, 6, 7, 8]);
});

test("where the present has ended the past goes on", () => {
  const frame: ChartFrame = { times: [100, 110], series: [series([1, 2], { band: { low: [0, 1], high: [2, 3] } })] };
  const { times, series: drawn } = withPeriodBefore(frame, before([5, 6, null, 8]), 100, members);
  expect(times).toEqual([100, 110, 120, 130]);
  expect(drawn[0]).toMatchObject({
    values: [1, 2, null, null],
    band: { low: [0, 1, null, null], high: [2, 3, null, null] },
    before: [5, 6, null, 8],
  });
});

test("what is gone since comes back with its past alone", () => {
  const { times, series: drawn } = withPeriodBefore({ times: [], series: [] }, before([5, 6]), 100, members);
  expect(times).toEqual([100, 110]);
  expect(drawn).toMatchObject([{ key: "load1", values: [null, null], before: [5, 6] }]);
});

test("the outline of a stack is the sum of what is known", () => {
  expect(
    totalBefore([series([], { before: [1, null, null] }), series([]), series([], { before: [2, 3, null] })]),
  ).toEqual([3, 3, null]);
  expect(totalBefore([series([1])])).toBeUndefined();
});
