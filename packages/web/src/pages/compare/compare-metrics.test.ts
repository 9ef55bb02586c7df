import { expect, test } from "vitest";
import { compareChart, COMPARABLE, DEFAULT_COMPARED, parseCompared } from "./compare-metrics.ts";

test("metrics of an address are taken as they stand, and nonsense leaves the usual ones", () => {
  expect(parseCompared("load1,my_queue_length,load1,<b>")).toEqual(["load1", "my_queue_length"]);
  expect(parseCompared("<b>")).toEqual(DEFAULT_COMPARED);
  expect(parseCompared(undefined)).toEqual(DEFAULT_COMPARED);
});

test("several series of a server become one line: the greatest share, the sum of amounts", () => {
  expect(compareChart("filesystem_used_ratio").combine).toBe("max");
  expect(compareChart("disk_read_bytes_total").combine).toBe("sum");
  expect(compareChart("cpu_busy_ratio").combine).toBeUndefined();
});

test("every metric on offer has a chart of one line a server", () => {
  for (const metric of COMPARABLE) expect(compareChart(metric).spec.members.map((one) => one.metric)).toEqual([metric]);
  expect(compareChart("my_queue_bytes").spec).toMatchObject({ id: "my_queue_bytes", unit: "bytes" });
});
