import { expect, test } from "vitest";
import { uptimeOf, uptimePercent, uptimeQuery } from "./uptime.ts";

test("the whole of a span is one step, and a share is never rounded up to all", () => {
  const query = uptimeQuery("p", 3_600_000, 7_230_000);
  expect(query).toMatchObject({ probe: "p", from: 3_600_000, to: 7_200_000, step: 3_600_000, by: "series" });
  expect(uptimeOf({ series: [] })).toBeNull();
  expect(uptimeOf({ series: [{ values: [null, 0.5, null] }] })).toBe(0.5);
  expect([1, 0.99999, 0.9995, 0.5].map(uptimePercent)).toEqual([100, 99.99, 99.95, 50]);
});
