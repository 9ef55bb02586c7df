import type { Mount } from "./mountinfo.ts";

export const MOUNTS_MAX = 32;

/** Space on another machine: its server may be gone, and then an answer may never come. */
const NETWORK = /^(?:nfs\d?|cifs|smb3|smbfs|ceph|glusterfs|lustre|afs|9p|fuse\..+|beegfs|ocfs2|davfs)$/;
/** File systems without a block device below that still hold what people store. */
const DEVICELESS = /^(?:btrfs|zfs|bcachefs|virtiofs|fuseblk|ubifs)$/;
/** Images: always full, never to be written. */
const IMAGES = /^(?:squashfs|iso9660|erofs|cramfs|udf)$/;
/** Storage of containers and guests, listed once per container, and the partition of the boot loader, which never fills. */
const INNER_PLACES =
  /^\/(?:proc|sys|dev|run\/(?:user|host|docker|containerd|snapd|credentials|netns)|var\/lib\/(?:docker|containers|containerd|kubelet|lxcfs)|snap|boot\/efi|efi)(?:\/|$)/;
/** Files that container engines mount one by one. */
const ENGINE_FILES = /^\/etc\/(?:hosts|hostname|resolv\.conf)$|^\/run\/\.containerenv$/;

/** Whether what is mounted there is the kernel's or a container's, where only the place is known. */
export const isPseudoMountPoint = (mountPoint: string): boolean =>
  INNER_PLACES.test(mountPoint) || ENGINE_FILES.test(mountPoint) || /^\/run(?:\/|$)/.test(mountPoint);

export const isNetworkMount = (mount: Mount): boolean =>
  NETWORK.test(mount.fileSystem) && mount.fileSystem !== "fuse.lxcfs";

/**
 * Which file systems are worth reporting: those that store something, each once at its shortest mount point, sorted.
 * A list names mount points; what is not mounted is left out.
 */
export function selectMounts(all: readonly Mount[], wanted: "auto" | readonly string[]): Mount[] {
  // What is mounted later on the same place hides what was there.
  const visible = [...new Map(all.map((mount) => [mount.mountPoint, mount])).values()];
  const selected =
    wanted === "auto"
      ? onePerDevice(visible.filter(storesSomething))
      : visible.filter(({ mountPoint }) => wanted.includes(mountPoint));
  return selected.sort((a, b) => (a.mountPoint < b.mountPoint ? -1 : 1)).slice(0, MOUNTS_MAX);
}

function storesSomething(mount: Mount): boolean {
  const { device, fileSystem, mountPoint } = mount;
  // The root of a container is an overlay or whatever else: it is always of interest.
  if (mountPoint === "/") return fileSystem !== "rootfs";
  if (IMAGES.test(fileSystem) || INNER_PLACES.test(mountPoint) || ENGINE_FILES.test(mountPoint)) return false;
  return (
    !device.startsWith("0:") ||
    DEVICELESS.test(fileSystem) ||
    (isNetworkMount(mount) && !/^fuse\.(?:lxcfs|gvfsd-fuse|portal|snapfuse)$/.test(fileSystem))
  );
}

/** Bind mounts and subvolumes show the same space again: the root of a file system goes before a part of it, then the shorter path. */
function onePerDevice(mounts: readonly Mount[]): Mount[] {
  const best = new Map<string, Mount>();
  for (const mount of mounts) {
    // Data sets of ZFS each have a device number; subvolumes of btrfs too, but one source.
    const key = mount.fileSystem === "btrfs" ? `btrfs ${mount.source}` : mount.device;
    const seen = best.get(key);
    if (
      seen === undefined ||
      rank(mount) < rank(seen) ||
      (rank(mount) === rank(seen) && mount.mountPoint.length < seen.mountPoint.length)
    )
      best.set(key, mount);
  }
  return [...best.values()];
}

const rank = ({ mountPoint, root }: Mount): number => (mountPoint === "/" ? 0 : root === "/" ? 1 : 2);
