import { bareStatus } from "@muster/core";
import type { Execution, ProcessEntry, ServiceStatus } from "@muster/core";
import { PROCESSES_READ_MAX, ProcessReader } from "../../processes.ts";
import type { Effect, ServiceDriver } from "../../service-driver.ts";
import type { DriverConfig, DriverDeps, DriverKind, MatchEntry } from "../driver-kind.ts";

/**
 * Services that nobody here runs: each is whatever processes hold all its keywords in their command lines. It can only
 * be looked at; who ends such a process does that by its number.
 */
class MatchDriver implements ServiceDriver {
  readonly name = "match";
  readonly #config: Pick<DriverConfig, "matches">;
  readonly #reader: ProcessReader;

  constructor(config: DriverConfig, { host, clock }: DriverDeps) {
    this.#config = config;
    this.#reader = new ProcessReader({ mounts: "auto", hostRoot: config.hostRoot }, { host, clock });
  }

  /** As they are configured now. An entry without keywords would be every process there is. */
  get #entries(): readonly MatchEntry[] {
    return this.#config.matches
      .filter(({ keywords }) => keywords.length > 0 && keywords.every((keyword) => keyword !== ""))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  detect(): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
    return Promise.resolve(
      this.#entries.length > 0 ? { ok: true } : { ok: false, why: "no processes to find are configured" },
    );
  }

  async list(signal: AbortSignal): Promise<readonly ServiceStatus[]> {
    if (this.#entries.length === 0) return [];
    const { processes } = await this.#reader.read(PROCESSES_READ_MAX, signal);
    return this.#entries.map((entry) => statusOf(entry, processes));
  }

  async read(name: string, signal: AbortSignal): Promise<ServiceStatus | undefined> {
    if (!this.#entries.some((entry) => entry.name === name)) return undefined;
    return (await this.list(signal)).find((status) => status.name === name);
  }

  act({ verb, name }: Effect): Promise<Execution> {
    const detail = `${name} is only found by its processes: nobody here knows how to ${verb} it`;
    return Promise.resolve({ outcome: "failed", detail });
  }
}

function statusOf({ name, keywords }: MatchEntry, processes: readonly ProcessEntry[]): ServiceStatus {
  const bare = bareStatus({ driver: "match", name });
  const description = `processes with ${keywords.map((keyword) => JSON.stringify(keyword)).join(" and ")}`;
  const found = processes.filter(
    ({ commandLine, state }) => state !== "zombie" && keywords.every((keyword) => commandLine.includes(keyword)),
  );
  const main = mainOf(found);
  if (main === undefined) return { ...bare, description, state: "stopped", rawState: "no process" };
  const pids = found.map(({ pid }) => pid).toSorted((a, b) => a - b);
  return {
    ...bare,
    description,
    state: "running",
    rawState: pids.length === 1 ? "1 process" : `${pids.length} processes: ${pids.slice(0, 16).join(" ")}`,
    since: main.startedAt,
    health: "healthy",
    run: `${main.pid}/${main.startedAt}`,
    pid: main.pid,
    cpuSeconds: sum(found.map(({ cpuSeconds }) => cpuSeconds)),
    memoryBytes: sum(found.map(({ residentBytes }) => residentBytes)),
    tasks: sum(found.map(({ threads }) => threads)),
  };
}

/** The one that has the others as children; of several such the oldest, then the lowest number. */
function mainOf(found: readonly ProcessEntry[]): ProcessEntry | undefined {
  const pids = new Set(found.map(({ pid }) => pid));
  const heads = found.filter(({ ppid }) => !pids.has(ppid));
  return heads.toSorted((a, b) => a.startedAt - b.startedAt || a.pid - b.pid)[0];
}

/** Null when one of them is not said: a sum without it would be wrong. */
function sum(values: readonly (number | null)[]): number | null {
  let total = 0;
  for (const value of values) {
    if (value === null) return null;
    total += value;
  }
  return total;
}

export const matchKind: DriverKind = { name: "match", create: (config, deps) => new MatchDriver(config, deps) };
