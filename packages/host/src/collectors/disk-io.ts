import {
  type CgroupDisk,
  DISKS_MAX,
  type DiskReading,
  type Labels,
  type SampleSink,
  isLayeredDisk,
  parseBlkio,
  parseDiskStats,
  parseIoStat,
  selectDisks,
} from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import type { Host } from "../host.ts";
import { Rescan } from "../rescan.ts";
import { type DiskVantage, type Vantage, vantageOf } from "../vantage.ts";

/** Whole disks by their name alone, for machines that hide /sys/block. */
const WHOLE = /^(?:[shv]d[a-z]+|xvd[a-z]+\d*|nvme\d+n\d+|mmcblk\d+)$/;

/** Traffic of whole disks: of the machine, or of the container's control group where it has one. */
export const diskIoKind: CollectorKind = {
  name: "disk-io",
  everyMs: 0,
  create(config, { host, clock }): Collector {
    const labels = new DeviceLabels();
    const disks = new Rescan(clock, async () => wholeDisks(host, await vantageOf(host, config.hostRoot)));
    return {
      async collect(sink) {
        const { proc, disk: place } = await vantageOf(host, config.hostRoot);
        if (place.from === "nowhere") return;
        const wanted = await disks.get();
        const text = (await host.readFile(`${proc}/diskstats`)) ?? "";
        if (place.from === "cgroup") {
          putGroup(await readGroupDisks(host, place), parseDiskStats(text), sink, labels);
          return;
        }
        for (const disk of parseDiskStats(text, (device) => (wanted ? wanted.has(device) : WHOLE.test(device)))) {
          putDisk(disk, sink, labels.of(disk.device));
        }
      },
    };
  },
};

/** Names of the disks to report; undefined where the machine does not list them. */
async function wholeDisks(host: Host, { sys }: Vantage): Promise<ReadonlySet<string> | undefined> {
  const all = await host.listDirectory(`${sys}/block`);
  if (all === undefined || all.length === 0) return undefined;
  return new Set(selectDisks(all));
}

/** The same object for the same device each round: a sink may recognise a series by it. */
class DeviceLabels {
  readonly #known = new Map<string, Labels>();

  of(device: string): Labels {
    let labels = this.#known.get(device);
    // In sysfs a slash of the name is written as "!", in diskstats as it is: one spelling for both.
    if (labels === undefined) this.#known.set(device, (labels = { device: device.replaceAll("!", "/") }));
    return labels;
  }
}

function putDisk(disk: DiskReading, sink: SampleSink, labels: Labels): void {
  sink.counter("disk_read_bytes_total", disk.readBytes, labels);
  sink.counter("disk_written_bytes_total", disk.writtenBytes, labels);
  sink.counter("disk_reads_total", disk.reads, labels);
  sink.counter("disk_writes_total", disk.writes, labels);
  sink.counter("disk_read_seconds_total", disk.readSeconds, labels);
  sink.counter("disk_write_seconds_total", disk.writeSeconds, labels);
  sink.counter("disk_busy_seconds_total", disk.busySeconds, labels);
}

async function readGroupDisks(host: Host, place: Extract<DiskVantage, { from: "cgroup" }>): Promise<CgroupDisk[]> {
  if (place.version === 2) return parseIoStat((await host.readFile(`${place.directory}/io.stat`)) ?? "");
  const [bytes, operations] = await Promise.all([
    host.readFile(`${place.directory}/blkio.throttle.io_service_bytes_recursive`),
    host.readFile(`${place.directory}/blkio.throttle.io_serviced_recursive`),
  ]);
  return parseBlkio(bytes ?? "", operations ?? "");
}

/** A group names disks by number; the machine's table has their names. Layers are left out here too. */
function putGroup(
  disks: readonly CgroupDisk[],
  table: readonly DiskReading[],
  sink: SampleSink,
  labels: DeviceLabels,
): void {
  const names = new Map(table.map(({ number, device }) => [number, device]));
  for (const disk of disks.slice(0, DISKS_MAX)) {
    const device = names.get(disk.number) ?? disk.number;
    if (isLayeredDisk(device)) continue;
    sink.counter("disk_read_bytes_total", disk.readBytes, labels.of(device));
    sink.counter("disk_written_bytes_total", disk.writtenBytes, labels.of(device));
    sink.counter("disk_reads_total", disk.reads, labels.of(device));
    sink.counter("disk_writes_total", disk.writes, labels.of(device));
  }
}
