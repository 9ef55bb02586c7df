import { expect, test } from "vitest";
import { fitColumns } from "./fit-columns.ts";

const columns = [
  { id: "name", least: 100, importance: undefined },
  { id: "cpu", least: 100, importance: 9 },
  { id: "in", least: 50, importance: 2 },
  { id: "out", least: 50, importance: 2 },
  { id: "tags", least: 80, importance: 5 },
] as const;

test("all columns stay while there is room, or before the room is known", () => {
  expect(fitColumns(columns, 2_000)).toHaveLength(5);
  expect(fitColumns(columns, 0)).toHaveLength(5);
});

test("the least important go first, and those of one importance together", () => {
  expect(fitColumns(columns, 420)).toEqual(["name", "cpu", "tags"]);
  expect(fitColumns(columns, 260)).toEqual(["name", "cpu"]);
});

test("columns without which a row says nothing stay whatever the width", () => {
  expect(fitColumns(columns, 10)).toEqual(["name"]);
});
