import { FakeClock } from "@muster/testkit";
import { describe, expect, it } from "vitest";
import { readFacts } from "../src/index.ts";
import { AUTO, fixture, twoRounds } from "./run-collectors.ts";

const GIB = 1024 ** 3;

describe("a Docker container with cgroup v1", () => {
  it("is measured against its memory limit, page cache left out of what is used", async () => {
    const readings = await twoRounds(fixture("docker-cgroup1"));
    expect(readings.get("memory_total_bytes")).toBe(512 * 1024 ** 2);
    expect(readings.get("memory_used_bytes")).toBe(200_000_000);
    expect(readings.get("memory_cached_bytes")).toBe(120_000_000);
    expect(readings.get("swap_total_bytes")).toBe(512 * 1024 ** 2);
    expect(readings.get("swap_used_bytes")).toBe(10_000_000);
  });

  it("is measured against its CPU quota, not the eight cores of its host", async () => {
    const readings = await twoRounds(fixture("docker-cgroup1"));
    // Three seconds used of 5 s × 1.5 cores.
    expect(readings.get("cpu_busy_ratio")).toBeCloseTo(0.4, 9);
    expect(readings.get("cpu_mode_ratio", { mode: "user" })).toBeCloseTo(0.3, 9);
    expect(readings.get("cpu_limit_cores")).toBe(1.5);
    expect(readings.get("cpu_throttled_seconds_total")).toBe(2.5);
    expect(readings.labelled("cpu_core_busy_ratio")).toEqual([]);
  });

  it("reports its own disk traffic and none of its host's counters", async () => {
    const readings = await twoRounds(fixture("docker-cgroup1"));
    expect(readings.labelled("disk_read_bytes_total").map(({ labels, value }) => [labels["device"], value])).toEqual([
      ["sda", 4096],
    ]);
    expect(readings.get("disk_writes_total", { device: "sda" })).toBe(2);
    for (const metric of ["cpu_context_switches_total", "open_files", "memory_oom_kills_total", "processes_running"]) {
      expect(readings.get(metric), metric).toBeUndefined();
    }
    expect(readings.labelled("pressure_ratio")).toEqual([]);
  });

  it("shows its root and volumes, and not the files that the engine mounts", async () => {
    const readings = await twoRounds(fixture("docker-cgroup1"));
    expect(readings.labelled("filesystem_total_bytes").map(({ labels }) => labels["mount"])).toEqual(["/", "/data"]);
  });

  it("counts its uptime from the start of its first process", async () => {
    const readings = await twoRounds(fixture("docker-cgroup1"));
    expect(readings.get("uptime_seconds")).toBeCloseTo(605, 6);
  });

  it("says what it is and where its numbers come from", async () => {
    const facts = await readFacts(AUTO, { host: fixture("docker-cgroup1"), clock: new FakeClock() });
    expect(facts).toMatchObject({
      container: "docker",
      cpuCount: 4,
      cpuLimitCores: 1.5,
      memoryBytes: 512 * 1024 ** 2,
      osId: "alpine",
      architecture: "x86_64",
    });
    expect(facts.bootId).toBe("0a1b2c3d-0000-4000-8000-0000000000bb/10000000");
    expect(facts.sources["cpu"]).toBe("cgroup v1 cpuacct.usage");
    expect(facts.sources["load"]).toContain("of the host");
    expect(facts.sources["architecture"]).toBe("uname -m");
  });
});

describe("a Docker container with cgroup v2", () => {
  it("is measured against its own limits", async () => {
    const readings = await twoRounds(fixture("docker-cgroup2"));
    expect(readings.get("memory_total_bytes")).toBe(GIB);
    expect(readings.get("memory_used_bytes")).toBe(500_000_000);
    expect(readings.get("memory_available_bytes")).toBe(GIB - 500_000_000);
    expect(readings.get("memory_cached_bytes")).toBe(370_000_000);
    // Its group allows 1 GiB of swap, its host has a little less.
    expect(readings.get("swap_total_bytes")).toBe(999_420 * 1024);
    // 2.5 s used of 5 s × 2 cores.
    expect(readings.get("cpu_busy_ratio")).toBeCloseTo(0.25, 9);
    expect(readings.get("disk_written_bytes_total", { device: "nvme0n1" })).toBe(2_097_152);
  });

  it("takes pressure from its group, where its host's is five times that", async () => {
    const readings = await twoRounds(fixture("docker-cgroup2"));
    expect(readings.get("pressure_ratio", { resource: "cpu", stall: "some" })).toBeCloseTo(0.1, 9);
  });

  it("runs in a cloud's virtual machine", async () => {
    const facts = await readFacts(AUTO, { host: fixture("docker-cgroup2"), clock: new FakeClock() });
    expect(facts).toMatchObject({
      container: "docker",
      virtualisation: "kvm",
      addresses: ["172.18.0.3", "fd00::abcd"],
    });
  });
});

describe("an LXC container with lxcfs", () => {
  it("takes what lxcfs shows: its two cores, its memory, its uptime", async () => {
    const readings = await twoRounds(fixture("lxc-lxcfs"));
    expect(readings.get("memory_total_bytes")).toBe(2 * GIB);
    expect(readings.get("memory_used_bytes")).toBe(GIB / 2);
    expect(readings.get("swap_used_bytes")).toBe(128 * 1024 ** 2);
    // 400 of 1,000 ticks.
    expect(readings.get("cpu_busy_ratio")).toBeCloseTo(0.4, 9);
    expect(readings.get("cpu_core_busy_ratio", { core: "1" })).toBeCloseTo(0.5, 9);
    expect(readings.get("uptime_seconds")).toBe(1239.5);
  });

  it("leaves out counters that lxcfs does not replace", async () => {
    const readings = await twoRounds(fixture("lxc-lxcfs"));
    for (const metric of ["cpu_context_switches_total", "swap_in_bytes_total", "open_files"])
      expect(readings.get(metric), metric).toBeUndefined();
    expect(readings.get("pressure_ratio", { resource: "io", stall: "some" })).toBeCloseTo(0.02, 9);
  });

  it("shows its ZFS root and counts its eth0 as the way out", async () => {
    const readings = await twoRounds(fixture("lxc-lxcfs"));
    expect(readings.labelled("filesystem_total_bytes").map(({ labels }) => labels["mount"])).toEqual(["/"]);
    expect(readings.get("network_machine_receive_bytes_total")).toBe(500_000);
    expect(readings.get("network_machine_transmit_bytes_total")).toBe(100_000);
  });

  it("is no virtual machine", async () => {
    const facts = await readFacts(AUTO, { host: fixture("lxc-lxcfs"), clock: new FakeClock() });
    expect(facts).toMatchObject({ container: "lxc", virtualisation: "none", cpuCount: 2, cpuLimitCores: null });
    expect(facts.sources["memory"]).toBe("/proc/meminfo (lxcfs)");
  });
});

describe("a systemd-nspawn container without controllers", () => {
  it("has CPU and pressure of its own, and says that memory is its host's", async () => {
    const facts = await readFacts(AUTO, { host: fixture("debian-nspawn"), clock: new FakeClock() });
    expect(facts.container).toBe("systemd-nspawn");
    expect(facts.sources["cpu"]).toBe("cgroup v2 cpu.stat");
    expect(facts.sources["memory"]).toContain("of the host");
    const readings = await twoRounds(fixture("debian-nspawn"));
    expect(readings.get("memory_total_bytes")).toBeGreaterThan(0);
    expect(readings.labelled("disk_read_bytes_total")).toEqual([]);
    expect(readings.labelled("filesystem_total_bytes").map(({ labels }) => labels["mount"])).toEqual(["/"]);
  });
});

describe("a machine booted from an unpacked image", () => {
  it("is no container, although the engine's mark is still there", async () => {
    const host = fixture("debian-vm");
    expect(await host.readFile("/.dockerenv")).toBe("");
    expect((await readFacts(AUTO, { host, clock: new FakeClock() })).container).toBe("none");
  });
});
