import { areCounts } from "./text.ts";

/** One device of /proc/diskstats (kernel, Documentation/admin-guide/iostats.rst); totals since boot. */
export interface DiskReading {
  /** "major:minor". */
  readonly number: string;
  readonly device: string;
  readonly reads: number;
  readonly readBytes: number;
  readonly readSeconds: number;
  readonly writes: number;
  readonly writtenBytes: number;
  readonly writeSeconds: number;
  readonly busySeconds: number;
}

/** The kernel counts sectors of 512 bytes here, whatever the device's own sectors are. */
const SECTOR_BYTES = 512;

/** The text of /proc/diskstats, in its order, of the devices that `isWanted` names; a line out of format is skipped. */
export function parseDiskStats(text: string, isWanted: (device: string) => boolean = () => true): DiskReading[] {
  const disks: DiskReading[] = [];
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/ +/);
    const device = fields[2];
    if (device === undefined || fields.length < 13 || !isWanted(device)) continue;
    const disk: DiskReading = {
      number: `${fields[0]}:${fields[1]}`,
      device,
      reads: Number(fields[3]),
      readBytes: Number(fields[5]) * SECTOR_BYTES,
      readSeconds: Number(fields[6]) / 1000,
      writes: Number(fields[7]),
      writtenBytes: Number(fields[9]) * SECTOR_BYTES,
      writeSeconds: Number(fields[10]) / 1000,
      busySeconds: Number(fields[12]) / 1000,
    };
    if (
      areCounts([
        disk.reads,
        disk.readBytes,
        disk.readSeconds,
        disk.writes,
        disk.writtenBytes,
        disk.writeSeconds,
        disk.busySeconds,
      ])
    )
      disks.push(disk);
  }
  return disks;
}
