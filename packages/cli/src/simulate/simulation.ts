import { MusterError, RECONNECT_BACKOFF, backoffMs, wait } from "@muster/core";
import type { Clock, Random } from "@muster/core";
import { AGENT_PATH } from "@muster/protocol";
import type { JoinToken } from "@muster/protocol";
import { LatencyTally } from "./latency-tally.ts";
import { Readings, simulatedSeries } from "./readings.ts";
import { SimulatedAgent } from "./simulated-agent.ts";
import type { AgentEnd, SimulatedAgentEvents } from "./simulated-agent.ts";

export interface SimulationConfig {
  /** The hub's address, ws: or wss:. */
  readonly url: URL;
  readonly agentCount: number;
  readonly seriesCount: number;
  readonly intervalMs: number;
  /** Measured from the moment all agents are connected. */
  readonly durationMs: number;
  /** How likely each agent is to lose its connection within a minute, 0–1. */
  readonly flapRatio: number;
  readonly namePrefix: string;
  /** One token for all agents, or one for each. */
  readonly tokens: readonly JoinToken[];
  readonly agentVersion: string;
}

export interface SimulationDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Processor time of this process so far, milliseconds. */
  readonly cpuMs: () => number;
  /** A server joined and waits for approval. */
  readonly pending?: (serverId: string) => void;
  readonly progress?: (text: string) => void;
  /** Called as the measured stretch begins and as it ends, for measuring something else over the same stretch. */
  readonly mark?: () => void;
}

/** Times are milliseconds; those of acknowledgements run from sending a batch to hearing that it is durable. */
export interface SimulationReport {
  readonly agents: number;
  readonly connected: number;
  readonly seriesPerAgent: number;
  readonly intervalMs: number;
  readonly connectingMs: number;
  readonly measuredMs: number;
  readonly batchesSent: number;
  readonly batchesAcknowledged: number;
  readonly batchesUnacknowledged: number;
  readonly samplesSent: number;
  readonly ackMs: { readonly p50: number | null; readonly p99: number | null; readonly max: number | null };
  readonly reconnects: number;
  readonly refused: number;
  /** The first reason why a connection ended or was refused; "" when none did. */
  readonly firstFailure: string;
  /** Of the simulator itself. */
  readonly cpuMs: number;
}

const TICK_MS = 20;
const CONNECTING_AT_ONCE_MAX = 16;
const CONNECTS_PER_SECOND_MAX = 400;
const PROGRESS_MS = 5_000;
/** Connecting may take this and a share for every agent; then the measuring begins with those that are there. */
const CONNECTING_MAX_MS = 30_000;
const CONNECTING_PER_AGENT_MS = 60;
/** Where by then not one got through and some failed, the rest will not either. */
const HOPELESS_MS = 5_000;
const SETTLE_MS = 2_000;

/** A fleet of simulated agents in this process, driven by one tick. */
export class Simulation implements SimulatedAgentEvents {
  readonly #config: SimulationConfig;
  readonly #deps: SimulationDeps;
  readonly #agents: SimulatedAgent[];
  readonly #dueMono: Float64Array;
  readonly #wanting: SimulatedAgent[] = [];
  /** Agents that come back after a wait, and when. */
  readonly #away = new Map<SimulatedAgent, number>();
  readonly #failures = new Map<SimulatedAgent, number>();
  readonly #connecting = new Set<SimulatedAgent>();
  readonly #latency = new LatencyTally();
  readonly #counts = { sent: 0, acknowledged: 0, samples: 0, reconnects: 0, refused: 0 };
  #connectBudget = 0;
  readonly #connected = new Set<SimulatedAgent>();
  #firstFailure = "";
  #isEnding = false;
  #isHubDistrusted = false;

  constructor(config: SimulationConfig, deps: SimulationDeps) {
    this.#config = config;
    this.#deps = deps;
    const series = simulatedSeries(config.seriesCount);
    const define = JSON.stringify(series.map(({ definition }) => definition));
    const digits = String(config.agentCount).length;
    const base = config.url.href.replace(/\/$/, "");
    this.#agents = Array.from({ length: config.agentCount }, (_, index) => {
      const name = `${config.namePrefix}${String(index + 1).padStart(digits, "0")}`;
      const token = (config.tokens.length === 1 ? config.tokens[0] : config.tokens[index])!;
      return new SimulatedAgent(
        {
          url: `${base}${AGENT_PATH}`,
          name,
          token,
          intervalMs: config.intervalMs,
          define,
          agentVersion: config.agentVersion,
        },
        { clock: deps.clock, events: this, readings: new Readings(series, index), seriesCount: series.length },
      );
    });
    this.#dueMono = new Float64Array(config.agentCount);
  }

  /** Runs to the end of the duration or until aborted. Throws HUB_NOT_TRUSTED, JOIN_REFUSED or HUB_UNREACHABLE when no agent ever got through. */
  async run(signal: AbortSignal): Promise<SimulationReport> {
    const { clock } = this.#deps;
    const startedMono = clock.monotonic();
    this.#wanting.push(...this.#agents);
    const connectingEndsMono = startedMono + CONNECTING_MAX_MS + CONNECTING_PER_AGENT_MS * this.#agents.length;
    await this.#tickUntil(signal, () => {
      if (this.#settledCount() >= this.#agents.length) return true;
      const nowMono = clock.monotonic();
      const isHopeless =
        this.#connected.size === 0 && this.#firstFailure !== "" && nowMono - startedMono >= HOPELESS_MS;
      return isHopeless || nowMono >= connectingEndsMono;
    });
    if (this.#connected.size === 0 && !signal.aborted) {
      this.#end();
      const message = `No simulated agent got through: ${this.#firstFailure}`;
      if (this.#isHubDistrusted) throw new MusterError("HUB_NOT_TRUSTED", { message });
      throw new MusterError(this.#counts.refused > 0 ? "JOIN_REFUSED" : "HUB_UNREACHABLE", { message });
    }
    const measuredFromMono = clock.monotonic();
    const cpuBefore = this.#deps.cpuMs();
    this.#spread(measuredFromMono);
    const before = { ...this.#counts };
    this.#latency.clear();
    this.#deps.mark?.();
    await this.#tickUntil(signal, () => clock.monotonic() - measuredFromMono >= this.#config.durationMs, "report");
    const measuredMs = clock.monotonic() - measuredFromMono;
    this.#deps.mark?.();
    const cpuMs = this.#deps.cpuMs() - cpuBefore;
    const connected = this.#connected.size;
    // What is on its way may still be acknowledged.
    const settledByMono = clock.monotonic() + SETTLE_MS;
    await this.#tickUntil(signal, () => this.#unacknowledged() === 0 || clock.monotonic() >= settledByMono);
    const report: SimulationReport = {
      agents: this.#agents.length,
      connected,
      seriesPerAgent: this.#config.seriesCount,
      intervalMs: this.#config.intervalMs,
      connectingMs: Math.round(measuredFromMono - startedMono),
      measuredMs: Math.round(measuredMs),
      batchesSent: this.#counts.sent - before.sent,
      batchesAcknowledged: this.#counts.acknowledged - before.acknowledged,
      batchesUnacknowledged: this.#unacknowledged(),
      samplesSent: this.#counts.samples - before.samples,
      ackMs: { p50: this.#latency.quantile(0.5), p99: this.#latency.quantile(0.99), max: this.#latency.maxMs },
      reconnects: this.#counts.reconnects,
      refused: this.#counts.refused,
      firstFailure: this.#firstFailure,
      cpuMs: Math.round(cpuMs),
    };
    this.#end();
    return report;
  }

  /** Spreads the rounds of all agents evenly over the interval, as hashing does for real ones. */
  #spread(fromMono: number): void {
    const gapMs = this.#config.intervalMs / this.#agents.length;
    for (let index = 0; index < this.#dueMono.length; index++) this.#dueMono[index] = fromMono + index * gapMs;
  }

  async #tickUntil(signal: AbortSignal, isOver: () => boolean, reporting?: "report"): Promise<void> {
    const { clock } = this.#deps;
    let lastMono = clock.monotonic();
    let toldMono = lastMono;
    while (!signal.aborted && !isOver()) {
      await wait(clock, TICK_MS, signal);
      const nowMono = clock.monotonic();
      this.#connectSome(nowMono - lastMono, nowMono);
      if (reporting) {
        this.#report(nowMono);
        this.#flap(nowMono - lastMono);
      }
      if (nowMono - toldMono >= PROGRESS_MS) {
        toldMono = nowMono;
        this.#deps.progress?.(
          `${this.#connected.size} of ${this.#agents.length} connected, ${this.#counts.sent} batches sent, ${this.#counts.acknowledged} acknowledged`,
        );
      }
      lastMono = nowMono;
    }
  }

  #connectSome(elapsedMs: number, nowMono: number): void {
    for (const [agent, atMono] of this.#away) {
      if (nowMono < atMono) continue;
      this.#away.delete(agent);
      this.#wanting.push(agent);
    }
    this.#connectBudget = Math.min(
      CONNECTING_AT_ONCE_MAX,
      this.#connectBudget + (elapsedMs * CONNECTS_PER_SECOND_MAX) / 1_000,
    );
    while (this.#connectBudget >= 1 && this.#connecting.size < CONNECTING_AT_ONCE_MAX) {
      const agent = this.#wanting.shift();
      if (!agent) return;
      this.#connectBudget--;
      this.#connecting.add(agent);
      agent.connect();
    }
  }

  #report(nowMono: number): void {
    for (let index = 0; index < this.#agents.length; index++) {
      if (nowMono < this.#dueMono[index]!) continue;
      const agent = this.#agents[index]!;
      agent.report(nowMono);
      const nextMono = this.#dueMono[index]! + agent.intervalMs(nowMono);
      // A round that was missed is not made up for.
      this.#dueMono[index] = nextMono > nowMono ? nextMono : nowMono + agent.intervalMs(nowMono);
    }
  }

  #flap(elapsedMs: number): void {
    const expected = (this.#config.flapRatio * this.#agents.length * elapsedMs) / 60_000;
    let drops = Math.floor(expected);
    if (this.#deps.random() < expected - drops) drops++;
    while (drops-- > 0) this.#agents[Math.floor(this.#deps.random() * this.#agents.length)]?.drop();
  }

  #settledCount(): number {
    return this.#connected.size + this.#counts.refused;
  }

  #unacknowledged(): number {
    let count = 0;
    for (const agent of this.#agents) count += agent.unacknowledgedCount;
    return count;
  }

  #end(): void {
    this.#isEnding = true;
    for (const agent of this.#agents) agent.close();
  }

  // ---- what agents tell

  joined(_agent: SimulatedAgent, serverId: string, state: "active" | "pending"): void {
    if (state === "pending") this.#deps.pending?.(serverId);
  }

  ready(agent: SimulatedAgent): void {
    this.#connecting.delete(agent);
    this.#failures.delete(agent);
    this.#connected.add(agent);
  }

  sent(samples: number): void {
    this.#counts.sent++;
    this.#counts.samples += samples;
  }

  acknowledged(batches: number, ackMs: number): void {
    this.#counts.acknowledged += batches;
    this.#latency.add(ackMs);
  }

  ended(agent: SimulatedAgent, was: AgentEnd, why: string): void {
    this.#connecting.delete(agent);
    this.#connected.delete(agent);
    if (this.#isEnding) return;
    if (was === "enrolled") {
      this.#wanting.unshift(agent);
      return;
    }
    this.#firstFailure ||= why;
    if (was === "refused" || was === "distrusted") {
      this.#counts.refused++;
      if (was === "distrusted") this.#isHubDistrusted = true;
      return;
    }
    const failures = was === "connected" ? 0 : (this.#failures.get(agent) ?? 0) + 1;
    this.#failures.set(agent, failures);
    if (was === "connected") this.#counts.reconnects++;
    const { clock, random } = this.#deps;
    this.#away.set(agent, clock.monotonic() + backoffMs(RECONNECT_BACKOFF, failures, random));
  }
}
