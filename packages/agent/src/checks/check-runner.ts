import { deadline, FRESH_TALLY, healthOf, isCounterName, serviceKeyText, tally } from "@muster/core";
import type {
  Cancellable,
  Clock,
  Health,
  HealthCheck,
  HealthVerdict,
  LedgerNote,
  Logger,
  SampleSink,
  ServiceKey,
  Tally,
} from "@muster/core";
import { firstDelayMs, nextDueMs } from "./check-schedule.ts";
import { tryTarget } from "./check-targets.ts";
import type { DefinedBy, TargetDeps } from "./check-targets.ts";

/** A service with the checks of its definition, as it runs now. */
export interface CheckedService {
  readonly key: ServiceKey;
  /** Names this run; null when it does not run: then nothing is tried, and its health is unknown. */
  readonly run: string | null;
  readonly checks: readonly HealthCheck[];
  readonly definedBy: DefinedBy;
}

export interface CheckRunnerDeps extends TargetDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** After each try. Must not throw. */
  readonly onHealth: (key: ServiceKey, health: Health, detail: string) => void;
  /** For the ledger, when the health has changed. */
  readonly note: (note: LedgerNote) => void;
  /** Once in a run, when it has become unhealthy: what is done about it is the supervisor's to say. */
  readonly becameUnhealthy: (key: ServiceKey, detail: string) => void;
  /** What the driver says of a service's health at this moment. */
  readonly driverHealth: (key: ServiceKey) => { readonly health: Health; readonly detail: string } | undefined;
  /** Hands on each line that this run of a service has logged and logs, until aborted. Must not throw; absent where logs are not read. */
  readonly followLog?: (key: ServiceKey, line: (text: string) => void, signal: AbortSignal) => void;
}

/** Checks that run at one time; the others wait for their turn. */
const RUNNING_MAX = 8;

interface RunningCheck {
  readonly check: HealthCheck;
  readonly name: string;
  tally: Tally;
  dueMs: number;
  state: "waiting" | "queued" | "trying";
  logSeen: "good" | "bad" | undefined;
  metrics: { readonly values: ReadonlyMap<string, number>; readonly untilMs: number } | undefined;
}

interface RunningService {
  readonly service: CheckedService;
  readonly run: string;
  readonly startedMs: number;
  readonly checks: readonly RunningCheck[];
  readonly ending: AbortController;
  health: Health;
  isTold: boolean;
}

/**
 * Tries the checks of all services, each at its own place in its interval, behind one timer. Counters belong to one run
 * of a service: another run, another definition or none forgets them, and a try that is still under way counts for
 * nothing then. Owner of every service's health by checks.
 */
export class CheckRunner {
  readonly #deps: CheckRunnerDeps;
  readonly #services = new Map<string, RunningService>();
  readonly #queue: { readonly running: RunningService; readonly one: RunningCheck }[] = [];
  readonly #trying = new Set<Promise<void>>();
  #timer: Cancellable | undefined;
  #state: "running" | "stopped" = "running";

  constructor(deps: CheckRunnerDeps) {
    this.#deps = deps;
  }

  /** All services that have checks, as they are now; whichever are the same as before go on. */
  set(services: readonly CheckedService[]): void {
    if (this.#state === "stopped") return;
    const wanted = new Map(services.map((service) => [serviceKeyText(service.key), service]));
    for (const [name, running] of this.#services) {
      const next = wanted.get(name);
      if (next !== undefined && isSameRun(running.service, next)) continue;
      this.#services.delete(name);
      running.ending.abort(new Error("another run"));
    }
    for (const [name, service] of wanted) {
      if (service.run === null || service.checks.length === 0 || this.#services.has(name)) continue;
      this.#services.set(name, this.#begin(name, service, service.run));
    }
    this.#plan();
  }

  /** How a service does by its checks; undefined when it does not run or has none. */
  read(key: ServiceKey): HealthVerdict | undefined {
    const running = this.#services.get(serviceKeyText(key));
    return running && healthOf(running.checks);
  }

  /** Puts the newest numbers of exec checks into a round of readings. */
  collect(sink: SampleSink): void {
    const nowMs = this.#deps.clock.monotonic();
    for (const { service, checks } of this.#services.values()) {
      const labels = { driver: service.key.driver, service: service.key.name.slice(0, 256) };
      // Two checks with one name of a number: one series has one value.
      const values = new Map<string, number>();
      for (const { metrics } of checks)
        if (metrics !== undefined && metrics.untilMs >= nowMs)
          for (const [metric, value] of metrics.values)
            if (values.size < METRICS_PER_SERVICE_MAX) values.set(metric, value);
      for (const [metric, value] of values)
        if (isCounterName(metric)) sink.counter(metric, value, labels);
        else sink.gauge(metric, value, labels);
    }
  }

  /** Ends every try; settles when none is under way. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#timer?.cancel();
    for (const { ending } of this.#services.values()) ending.abort(new Error("the agent stops"));
    this.#services.clear();
    this.#queue.length = 0;
    await Promise.all(this.#trying);
  }

  #begin(name: string, service: CheckedService, run: string): RunningService {
    const nowMs = this.#deps.clock.monotonic();
    const ending = new AbortController();
    const checks = service.checks.map((check): RunningCheck => {
      const full = `${name}/${check.name}`;
      const dueMs = nowMs + firstDelayMs(full, check.intervalMs);
      return { check, name: full, tally: FRESH_TALLY, dueMs, state: "waiting", logSeen: undefined, metrics: undefined };
    });
    if (checks.some(({ check }) => check.target.by === "log"))
      this.#deps.followLog?.(service.key, (line) => takeLine(checks, line), ending.signal);
    return { service, run, startedMs: nowMs, checks, ending, health: "unknown", isTold: false };
  }

  /** One timer for whatever is due first. */
  #plan(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    let first = Number.POSITIVE_INFINITY;
    for (const { checks } of this.#services.values())
      for (const one of checks) if (one.state === "waiting") first = Math.min(first, one.dueMs);
    if (!Number.isFinite(first)) return;
    const delayMs = Math.max(0, first - this.#deps.clock.monotonic());
    this.#timer = this.#deps.clock.after(delayMs, () => this.#tick());
  }

  #tick(): void {
    const nowMs = this.#deps.clock.monotonic();
    for (const running of this.#services.values())
      for (const one of running.checks) {
        if (one.state !== "waiting" || one.dueMs > nowMs) continue;
        one.state = "queued";
        this.#queue.push({ running, one });
      }
    this.#pump();
    this.#plan();
  }

  #pump(): void {
    while (this.#trying.size < RUNNING_MAX) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (next.running.ending.signal.aborted) continue;
      const trying = this.#try(next.running, next.one).finally(() => {
        this.#trying.delete(trying);
        if (this.#state === "stopped") return;
        this.#pump();
        this.#plan();
      });
      this.#trying.add(trying);
    }
  }

  async #try(running: RunningService, one: RunningCheck): Promise<void> {
    const { clock, log } = this.#deps;
    const { check } = one;
    const { key, definedBy } = running.service;
    one.state = "trying";
    const limit = deadline(clock, check.timeoutMs, running.ending.signal);
    const begunMs = clock.monotonic();
    try {
      const context = { definedBy, driverHealth: this.#deps.driverHealth(key), logSeen: one.logSeen };
      const { metrics, ...tried } = await tryTarget(check.target, context, this.#deps, limit.signal);
      // The run ended meanwhile: this try says nothing of the next one.
      if (running.ending.signal.aborted) return;
      const nowMs = clock.monotonic();
      const observation = { ...tried, at: clock.now(), durationMs: nowMs - begunMs };
      one.tally = tally(check, one.tally, observation, nowMs - running.startedMs);
      if (metrics !== undefined) one.metrics = { values: metrics, untilMs: nowMs + 2 * check.intervalMs };
      this.#tell(running);
    } catch (error) {
      log.error("a check could not be made", { service: serviceKeyText(key), check: check.name, error });
    } finally {
      limit.done();
      one.state = "waiting";
      one.dueMs = nextDueMs(one.name, check.intervalMs, clock.monotonic());
    }
  }

  #tell(running: RunningService): void {
    const { key } = running.service;
    const { health, detail } = healthOf(running.checks);
    const before = running.health;
    running.health = health;
    if (health !== before) {
      const cause = `health: ${before} → ${health}${detail === "" ? "" : `: ${detail}`}`;
      this.#deps.note({ ...key, event: "health", from: null, to: null, cause, cmd: null });
    }
    this.#deps.onHealth(key, health, detail);
    if (health !== "unhealthy" || running.isTold) return;
    running.isTold = true;
    this.#deps.becameUnhealthy(key, detail);
  }
}

const METRICS_PER_SERVICE_MAX = 32;

const isSameRun = (one: CheckedService, other: CheckedService): boolean =>
  one.run === other.run &&
  one.definedBy === other.definedBy &&
  (one.checks === other.checks || JSON.stringify(one.checks) === JSON.stringify(other.checks));

function takeLine(checks: readonly RunningCheck[], line: string): void {
  for (const one of checks) {
    const { target } = one.check;
    if (target.by !== "log") continue;
    // A line with both texts is bad.
    if (target.bad !== "" && line.includes(target.bad)) one.logSeen = "bad";
    else if (target.good !== "" && line.includes(target.good)) one.logSeen = "good";
  }
}
