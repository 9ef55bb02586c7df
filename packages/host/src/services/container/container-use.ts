import { countAfter, parseCgroupMemberships, parseCgroupMemoryStat, parseCount } from "@muster/core";
import type { CgroupMembership, ContainerUse } from "@muster/core";
import type { Host } from "../../host.ts";

const ROOT = "/sys/fs/cgroup";

/**
 * What a container uses, from the control groups of its first process: a few small files, where an engine takes up to a
 * second for each container. Undefined where they cannot be read, as from inside another container.
 */
export async function readContainerUse(host: Host, pid: number): Promise<ContainerUse | undefined> {
  const read = (path: string): Promise<string | undefined> => host.readFile(path, "once");
  const memberships = parseCgroupMemberships((await read(`/proc/${pid}/cgroup`)) ?? "");
  const legacy = (controller: string): string | undefined => groupOf(memberships, controller);
  const cpuacct = legacy("cpuacct");
  if (cpuacct !== undefined) {
    const [cpu, usage, stat, tasks] = await Promise.all([
      read(`${ROOT}/cpuacct${cpuacct}/cpuacct.usage`),
      read(`${ROOT}/memory${legacy("memory") ?? ""}/memory.usage_in_bytes`),
      read(`${ROOT}/memory${legacy("memory") ?? ""}/memory.stat`),
      read(`${ROOT}/pids${legacy("pids") ?? ""}/pids.current`),
    ]);
    const nanoseconds = parseCount(cpu?.trim());
    if (nanoseconds === undefined) return undefined;
    const cached = parseCgroupMemoryStat(stat ?? "")?.cachedBytes;
    return {
      cpuSeconds: nanoseconds / 1e9,
      memoryBytes: legacy("memory") === undefined ? null : without(usage, cached),
      tasks: legacy("pids") === undefined ? null : (parseCount(tasks?.trim()) ?? null),
    };
  }
  const unified = groupOf(memberships, "");
  // The root of all groups is everybody's, so a container that seems to be in it is not to be seen from here.
  if (unified === undefined || unified === "/") return undefined;
  const [cpu, usage, stat, tasks] = await Promise.all(
    ["cpu.stat", "memory.current", "memory.stat", "pids.current"].map((file) => read(`${ROOT}${unified}/${file}`)),
  );
  const microseconds = countAfter(cpu ?? "", "usage_usec ");
  if (microseconds === undefined) return undefined;
  return {
    cpuSeconds: microseconds / 1e6,
    memoryBytes: without(usage, parseCgroupMemoryStat(stat ?? "")?.inactiveFileBytes),
    tasks: parseCount(tasks?.trim()) ?? null,
  };
}

/** A path that leads out of the groups that are visible here begins with `/..`. */
function groupOf(memberships: readonly CgroupMembership[], controller: string): string | undefined {
  const path = memberships.find(({ controllers }) =>
    controller === "" ? controllers.length === 0 : controllers.includes(controller),
  )?.path;
  return path?.includes("/..") === true || path === "/" ? undefined : path;
}

const without = (usage: string | undefined, cachedBytes: number | undefined): number | null => {
  const bytes = parseCount(usage?.trim());
  return bytes === undefined ? null : Math.max(bytes - (cachedBytes ?? 0), 0);
};
