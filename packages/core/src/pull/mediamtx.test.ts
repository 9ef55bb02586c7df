import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MediamtxReader, mediamtxVersion } from "./mediamtx.ts";

const real = readFileSync(new URL("../../../../fixtures/pull/mediamtx-paths.json", import.meta.url), "utf8");
const NOW = Date.UTC(2026, 0, 15, 12);
const at = (seconds: number) => ({
  ...{ now: NOW + seconds * 1_000, askedMs: seconds * 1_000, gotMs: seconds * 1_000 },
});
const path = (name: string, more: object) =>
  JSON.stringify({ items: [{ name, online: true, onlineTime: "2026-01-15T11:00:00Z", ...more }] });

test("[PL60] paths are services that run while somebody publishes, of newer and older versions", () => {
  const { services = [], samples } = new MediamtxReader().read(real, at(0));
  expect(services.map(({ name, state, kind, description }) => [name, state, kind, description])).toEqual([
    ["cam1", "stopped", "", "cam1"],
    ["live/news", "running", "rtmpConn", "H264, MPEG-4 Audio"],
    ["older", "running", "rtspSession", "H265"],
  ]);
  expect(services.every(({ verbs }) => verbs.length === 0)).toBe(true);
  expect(samples).toContainEqual({
    ...{ metric: "service_uptime_seconds", value: 3_600, labels: { driver: "channel", service: "live/news" } },
  });
  expect(samples).toContainEqual({
    metric: "channel_readers",
    value: 2,
    labels: { driver: "channel", service: "live/news" },
  });
});

test("[PL61] what comes in makes bit rate and health between two looks of one run", () => {
  const reader = new MediamtxReader();
  const health = (inboundBytes: number, seconds: number, more: object = {}) => {
    const { services, samples } = reader.read(path("a", { inboundBytes, ...more }), at(seconds));
    return [services?.[0]?.health, samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value];
  };
  expect(health(1_000, 0)).toEqual(["unknown", undefined]);
  expect(health(1_000, 1)).toEqual(["unknown", undefined]);
  expect(health(5_000, 4)).toEqual(["healthy", 1_000]);
  expect(health(5_000, 8)).toEqual(["degraded", 0]);
  // Another run began, and what it counts less says nothing.
  expect(health(10, 12, { onlineTime: "2026-01-15T12:00:10Z" })).toEqual(["unknown", undefined]);
  expect(health(5, 16, { onlineTime: "2026-01-15T12:00:10Z" })).toEqual(["unknown", undefined]);
});

test("[PL62] more paths than are read are warned of", () => {
  const items = Array.from({ length: 600 }, (_, index) => ({ name: `p${index}`, online: false }));
  const { services, warnings } = new MediamtxReader().read(JSON.stringify({ itemCount: 600, items }), at(0));
  expect([services?.length, warnings]).toEqual([500, ["It has 600 paths, of which 500 are read."]]);
});

test("a version is told where there is one", () => {
  expect(mediamtxVersion('{"version":"v1.15.0"}')).toBe("v1.15.0");
  expect(mediamtxVersion("404 page not found")).toBeUndefined();
});
