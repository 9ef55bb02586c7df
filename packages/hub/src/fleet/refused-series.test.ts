import { expect, test } from "vitest";
import { REFUSED_SERIES_COUNTED_MAX, RefusedSeries } from "./refused-series.ts";

const named = (...metrics: readonly string[]) => metrics.map((metric) => ({ metric }));

test("over several lists each series counts once, whatever the order of its labels", () => {
  const refused = new RefusedSeries();
  refused.note(named("a", "b"), named("c"));
  refused.note(named("b", "d"), []);
  refused.note([], named("e"));
  expect(refused.count).toBe(3);
  refused.note([{ metric: "x", labels: { one: "1", two: "2" } }], []);
  refused.note(
    [
      { metric: "x", labels: { two: "2", one: "1" } },
      { metric: "x", labels: { one: "1" } },
    ],
    [],
  );
  expect(refused.count).toBe(5);
});

test("one that is stored now counts no longer", () => {
  const refused = new RefusedSeries();
  refused.note(named("a", "b"), []);
  refused.note([], named("a"));
  expect(refused.count).toBe(1);
  refused.clear();
  expect(refused.count).toBe(0);
});

test("any number of names takes a bounded memory", () => {
  const refused = new RefusedSeries();
  for (let first = 0; first < 3 * REFUSED_SERIES_COUNTED_MAX; first += 2_000)
    refused.note(named(...Array.from({ length: 2_000 }, (_, index) => `m${first + index}`)), []);
  expect(refused.count).toBe(REFUSED_SERIES_COUNTED_MAX);
});
