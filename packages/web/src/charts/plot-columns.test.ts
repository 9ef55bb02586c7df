import { expect, test } from "vitest";
import { bandColumns, beforeColumns, plotColumns, TOTAL_PLACE } from "./plot-columns.ts";

const series = (values: (number | null)[], mirrored = false) => ({
  key: "k",
  metric: "m",
  labels: {},
  owner: "",
  mirrored,
  values,
});

test("mirrored series go below zero and gaps stay gaps", () => {
  expect(plotColumns({ times: [1_000, 2_000], series: [series([1, null]), series([2, null], true)] }, false)).toEqual([
    [1, 2],
    [1, null],
    [-2, null],
  ]);
});

test("stacked series lie upon each other; a time at which nothing is known stays a gap", () => {
  const frame = { times: [1_000, 2_000, 3_000], series: [series([1, 1, null]), series([2, null, null])] };
  expect(plotColumns(frame, true)).toEqual([
    [1, 2, 3],
    [1, 1, null],
    [3, 1, null],
  ]);
});

test("bands are drawn while there are few series", () => {
  const banded = { ...series([1]), band: { low: [0], high: [2] } };
  expect(bandColumns([series([1]), banded])).toEqual({ places: [1], columns: [[0], [2]] });
  expect(bandColumns([banded, banded, banded, banded, banded]).places).toEqual([]);
});

test("below the axis the edges of a band change places", () => {
  const banded = { ...series([1], true), band: { low: [0.5], high: [2] } };
  expect(bandColumns([banded])).toEqual({ places: [0], columns: [[-2], [-0.5]] });
});

test("the period before is drawn as its series are, and of a stack as one outline", () => {
  const past = { ...series([1]), before: [3] };
  const down = { ...series([1], true), before: [4] };
  expect(beforeColumns([series([1]), past, down], false)).toEqual({ places: [1, 2], columns: [[3], [-4]] });
  expect(beforeColumns([past, down], true)).toEqual({ places: [TOTAL_PLACE], columns: [[7]] });
  expect(beforeColumns([series([1])], true).places).toEqual([]);
});
