import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as linux from "./index.ts";

/** Every parser of one text, and what the real file begins like, so that random text gets past the first test. */
const PARSERS: Readonly<Record<string, { readonly parse: (text: string) => unknown; readonly real: string }>> = {
  stat: {
    parse: linux.parseProcStat,
    real: "cpu  1 2 3 4 5 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\nintr 5 0 1\nctxt 6\nbtime 7\nprocesses 8\nprocs_running 1\nprocs_blocked 0\n",
  },
  loadavg: { parse: linux.parseLoadAverage, real: "0.20 0.18 0.12 1/80 11206\n" },
  meminfo: {
    parse: linux.parseMemory,
    real: "MemTotal:  100 kB\nMemFree:   50 kB\nMemAvailable:  70 kB\nBuffers: 1 kB\nCached: 2 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
  },
  vmstat: { parse: linux.parseVmStat, real: "pswpin 1\npswpout 2\noom_kill 3\n" },
  pressure: {
    parse: linux.parsePressure,
    real: "some avg10=0.14 avg60=0.55 avg300=0.90 total=14268204\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
  },
  mountinfo: {
    parse: linux.parseMounts,
    real: "27 1 254:0 / /a\\040b rw,relatime shared:1 - ext4 /dev/vda rw,discard\n",
  },
  diskstats: {
    parse: (text) => linux.parseDiskStats(text),
    real: " 254       0 vda 34850 9473 2351042 8461 11731 57651 3336424 14207 0 4592 23366 6043 41 215896 639 1394 57\n",
  },
  netDev: {
    parse: (text) => linux.parseInterfaces(text),
    real: "Inter-| Receive\n face |bytes\n eth0: 586185899 15952 1 2 0 0 0 0 1236346 10103 3 4 0 0 0 0\n",
  },
  sockstat: {
    parse: linux.parseSocketCounts,
    real: "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 171\nUDP: inuse 0 mem 0\n",
  },
  snmp: { parse: linux.parseTcpCounts, real: "Tcp: CurrEstab RetransSegs\nTcp: 5 6\n" },
  temperature: { parse: linux.parseTemperature, real: "47224\n" },
  uptime: { parse: linux.parseUptime, real: "350735.47 234388.90\n" },
  fileNr: { parse: linux.parseOpenFiles, real: "411\t0\t2466183\n" },
  osRelease: { parse: linux.parseOsRelease, real: 'PRETTY_NAME="Debian \\"12\\""\nID=debian\n' },
  cpuinfo: {
    parse: linux.parseProcessors,
    real: "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu lm hypervisor\n",
  },
  cgroupMemberships: { parse: linux.parseCgroupMemberships, real: "4:memory:/docker/ab\n0::/init.scope\n" },
  cgroupLimit: { parse: linux.parseLimitBytes, real: "536870912\n" },
  cgroupMemoryStat: { parse: linux.parseCgroupMemoryStat, real: "file 1\ninactive_file 2\nslab_reclaimable 3\n" },
  cpuMax: { parse: linux.parseCpuMax, real: "50000 100000\n" },
  cgroupCpu: { parse: linux.parseCgroupCpu, real: "usage_usec 1\nuser_usec 2\nsystem_usec 3\nthrottled_usec 4\n" },
  cpuAccounting: { parse: linux.parseCpuAccounting, real: "user 1\nsystem 2\n" },
  cpuList: { parse: linux.countCpuList, real: "0-3,8\n" },
  ioStat: { parse: linux.parseIoStat, real: "254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n" },
  blkio: { parse: (text) => linux.parseBlkio(text, text), real: "254:0 Read 4096\n254:0 Write 1\n" },
  container: {
    parse: (text) =>
      linux.detectContainer({
        initEnvironment: text,
        systemdContainer: text,
        initCgroup: text,
        mounts: text,
        hasDockerFile: false,
        hasPodmanFile: false,
        seesKernelThreads: false,
        kernelRelease: text,
        isOpenVz: false,
      }),
    real: "container=lxc\0A=b",
  },
  hypervisor: {
    parse: (text) =>
      linux.detectHypervisor({
        dmiProduct: text,
        dmiVendor: text,
        dmiBios: text,
        hypervisorType: text,
        deviceTreeHypervisor: text,
        deviceTreeModel: text,
        clockSource: text,
        isBelowHypervisor: false,
      }),
    real: "QEMU\n",
  },
  processStat: {
    parse: linux.parseProcessStat,
    real: "1 (init) S 0 0 0 0 -1 4194560 36404 333880 0 145 64 309 642 465 20 0 13 0 24 44765184 3525 18446744073709551615 1\n",
  },
  processStatus: { parse: linux.parseProcessStatus, real: "Name:\tx\nUid:\t0\t0\t0\t0\nVmRSS:\t  12 kB\n" },
  commandLine: { parse: linux.parseCommandLine, real: "sh\0-c\0true\0" },
  passwd: { parse: linux.parseUserNames, real: "root:x:0:0:root:/root:/bin/bash\n" },
  ipv4: {
    parse: (text) => linux.parseIpv4Addresses(text, text),
    real: "  |-- 192.0.2.2\n   /32 host LOCAL\neth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\n",
  },
  ipv6: { parse: linux.parseIpv6Addresses, real: "fd000000000000000000000000000002 04 40 00 82     eth0\n" },
  external: { parse: linux.parseExternalAddress, real: "8.8.8.8\n" },
  free: {
    parse: linux.parseFreeOutput,
    real: "   total used free shared buff/cache available\nMem: 6 5 4 3 2 1\nSwap: 3 2 1\n",
  },
  df: {
    parse: linux.parseDfOutput,
    real: "Filesystem 1-blocks Used Available Capacity Mounted on\n/dev/vda 10 5 5 50% /\n",
  },
};

/** Real text with parts cut out, doubled or replaced by what breaks parsers. */
const damaged = (real: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.tuple(
        fc.nat(real.length),
        fc.nat(12),
        fc.constantFrom("", "-1", " ", "\n", ":", "NaN", "1e999", "0x10", "18446744073709551615", "\u0000", "Ω"),
      ),
      { maxLength: 4 },
    )
    .map((cuts) => cuts.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), real));

function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (value instanceof Map) return [...value.entries()].flat().flatMap(numbersOf);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(numbersOf);
  return [];
}

describe.each(Object.entries(PARSERS))("the parser of %s", (_, { parse, real }) => {
  it("finds something in the real text", () => {
    const found = parse(real);
    expect(found).toBeDefined();
    expect(numbersOf(found).length > 0 || JSON.stringify(found).length > 4).toBe(true);
  });

  it("never throws and never gives a NaN, an infinity or a negative count, whatever the text", () => {
    const texts = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: "binary", maxLength: 300 }), damaged(real));
    fc.assert(
      fc.property(texts, (text) => {
        const isTemperature = parse === linux.parseTemperature;
        for (const value of numbersOf(parse(text))) {
          if (!Number.isFinite(value) || (value < 0 && !isTemperature)) throw new Error(`gave ${value}`);
        }
      }),
      { numRuns: 300 },
    );
  });
});
