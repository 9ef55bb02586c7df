import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findMetric } from "../metrics/catalog.ts";
import { isMetricName, labelsProblem } from "../samples.ts";
import { ALLOWED_SERIES_MAX, customMetricName, isAllowedSeriesName } from "./allowed-series.ts";
import { NodeExporterReader } from "./node-exporter.ts";
import { PullTextError } from "./pull-text.ts";
import type { PullReading } from "./reading.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../fixtures/pull/node-exporter-${name}.txt`, import.meta.url), "utf8");
const REAL = fixture("debian-vm");
const NEXT = fixture("debian-vm.next");
const COMPOSED = fixture("composed");

const at = (seconds: number, now = 1_700_003_600_000 + seconds * 1_000) => ({
  ...{ now, askedMs: seconds * 1_000, gotMs: seconds * 1_000 },
});
const value = ({ samples }: PullReading, metric: string, labels: Readonly<Record<string, string>> = {}) =>
  samples.find((sample) => sample.metric === metric && JSON.stringify(sample.labels ?? {}) === JSON.stringify(labels))
    ?.value;
const labelled = ({ samples }: PullReading, metric: string) =>
  samples.filter((sample) => sample.metric === metric).map(({ labels }) => Object.values(labels ?? {}).join(" "));

describe("answers of a real node_exporter", () => {
  const reader = new NodeExporterReader([]);
  const first = reader.read(REAL, at(0, 1_795_697_007_000));
  const second = reader.read(NEXT, at(10, 1_795_697_017_000));

  test("[PL2] are samples of the catalogue, with its labels, each once", () => {
    const seen = new Set<string>();
    for (const { metric, labels = {}, value: number } of second.samples) {
      const definition = findMetric(metric);
      expect(definition, metric).toBeDefined();
      expect(Object.keys(labels).toSorted()).toEqual(definition?.labels);
      expect(labelsProblem(labels)).toBeUndefined();
      expect(Number.isFinite(number) && number >= 0, `${metric} ${number}`).toBe(true);
      const series = `${metric} ${JSON.stringify(labels)}`;
      expect(seen.has(series), series).toBe(false);
      seen.add(series);
    }
    expect(seen.size).toBeGreaterThan(60);
  });

  test("[PL6] have shares of the CPU from the second one on", () => {
    expect(labelled(first, "cpu_busy_ratio")).toEqual([]);
    expect(labelled(second, "cpu_core_busy_ratio")).toEqual(["0", "1"]);
    const busy = value(second, "cpu_busy_ratio")!;
    const sum = (text: string, mode: RegExp): number =>
      [...text.matchAll(/^node_cpu_seconds_total\{cpu="\d+",mode="(\w+)"\} (\S+)$/gm)]
        .filter(([, name = ""]) => mode.test(name))
        .reduce((total, [, , seconds]) => total + Number(seconds), 0);
    const [unused, all] = [/idle|iowait/, /./].map((mode) => sum(NEXT, mode) - sum(REAL, mode));
    // Of all cores together, where ours is the mean of their shares: each had the same time but for some ticks.
    expect(busy).toBeCloseTo(1 - unused! / all!, 2);
    const modes = ["user", "nice", "system", "irq", "steal"].map((mode) => value(second, "cpu_mode_ratio", { mode })!);
    expect(modes.reduce((sum, mode) => sum + mode, 0)).toBeCloseTo(busy, 9);
  });

  test("[PL2] tell memory, file systems, disks, network, uptime as they are", () => {
    const total = value(second, "memory_total_bytes")!;
    expect(value(second, "memory_used_bytes")! + value(second, "memory_available_bytes")!).toBe(total);
    expect(labelled(second, "filesystem_used_ratio")).toEqual(["/"]);
    expect(value(second, "filesystem_total_bytes", { mount: "/" })).toBe(2.70553174016e11);
    expect(labelled(second, "disk_read_bytes_total")).toEqual(["vda"]);
    expect(labelled(second, "network_receive_bytes_total")).not.toContain("lo");
    expect(value(second, "uptime_seconds")).toBeCloseTo(27_686.027, 3);
    expect(value(second, "load1")).toBeGreaterThan(0);
    expect(value(second, "cpu_context_switches_total")).toBeGreaterThan(value(first, "cpu_context_switches_total")!);
  });

  test("[PL2] [PL7] tell the machine's facts and its time", () => {
    expect(second.facts).toMatchObject({
      ...{ hostName: "vm", osName: "Debian GNU/Linux 12 (bookworm)", osId: "debian", osVersion: "12" },
      ...{ kernel: "6.18.44-fc-v669", architecture: "x86_64", cpuCount: 2 },
      startedAt: 1_795_669_330_973,
    });
    expect(second).toMatchObject({
      sourceAt: 1_795_697_017_027,
      answeredBy: "node_exporter",
      warnings: [],
      services: [],
    });
  });
});

describe("answers of a node_exporter with everything", () => {
  const reading = new NodeExporterReader([]).read(COMPOSED, at(0));

  test("[PL41] show what stores something, once, and no size of what failed or has none", () => {
    expect(labelled(reading, "filesystem_total_bytes")).toEqual(["/", "/pool"]);
    expect(value(reading, "filesystem_used_bytes", { mount: "/" })).toBe(600);
    expect(value(reading, "filesystem_used_ratio", { mount: "/" })).toBeCloseTo(600 / 900, 12);
    expect(value(reading, "filesystem_inodes_used_ratio", { mount: "/" })).toBe(0.25);
    expect(value(reading, "filesystem_used_bytes", { mount: "/pool" })).toBe(3_000);
    // Available is not told there, and a share of what is usable cannot be made without it.
    expect(labelled(reading, "filesystem_used_ratio")).toEqual(["/"]);
    expect(labelled(reading, "filesystem_inodes_used_ratio")).toEqual(["/"]);
    expect(value(reading, "filesystem_read_only", { mount: "/pool" })).toBe(1);
  });

  test("[PL41] show disks and interfaces of their own", () => {
    expect(labelled(reading, "disk_read_bytes_total")).toEqual(["sda"]);
    expect(labelled(reading, "network_receive_bytes_total")).toEqual(["eth0", "docker0"]);
  });

  test("[PL41] name sensors as our own agent does", () => {
    expect(labelled(reading, "temperature_celsius")).toEqual([
      "coretemp/Package id 0",
      "nvme/temp1 (nvme_nvme0)",
      "nvme/temp1 (nvme_nvme1)",
      "x86_pkg_temp",
    ]);
  });

  test("[PL6] make pressure a share of the time between two looks, and traffic of the machine a growth", () => {
    const reader = new NodeExporterReader([]);
    expect(labelled(reader.read(COMPOSED, at(0)), "pressure_ratio")).toEqual([]);
    const later = COMPOSED.replace(/(io_waiting_seconds_total) 50/, "$1 52")
      .replace(/(io_stalled_seconds_total) 20/, "$1 45")
      .replace(/(cpu_waiting_seconds_total) 7/, "$1 3")
      .replace('device="eth0"} 1000', 'device="eth0"} 1700');
    const second = reader.read(later, at(10));
    expect(value(second, "pressure_ratio", { resource: "io", stall: "some" })).toBeCloseTo(0.2, 12);
    expect(value(second, "pressure_ratio", { resource: "io", stall: "full" })).toBe(1);
    // Smaller than before: it began again, and nothing can be said of this step.
    expect(value(second, "pressure_ratio", { resource: "cpu", stall: "some" })).toBeUndefined();
    expect(value(second, "network_machine_receive_bytes_total")).toBe(700);
  });

  test("[PL6] make no share over a boot, nor of a core that counts from zero", () => {
    const grown = COMPOSED.replace('mode="user"} 100', 'mode="user"} 105').replace(
      'mode="idle"} 1000',
      'mode="idle"} 1005',
    );
    const busy = (second: string): number | undefined => {
      const reader = new NodeExporterReader([]);
      reader.read(COMPOSED, at(0));
      return value(reader.read(second, at(10)), "cpu_busy_ratio");
    };
    expect(busy(grown)).toBe(0.5);
    expect(busy(grown.replace("boot_time_seconds 1.7e+09", "boot_time_seconds 1.700003595e+09"))).toBeUndefined();
    expect(busy(COMPOSED.replace('mode="idle"} 1000', 'mode="idle"} 10'))).toBeUndefined();
    expect(busy(grown.replace('mode="idle"} 1005', 'mode="idle"} 10'))).toBeUndefined();
  });

  test("[PL42] list units that do something or failed", () => {
    expect(
      reading.services?.map(({ name, state, health, since, verbs }) => [name, state, health, since, verbs]),
    ).toEqual([
      ["backup.service", "failed", "unhealthy", null, []],
      ["nginx.service", "running", "healthy", 1_700_000_100_000, []],
    ]);
  });

  test("[PL1] [PL43] warn of a collector that failed and is needed; what it was for is absent", () => {
    expect(reading.warnings).toEqual(["its collectors failed, so that their numbers are missing: meminfo"]);
    expect(labelled(reading, "memory_used_bytes")).toEqual([]);
    // The size of a page is not told, and on this architecture there are several.
    expect(labelled(reading, "swap_in_bytes_total")).toEqual([]);
    expect(reading.facts).toMatchObject({ virtualisation: "kvm", cpuCount: 1, architecture: "aarch64" });
  });

  test("[PL5] warn of a collector once, however often it is told", () => {
    const told = 'node_scrape_collector_success{collector="meminfo"} 0\n'.repeat(50);
    expect(new NodeExporterReader([]).read(`${COMPOSED}${told}`, at(0)).warnings).toEqual(reading.warnings);
  });

  test("[PL7] warn of a clock that is off", () => {
    const late = new NodeExporterReader([]).read(COMPOSED, at(0, 1_700_003_720_000));
    expect(late.warnings).toContain("its clock stands 120 s back");
    expect(late.facts?.startedAt).toBe(1_700_000_120_000);
  });

  test("[PL44] take over what is allowed and nothing else, under names that cannot be ours", () => {
    const custom = (...allow: string[]) =>
      new NodeExporterReader(allow)
        .read(COMPOSED, at(0))
        .samples.filter(({ metric }) => metric.startsWith("custom_"))
        .map(({ metric, labels, value: number }) => [metric, labels, number]);
    expect(custom()).toEqual([]);
    expect(custom("app_requests", "node_load1")).toEqual([["custom_app_requests_total", { code: "200" }, 12]]);
    expect(custom("app*")).toEqual([
      ["custom_app_requests_total", { code: "200" }, 12],
      ["custom_app_seconds_bucket_total", { le: "+Inf" }, 3],
      ["custom_app_seconds_sum_total", {}, 1.5],
      ["custom_app_seconds_count_total", {}, 3],
      ["custom_app_queue_total_value", {}, 4],
    ]);
    expect(custom("app_requests{}", "", "ap p")).toEqual([]);
  });

  test("[PL44] take over so many and say how many were left out", () => {
    const lines = Array.from({ length: ALLOWED_SERIES_MAX + 7 }, (_, index) => `x{i="${index}"} 1\n`).join("");
    const many = new NodeExporterReader(["x", "y"]).read(`${COMPOSED}${lines}y{l="${"z".repeat(300)}"} 1\n`, at(0));
    expect(many.samples.filter(({ metric }) => metric === "custom_x")).toHaveLength(ALLOWED_SERIES_MAX);
    expect(many.warnings).toEqual(
      expect.arrayContaining([
        expect.stringContaining("7 allowed series"),
        expect.stringContaining("1 allowed series"),
      ]),
    );
  });

  test("[PL5] of something else are told so, and leave what was remembered", () => {
    const reader = new NodeExporterReader([]);
    reader.read(COMPOSED, at(0));
    for (const text of ["", "a 1\n", "<html>\n", COMPOSED.slice(0, 900)])
      expect(() => reader.read(text, at(5)), text.slice(0, 20)).toThrow(PullTextError);
    expect(value(reader.read(COMPOSED.replace('mode="user"} 100', 'mode="user"} 105'), at(10)), "cpu_busy_ratio")).toBe(
      1,
    );
  });
});

test.each([
  ["Go_Info", "gauge", "custom_go_info"],
  [":sum:rate", undefined, "custom__sum_rate"],
  ["x_total", undefined, "custom_x_total"],
  ["x_total", "counter", "custom_x_total"],
  ["x_total", "gauge", "custom_x_total_value"],
  ["x", "counter", "custom_x_total"],
  ["x".repeat(128), "gauge", undefined],
] as const)("[PL44] %s, a %s, is kept as %s", (name, type, metric) => {
  expect(customMetricName(name, type)).toBe(metric);
  expect(metric === undefined || isMetricName(metric)).toBe(true);
});

test("[PL44] a name of the list is one of Prometheus, or a beginning", () => {
  expect(["a", "a:b*", "*", "a b", "a{", "", "1a"].map(isAllowedSeriesName)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
