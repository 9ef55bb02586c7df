import {
  type ProcessEntry,
  type ProcessStat,
  type ProcessTable,
  parseCommandLine,
  parseProcessStat,
  parseProcessStatus,
  parseProcStat,
  parseUserNames,
} from "@muster/core";
import type { CollectorConfig, CollectorDeps } from "./collector.ts";
import { pageBytesOf } from "./page-size.ts";
import { mostImportant } from "./process-selection.ts";
import { vantageOf } from "./vantage.ts";

/** Processes looked at, whatever is shown of them: beyond this a machine is in trouble and the list is no help. */
export const PROCESSES_READ_MAX = 20_000;
/** Files asked for at one time. */
const READS_MAX = 256;
/** The kernel's unit of time in /proc on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
/** User names are read again this often. */
const USERS_MS = 300_000;

/** What does not change while a process lives, unless it executes another program. */
interface Identity {
  readonly name: string;
  readonly startTicks: number;
  readonly commandLine: string;
  readonly uid: number | undefined;
}

/**
 * Reads the table of processes. Keeps the CPU time of the reading before, so one reader serves one looker: `cpuRatio`
 * is null at the first reading, and for processes that are new.
 */
export class ProcessReader {
  readonly #config: CollectorConfig;
  readonly #deps: Pick<CollectorDeps, "host" | "clock">;
  #identities = new Map<number, Identity>();
  #before: { readonly atMs: number; readonly ticks: ReadonlyMap<string, number> } | undefined;
  #users: { readonly names: ReadonlyMap<number, string>; readonly atMs: number } | undefined;
  #bootedAtMs: number | undefined;

  constructor(config: CollectorConfig, deps: Pick<CollectorDeps, "host" | "clock">) {
    this.#config = config;
    this.#deps = deps;
  }

  /** One reading; `limit` bounds the processes told, not those looked at. Throws when /proc cannot be listed. */
  async read(limit: number, signal: AbortSignal): Promise<ProcessTable> {
    const { host, clock } = this.#deps;
    const { proc, root } = await vantageOf(host, this.#config.hostRoot);
    const names = await host.listDirectory(proc);
    if (names === undefined) throw new Error("/proc cannot be listed");
    const pids = names.filter((name) => /^[1-9][0-9]*$/.test(name)).slice(0, PROCESSES_READ_MAX);
    const atMs = clock.monotonic();
    const stats = await this.#readStats(proc, pids, signal);
    await this.#identify(proc, stats, signal);
    const users = await this.#userNames(root, atMs);
    const pageBytes = await pageBytesOf(host, proc);
    const bootedAtMs = await this.#bootInstant(proc);

    const before = this.#before;
    const intervalMs = before === undefined ? null : atMs - before.atMs;
    const ticks = new Map<string, number>();
    const entries = stats.map((stat): ProcessEntry => {
      const key = `${stat.pid} ${stat.startTicks}`;
      ticks.set(key, stat.cpuTicks);
      const identity = this.#identities.get(stat.pid);
      const uid = identity?.uid;
      return {
        pid: stat.pid,
        ppid: stat.parentPid,
        name: stat.name,
        commandLine: identity?.commandLine ?? "",
        user: uid === undefined ? "" : (users.get(uid) ?? String(uid)),
        uid: uid ?? null,
        state: stat.state,
        cpuRatio: ratioOf(before?.ticks.get(key), stat.cpuTicks, intervalMs),
        cpuSeconds: stat.cpuTicks / TICKS_PER_SECOND,
        residentBytes: stat.residentPages * pageBytes,
        threads: stat.threads,
        startedAt: Math.round(bootedAtMs + (stat.startTicks * 1000) / TICKS_PER_SECOND),
        startTicks: stat.startTicks,
      };
    });
    this.#before = { atMs, ticks };
    return { at: clock.now(), intervalMs, total: entries.length, processes: mostImportant(entries, limit) };
  }

  async #readStats(proc: string, pids: readonly string[], signal: AbortSignal): Promise<ProcessStat[]> {
    const stats: ProcessStat[] = [];
    for (let from = 0; from < pids.length; from += READS_MAX) {
      signal.throwIfAborted();
      const texts = await Promise.all(
        pids.slice(from, from + READS_MAX).map((pid) => this.#deps.host.readFile(`${proc}/${pid}/stat`, "once")),
      );
      for (const text of texts) {
        // A process may end between the listing and the reading.
        const stat = text === undefined ? undefined : parseProcessStat(text);
        if (stat !== undefined) stats.push(stat);
      }
    }
    return stats;
  }

  /** Owner and command line are read once per process, and again when the program's name changed. */
  async #identify(proc: string, stats: readonly ProcessStat[], signal: AbortSignal): Promise<void> {
    const { host } = this.#deps;
    const kept = new Map<number, Identity>();
    const unknown: ProcessStat[] = [];
    for (const stat of stats) {
      const identity = this.#identities.get(stat.pid);
      if (identity?.startTicks === stat.startTicks && identity.name === stat.name) kept.set(stat.pid, identity);
      else unknown.push(stat);
    }
    for (let from = 0; from < unknown.length; from += READS_MAX) {
      signal.throwIfAborted();
      const part = unknown.slice(from, from + READS_MAX);
      const texts = await Promise.all(
        part.flatMap(({ pid }) => [
          host.readFile(`${proc}/${pid}/cmdline`, "once"),
          host.readFile(`${proc}/${pid}/status`, "once"),
        ]),
      );
      for (const [index, stat] of part.entries()) {
        kept.set(stat.pid, {
          name: stat.name,
          startTicks: stat.startTicks,
          commandLine: parseCommandLine(texts[2 * index] ?? "") ?? "",
          uid: parseProcessStatus(texts[2 * index + 1] ?? "").uid,
        });
      }
    }
    this.#identities = kept;
  }

  async #userNames(root: string, nowMs: number): Promise<ReadonlyMap<number, string>> {
    if (this.#users === undefined || nowMs - this.#users.atMs >= USERS_MS) {
      const names = parseUserNames((await this.#deps.host.readFile(`${root}/etc/passwd`, "once")) ?? "");
      this.#users = { names, atMs: nowMs };
    }
    return this.#users.names;
  }

  /** Epoch milliseconds of the boot that start times count from: that of the kernel, in containers too. */
  async #bootInstant(proc: string): Promise<number> {
    if (this.#bootedAtMs === undefined) {
      const { host, clock } = this.#deps;
      const [stat, uptime] = await Promise.all([
        host.readFile(`${proc}/stat`, "once"),
        host.readFile(`${proc}/uptime`, "once"),
      ]);
      const seconds = parseProcStat(stat ?? "")?.bootedAtSeconds;
      this.#bootedAtMs = seconds === undefined ? clock.now() - Number.parseFloat(uptime ?? "0") * 1000 : seconds * 1000;
    }
    return this.#bootedAtMs;
  }
}

function ratioOf(before: number | undefined, after: number, intervalMs: number | null): number | null {
  if (before === undefined || intervalMs === null || intervalMs <= 0) return null;
  return Math.max(after - before, 0) / TICKS_PER_SECOND / (intervalMs / 1000);
}
