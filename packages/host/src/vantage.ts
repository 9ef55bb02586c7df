import { type Detected, type Mount, detectContainer, parseMounts } from "@muster/core";
import { type CgroupPaths, findCgroupPaths } from "./cgroup-paths.ts";
import type { Host } from "./host.ts";

/** Where one kind of number is read, and the words for it that a person is shown. */
export type CpuVantage =
  | { readonly from: "proc"; readonly source: string }
  | { readonly from: "cgroup"; readonly paths: CgroupPaths; readonly source: string };
export type MemoryVantage =
  | { readonly from: "proc"; readonly source: string }
  | { readonly from: "cgroup"; readonly version: 1 | 2; readonly directory: string; readonly source: string };
export type DiskVantage =
  | { readonly from: "proc"; readonly source: string }
  | { readonly from: "cgroup"; readonly version: 1 | 2; readonly directory: string; readonly source: string }
  | { readonly from: "nowhere"; readonly source: string };
export type PressureVantage =
  | { readonly from: "files"; readonly path: (resource: string) => string; readonly source: string }
  | { readonly from: "nowhere"; readonly source: string };
export type UptimeVantage = { readonly from: "proc" | "first-process"; readonly source: string };

/**
 * The place from which a machine is seen: a container shares /proc with its host, so each number must be asked where
 * the machine's own one is. Worked out once; limits that may change later are read each time.
 */
export interface Vantage {
  /** Put before every absolute path; empty for the machine's own root. */
  readonly root: string;
  readonly proc: string;
  readonly sys: string;
  /** The directory of `dev`, `sockstat` and `snmp`. */
  readonly net: string;
  readonly mountsPath: string;
  readonly container: Detected | undefined;
  /** In a container that shares its host's kernel counters: those that lxcfs or a group do not replace are the host's. */
  readonly sharesCounters: boolean;
  readonly cgroup: CgroupPaths | undefined;
  readonly cpu: CpuVantage;
  readonly memory: MemoryVantage;
  readonly disk: DiskVantage;
  readonly pressure: PressureVantage;
  readonly uptime: UptimeVantage;
  readonly loadSource: string;
}

/** These have a kernel, or a kernel's view, of their own: their /proc is right as it is. */
const OWN_PROC = new Set(["wsl", "openvz"]);

const known = new WeakMap<Host, Map<string, Promise<Vantage>>>();

/** The vantage of a host, worked out at the first call and shared by all collectors of it. */
export function vantageOf(host: Host, hostRoot: string): Promise<Vantage> {
  let byRoot = known.get(host);
  if (byRoot === undefined) known.set(host, (byRoot = new Map()));
  let vantage = byRoot.get(hostRoot);
  if (vantage === undefined) {
    vantage = discoverVantage(host, hostRoot);
    // A failure is not remembered: the next round asks again.
    vantage.catch(() => byRoot.delete(hostRoot));
    byRoot.set(hostRoot, vantage);
  }
  return vantage;
}

/** Works the vantage out from files alone. `hostRoot` is "/" or where the machine's root is mounted in a container. */
export async function discoverVantage(host: Host, hostRoot: string): Promise<Vantage> {
  const asked = hostRoot.replace(/\/+$/, "");
  // A host root mounted without its submounts has an empty proc: then our own is the best there is.
  const hasProc = asked !== "" && (await host.readFile(`${asked}/proc/stat`, "once")) !== undefined;
  const root = asked;
  const proc = hasProc ? `${asked}/proc` : "/proc";
  const sys = hasProc ? `${asked}/sys` : "/sys";

  const initMounts = await host.readFile(`${proc}/1/mountinfo`, "once");
  // Only root may read it of another user's process.
  const mountsPath = initMounts === undefined || initMounts === "" ? `${proc}/self/mountinfo` : `${proc}/1/mountinfo`;
  const mountsText = initMounts || (await host.readFile(mountsPath, "once")) || "";
  const mounts = parseMounts(mountsText);
  const initCgroup = await host.readFile(`${proc}/1/cgroup`, "once");
  const container = await findContainer(host, root, proc, mountsText, initCgroup);
  const sharesProc = container !== undefined && !OWN_PROC.has(container.kind);
  const lxcfs = virtualFiles(mounts);
  const cgroup = sharesProc ? findCgroupPaths(mounts, initCgroup ?? "") : undefined;

  return {
    root,
    proc,
    sys,
    net: hasProc ? `${proc}/1/net` : `${proc}/net`,
    mountsPath,
    container,
    sharesCounters: sharesProc,
    cgroup,
    cpu:
      sharesProc && !lxcfs.has("stat")
        ? await containerCpu(host, cgroup)
        : { from: "proc", source: named("/proc/stat", lxcfs.has("stat")) },
    memory:
      sharesProc && !lxcfs.has("meminfo")
        ? await containerMemory(host, cgroup)
        : { from: "proc", source: named("/proc/meminfo", lxcfs.has("meminfo")) },
    disk:
      sharesProc && !lxcfs.has("diskstats")
        ? await containerDisk(host, cgroup)
        : { from: "proc", source: named("/proc/diskstats", lxcfs.has("diskstats")) },
    pressure: sharesProc
      ? await containerPressure(host, cgroup)
      : { from: "files", path: (resource) => `${proc}/pressure/${resource}`, source: "/proc/pressure" },
    uptime:
      sharesProc && !lxcfs.has("uptime")
        ? { from: "first-process", source: "start of process 1" }
        : { from: "proc", source: named("/proc/uptime", lxcfs.has("uptime")) },
    loadSource: loadSource(sharesProc, lxcfs.has("loadavg")),
  };
}

function loadSource(sharesProc: boolean, isVirtual: boolean): string {
  if (!sharesProc) return "/proc/loadavg";
  // Its option -l is off by default, and nothing inside tells.
  if (isVirtual) return "/proc/loadavg (lxcfs; the host's unless lxcfs runs with -l)";
  return "/proc/loadavg of the host: a container has none of its own";
}

const named = (path: string, isVirtual: boolean): string => (isVirtual ? `${path} (lxcfs)` : path);

/** Names under /proc that lxcfs replaced by the container's own view. */
const virtualFiles = (mounts: readonly Mount[]): ReadonlySet<string> =>
  new Set(
    mounts
      .filter((mount) => mount.fileSystem === "fuse.lxcfs" && mount.mountPoint.startsWith("/proc/"))
      .map((mount) => mount.mountPoint.slice("/proc/".length)),
  );

async function findContainer(
  host: Host,
  root: string,
  proc: string,
  mounts: string,
  initCgroup: string | undefined,
): Promise<Detected | undefined> {
  const read = (path: string): Promise<string | undefined> => host.readFile(path, "once");
  const [initEnvironment, systemdContainer, dockerFile, podmanFile, kernelRelease, second, vz, bc] = await Promise.all([
    read(`${proc}/1/environ`),
    read(`${root}/run/systemd/container`),
    read(`${root}/.dockerenv`),
    read(`${root}/run/.containerenv`),
    read(`${proc}/sys/kernel/osrelease`),
    read(`${proc}/2/stat`),
    host.listDirectory(`${proc}/vz`),
    host.listDirectory(`${proc}/bc`),
  ]);
  return detectContainer({
    initEnvironment,
    systemdContainer,
    initCgroup,
    mounts,
    hasDockerFile: dockerFile !== undefined,
    hasPodmanFile: podmanFile !== undefined,
    seesKernelThreads: second?.startsWith("2 (kthreadd)") ?? false,
    kernelRelease,
    isOpenVz: vz !== undefined && bc === undefined,
  });
}

async function containerCpu(host: Host, paths: CgroupPaths | undefined): Promise<CpuVantage> {
  if (paths?.version === 2 && paths.cpu !== undefined) {
    const text = await host.readFile(`${paths.cpu}/cpu.stat`, "once");
    if (text?.includes("usage_usec")) return { from: "cgroup", paths, source: "cgroup v2 cpu.stat" };
  }
  if (paths?.version === 1 && paths.cpuacct !== undefined) {
    const text = await host.readFile(`${paths.cpuacct}/cpuacct.usage`, "once");
    if (text !== undefined) return { from: "cgroup", paths, source: "cgroup v1 cpuacct.usage" };
  }
  return { from: "proc", source: "/proc/stat of the host: the container's own use is not said" };
}

async function containerMemory(host: Host, paths: CgroupPaths | undefined): Promise<MemoryVantage> {
  const directory = paths?.memory;
  if (paths !== undefined && directory !== undefined) {
    const file = paths.version === 2 ? "memory.current" : "memory.usage_in_bytes";
    if ((await host.readFile(`${directory}/${file}`, "once")) !== undefined) {
      const limit = paths.version === 2 ? "memory.max" : "memory.limit_in_bytes";
      return {
        from: "cgroup",
        version: paths.version,
        directory,
        source: `cgroup v${paths.version} ${limit} and ${file}; without a limit /proc/meminfo of the host`,
      };
    }
  }
  return { from: "proc", source: "/proc/meminfo of the host: the container's own use is not said" };
}

async function containerDisk(host: Host, paths: CgroupPaths | undefined): Promise<DiskVantage> {
  const directory = paths?.io;
  if (paths !== undefined && directory !== undefined) {
    const file = paths.version === 2 ? "io.stat" : "blkio.throttle.io_service_bytes_recursive";
    if ((await host.readFile(`${directory}/${file}`, "once")) !== undefined) {
      return { from: "cgroup", version: paths.version, directory, source: `cgroup v${paths.version} ${file}` };
    }
  }
  return { from: "nowhere", source: "not said inside this container" };
}

async function containerPressure(host: Host, paths: CgroupPaths | undefined): Promise<PressureVantage> {
  if (paths?.version === 2 && paths.cpu !== undefined) {
    const directory = paths.cpu;
    if ((await host.readFile(`${directory}/cpu.pressure`, "once")) !== undefined) {
      return { from: "files", path: (resource) => `${directory}/${resource}.pressure`, source: "cgroup v2 *.pressure" };
    }
  }
  return { from: "nowhere", source: "not said inside this container" };
}
