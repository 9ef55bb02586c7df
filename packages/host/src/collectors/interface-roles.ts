import { hasInnerName } from "@muster/core";
import type { Host } from "../host.ts";

/** Whether packets leave the machine here, or go on to another of its interfaces, where they are counted again. */
export type InterfaceRole = "outward" | "inner";

/**
 * The role of each interface. Hardware leads outward. A machine without any (a container: its eth0 is one end of a
 * pair) sends through the others, those left out that are tunnels or bridges by name.
 */
export async function findInterfaceRoles(
  host: Host,
  sys: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, InterfaceRole>> {
  const [targets, masters] = await Promise.all([
    Promise.all(names.map((name) => host.readLink(`${sys}/class/net/${name}`))),
    Promise.all(names.map((name) => host.readLink(`${sys}/class/net/${name}/master`))),
  ]);
  const hardware = new Set(names.filter((_, index) => isHardware(targets[index])));
  const roles = new Map<string, InterfaceRole>();
  for (const [index, name] of names.entries()) {
    // A virtual function that feeds another hardware interface (accelerated networking in clouds) is counted there.
    const master = masters[index]?.split("/").at(-1);
    const isFeeding = master !== undefined && hardware.has(master);
    const leadsOut = hardware.size > 0 ? hardware.has(name) && !isFeeding : !hasInnerName(name);
    roles.set(name, leadsOut ? "outward" : "inner");
  }
  return roles;
}

const isHardware = (target: string | undefined): boolean =>
  target !== undefined && !target.includes("/devices/virtual/");
