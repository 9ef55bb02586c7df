import { expect, test } from "vitest";
import { metricText, valueText } from "./value-text.ts";

test.each([
  [0.9634, "ratio", "96.3 %"],
  [1, "ratio", "100 %"],
  [1_536, "bytes", "1.50 KiB"],
  [1_048_575, "bytes", "1.00 MiB"],
  [5e12, "bytes", "4.55 TiB"],
  [2_048, "bytes_per_second", "2.00 KiB/s"],
  [71.25, "celsius", "71.3 °C"],
  [0.5, "seconds", "0.5 s"],
  [12, "per_second", "12 a second"],
  [1_234.5, "count", "1235"],
  [0, undefined, "0"],
] as const)("%d in %s is %s", (value, unit, text) => {
  expect(valueText(value, unit)).toBe(text);
});

test.each([
  ["cpu_busy_ratio", {}, "CPU"],
  ["memory_used_ratio", {}, "Memory"],
  ["load1", {}, "Load 1 min"],
  ["filesystem_used_ratio", { mount: "/data" }, "Disk /data used"],
  ["temperature_celsius", { sensor: "cpu" }, "Temperature cpu"],
  ["custom_queue", {}, "custom_queue"],
] as const)("%s %o is called %s", (metric, labels, text) => {
  expect(metricText(metric, labels)).toBe(text);
});
