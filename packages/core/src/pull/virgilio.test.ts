import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PullTextError } from "./pull-text.ts";
import type { PullReading } from "./reading.ts";
import { parseVirgilio, virgilioUptimeSeconds } from "./virgilio.ts";

const REAL = readFileSync(new URL("../../../../fixtures/pull/virgilio-metrics.json", import.meta.url), "utf8");
const NOW = Date.UTC(2026, 0, 15, 12);
const GIB = 1024 ** 3;
const rows = ({ samples }: PullReading) =>
  samples.map(({ metric, labels, value }) => [metric, ...Object.values(labels ?? {}), value]);
const read = (metrics: unknown, now = NOW): PullReading => parseVirgilio(JSON.stringify({ metrics }), { now });

describe("the metrics of a Virgilio agent", () => {
  test("[PL2] [PL20] become ours, in our units", () => {
    expect(rows(parseVirgilio(REAL, { now: NOW }))).toEqual([
      ["memory_used_ratio", 0.25],
      ["memory_total_bytes", 16 * GIB],
      ["memory_used_bytes", 4 * GIB],
      ["memory_available_bytes", 12 * GIB],
      ["load1", 0.42],
      ["load5", 0.4],
      ["filesystem_total_bytes", "/", 100 * GIB],
      ["filesystem_used_ratio", "/", 0.612],
      ["filesystem_total_bytes", "/srv/data", 2_000 * GIB],
      ["network_receive_bytes_total", "eth0", 5_000],
      ["network_transmit_bytes_total", "eth0", 1_000],
      ["temperature_celsius", "cpu", 48.5],
      ["temperature_celsius", "Composite (1)", 38.9],
      ["temperature_celsius", "Composite (2)", 41],
      ["uptime_seconds", 86_400],
    ]);
  });

  test("[PL2] [PL7] say what the machine is, when it was read and by what", () => {
    const reading = parseVirgilio(REAL, { now: NOW });
    expect(reading).toMatchObject({
      facts: {
        ...{ hostName: "7f3c2a1b9d4e", osName: "Debian GNU/Linux 12 (bookworm)", memoryBytes: 16 * GIB },
        startedAt: NOW - 86_400_000,
      },
      sourceAt: NOW + 250,
      answeredBy: "Virgilio agent 1.4.2",
      warnings: ["Disk usage above 90%"],
    });
    expect(reading.facts).not.toHaveProperty("kernel");
  });

  test("[PL1] that are null, absent or of another type are absent", () => {
    const fields = Object.keys((JSON.parse(REAL) as { metrics: object }).metrics);
    for (const nothing of [null, "text", [], {}, -500, true]) {
      const reading = read(Object.fromEntries(fields.map((field) => [field, nothing])));
      expect(reading.samples, JSON.stringify(nothing)).toEqual([]);
    }
    expect(read({})).toMatchObject({ samples: [], warnings: [], answeredBy: "Virgilio agent" });
  });

  test("[PL20] tell the root's share where the mounts do not", () => {
    expect(rows(read({ disk_usage_percent: 50, mounted_usage: [{ mount_point: "/data", total_gb: 1 }] }))).toEqual([
      ["filesystem_total_bytes", "/data", GIB],
      ["filesystem_used_ratio", "/", 0.5],
    ]);
  });

  test.each([
    ["2026-01-15T12:00:00Z", NOW],
    ["2026-01-15 12:00:00", NOW],
    ["2026-01-15T14:00:00.5+02:00", NOW + 500],
    ["yesterday", undefined],
    [null, undefined],
    [5, undefined],
    [{ toString: null, valueOf: null }, undefined],
  ])("[PL7] dated %j are read at %j", (reported_at, at) => expect(read({ reported_at }).sourceAt).toBe(at));

  test("[PL7] dated more than a minute off are told so", () => {
    expect(read({ reported_at: "2026-01-15T11:50:00Z" }).warnings).toEqual([
      "its reading is dated 600 s back: look at its clock",
    ]);
    expect(read({ reported_at: "2026-01-15T12:00:59Z" }).warnings).toEqual([]);
  });

  test("[PL5] of something else are told for what they are", () => {
    for (const text of ["", "<html>", "[]", "{}", '{"metrics":[]}', '{"metrics":{'])
      expect(() => parseVirgilio(text, { now: NOW }), text).toThrow(PullTextError);
  });

  test("[PL22] tell the uptime alone for the proof of a reboot", () => {
    expect(virgilioUptimeSeconds(REAL)).toBe(86_400);
    expect(virgilioUptimeSeconds('{"metrics":{"uptime_seconds":null}}')).toBeUndefined();
  });
});
