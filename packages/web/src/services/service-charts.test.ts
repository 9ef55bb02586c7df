import { expect, test } from "vitest";
import { serviceCharts } from "./service-charts.ts";

const ids = (...of: Parameters<typeof serviceCharts>): readonly string[] => serviceCharts(...of).map(({ id }) => id);

test("a service has the charts of all services, then its own by name", () => {
  expect(ids(["service_cpu_ratio", "custom_b", "custom_a", "load1"], "systemd")).toEqual([
    "service_cpu_ratio",
    "service_memory_bytes",
    "service_restarts_total",
    "service_health_ratio",
    "custom_a",
    "custom_b",
  ]);
});

test("a channel is no process, and has charts of what it sends", () => {
  expect(ids(["channel_frames_per_second"], "channel")).toEqual(["service_health_ratio", "channel_frames_per_second"]);
});
