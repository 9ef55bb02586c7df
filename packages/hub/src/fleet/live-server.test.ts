import { HOUR_MS, MINUTE_MS } from "@muster/core";
import { expect, test } from "vitest";
import { LiveServer } from "./live-server.ts";
import type { KnownServer } from "./known-server.ts";

const NOW = Date.UTC(2026, 0, 15, 12);
const make = (): LiveServer => new LiveServer({ agent: null } as KnownServer);

test("the newest value of a series counts, and one that comes late does not replace it", () => {
  const live = make();
  const slots = [live.slot("load1", {})];
  live.take(slots, NOW, [1]);
  live.take(slots, NOW - MINUTE_MS, [9]);
  expect(live.summary).toMatchObject({ at: NOW, load1: 1 });
  live.take(slots, NOW + 1, [Number.NaN]);
  expect(live.summary.load1).toBe(1);
});

test("rates come from two readings, and begin anew where the counter did", () => {
  const live = make();
  const slots = [live.slot("network_machine_receive_bytes_total", {})];
  live.take(slots, NOW, [1_000]);
  expect(live.summary.networkReceiveBytesPerSecond).toBeNull();
  live.take(slots, NOW + 5_000, [6_000]);
  expect(live.summary.networkReceiveBytesPerSecond).toBe(1_000);
  live.take(slots, NOW + 10_000, [500]);
  expect(live.summary.networkReceiveBytesPerSecond).toBe(100);
});

test("R9 after the hub's clock was put back, readings go on being the newest, with no rate across the step", () => {
  const live = make();
  const slots = [live.slot("load1", {}), live.slot("network_machine_receive_bytes_total", {})];
  live.take(slots, NOW, [1, 1_000]);
  live.take(slots, NOW - HOUR_MS, [2, 2_000]);
  expect(live.summary).toMatchObject({ at: NOW - HOUR_MS, load1: 2, networkReceiveBytesPerSecond: null });
  live.take(slots, NOW - HOUR_MS + 1_000, [3, 3_000]);
  expect(live.summary).toMatchObject({ load1: 3, networkReceiveBytesPerSecond: 1_000 });
  expect(live.newestAt).toBe(NOW - HOUR_MS + 1_000);
});

test("a series that is read no more is forgotten after a quarter of an hour, and the set's version grows", () => {
  const live = make();
  const [disk, load] = [live.slot("filesystem_used_ratio", { mount: "/gone" }), live.slot("load1", {})];
  live.take([disk, load], NOW, [0.9, 1]);
  const { seriesVersion } = live;
  live.take([load], NOW + 15 * MINUTE_MS, [1]);
  expect(live.slots()).toHaveLength(2);
  live.take([load], NOW + 15 * MINUTE_MS + 1, [1]);
  expect(live.slots().map(({ metric }) => metric)).toEqual(["load1"]);
  expect(live.seriesVersion).toBeGreaterThan(seriesVersion);
});
