import type { TFunction } from "i18next";
import type { Server } from "../../fleet/fleet-view.ts";

/** Names as their makers write them; they are the same in every language. */
const HYPERVISORS: Readonly<Record<string, string>> = {
  kvm: "KVM",
  qemu: "QEMU",
  amazon: "Amazon EC2",
  google: "Google Compute Engine",
  vmware: "VMware",
  oracle: "VirtualBox",
  xen: "Xen",
  bochs: "Bochs",
  parallels: "Parallels",
  bhyve: "bhyve",
  microsoft: "Hyper-V",
  apple: "Apple Virtualization",
};
const CONTAINERS: Readonly<Record<string, string>> = {
  docker: "Docker",
  podman: "Podman",
  kubernetes: "Kubernetes",
  lxc: "LXC",
  "lxc-libvirt": "LXC",
  openvz: "OpenVZ",
  "systemd-nspawn": "systemd-nspawn",
  containerd: "containerd",
  wsl: "WSL",
};

type Facts = Pick<NonNullable<Server["facts"]>, "virtualisation" | "container">;

/** What kind of machine it is, in words: hardware or a virtual machine of some kind, and the container if it is one. */
export function machineNames(facts: Facts | null | undefined, t: TFunction): readonly string[] {
  const names: string[] = [];
  const hypervisor = facts?.virtualisation ?? null;
  const container = facts?.container ?? null;
  const isContained = container !== null && container !== "none";
  if (hypervisor === "other") names.push(t("machine.virtual"));
  // The container is told below; that its host is bare metal is not worth a word.
  else if (hypervisor === "none") names.push(...(isContained ? [] : [t("machine.hardware")]));
  else if (hypervisor !== null) names.push(t("machine.virtualOn", { kind: HYPERVISORS[hypervisor] ?? hypervisor }));
  if (isContained) names.push(t("machine.container", { kind: CONTAINERS[container] ?? container }));
  return names;
}
