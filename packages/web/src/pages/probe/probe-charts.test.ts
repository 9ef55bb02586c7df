import { expect, test } from "vitest";
import { ownMetrics, probeCharts } from "./probe-charts.ts";

const keysOf = (kind: string, metrics: readonly string[] = []) => probeCharts(kind, metrics).map(({ key }) => key);

test("a probe has charts of its health, of its kind, and of the numbers that its last look named", () => {
  expect(keysOf("tls")).toEqual(["health", "took", "certificate"]);
  expect(keysOf("passive")).toEqual(["health", "job"]);
  expect(keysOf("of_tomorrow")).toEqual(["health", "took"]);
  expect(keysOf("exec", ["custom_users", "custom_jobs_total"])).toEqual([
    "health",
    "took",
    "custom_users",
    "custom_jobs_total",
  ]);
  expect(probeCharts("exec", ["custom_jobs_total"]).at(-1)?.spec.members).toEqual([
    { metric: "custom_jobs_total", rate: true, mirrored: false },
  ]);
});

test("the numbers of a look are those of its table of numbers", () => {
  const columns = [{ key: "metric" }, { key: "value" }];
  expect(ownMetrics(undefined)).toEqual([]);
  expect(
    ownMetrics({
      tables: [
        { key: "numbers", columns, rows: [["custom_users", 7]] },
        { key: "answer", columns, rows: [["x", 1]] },
      ],
    }),
  ).toEqual(["custom_users"]);
});
