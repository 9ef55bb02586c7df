import { type Mount, parseCgroupMemberships } from "@muster/core";

/** Directories of the control group that holds the whole container; a controller that is not mounted is absent. */
export interface CgroupPaths {
  readonly version: 1 | 2;
  readonly memory?: string;
  readonly cpu?: string;
  readonly cpuacct?: string;
  readonly cpuset?: string;
  readonly io?: string;
}

/**
 * Finds them from the mounts and the membership of process 1. With a cgroup namespace both begin at the container's own
 * group; without one the mount is either cut to that group (Docker) or shows the whole tree (old LXC, nspawn).
 */
export function findCgroupPaths(mounts: readonly Mount[], membershipText: string): CgroupPaths | undefined {
  const memberships = parseCgroupMemberships(membershipText);
  const pathOf = (controller: string): string | undefined =>
    memberships.find(({ controllers }) =>
      controller === "" ? controllers.length === 0 : controllers.includes(controller),
    )?.path;

  const legacy = (controller: string): string | undefined => {
    const mount = mounts.findLast(
      ({ fileSystem, superOptions }) => fileSystem === "cgroup" && superOptions.split(",").includes(controller),
    );
    return mount === undefined ? undefined : groupDirectory(mount, pathOf(controller));
  };
  const memory = legacy("memory");
  const cpuacct = legacy("cpuacct");
  if (memory !== undefined || cpuacct !== undefined) {
    const [cpu, cpuset, io] = [legacy("cpu"), legacy("cpuset"), legacy("blkio")];
    return {
      version: 1,
      ...(memory === undefined ? {} : { memory }),
      ...(cpuacct === undefined ? {} : { cpuacct }),
      ...(cpu === undefined ? {} : { cpu }),
      ...(cpuset === undefined ? {} : { cpuset }),
      ...(io === undefined ? {} : { io }),
    };
  }
  const unified = mounts.findLast(({ fileSystem }) => fileSystem === "cgroup2");
  if (unified === undefined) return undefined;
  const directory = groupDirectory(unified, pathOf(""));
  return { version: 2, memory: directory, cpu: directory, cpuset: directory, io: directory };
}

function groupDirectory(mount: Mount, path: string | undefined): string {
  let below = path ?? "/";
  if (mount.root !== "/" && (below === mount.root || below.startsWith(`${mount.root}/`)))
    below = below.slice(mount.root.length);
  // systemd as process 1 moves itself below the container's group.
  below = below.replace(/\/init\.scope$/, "").replace(/\/+$/, "");
  // A path that climbs out of the namespace ("/../..") cannot be followed.
  return below === "" || below.includes("/..") ? mount.mountPoint : `${mount.mountPoint}${below}`;
}
