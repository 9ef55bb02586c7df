import {
  type Labels,
  type Logger,
  type Mount,
  type SampleSink,
  isNetworkMount,
  parseMounts,
  selectMounts,
} from "@muster/core";
import type { Collector, CollectorConfig, CollectorDeps, CollectorKind } from "../collector.ts";
import type { FileSystemUsage } from "../host.ts";
import { vantageOf } from "../vantage.ts";

/** A network mount that has not answered by then is left out of this round. */
export const ANSWER_MS = 1_000;
/** Unanswered network mounts at one time: each may hold one of the few threads a program has for files, for ever. */
const NETWORK_WAITING_MAX = 2;

/** Space and inodes of file systems. */
export const mountsKind: CollectorKind = {
  name: "mounts",
  everyMs: 30_000,
  create: (config, deps): Collector => new MountsCollector(config, deps),
};

class MountsCollector implements Collector {
  readonly #config: CollectorConfig;
  readonly #deps: CollectorDeps;
  /** Mount points whose last ask has not come back. */
  readonly #localWaiting = new Set<string>();
  readonly #networkWaiting = new Set<string>();
  #seen: { readonly text: string; readonly mounts: readonly Mount[] } = { text: "", mounts: [] };
  readonly #labels = new Map<string, Labels>();

  constructor(config: CollectorConfig, deps: CollectorDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  async collect(sink: SampleSink, signal: AbortSignal): Promise<void> {
    const { host } = this.#deps;
    const { root, mountsPath } = await vantageOf(host, this.#config.hostRoot);
    const text = await host.readFile(mountsPath);
    if (text === undefined) throw new Error("the table of mounts cannot be read");
    // Parsed anew only when something was mounted: on a container host the table is long.
    if (text !== this.#seen.text) this.#seen = { text, mounts: selectMounts(parseMounts(text), this.#config.mounts) };
    const { mounts } = this.#seen;
    const usages = await this.#askAll(mounts, root, signal);
    for (const mount of mounts) {
      const labels = this.#labelsOf(mount.mountPoint);
      sink.gauge("filesystem_read_only", mount.isReadOnly ? 1 : 0, labels);
      const usage = usages.get(mount.mountPoint);
      if (usage !== undefined) putUsage(usage, sink, labels);
    }
  }

  /** What came back in time. Asks run side by side, so that one dead server delays nobody by more than `ANSWER_MS`. */
  async #askAll(
    mounts: readonly Mount[],
    root: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, FileSystemUsage>> {
    const { host, clock, log } = this.#deps;
    const answers = new Map<string, FileSystemUsage>();
    const asks: Promise<void>[] = [];
    for (const mount of mounts) {
      const { mountPoint } = mount;
      const waiting = isNetworkMount(mount) ? this.#networkWaiting : this.#localWaiting;
      if (
        waiting.has(mountPoint) ||
        (this.#networkWaiting.size >= NETWORK_WAITING_MAX && waiting === this.#networkWaiting)
      )
        continue;
      waiting.add(mountPoint);
      const ask = host
        .fileSystemUsage(root + mountPoint, signal)
        .then((usage) => void (usage !== undefined && answers.set(mountPoint, usage)))
        .catch((cause: unknown) => warnUnread(log, mountPoint, cause))
        .finally(() => waiting.delete(mountPoint));
      asks.push(ask);
    }
    // Only a network mount needs the timer, and a cancelled one still wakes the process once.
    const hasNetwork = this.#networkWaiting.size > 0;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer?.cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = hasNetwork ? clock.after(ANSWER_MS, done) : undefined;
      if (signal.aborted) done();
      else signal.addEventListener("abort", done, { once: true });
      void Promise.all(asks).then(done);
    });
    return new Map(answers);
  }

  #labelsOf(mount: string): Labels {
    let labels = this.#labels.get(mount);
    if (labels === undefined) this.#labels.set(mount, (labels = { mount: mount.slice(0, 256) }));
    return labels;
  }
}

const warnUnread = (log: Logger, mountPoint: string, cause: unknown): void =>
  log.debug("a file system could not be asked", { mountPoint, cause: String(cause) });

function putUsage(usage: FileSystemUsage, sink: SampleSink, labels: Labels): void {
  // Pseudo file systems say zero of everything, which is no size.
  if (!(usage.totalBytes > 0)) return;
  const usedBytes = Math.max(usage.totalBytes - usage.freeBytes, 0);
  const usable = usedBytes + usage.availableBytes;
  sink.gauge("filesystem_total_bytes", usage.totalBytes, labels);
  sink.gauge("filesystem_used_bytes", usedBytes, labels);
  sink.gauge("filesystem_available_bytes", usage.availableBytes, labels);
  if (usable > 0) sink.gauge("filesystem_used_ratio", usedBytes / usable, labels);
  // btrfs, vfat and others have no table of inodes and say zero.
  if (usage.totalInodes > 0) {
    sink.gauge("filesystem_inodes_used_ratio", Math.max(1 - usage.freeInodes / usage.totalInodes, 0), labels);
  }
}
