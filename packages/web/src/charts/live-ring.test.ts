import { expect, test } from "vitest";
import { LiveRing } from "./live-ring.ts";
import { seriesKey } from "./series-key.ts";

const load = { metric: "load1", labels: {} };
const received = { metric: "network_receive_bytes_total", labels: { interface: "eth0" } };
const receivedKey = seriesKey(received.metric, received.labels);

function ringOf(...points: [number, number | null, number | null][]): LiveRing {
  const ring = new LiveRing(100);
  ring.setHeads([load, received]);
  for (const [at, ...values] of points) ring.append(at, values);
  return ring;
}

test("gauges stay as they are and counters become rates a second", () => {
  const ring = ringOf([1_000, 0.5, 1_000], [3_000, 0.6, 5_000]);
  expect(ring.column("load1")).toEqual([0.5, 0.6]);
  expect(ring.column(receivedKey)).toEqual([null, 2_000]);
});

test("a counter that fell is a gap, and counts again from there", () => {
  const ring = ringOf([1_000, 0, 900], [2_000, 0, 100], [3_000, 0, 300]);
  expect(ring.column(receivedKey)).toEqual([null, null, 200]);
});

test("a rate is never drawn over a hole", () => {
  const ring = ringOf([1_000, 0, 0], [60_000, 0, 59_000], [61_000, 0, 60_000]);
  expect(ring.column(receivedKey)).toEqual([null, null, 1_000]);
});

test("a counter that comes with every tenth reading only still has a rate", () => {
  const kills = { metric: "memory_oom_kills_total", labels: {} };
  const ring = new LiveRing(100);
  ring.setHeads([kills]);
  ring.append(0, [4]);
  ring.append(20_000, [null]);
  ring.append(40_000, [8]);
  expect(ring.column(kills.metric)).toEqual([null, null, 0.1]);
});

test("a reading that is not newer is left out", () => {
  const ring = ringOf([1_000, 0.5, 0]);
  expect(ring.append(1_000, [0.9, 0])).toBe(false);
  expect(ring.times).toEqual([1_000]);
});

test("a series that comes later is unknown before", () => {
  const ring = ringOf([1_000, 0.5, 0]);
  ring.setHeads([load, received, { metric: "load5", labels: {} }]);
  ring.append(2_000, [0.6, 0, 0.2]);
  expect(ring.column("load5")).toEqual([null, 0.2]);
});

test("the ring forgets its oldest points, in all columns alike", () => {
  const ring = new LiveRing(10);
  ring.setHeads([load]);
  for (let second = 1; second <= 25; second++) ring.append(second * 1_000, [second]);
  expect(ring.times.length).toBeLessThanOrEqual(10);
  expect(ring.column("load1")).toEqual(ring.times.map((time) => time / 1_000));
});

test("the key of a series does not depend on the order of labels", () => {
  expect(seriesKey("m", { a: "1", b: "2" })).toBe(seriesKey("m", { b: "2", a: "1" }));
});
