import { expect, test } from "vitest";
import { timeLabels } from "./time-axis.ts";

const at = (text: string): number => Date.parse(text) / 1_000;

test("times are in the viewer's zone, and a new day is named", () => {
  const splits = [at("2026-03-01T20:00Z"), at("2026-03-01T22:00Z"), at("2026-03-02T00:00Z")];
  expect(timeLabels(splits, 7_200, "en", "UTC")).toEqual(["20:00", "22:00", "Mar 2"]);
  expect(timeLabels(splits, 7_200, "en", "Europe/Berlin")).toEqual(["21:00", "23:00", "Mar 2"].with(1, "23:00"));
});

test("short steps show seconds, and steps of days only days", () => {
  expect(timeLabels([at("2026-03-01T20:00:05Z")], 5, "en", "UTC")).toEqual(["20:00:05"]);
  expect(timeLabels([at("2026-03-01T00:00Z")], 86_400, "en", "UTC")).toEqual(["Mar 1"]);
});
