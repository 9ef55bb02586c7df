import { describe, expect, it } from "vitest";
import {
  type ContainerClues,
  countCpuList,
  detectContainer,
  detectHypervisor,
  parseBlkio,
  parseCfsQuota,
  parseCgroupCpu,
  parseCgroupMemberships,
  parseCgroupMemoryStat,
  parseCpuMax,
  parseExternalAddress,
  parseIoStat,
  parseIpv4Addresses,
  parseIpv6Addresses,
  parseLimitBytes,
} from "./index.ts";

const nothing: ContainerClues = {
  hasDockerFile: false,
  hasPodmanFile: false,
  seesKernelThreads: true,
  isOpenVz: false,
};
const DISK_ROOT = "1 0 254:0 / / rw - ext4 /dev/vda rw\n";
const OVERLAY_ROOT = "1 0 0:70 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/a/diff\n";

describe("which container", () => {
  it("none, where nothing tells of one", () => {
    expect(
      detectContainer({
        ...nothing,
        initCgroup: "0::/init.scope\n",
        mounts: DISK_ROOT,
        kernelRelease: "6.1.0-25-amd64",
      }),
    ).toBeUndefined();
  });

  it.each([
    ["lxc", { initEnvironment: "A=b\0container=lxc\0" }],
    ["systemd-nspawn", { systemdContainer: "systemd-nspawn\n" }],
    ["podman", { hasPodmanFile: true, mounts: OVERLAY_ROOT }],
    ["docker", { hasDockerFile: true, mounts: OVERLAY_ROOT }],
    ["docker", { mounts: OVERLAY_ROOT }],
    ["docker", { initCgroup: "4:memory:/docker/abc\n" }],
    ["kubernetes", { initCgroup: "0::/kubepods.slice/pod1/cri\n", hasDockerFile: true }],
    ["lxc", { initCgroup: "4:memory:/lxc.payload.web/init.scope\n" }],
    ["lxc", { mounts: "1 0 0:50 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw\n" }],
    ["openvz", { isOpenVz: true }],
    ["wsl", { kernelRelease: "5.15.90.1-microsoft-standard-WSL2" }],
  ])("%s", (kind, clues) => {
    expect(detectContainer({ ...nothing, seesKernelThreads: false, ...clues })?.kind).toBe(kind);
  });

  it("docker also where the container shares the machine's processes", () => {
    expect(detectContainer({ ...nothing, hasDockerFile: true, mounts: OVERLAY_ROOT })?.kind).toBe("docker");
  });

  it("none on a machine that was booted from an unpacked image", () => {
    expect(detectContainer({ ...nothing, hasDockerFile: true, mounts: DISK_ROOT })).toBeUndefined();
  });

  it("believes no name that is not a word", () => {
    expect(detectContainer({ ...nothing, initEnvironment: "container=<b>x</b>\0" })).toBeUndefined();
  });
});

describe("which hypervisor", () => {
  it.each([
    ["kvm", { dmiVendor: "QEMU\n", dmiProduct: "KVM Virtual Machine\n" }],
    ["qemu", { dmiVendor: "QEMU\n", dmiProduct: "Standard PC (Q35 + ICH9, 2009)\n" }],
    ["vmware", { dmiVendor: "VMware, Inc.\n" }],
    ["oracle", { dmiVendor: "innotek GmbH\n", dmiProduct: "VirtualBox\n" }],
    ["microsoft", { dmiVendor: "Microsoft Corporation\n", dmiProduct: "Virtual Machine\n" }],
    ["amazon", { dmiVendor: "Amazon EC2\n" }],
    ["xen", { hypervisorType: "xen\n" }],
    ["kvm", { deviceTreeHypervisor: "linux,kvm\0" }],
    ["kvm", { clockSource: "kvm-clock\n" }],
  ])("%s", (kind, clues) => {
    expect(detectHypervisor({ ...clues, isBelowHypervisor: true })?.kind).toBe(kind);
  });

  it("none on bare metal, other where only the processor tells, unknown where nothing does", () => {
    expect(detectHypervisor({ dmiVendor: "Dell Inc.\n", isBelowHypervisor: false })?.kind).toBe("none");
    // A Surface is no guest.
    expect(
      detectHypervisor({ dmiVendor: "Microsoft Corporation\n", dmiProduct: "Surface Pro\n", isBelowHypervisor: false })
        ?.kind,
    ).toBe("none");
    expect(detectHypervisor({ isBelowHypervisor: true })?.kind).toBe("other");
    expect(detectHypervisor({ isBelowHypervisor: false })).toBeUndefined();
  });
});

describe("control groups", () => {
  it("say no limit in three ways", () => {
    expect(parseLimitBytes("max\n")).toBeUndefined();
    expect(parseLimitBytes("9223372036854771712\n")).toBeUndefined();
    expect(parseLimitBytes("18446744073709551615\n")).toBeUndefined();
    expect(parseLimitBytes("536870912\n")).toBe(536870912);
    expect(parseCpuMax("max 100000\n")).toBeUndefined();
    expect(parseCfsQuota("-1\n", "100000\n")).toBeUndefined();
  });

  it("limit CPU by quota and period", () => {
    expect(parseCpuMax("150000 100000\n")).toBe(1.5);
    expect(parseCfsQuota("50000\n", "100000\n")).toBe(0.5);
    expect(parseCpuMax("50000 0\n")).toBeUndefined();
  });

  it("count processors of a list", () => {
    expect(countCpuList("0-3,8\n")).toBe(5);
    expect(countCpuList("7\n")).toBe(1);
    expect(countCpuList("\n")).toBeUndefined();
    expect(countCpuList("3-1\n")).toBeUndefined();
    expect(countCpuList("0-999999999\n")).toBeUndefined();
  });

  it("write memory.stat with totals in version 1 and without in version 2", () => {
    expect(parseCgroupMemoryStat("cache 1\ninactive_file 2\ntotal_cache 30\ntotal_inactive_file 40\n")).toEqual({
      inactiveFileBytes: 40,
      cachedBytes: 30,
    });
    expect(parseCgroupMemoryStat("anon 1\nfile 30\ninactive_file 40\nslab_reclaimable 5\n")).toEqual({
      inactiveFileBytes: 40,
      cachedBytes: 35,
    });
  });

  it("count throttling in micro- or nanoseconds", () => {
    expect(parseCgroupCpu("usage_usec 2000000\nthrottled_usec 500000\n")).toEqual({
      usedSeconds: 2,
      throttledSeconds: 0.5,
    });
    expect(parseCgroupCpu("nr_periods 1\nthrottled_time 500000000\n")).toEqual({ throttledSeconds: 0.5 });
  });

  it("list traffic by device", () => {
    expect(parseIoStat("254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:0 \n")).toEqual([
      { number: "254:0", readBytes: 1, writtenBytes: 2, reads: 3, writes: 4 },
    ]);
    expect(parseBlkio("8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n", "8:0 Read 1\n8:0 Write 2\n")).toEqual([
      { number: "8:0", readBytes: 10, writtenBytes: 20, reads: 1, writes: 2 },
    ]);
  });

  it("keep colons of a path", () => {
    expect(parseCgroupMemberships("3:cpu,cpuacct:/a:b\nx\n")).toEqual([
      { controllers: ["cpu", "cpuacct"], path: "/a:b" },
    ]);
  });
});

describe("addresses", () => {
  const trie =
    "Main:\n  |-- 127.0.0.1\n   /32 host LOCAL\n  |-- 192.0.2.2\n   /32 host LOCAL\n  |-- 192.0.2.0\n   /24 link UNICAST\n  |-- 192.0.2.2\n   /32 host LOCAL\n  |-- 10.8.0.1\n   /32 host LOCAL\n";
  const routes =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\neth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n";

  it("of version 4 once each, without loopback, with the interface whose network holds them", () => {
    expect(parseIpv4Addresses(trie, routes)).toEqual([
      { family: "ipv4", address: "192.0.2.2", interface: "eth0" },
      { family: "ipv4", address: "10.8.0.1" },
    ]);
  });

  it("of version 6 in short form, without link-local and short-lived ones", () => {
    const text = `fd000000000000000000000000000002 04 40 00 82     eth0
00000000000000000000000000000001 01 80 10 80       lo
fe8000000000000000fc00fffe000001 04 40 20 80     eth0
20010db8000000000001000000000001 04 40 00 80     eth0
20010db8000100020003000400050006 04 40 00 01     eth0
`;
    expect(parseIpv6Addresses(text).map(({ address }) => address)).toEqual(["fd00::2", "2001:db8::1:0:0:1"]);
  });

  it("from outside are one public address or nothing", () => {
    expect(parseExternalAddress(" 8.8.4.4\n")).toBe("8.8.4.4");
    expect(parseExternalAddress("2A00:1450:4001:0830::200e")).toBe("2a00:1450:4001:0830::200e");
    for (const answer of [
      "",
      "10.0.0.1",
      "192.168.1.1",
      "100.64.0.1",
      "127.0.0.1",
      "169.254.1.1",
      "224.0.0.1",
      "8.8.8.8 8.8.4.4",
      "08.8.8.8",
      "256.1.1.1",
      "::1",
      "fe80::1",
      "fd00::1",
      "2001:db8::1",
      "2a00::1::2",
      "2a00:1:2:3:4:5:6",
      "2a00:1:2:3:4:5:6:7:8",
      "<html>",
      "2a00:12345::1",
      ":2a00::1",
    ]) {
      expect(parseExternalAddress(answer), answer).toBeUndefined();
    }
  });
});
