import { parseCgroupMemberships } from "./cgroup.ts";
import { parseMounts } from "./mountinfo.ts";
import { boundedText } from "./text.ts";

/** What was found, and the file that says so. */
export interface Detected {
  readonly kind: string;
  readonly source: string;
}

/** Files that tell a container; an absent one could not be read. */
export interface ContainerClues {
  /** /proc/1/environ, NUL between entries; readable by root only. */
  readonly initEnvironment?: string | undefined;
  /** /run/systemd/container, written by systemd inside a container. */
  readonly systemdContainer?: string | undefined;
  /** /proc/1/cgroup, or that of the reader where the first is hidden. */
  readonly initCgroup?: string | undefined;
  /** /proc/1/mountinfo, or that of the reader. */
  readonly mounts?: string | undefined;
  readonly hasDockerFile: boolean;
  readonly hasPodmanFile: boolean;
  /** Process 2 is the kernel's own kthreadd: the reader shares the machine's first process namespace. */
  readonly seesKernelThreads: boolean;
  /** /proc/sys/kernel/osrelease. */
  readonly kernelRelease?: string | undefined;
  /** /proc/vz is there and /proc/bc is not: inside an OpenVZ container. */
  readonly isOpenVz: boolean;
}

const NAMES = /^[a-z][a-z0-9._-]{0,31}$/;

/** Which container the machine is, if any. Order: what says it outright, then marks that a runtime leaves, then paths. */
export function detectContainer(clues: ContainerClues): Detected | undefined {
  const declared = /(?:^|\0)container=([^\0]*)/.exec(clues.initEnvironment ?? "")?.[1];
  const runtime = clues.initCgroup === undefined ? undefined : runtimeOfCgroup(clues.initCgroup);
  // Kubernetes runs its pods in containers of another runtime: the more telling name wins.
  if (runtime === "kubernetes") return { kind: runtime, source: "/proc/1/cgroup" };
  if (declared && NAMES.test(declared)) return { kind: declared, source: "/proc/1/environ" };
  const written = clues.systemdContainer?.trim();
  if (written && NAMES.test(written)) return { kind: written, source: "/run/systemd/container" };
  // Machines booted from an unpacked image keep the engine's mark: there the root is a disk's own, and the kernel shows.
  const isUnpackedImage = clues.seesKernelThreads && hasDiskRoot(clues.mounts ?? "");
  if (clues.hasPodmanFile && !isUnpackedImage) return { kind: "podman", source: "/run/.containerenv" };
  if (clues.hasDockerFile && !isUnpackedImage) return { kind: "docker", source: "/.dockerenv" };
  if (clues.isOpenVz) return { kind: "openvz", source: "/proc/vz" };
  if (runtime !== undefined) return { kind: runtime, source: "/proc/1/cgroup" };
  const mounted = runtimeOfMounts(clues.mounts ?? "");
  if (mounted !== undefined) return { kind: mounted, source: "/proc/1/mountinfo" };
  if (/microsoft/i.test(clues.kernelRelease ?? "")) return { kind: "wsl", source: "/proc/sys/kernel/osrelease" };
  return undefined;
}

function runtimeOfCgroup(text: string): string | undefined {
  for (const { path } of parseCgroupMemberships(text)) {
    if (/\/kubepods/.test(path)) return "kubernetes";
    if (/\/docker[/-]/.test(path)) return "docker";
    if (/\/libpod-/.test(path)) return "podman";
    if (/^\/lxc[./]/.test(path)) return "lxc";
    if (/^\/machine\.slice\/systemd-nspawn/.test(path)) return "systemd-nspawn";
  }
  return undefined;
}

function hasDiskRoot(text: string): boolean {
  const root = parseMounts(text).findLast(({ mountPoint }) => mountPoint === "/");
  return root !== undefined && root.root === "/" && root.fileSystem !== "overlay" && !root.device.startsWith("0:");
}

function runtimeOfMounts(text: string): string | undefined {
  if (/ \/proc\/\S+ .* - fuse\.lxcfs /.test(text)) return "lxc";
  const root = text.split("\n").find((line) => / \/ \/ .* - overlay /.test(line));
  if (root === undefined) return undefined;
  if (/\/docker\/overlay2\//.test(root)) return "docker";
  if (/\/containers\/storage\/overlay\//.test(root)) return "podman";
  if (/\/io\.containerd\./.test(root)) return "containerd";
  return undefined;
}

/** Files that tell a hypervisor; an absent one could not be read. */
export interface HypervisorClues {
  readonly dmiProduct?: string | undefined;
  readonly dmiVendor?: string | undefined;
  readonly dmiBios?: string | undefined;
  /** /sys/hypervisor/type, there under Xen. */
  readonly hypervisorType?: string | undefined;
  /** /proc/device-tree/hypervisor/compatible, there on ARM and POWER guests. */
  readonly deviceTreeHypervisor?: string | undefined;
  /** /proc/device-tree/model, there on ARM boards. */
  readonly deviceTreeModel?: string | undefined;
  /** The clock that the kernel keeps time by. */
  readonly clockSource?: string | undefined;
  readonly isBelowHypervisor: boolean;
}

/** Texts of DMI by vendor, as systemd's detect-virt knows them; the first that fits wins. */
const DMI: readonly (readonly [RegExp, string])[] = [
  [/KVM|OpenStack|RHEV|oVirt/, "kvm"],
  [/Amazon EC2/, "amazon"],
  [/Google Compute Engine/, "google"],
  [/QEMU/, "qemu"],
  [/VMware|VMW/, "vmware"],
  [/innotek GmbH|VirtualBox|Oracle Corporation VirtualBox/, "oracle"],
  [/Xen|HVM domU/, "xen"],
  [/Bochs/, "bochs"],
  [/Parallels/, "parallels"],
  [/BHYVE/, "bhyve"],
  [/Microsoft Corporation Virtual Machine|Hyper-V/, "microsoft"],
  [/Apple Virtualization/, "apple"],
  [/DigitalOcean|Hetzner|Scaleway|Vultr|Alibaba Cloud|Tencent Cloud/, "kvm"],
];

/** Which hypervisor the machine runs on; "none" where it says that it is bare metal, undefined where nothing tells. */
export function detectHypervisor(clues: HypervisorClues): Detected | undefined {
  const type = clues.hypervisorType?.trim();
  if (type) return { kind: boundedText(type, 32), source: "/sys/hypervisor/type" };
  const tree = clues.deviceTreeHypervisor?.replace(/\0.*$/s, "").trim();
  if (tree) return { kind: /kvm/.test(tree) ? "kvm" : boundedText(tree, 32), source: "/proc/device-tree/hypervisor" };
  const dmi = [clues.dmiVendor, clues.dmiProduct, clues.dmiBios].map((text) => text?.trim() ?? "").join(" ");
  for (const [pattern, kind] of DMI) if (pattern.test(dmi)) return { kind, source: "/sys/class/dmi/id" };
  const clock = clues.clockSource?.trim() ?? "";
  if (clock === "kvm-clock") return { kind: "kvm", source: "current_clocksource" };
  if (clock.startsWith("hyperv")) return { kind: "microsoft", source: "current_clocksource" };
  if (clues.isBelowHypervisor) return { kind: "other", source: "/proc/cpuinfo" };
  if (dmi.trim() !== "") return { kind: "none", source: "/sys/class/dmi/id" };
  if (clues.deviceTreeModel) return { kind: "none", source: "/proc/device-tree/model" };
  return undefined;
}
