import { describe, expect, it } from "vitest";
import {
  chipKey,
  cpuShares,
  parseCommandLine,
  parseDfOutput,
  parseDiskStats,
  parseFreeOutput,
  parseInterfaces,
  parseLoadAverage,
  parseMemory,
  parseMounts,
  parseOpenFiles,
  parseOsRelease,
  parsePressure,
  parseProcessStat,
  parseProcessors,
  parseProcStat,
  parseSocketCounts,
  parseTcpCounts,
  parseTemperature,
  parseUserNames,
  sensorName,
} from "./index.ts";

const STAT = `cpu  6811 10 3821 160127 274 5 71 7 0 0
cpu0 2860 10 1558 81105 29 5 17 2 0 0
cpu3 3951 0 2263 79022 245 0 54 5 0 0
intr 558105 0 0 1 2 3
ctxt 1544246
btime 1795248119
processes 23789
procs_running 2
procs_blocked 1
softirq 1 2 3
`;

describe("/proc/stat", () => {
  it("gives all processors, each by its number, and the counters", () => {
    const stat = parseProcStat(STAT);
    expect(stat?.total).toEqual({
      user: 6811,
      nice: 10,
      system: 3821,
      idle: 160127,
      iowait: 274,
      irq: 5,
      softirq: 71,
      steal: 7,
    });
    expect([...(stat?.cores.keys() ?? [])]).toEqual([0, 3]);
    expect(stat).toMatchObject({
      interrupts: 558105,
      contextSwitches: 1544246,
      bootedAtSeconds: 1795248119,
      processesCreated: 23789,
      processesRunning: 2,
      processesBlocked: 1,
    });
  });

  it("takes old kernels without iowait and steal", () => {
    expect(parseProcStat("cpu  1 2 3 4\n")?.total).toEqual({
      user: 1,
      nice: 2,
      system: 3,
      idle: 4,
      iowait: 0,
      irq: 0,
      softirq: 0,
      steal: 0,
    });
  });

  it("is undefined without the line of all processors, and skips a broken core", () => {
    expect(parseProcStat("")).toBeUndefined();
    expect(parseProcStat("cpu0 1 2 3 4\n")).toBeUndefined();
    expect(parseProcStat("cpu  1 2 3 4\ncpu0 1 x 3 4\n")?.cores.size).toBe(0);
  });
});

describe("shares of CPU time", () => {
  const ticks = { user: 100, nice: 0, system: 50, idle: 800, iowait: 40, irq: 5, softirq: 5, steal: 0 };

  it("count steal as busy, and neither idle nor iowait", () => {
    const later = { ...ticks, user: 110, steal: 10, iowait: 60, idle: 860 };
    expect(cpuShares(ticks, later)?.busy).toBeCloseTo(0.2, 9);
    expect(cpuShares(ticks, later)?.modes.iowait).toBeCloseTo(0.2, 9);
  });

  it("are undefined when no time passed", () => {
    expect(cpuShares(ticks, ticks)).toBeUndefined();
  });

  it("stay within 0 and 1 when the kernel steps iowait back", () => {
    const later = { ...ticks, user: 110, iowait: 30 };
    expect(cpuShares(ticks, later)).toMatchObject({ busy: 1 });
  });
});

describe("/proc/meminfo", () => {
  it("makes available from its parts before Linux 3.14", () => {
    const memory = parseMemory(
      "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 10 kB\nCached: 300 kB\nShmem: 50 kB\nSReclaimable: 20 kB\n",
    );
    expect(memory?.availableBytes).toBe((100 + 10 + 300 + 20 - 50) * 1024);
    expect(memory?.swapTotalBytes).toBeUndefined();
  });

  it("does not take SwapCached for Cached", () => {
    expect(parseMemory("MemTotal: 9 kB\nMemFree: 1 kB\nSwapCached: 7 kB\nCached: 2 kB\n")?.cachedBytes).toBe(2048);
  });

  it("is undefined without a total, never zero", () => {
    expect(parseMemory("MemFree: 1 kB\n")).toBeUndefined();
    expect(parseMemory("MemTotal: 0 kB\nMemFree: 0 kB\n")).toBeUndefined();
  });
});

describe("other tables of the kernel", () => {
  it("load: averages and the number of tasks", () => {
    expect(parseLoadAverage("0.20 1.18 22.12 1/80 11206\n")).toEqual({
      load1: 0.2,
      load5: 1.18,
      load15: 22.12,
      tasks: 80,
    });
  });

  it("pressure: the ten-second average as a share", () => {
    expect(
      parsePressure(
        "some avg10=12.50 avg60=0.55 avg300=0.90 total=1\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=0\n",
      ),
    ).toEqual({ someRatio: 0.125, fullRatio: 0.01 });
    expect(parsePressure("some avg10=12.50 avg60=0.55 avg300=0.90 total=1\n")).toEqual({ someRatio: 0.125 });
    expect(parsePressure("")).toBeUndefined();
  });

  it("mounts: optional fields, escapes, and read-only of the file system itself", () => {
    const text = `1 0 8:1 / / ro,relatime shared:1 master:2 - ext4 /dev/sda1 rw
2 1 8:2 /sub /a\\040b\\134c rw - ext4 /dev/sdb rw,ro
broken line
3 1 0:5 / /x rw - tmpfs
`;
    expect(parseMounts(text)).toEqual([
      {
        device: "8:1",
        root: "/",
        mountPoint: "/",
        fileSystem: "ext4",
        source: "/dev/sda1",
        isReadOnly: false,
        superOptions: "rw",
      },
      {
        device: "8:2",
        root: "/sub",
        mountPoint: "/a b\\c",
        fileSystem: "ext4",
        source: "/dev/sdb",
        isReadOnly: true,
        superOptions: "rw,ro",
      },
    ]);
  });

  it("disks: sectors of 512 bytes, milliseconds as seconds", () => {
    const [disk] = parseDiskStats(" 254 0 vda 10 0 8 1500 20 0 16 2500 0 3000 4000\n   8 0 sda 1 2 3\n");
    expect(disk).toEqual({
      number: "254:0",
      device: "vda",
      reads: 10,
      readBytes: 4096,
      readSeconds: 1.5,
      writes: 20,
      writtenBytes: 8192,
      writeSeconds: 2.5,
      busySeconds: 3,
    });
  });

  it("interfaces: also where the first number touches the colon, and by the wish of the caller", () => {
    const text =
      "Inter-|\n face |bytes\n  eth0:123 4 5 6 0 0 0 0 7 8 9 10 0 0 0 0\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n";
    expect(parseInterfaces(text, (name) => name !== "lo")).toEqual([
      {
        interface: "eth0",
        receiveBytes: 123,
        receivePackets: 4,
        receiveErrors: 5,
        receiveDrops: 6,
        transmitBytes: 7,
        transmitPackets: 8,
        transmitErrors: 9,
        transmitDrops: 10,
      },
    ]);
  });

  it("sockets of both files, and TCP by the names in its own header", () => {
    expect(
      parseSocketCounts("sockets: used 9\nTCP: inuse 5 orphan 0 tw 3 alloc 6 mem 1\nUDP: inuse 2 mem 1\n"),
    ).toEqual({ tcpInUse: 5, tcpTimeWait: 3, udpInUse: 2 });
    expect(parseSocketCounts("TCP6: inuse 4\nUDP6: inuse 1\nUDPLITE6: inuse 9\n")).toEqual({
      tcpInUse: 4,
      udpInUse: 1,
    });
    expect(parseTcpCounts("Ip: A\nIp: 1\nTcp: RtoMin MaxConn CurrEstab RetransSegs\nTcp: 200 -1 7 8\n")).toEqual({
      established: 7,
      retransmittedSegments: 8,
    });
  });

  it("open files: without a limit where systemd raised it to the largest number", () => {
    expect(parseOpenFiles("1760\t60\t100\n")).toEqual({ open: 1700, limit: 100 });
    expect(parseOpenFiles("1760\t0\t9223372036854775807\n")).toEqual({ open: 1760 });
  });

  it("temperatures: thousandths of a degree, below zero too, and no readings of loose wires", () => {
    expect(parseTemperature("47224\n")).toBe(47.224);
    expect(parseTemperature("-5000\n")).toBe(-5);
    expect(parseTemperature("-127000\n")).toBeUndefined();
    expect(parseTemperature("255000\n")).toBeUndefined();
    expect(sensorName("nvme", "temp1", " Composite\n")).toBe("nvme/Composite");
    expect(sensorName("nvme", "temp1", undefined)).toBe("nvme/temp1");
    expect(chipKey("cpu-thermal\n")).toBe(chipKey("cpu_thermal"));
  });
});

describe("what a machine says it is", () => {
  it("os-release: quotes and escapes as a shell reads them", () => {
    expect(parseOsRelease(`PRETTY_NAME="Say \\"x\\" \\$1"\nID='debian'\nVERSION_ID=12\nbad\n`)).toEqual({
      id: "debian",
      name: 'Say "x" $1',
      version: "12",
    });
    expect(parseOsRelease("NAME=Void\n")).toEqual({ name: "Void" });
  });

  it("cpuinfo: model and count on x86, ARM, POWER and s390", () => {
    expect(
      parseProcessors(
        "processor\t: 0\nmodel name\t: AMD  EPYC\nflags\t\t: fpu lm\n\nprocessor\t: 1\nmodel name\t: AMD  EPYC\n",
      ),
    ).toEqual({ model: "AMD EPYC", count: 2, isBelowHypervisor: false, architecture: "x86_64" });
    expect(
      parseProcessors("processor\t: 0\nCPU architecture: 8\n\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi 4\n"),
    ).toMatchObject({ model: "Raspberry Pi 4", count: 1, architecture: "aarch64" });
    expect(parseProcessors("processor\t: 0\ncpu\t\t: POWER9, altivec supported\n")).toMatchObject({
      model: "POWER9, altivec supported",
      count: 1,
    });
    expect(
      parseProcessors("vendor_id       : IBM/S390\nprocessor 0: version = FF\nprocessor 1: version = FF\n"),
    ).toMatchObject({ count: 2 });
    expect(parseProcessors("")).toEqual({ isBelowHypervisor: false });
  });
});

describe("processes", () => {
  it("stat: a name with spaces and brackets", () => {
    const stat = parseProcessStat("42 (a) b (c) R 7 6 5 0 -1 64 0 0 0 0 30 12 3 4 20 0 5 0 900 1000 250 1\n");
    expect(stat).toEqual({
      pid: 42,
      name: "a) b (c",
      state: "running",
      parentPid: 7,
      groupId: 6,
      sessionId: 5,
      flags: 64,
      cpuTicks: 42,
      childrenCpuTicks: 7,
      threads: 5,
      startTicks: 900,
      residentPages: 250,
    });
  });

  it("command line: bounded, without control characters, undefined for a kernel thread", () => {
    expect(parseCommandLine("a\0b c\0\u001b[2Jd\0")).toBe("a b c  [2Jd");
    expect(parseCommandLine("x".repeat(9000))).toHaveLength(512);
    expect(parseCommandLine("")).toBeUndefined();
  });

  it("passwd: the first name of an id counts", () => {
    expect([...parseUserNames("root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n+::::\nx:y:z\n")]).toEqual([[0, "root"]]);
  });
});

describe("outputs of tools", () => {
  it("free: columns by their names", () => {
    expect(
      parseFreeOutput(
        "               total        used        free      shared  buff/cache   available\nMem:     100  40 10 1 50 60\nSwap:    5 2 3\n",
      ),
    ).toEqual({
      totalBytes: 100,
      usedBytes: 40,
      cachedBytes: 50,
      availableBytes: 60,
      swapTotalBytes: 5,
      swapUsedBytes: 2,
    });
    expect(parseFreeOutput("free: not found")).toEqual({});
  });

  it("df: sources and mount points with spaces", () => {
    expect(
      parseDfOutput(
        "Filesystem 1-blocks Used Available Capacity Mounted on\n//nas/my share 100 40 60 40% /mnt/my disk\nnone 0 0 0 - /x\ndf: /y: Stale\n",
      ),
    ).toEqual([
      { source: "//nas/my share", totalBytes: 100, usedBytes: 40, availableBytes: 60, mountPoint: "/mnt/my disk" },
      { source: "none", totalBytes: 0, usedBytes: 0, availableBytes: 0, mountPoint: "/x" },
    ]);
  });
});
