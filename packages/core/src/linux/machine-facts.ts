import type { Instant } from "../time.ts";

/**
 * What a machine is, as far as it says; null where it does not. Texts come from the machine and may be hostile: bounded
 * here, escaped by whoever shows them.
 */
export interface MachineFacts {
  readonly hostName: string | null;
  /** Full name with the version, for people: "Debian GNU/Linux 12 (bookworm)". */
  readonly osName: string | null;
  readonly osVersion: string | null;
  /** Short name: "debian". */
  readonly osId: string | null;
  /** As `uname -r` says. */
  readonly kernel: string | null;
  /** As `uname -m` says: x86_64, aarch64 … */
  readonly architecture: string | null;
  readonly cpuModel: string | null;
  /** Logical processors that this machine may use. */
  readonly cpuCount: number | null;
  /** Cores' worth of time that a control group allows, where it sets a limit. */
  readonly cpuLimitCores: number | null;
  readonly memoryBytes: number | null;
  readonly swapBytes: number | null;
  /** Hypervisor below ("kvm", "vmware", "other" …), "none" on bare metal. */
  readonly virtualisation: string | null;
  /** Container kind ("docker", "lxc" …), "none" outside. */
  readonly container: string | null;
  /** Changes with each start of the machine or of its container. */
  readonly bootId: string | null;
  readonly startedAt: Instant | null;
  /** The machine's own, loopback and link-local left out. */
  readonly addresses: readonly string[];
  /** Set by the agent only where its owner allowed to ask an outside service. */
  readonly externalAddress: string | null;
  /** Where each answer comes from, by the name of the member or of the group of metrics ("cpu", "memory", "load" …). */
  readonly sources: Readonly<Record<string, string>>;
}

/** An address of the machine's own. */
export interface MachineAddress {
  readonly family: "ipv4" | "ipv6";
  readonly address: string;
  readonly interface?: string;
}
