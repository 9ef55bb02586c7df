import { expect, test } from "vitest";
import { parseRange } from "./chart-range.ts";
import { exportUrl } from "./export-url.ts";

const choice = { server: "a,b", metric: "load1", by: "server", combine: "max", bands: "true" } as const;
const time = { range: parseRange("0..60000"), stepMs: 10_000, now: 1_000_000 };

test("what is shown is asked for as the chart asks but for its bands, and samples without what makes points", () => {
  const shown = new URL(exportUrl(choice, "shown", "csv", time), "http://hub");
  expect(shown.pathname).toBe("/api/v1/metrics/export");
  expect(Object.fromEntries(shown.searchParams)).toEqual({
    server: "a,b",
    metric: "load1",
    by: "server",
    combine: "max",
    from: "0",
    to: "60000",
    step: "10000",
    format: "csv",
  });
  const samples = new URL(exportUrl(choice, "samples", "ndjson", time), "http://hub");
  expect(Object.fromEntries(samples.searchParams)).toEqual({
    server: "a,b",
    metric: "load1",
    from: "0",
    to: "60000",
    format: "ndjson",
  });
});
