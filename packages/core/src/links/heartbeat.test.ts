import fc from "fast-check";
import { expect, test } from "vitest";
import { isMetricName, labelsProblem } from "../samples.ts";
import { HEARTBEAT_METRICS_MAX, heartbeatSamples } from "./heartbeat.ts";

test("percent fields become ratios, names of the catalogue stay, others are custom", () => {
  const { samples, refused } = heartbeatSamples({
    cpu_percent: 12.5,
    memory_percent: 100,
    disk_percent: 0,
    load1: 0.7,
    queue_length: -3,
  });
  expect(samples).toEqual([
    { metric: "cpu_busy_ratio", value: 0.125 },
    { metric: "memory_used_ratio", value: 1 },
    { metric: "filesystem_used_ratio", labels: { mount: "/" }, value: 0 },
    { metric: "load1", value: 0.7 },
    { metric: "custom_queue_length", value: -3 },
  ]);
  expect(refused).toEqual({});
});

test("what is wrong is named and does not spoil the rest", () => {
  const { samples, refused } = heartbeatSamples({
    cpu_percent: 101,
    memory_percent: "50",
    "Queue Length": 1,
    nothing: null,
    none: Number.NaN,
    good: 1,
    // A metric with labels cannot be named without them.
    filesystem_used_ratio: 0.5,
  });
  expect(samples).toEqual([
    { metric: "custom_good", value: 1 },
    { metric: "custom_filesystem_used_ratio", value: 0.5 },
  ]);
  expect(Object.keys(refused).toSorted()).toEqual(["Queue Length", "cpu_percent", "memory_percent", "none", "nothing"]);
});

test(`a heartbeat carries at most ${HEARTBEAT_METRICS_MAX} names`, () => {
  const metrics = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, index]));
  const { samples, refused } = heartbeatSamples(metrics);
  expect([samples.length, Object.keys(refused).length]).toEqual([HEARTBEAT_METRICS_MAX, 100 - HEARTBEAT_METRICS_MAX]);
});

test("[AG-17] whatever names and values come, what is kept can be stored and what is not is told", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 300 }), fc.anything()), (metrics) => {
      const { samples, refused } = heartbeatSamples(metrics);
      for (const { metric, labels, value } of samples) {
        expect([isMetricName(metric), labelsProblem(labels ?? {}), Number.isFinite(value)]).toEqual([
          true,
          undefined,
          true,
        ]);
      }
      for (const name of Object.keys(refused)) expect(name.length).toBeLessThanOrEqual(64);
      expect(samples.length + Object.keys(refused).length).toBeLessThanOrEqual(Object.keys(metrics).length);
    }),
  );
  expect(heartbeatSamples(JSON.parse('{"__proto__":1,"constructor":2}') as Record<string, unknown>).samples).toEqual([
    { metric: "custom_constructor", value: 2 },
  ]);
});
