export const DISKS_MAX = 64;

/** Made of other disks or of memory: what they carry is counted where it ends, or is no disk traffic. */
const LAYERED = /^(?:loop|ram|zram|fd|sr|dm-|md|drbd|bcache|nbd|rbd)/;
/** Of those, what never is a machine's own storage. */
const NO_STORAGE = /^(?:loop|ram|zram|fd|sr)/;

export const isLayeredDisk = (device: string): boolean => LAYERED.test(device);

/** Which of the whole disks of a machine are worth reporting, in their order. */
export function selectDisks(all: readonly string[]): readonly string[] {
  const disks = all.filter((device) => !LAYERED.test(device));
  // A machine may have nothing but layered ones, such as a guest whose only disk is a network block device.
  return (disks.length > 0 ? disks : all.filter((device) => !NO_STORAGE.test(device))).slice(0, DISKS_MAX);
}
