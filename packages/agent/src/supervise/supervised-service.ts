import { bareStatus, endingText, newUnit, reactTo } from "@muster/core";
import type {
  Cancellable,
  Clock,
  DefinitionOrigin,
  Exit,
  Instant,
  LedgerNote,
  Random,
  RunState,
  ServiceDefinition,
  ServiceStatus,
  SupervisedUnit,
  TimerEvent,
  UnitEffect,
  UnitEvent,
  UnitRules,
} from "@muster/core";
import type { CheckPort } from "./check-port.ts";
import { lackOf } from "./launch.ts";
import type { SupervisedLog } from "./log-files/supervised-log.ts";
import type { RunUsage } from "./processes-of-run.ts";
import type { RunRecord, RunRecords } from "./run-records.ts";
import type { Run, RunListener, RunSpec, Runner } from "./runner.ts";

export interface ServiceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly runner: Runner;
  readonly records: RunRecords;
  readonly checks: CheckPort;
  readonly log: SupervisedLog;
  readonly bootId: string;
  readonly newRunId: () => string;
  readonly note: (note: LedgerNote) => void;
  /** Says what killed a run, when the machine knows more than the signal. */
  readonly explainExit: (exit: Exit) => Exit;
  /** Why it must not be started because something else keeps it running; told to the ledger when there is a reason. */
  readonly keeper: (service: SupervisedService) => string | undefined;
  /** Answers by `dependencies-ready` or `dependencies-failed`, sooner or later. */
  readonly awaitDependencies: (service: SupervisedService) => void;
  readonly changed: (service: SupervisedService) => void;
  /** Its record could not be written; told once until it can again. */
  readonly unrecorded: (service: SupervisedService, error: unknown) => void;
  readonly forgotten: (service: SupervisedService) => void;
}

/** What is in force for a service; what a run was started with may be older. */
export interface InForce {
  readonly definition: ServiceDefinition;
  readonly secrets: Readonly<Record<string, string>>;
  readonly from: DefinitionOrigin;
}

/**
 * One supervised service: feeds events to the table in core, one at a time, and carries out what that returns. Owns its
 * unit, its run, its one timer and its record.
 */
export class SupervisedService {
  readonly driver: "process" | "tmux";
  readonly name: string;
  readonly #parts: ServiceParts;
  #inForce: InForce;
  #unit: SupervisedUnit = newUnit("unasked");
  #run: Run | undefined;
  #runId: string | null = null;
  #startedWith: ServiceDefinition | undefined;
  #timer: Cancellable | undefined;
  #since: Instant;
  #startedAt: Instant | null = null;
  #lastExit: Exit | null = null;
  #lastCause = "";
  #logFrom = 0;
  #events: UnitEvent[] = [];
  #early: UnitEvent[] = [];
  #isReacting = false;
  #isReleased = false;
  #isRecorded = true;

  constructor(inForce: InForce, parts: ServiceParts) {
    this.driver = inForce.definition.driver;
    this.name = inForce.definition.name;
    this.#inForce = inForce;
    this.#parts = parts;
    this.#since = parts.clock.now();
  }

  get definition(): ServiceDefinition {
    return this.#inForce.definition;
  }

  get from(): DefinitionOrigin {
    return this.#inForce.from;
  }

  get secrets(): Readonly<Record<string, string>> {
    return this.#inForce.secrets;
  }

  get unit(): SupervisedUnit {
    return this.#unit;
  }

  get run(): Run | undefined {
    return this.#run;
  }

  get log(): SupervisedLog {
    return this.#parts.log;
  }

  /** Where in its log the newest run begins. */
  get logFrom(): number {
    return this.#logFrom;
  }

  get lastExit(): Exit | null {
    return this.#lastExit;
  }

  /** Restart, checks and bounds at once; what is executed at the next start. */
  redefine(inForce: InForce): void {
    this.#inForce = inForce;
    this.#parts.log.bounds = inForce.definition.logs;
    if (this.#unit.standing.is === "running") this.#watch();
    if (!this.#tellLack()) this.send({ is: "complete", cause: "its definition lacks nothing any more" });
    this.#parts.changed(this);
  }

  /** Whether its definition lacks something; then a start is not even tried. [SV27] */
  #tellLack(): boolean {
    const cause = lackOf(this.#inForce);
    if (cause !== undefined) this.send({ is: "incomplete", cause });
    return cause !== undefined;
  }

  send(event: UnitEvent): void {
    if (this.#isReleased) return;
    this.#events.push(event);
    // What an effect causes at once waits until the effects before it are done.
    if (this.#isReacting) return;
    this.#isReacting = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#react(next);
    } finally {
      this.#isReacting = false;
    }
    if (this.#isReleased) return;
    this.#record();
    this.#parts.changed(this);
  }

  #react(event: UnitEvent): void {
    if (event.is === "exited") this.#lastExit = event.exit;
    const before = this.#unit.standing.is;
    const moment = { nowMs: this.#parts.clock.monotonic(), random: this.#parts.random() };
    const { unit, effects } = reactTo(this.#unit, event, this.#rules(), moment);
    this.#unit = unit;
    if (unit.standing.is !== before) this.#since = this.#parts.clock.now();
    if (unit.child === null) this.#run = undefined;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: UnitEffect): void {
    const { definition } = this.#inForce;
    switch (effect.is) {
      case "await-dependencies":
        // Nothing is started for the sake of what cannot be.
        return this.#tellLack() ? undefined : this.#parts.awaitDependencies(this);
      case "spawn":
        return void this.#spawn();
      case "signal":
        return this.#run?.signal(`SIG${effect.signal}` as NodeJS.Signals, definition.stop.keys);
      case "kill":
        return this.#run?.kill();
      case "timer":
        return this.#setTimer(effect.rings, effect.delayMs);
      case "no-timer":
        return this.#timer?.cancel();
      case "checks":
        return effect.turn === "on" ? this.#watch() : this.#parts.checks.unwatch(this);
      case "note": {
        const { event, from, to, cause } = effect;
        this.#lastCause = cause;
        return this.#parts.note({ driver: this.driver, name: this.name, event, from, to, cause, cmd: null });
      }
      case "forget":
        this.release();
        this.#parts.records.remove(this.driver, this.name);
        return this.#parts.forgotten(this);
    }
  }

  async #spawn(): Promise<void> {
    if (this.#tellLack()) return;
    const { runner, newRunId, clock } = this.#parts;
    const runId = newRunId();
    this.#runId = runId;
    this.#logFrom = this.#parts.log.toLogical;
    this.#early = [];
    this.#startedWith = this.#inForce.definition;
    // Before the program is: an agent that dies in between finds it by its mark. [SV16]
    this.#record();
    try {
      const run = await runner.start(this.#spec(runId), this.#listener(runId));
      if (this.#isReleased) return run.release();
      this.#run = run;
      this.#startedAt = clock.now();
      this.send({ is: "spawned", child: run.child });
      for (const event of this.#early.splice(0)) this.send(event);
    } catch (error) {
      this.send({ is: "spawn-failed", cause: error instanceof Error ? error.message : String(error) });
    }
  }

  #spec(runId: string): RunSpec {
    const { definition, secrets } = this.#inForce;
    return { definition, secrets, runId, log: this.#parts.log };
  }

  /** Words of a run that is not ours any more are not heard; those that come before it is known to run wait for that. */
  #listener(runId: string): RunListener {
    const tell = (event: UnitEvent): void => {
      if (this.#runId !== runId || this.#isReleased) return;
      if (this.#run === undefined) this.#early.push(event);
      else this.send(event);
    };
    return {
      exited: (exit, left) => tell({ is: "exited", exit: this.#parts.explainExit(exit), left }),
      groupGone: () => tell({ is: "group-gone" }),
    };
  }

  #setTimer(rings: TimerEvent, delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(delayMs, () =>
      this.send(rings === "not-ready" ? { is: rings, cause: `not ready within ${delayMs / 1000} s` } : { is: rings }),
    );
  }

  #watch(): void {
    const { checks } = this.#inForce.definition;
    if (checks.length > 0) this.#parts.checks.watch(this, checks, this.#runName() ?? "");
    else this.#parts.checks.unwatch(this);
  }

  #rules(): UnitRules {
    const { restart, stop, ready } = this.#inForce.definition;
    return { restart, stop, ready };
  }

  /** Takes up what an agent before this one left, or starts what starts by itself. */
  async recover(): Promise<void> {
    const { records, bootId, clock, runner } = this.#parts;
    const { autostart } = this.#inForce.definition;
    const record = records.read(this.driver, this.name);
    if (record === undefined || record.bootId !== bootId) {
      const isStopped = record?.wanted === "stopped";
      this.#unit = newUnit(isStopped ? "stopped" : "unasked");
      if (autostart && !isStopped && this.#parts.keeper(this) === undefined)
        this.send({ is: "start-asked", cause: record === undefined ? "it is new" : "the machine was started" });
      else this.#record();
      return;
    }
    const agoMs = (at: Instant): number => clock.monotonic() - Math.max(0, clock.now() - at);
    this.#unit = {
      ...newUnit(record.wanted),
      streak: record.streak,
      restarts: record.restarts,
      restartedAtMs: record.restartedAt.map(agoMs),
    };
    this.#runId = record.runId;
    this.#since = record.since;
    this.#startedAt = record.startedAt;
    this.#lastExit = record.lastExit;
    this.#logFrom = record.logFrom ?? this.#parts.log.toLogical;
    const run =
      record.runId === null
        ? undefined
        : await runner.adopt(this.#spec(record.runId), record.child, this.#listener(record.runId));
    if (run !== undefined) {
      this.#run = run;
      this.#startedWith = this.#inForce.definition;
      this.send({ is: "adopted", child: run.child, readiness: record.readiness });
      run.look();
      for (const event of this.#early.splice(0)) this.send(event);
    } else this.#recoverWithoutRun(record);
  }

  #recoverWithoutRun({ state, until = "asked", child }: RunRecord): void {
    switch (state) {
      case "running":
      case "starting":
      case "stopping": {
        if (child === null)
          return this.#unit.wanted === "running"
            ? this.send({ is: "start-asked", cause: "a start was under way" })
            : this.#record();
        this.#unit = { ...this.#unit, child, standing: { is: "running" } };
        const detail = "while the agent was away";
        return this.send({ is: "exited", exit: { code: null, signal: null, detail }, left: "none" });
      }
      case "backing-off":
        this.#unit = { ...this.#unit, standing: { is: "backing-off" } };
        return this.send({ is: "retry-due" });
      case "failed":
        this.#unit = { ...this.#unit, standing: { is: "failed", until } };
        if (!this.#tellLack()) this.send({ is: "complete", cause: "its definition lacks nothing any more" });
        return;
      case "stopped":
        return this.#record();
    }
  }

  #record(): void {
    const { records, bootId, clock } = this.#parts;
    const { standing, wanted, child, restarts, streak, restartedAtMs } = this.#unit;
    const hasRun =
      child !== null ||
      (standing.is === "starting" && standing.step === "spawning") ||
      (standing.is === "stopping" && standing.step === "unborn");
    const record: RunRecord = {
      bootId,
      wanted,
      state: standing.is,
      ...(standing.is === "failed" && { until: standing.until }),
      readiness: standing.is === "running" ? "ready" : "unknown",
      runId: hasRun ? this.#runId : null,
      child,
      since: this.#since,
      startedAt: this.#startedAt,
      restarts,
      streak,
      restartedAt: restartedAtMs.map((atMs) => Math.round(clock.now() - (clock.monotonic() - atMs))),
      lastExit: this.#lastExit,
      logFrom: this.#logFrom,
    };
    try {
      records.write(this.driver, this.name, record);
      this.#isRecorded = true;
    } catch (error) {
      // A full disk must not end what runs, nor keep it from being started again; only adoption is in danger.
      if (this.#isRecorded) this.#parts.unrecorded(this, error);
      this.#isRecorded = false;
    }
  }

  #runName(): string | null {
    const { child } = this.#unit;
    return child === null ? null : `${child.pid}.${child.startTicks}`;
  }

  status(usage: RunUsage | undefined): ServiceStatus {
    const { definition } = this.#inForce;
    const { standing, child, restarts } = this.#unit;
    const { health, detail } = this.#parts.checks.healthOf(this);
    const isUp = standing.is === "running";
    return {
      ...bareStatus(this),
      description: definition.description,
      state: standing.is satisfies RunState,
      rawState: this.#rawState(),
      since: this.#since,
      health: isUp ? health : "unknown",
      healthDetail: isUp ? detail : "",
      run: this.#runName(),
      pid: child?.pid ?? null,
      restarts,
      lastExit: this.#lastExit,
      enabled: definition.autostart ? "enabled" : "disabled",
      restartPolicy: `muster: ${definition.restart.when}`,
      ports: definition.ports,
      urls: definition.urls,
      kind: definition.kind,
      ...(definition.dependsOn.length > 0 && { needs: definition.dependsOn }),
      verbs: ["start", "stop", "restart", "reset"],
      cpuSeconds: usage?.cpuSeconds ?? null,
      memoryBytes: usage?.memoryBytes ?? null,
      tasks: usage?.tasks ?? null,
      nextAt: null,
    };
  }

  #rawState(): string {
    const { standing } = this.#unit;
    switch (standing.is) {
      case "starting":
        return `starting (${standing.step === "readying" ? "not ready yet" : standing.step})`;
      case "stopping":
        return standing.step === "stuck" ? "stopping (it outlives SIGKILL)" : `stopping (${endingText(standing.why)})`;
      case "backing-off":
      case "failed":
        return `${standing.is} (${this.#lastCause || "as before"})`;
      case "running": {
        const isOlder = this.#startedWith !== undefined && !runsTheSame(this.#startedWith, this.#inForce.definition);
        return isOlder ? "running (an older definition: restart it to apply the new one)" : "running";
      }
      case "stopped":
        return "stopped";
    }
  }

  /** Lets go of it: a child lives on, and nothing is told of it any more. */
  release(): void {
    this.#isReleased = true;
    this.#timer?.cancel();
    this.#run?.release();
    this.#parts.checks.unwatch(this);
  }
}

/** Whether a run of the one is as good as a run of the other. */
function runsTheSame(one: ServiceDefinition, other: ServiceDefinition): boolean {
  const executed = ({ command, directory, user, environment, secrets, limits }: ServiceDefinition): string =>
    JSON.stringify([command, directory, user, environment, secrets, limits.openFilesMax]);
  return one === other || executed(one) === executed(other);
}
