import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PullTextError } from "./pull-text.ts";
import type { PullReading } from "./reading.ts";
import { SERVER_MONITOR_WARNING, ServerMonitorReader } from "./server-monitor.ts";

const REAL = readFileSync(new URL("../../../../fixtures/pull/server-monitor-all.json", import.meta.url), "utf8");
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
type Answer = Record<string, Record<string, unknown>>;
const answer = (change: (answer: Answer) => void = () => undefined): string => {
  const value = JSON.parse(REAL) as Answer;
  change(value);
  return JSON.stringify(value);
};
const rows = ({ samples }: PullReading) =>
  samples.map(({ metric, labels, value }) => [metric, ...Object.values(labels ?? {}), value]);
const names = (reading: PullReading) => reading.samples.map(({ metric }) => metric);
/** Half a minute after the one before. */
const times = (round: number) => ({ now: 0, askedMs: round * 30_000, gotMs: round * 30_000 + 100 });
const SPEEDS = ["disk_machine_read_bytes_per_second", "disk_machine_written_bytes_per_second"];

describe("answers of a server-monitor agent", () => {
  test("[PL2] [PL30] become ours; totals are counters, and their speeds of the network are not believed", () => {
    const reader = new ServerMonitorReader();
    expect(rows(reader.read(REAL, times(0)))).toEqual([
      ["memory_total_bytes", 3_936 * MIB],
      ["memory_used_bytes", 984 * MIB],
      ["memory_used_ratio", 0.25],
      ["filesystem_total_bytes", "/", 252 * GIB],
      ["filesystem_used_bytes", "/", 1.5 * GIB],
      ["filesystem_available_bytes", "/", 238 * GIB],
      ["filesystem_used_ratio", "/", 0.06],
      ["cpu_mode_ratio", "user", 0.125],
      ["load1", 0.75],
      ["load5", 0.93],
      ["load15", 1.18],
      ["uptime_seconds", (2 * 24 + 3) * 3_600 + 55 * 60],
      ["network_machine_receive_bytes_total", 2_048 * MIB],
      ["network_machine_transmit_bytes_total", 1_024.5 * MIB],
      ["custom_connections", 17],
    ]);
  });

  test("[PL30] say that they are approximate, and not that a machine with Docker is a container", () => {
    const reading = new ServerMonitorReader().read(REAL, times(0));
    expect(reading.warnings).toEqual([SERVER_MONITOR_WARNING]);
    expect(reading.facts).toMatchObject({ hostName: "web-3", cpuCount: 2, osId: "debian", kernel: "6.1.0-18-amd64" });
    expect(reading.facts).not.toHaveProperty("container");
    const container = (isContainer: unknown, type: unknown) =>
      new ServerMonitorReader().read(
        answer(({ system }) =>
          Object.assign(system!["os"] as object, { is_container: isContainer, container_type: type }),
        ),
        times(0),
      ).facts?.container;
    expect([container(true, "lxc"), container(false, null), container(null, null)]).toEqual(["lxc", "none", undefined]);
    expect(reading.sourceAt).toBe(Date.UTC(2026, 0, 15, 12));
  });

  test("[PL31] of the disk have speeds only from the second one on", () => {
    const reader = new ServerMonitorReader();
    expect(names(reader.read(REAL, times(0)))).not.toEqual(expect.arrayContaining(SPEEDS));
    const second = reader.read(REAL, times(1));
    expect(rows(second).filter(([name]) => SPEEDS.includes(String(name)))).toEqual([
      [SPEEDS[0], MIB],
      [SPEEDS[1], 2 * MIB],
    ]);
    reader.interrupted();
    expect(names(reader.read(REAL, times(0)))).not.toEqual(expect.arrayContaining(SPEEDS));
  });

  test("[PL31] have no speeds after the machine or the agent started anew, nor for a disk that the agent does not know", () => {
    const told = (second: string): boolean => {
      const reader = new ServerMonitorReader();
      reader.read(REAL, times(0));
      return names(reader.read(second, times(1))).some((name) => SPEEDS.includes(name));
    };
    expect(told(answer())).toBe(true);
    expect(told(answer(({ system }) => (system!["uptime"] = "0d 0h 1m")))).toBe(false);
    // An agent that has been there for five, or for all of the thirty seconds.
    expect(told(answer(({ network }) => Object.assign(network!, { rx_speed: 409.6, tx_speed: 204.9 })))).toBe(false);
    expect(told(answer(({ network }) => Object.assign(network!, { rx_speed: 68.27, tx_speed: 34.15 })))).toBe(false);
    expect(told(answer(({ network }) => Object.assign(network!, { total_rx_mb: null, total_tx_mb: 0 })))).toBe(false);
    // As fast as can be believed, and a machine that hardly does anything.
    expect(told(answer(({ network }) => Object.assign(network!, { rx_speed: 60, tx_speed: 30 })))).toBe(true);
    expect(told(answer(({ network }) => Object.assign(network!, { rx_speed: 0, tx_speed: 0 })))).toBe(true);
    expect(told(answer(({ disk_io: disk }) => Object.assign(disk!, { iops: 0, read_speed: 0 })))).toBe(false);
  });

  test("[PL32] list a unit that reads inactive only when it was once seen active", () => {
    const reader = new ServerMonitorReader();
    const services = (statuses: Readonly<Record<string, string>>) =>
      reader
        .read(
          answer((value) => {
            value["services"] = Object.entries(statuses).map(([name, status]) => ({ name, status })) as never;
          }),
          times(0),
        )
        .services?.map(({ name, state, health }) => [name, state, health]);
    expect(
      services({ ssh: "active", docker: "inactive", nginx: "failed", mysql: "reloading", "a b": "active" }),
    ).toEqual([
      ["mysql.service", "unknown", "unknown"],
      ["nginx.service", "failed", "unhealthy"],
      ["ssh.service", "running", "healthy"],
    ]);
    expect(services({ ssh: "inactive", docker: "inactive" })).toEqual([["ssh.service", "stopped", "unknown"]]);
    expect(services({})).toEqual([]);
    // Names without end are not remembered without end.
    for (let look = 0; look < 40; look++)
      services(Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`u${look}-${index}`, "active"])));
    expect(services({ ssh: "inactive", "u39-31": "inactive" })).toEqual([["ssh.service", "stopped", "unknown"]]);
  });

  test("[PL33] have processes without the secrets of their command lines", () => {
    const { processes } = new ServerMonitorReader().read(REAL, times(0));
    expect(processes).toMatchObject([{ pid: 812, user: "root", cpuRatio: 0.035, memoryRatio: 0.012 }]);
    expect(JSON.stringify(processes)).not.toContain("hunter22");
  });

  test("[PL34] without a body are a failed read, as are others that are none", () => {
    for (const text of ["", "  \n", "<html>", "{}", '{"error":"Not found"}', '{"system":[]}', REAL.slice(0, 300)])
      expect(() => new ServerMonitorReader().read(text, times(0)), text.slice(0, 20)).toThrow(PullTextError);
    expect(() => new ServerMonitorReader().read("", times(0))).toThrow("failed while it gathered its numbers");
  });

  test("[PL1] [PL5] with objects where text or a number should be lack it, and a share that is not told is no zero", () => {
    const odd = { toString: null, valueOf: null };
    const reading = new ServerMonitorReader().read(
      answer((value) => {
        Object.assign(value["system"]!, { uptime: odd, disk: { total: odd }, cpu: { load_avg: odd } });
        value["processes"] = [
          { pid: odd, cpu: 1, mem: 1 },
          { pid: "7", cpu: odd, mem: null },
        ] as never;
      }),
      times(0),
    );
    expect(names(reading)).not.toEqual(expect.arrayContaining(["uptime_seconds"]));
    expect(reading.processes).toMatchObject([{ pid: 7, cpuRatio: null, memoryRatio: null }]);
  });

  test("[PL1] without a field lack what it was for, and have no zero in its place", () => {
    const reading = new ServerMonitorReader().read(
      '{"system":{"memory":{"total":"x","used":null},"uptime":"long"}}',
      times(0),
    );
    expect(reading.samples).toEqual([]);
    expect(reading.services).toEqual([]);
    expect(reading.facts).toEqual({ sources: {} });
  });

  test.each([
    ["252G", 252 * GIB],
    ["1,5T", 1.5 * 1024 ** 4],
    ["0", 0],
    ["-", undefined],
    ["1GiB", undefined],
    [12, 12],
    [null, undefined],
  ])("[PL2] a size of %j is %j bytes", (total, bytes) => {
    const reading = new ServerMonitorReader().read(JSON.stringify({ system: { disk: { total } } }), times(0));
    expect(reading.samples.find(({ metric }) => metric === "filesystem_total_bytes")?.value).toBe(bytes);
  });
});
