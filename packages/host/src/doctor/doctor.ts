import { wait } from "@muster/core";
import type { MachineFacts } from "@muster/core";
import { COLLECTOR_KINDS } from "../catalog.ts";
import type { CollectorConfig, CollectorDeps } from "../collector.ts";
import { readFacts } from "../facts.ts";
import type { Host } from "../host.ts";
import { type Vantage, vantageOf } from "../vantage.ts";
import { type Expectations, type RawTexts, compareReadings } from "./compare.ts";
import type { Finding } from "./finding.ts";
import { Readings } from "./readings.ts";

/** What `muster agent doctor` shows. */
export interface DoctorReport {
  readonly facts: MachineFacts;
  readonly readings: Readings;
  readonly findings: readonly Finding[];
  /** Collectors that cannot work here, or failed, and why. */
  readonly problems: readonly { readonly collector: string; readonly why: string }[];
}

/** Time between the two rounds, over which shares of CPU time are made. */
const GAP_MS = 1_000;

/** Runs every collector twice and holds the numbers against `free`, `df` and /proc itself. Takes a good second. */
export async function examine(
  config: CollectorConfig,
  deps: CollectorDeps,
  signal: AbortSignal,
): Promise<DoctorReport> {
  const { host, clock } = deps;
  const vantage = await vantageOf(host, config.hostRoot);
  const facts = await readFacts(config, deps);
  const readings = new Readings();
  const problems = new Map<string, string>();
  const collectors = COLLECTOR_KINDS.map((kind) => ({ kind, collector: kind.create(config, deps) }));
  const round = async (): Promise<void> => {
    for (const { kind, collector } of collectors) {
      try {
        await collector.collect(readings, signal);
      } catch (cause) {
        problems.set(kind.name, cause instanceof Error ? cause.message : String(cause));
      }
    }
  };

  for (const { kind } of collectors) {
    const detected = await kind.detect?.(deps, signal);
    if (detected?.ok === false) problems.set(kind.name, detected.why);
  }
  const before = await readRaw(host, vantage);
  await round();
  await wait(clock, GAP_MS, signal);
  signal.throwIfAborted();
  await round();
  const after = await readRaw(host, vantage);
  // A container with the machine's root mounted sees its own mounts only: `df` would speak of other paths.
  const isLocal = config.hostRoot === "/";
  const [free, df] = await Promise.all([
    runTool(host, ["free", "-b"], signal),
    isLocal ? runTool(host, ["df", "-PB1"], signal) : undefined,
  ]);
  for (const { collector } of collectors) await collector.close?.();
  const findings = compareReadings(readings, { free, df, before, after }, expectationsOf(vantage));
  return { facts, readings, findings, problems: [...problems].map(([collector, why]) => ({ collector, why })) };
}

async function readRaw(host: Host, { proc, net }: Vantage): Promise<RawTexts> {
  const [stat, loadavg, uptime, netDev, diskstats] = await Promise.all([
    host.readFile(`${proc}/stat`),
    host.readFile(`${proc}/loadavg`),
    host.readFile(`${proc}/uptime`),
    host.readFile(`${net}/dev`),
    host.readFile(`${proc}/diskstats`),
  ]);
  return { stat, loadavg, uptime, netDev, diskstats };
}

/** The output of a tool in English, wherever it lies; undefined where it is not installed or failed altogether. */
async function runTool(
  host: Host,
  [name = "", ...options]: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const directory of ["/usr/bin", "/bin"]) {
    try {
      const { stdout } = await host.execute([`${directory}/${name}`, ...options], { signal });
      // df says 1 when one of many mounts could not be asked: the others still count.
      if (stdout !== "") return stdout;
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
}

/** Tools know nothing of control groups: where we read those, a difference is the point. */
const expectationsOf = ({ cpu, memory, disk, uptime, container }: Vantage): Expectations => ({
  cpu: cpu.from === "cgroup" ? `ours is of this ${container?.kind ?? ""} container: ${cpu.source}` : undefined,
  memory: memory.from === "cgroup" ? `ours is of this ${container?.kind ?? ""} container: ${memory.source}` : undefined,
  disk: disk.from === "proc" ? undefined : disk.source,
  uptime: uptime.from === "first-process" ? "ours is of this container" : undefined,
});
