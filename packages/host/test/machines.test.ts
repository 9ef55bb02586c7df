import { silentLogger } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { describe, expect, it } from "vitest";
import { COLLECTOR_KINDS, Readings, readFacts } from "../src/index.ts";
import { AUTO, fixture, round, twoRounds } from "./run-collectors.ts";

const labelsOf = (list: readonly { readonly labels: Readonly<Record<string, string>> }[], label: string) =>
  list.map(({ labels }) => labels[label]);

describe("a big server", () => {
  it("reports whole disks, without partitions, arrays and volumes made of them", async () => {
    const devices = labelsOf((await twoRounds(fixture("big-server"))).labelled("disk_reads_total"), "device");
    expect(devices).toHaveLength(26);
    expect(devices).toContain("sdx");
    expect(devices).toContain("nvme1n1");
    expect(devices.filter((device) => /^(?:md|dm-|loop)|\dp\d|sd.\d/.test(device ?? ""))).toEqual([]);
  });

  it("counts traffic of a bond once, and shows each of its members", async () => {
    const readings = await twoRounds(fixture("big-server"));
    // eno1 and eno2 together; bond0 and its VLAN carry the same bytes again.
    expect(readings.get("network_machine_receive_bytes_total")).toBe(1_000_000);
    expect(readings.get("network_machine_transmit_bytes_total")).toBe(300_000);
    const shown = labelsOf(readings.labelled("network_receive_bytes_total"), "interface");
    expect(shown).toEqual(["eno1", "eno2", "eno3", "bond0", "bond0.100", "docker0"]);
  });

  it("shows each file system once, network mounts and data sets too", async () => {
    const mounts = labelsOf((await twoRounds(fixture("big-server"))).labelled("filesystem_total_bytes"), "mount");
    expect(mounts).toEqual(["/", "/boot", "/mnt/nas", "/srv/media", "/tank", "/tank/vm"]);
  });

  it("takes the mounts of a list and no others", async () => {
    const readings = await twoRounds(fixture("big-server"), { mounts: ["/srv/media", "/not/mounted"], hostRoot: "/" });
    expect(labelsOf(readings.labelled("filesystem_used_ratio"), "mount")).toEqual(["/srv/media"]);
    // 80,000 GiB used, 15,000 GiB left for users.
    expect(readings.get("filesystem_used_ratio", { mount: "/srv/media" })).toBeCloseTo(80 / 95, 9);
  });

  it("names each temperature, tells equal chips apart and drops broken ones", async () => {
    const sensors = labelsOf((await twoRounds(fixture("big-server"))).labelled("temperature_celsius"), "sensor");
    expect(sensors).toEqual([
      "coretemp/Package id 0",
      "coretemp/Package id 1",
      "nvme/Composite (nvme0)",
      "nvme/Composite (nvme1)",
      "x86_pkg_temp",
    ]);
  });

  it("shares CPU time between 64 threads, iowait not being busy", async () => {
    const readings = await twoRounds(fixture("big-server"));
    expect(readings.labelled("cpu_core_busy_ratio")).toHaveLength(64);
    // (16 × 450 + 48 × 50) of 64 × 500 ticks.
    expect(readings.get("cpu_busy_ratio")).toBeCloseTo(9600 / 32_000, 9);
    expect(readings.get("cpu_mode_ratio", { mode: "iowait" })).toBeCloseTo(0.1, 9);
  });

  it("says bare metal, its model and its addresses, those of Docker left out", async () => {
    const facts = await readFacts(AUTO, { host: fixture("big-server"), clock: new FakeClock() });
    expect(facts).toMatchObject({
      container: "none",
      virtualisation: "none",
      cpuCount: 64,
      addresses: ["10.20.30.40"],
      architecture: "x86_64",
    });
    expect(facts.cpuModel).toBe("Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz");
  });
});

describe("a Raspberry Pi", () => {
  it("has one temperature, though hwmon and a thermal zone both show it", async () => {
    const readings = await twoRounds(fixture("raspberry-pi"));
    expect(readings.labelled("temperature_celsius").map(({ labels, value }) => [labels["sensor"], value])).toEqual([
      ["cpu_thermal/temp1", 48.312],
    ]);
  });

  it("reports its card and its stick, and a mount point with a space that is read-only", async () => {
    const readings = await twoRounds(fixture("raspberry-pi"));
    expect(labelsOf(readings.labelled("disk_reads_total"), "device")).toEqual(["mmcblk0", "sda"]);
    expect(readings.get("filesystem_read_only", { mount: "/mnt/usb disk" })).toBe(1);
    expect(readings.get("filesystem_read_only", { mount: "/" })).toBe(0);
    // FAT has no inodes to run out of.
    expect(readings.get("filesystem_inodes_used_ratio", { mount: "/boot" })).toBeUndefined();
  });

  it("says its model, architecture and all its addresses", async () => {
    const facts = await readFacts(AUTO, { host: fixture("raspberry-pi"), clock: new FakeClock() });
    expect(facts).toMatchObject({
      cpuModel: "Raspberry Pi 4 Model B Rev 1.2",
      architecture: "aarch64",
      virtualisation: "none",
      cpuCount: 4,
      addresses: ["192.168.1.50", "10.8.0.2", "2001:db8::50"],
    });
  });

  it("has no pressure and no open-files limit, because its kernel says none", async () => {
    const readings = await twoRounds(fixture("raspberry-pi"));
    expect(readings.labelled("pressure_ratio")).toEqual([]);
    expect(readings.get("open_files")).toBe(1760);
    expect(readings.get("open_files_limit")).toBeUndefined();
  });
});

describe("an ordinary virtual machine", () => {
  it("has about sixty series", async () => {
    const count = (await twoRounds(fixture("debian-vm"))).all().length;
    expect(count).toBeGreaterThan(50);
    expect(count).toBeLessThan(75);
  });

  it("asks in an ordinary round for five files and no directory", async () => {
    const host = fixture("debian-vm");
    const clock = new FakeClock();
    const collectors = COLLECTOR_KINDS.filter(({ everyMs }) => everyMs === 0).map((kind) =>
      kind.create(AUTO, { host, clock, log: silentLogger }),
    );
    await round(collectors, new Readings());
    await clock.advance(5_000);
    host.asked.length = 0;
    await round(collectors, new Readings());
    expect(host.asked).toEqual(["/proc/stat", "/proc/loadavg", "/proc/meminfo", "/proc/net/dev", "/proc/diskstats"]);
  });
});
