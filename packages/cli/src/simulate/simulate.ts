import { systemClock } from "@muster/node-kit";
import { parseJoinToken } from "@muster/protocol";
import { VERSION } from "../version.ts";
import { Simulation } from "./simulation.ts";
import type { SimulationReport } from "./simulation.ts";

/** A load for `simulate`. */
export interface SimulatedLoad {
  /** The hub's address, http: or https:. */
  readonly url: string;
  readonly agents: number;
  readonly series: number;
  readonly intervalMs: number;
  readonly durationMs: number;
  /** Join tokens as text: one for all, or one for each agent. */
  readonly tokens: readonly string[];
  readonly namePrefix?: string;
}

/**
 * The simulation as a call, for benchmarks and tests: `mark` is called as the measured stretch begins and as it ends.
 * Throws JOIN_REFUSED or HUB_UNREACHABLE when no agent got through.
 */
export function simulate(
  load: SimulatedLoad,
  mark: () => void,
  signal = new AbortController().signal,
): Promise<SimulationReport> {
  const simulation = new Simulation(
    {
      url: new URL(load.url.replace(/^http/, "ws")),
      agentCount: load.agents,
      seriesCount: load.series,
      intervalMs: load.intervalMs,
      durationMs: load.durationMs,
      flapRatio: 0,
      namePrefix: load.namePrefix ?? "sim-",
      tokens: load.tokens.flatMap((text) => parseJoinToken(text) ?? []),
      agentVersion: VERSION,
    },
    {
      clock: systemClock,
      random: Math.random,
      cpuMs: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1_000;
      },
      mark,
    },
  );
  return simulation.run(signal);
}
