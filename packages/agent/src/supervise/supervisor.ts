import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, definitionsProblems, isFields, parseDefinition, startOrder } from "@muster/core";
import type {
  Cancellable,
  Clock,
  DefinitionOrigin,
  DefinitionsFile,
  Execution,
  LedgerNote,
  Logger,
  MatchDefinition,
  Random,
  ServiceChecks,
  ServiceDefinition,
  ServiceKey,
} from "@muster/core";
import type { CheckPort } from "./check-port.ts";
import type { DefinitionsFileReader } from "./definitions/definitions-file.ts";
import { DefinitionStore } from "./definitions/definition-store.ts";
import { judgeDependencies } from "./dependencies.ts";
import { whenGroupEnds } from "./end-of-group.ts";
import { ExitCauses } from "./exit-causes.ts";
import { foreignSupervisor } from "./foreign-supervisor.ts";
import { punchHole, punchingProblem } from "./log-files/punch-hole.ts";
import { SupervisedLog } from "./log-files/supervised-log.ts";
import { membersOf, usageOf } from "./processes-of-run.ts";
import type { RunUsage } from "./processes-of-run.ts";
import { RunRecords } from "./run-records.ts";
import type { Run, Runner } from "./runner.ts";
import { SupervisedService } from "./supervised-service.ts";
import type { InForce } from "./supervised-service.ts";

export interface SupervisorDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: Random;
  readonly runners: readonly Runner[];
  readonly checks: CheckPort;
  readonly definitionsFile: DefinitionsFileReader;
  readonly newRunId: () => string;
  readonly note: (note: LedgerNote) => void;
}

export interface SupervisorConfig {
  /** A directory of its own inside the agent's state: definitions, secrets, records of runs, logs. */
  readonly directory: string;
  readonly bootId: string;
  /** Bytes of a memory page. */
  readonly pageBytes: number;
}

/** How often adopted children and memory limits are looked at, while there are any. */
const LOOK_MS = 2_000;
/** How often logs are, when nobody calls `tick`; with a collector's round every few seconds this never wakes anybody. */
const TEND_MS = 30_000;
/** While a log grows fast it is looked at again this soon. */
const BUSY_TEND_MS = 250;
/** A log whose definition is gone is kept so long. */
const ORPHAN_LOG_MS = 7 * DAY_MS;
const ORPHAN_GRACE_MS = 10_000;

export type Ask = "start" | "stop" | "restart" | "reset";

/**
 * Starts what is defined and keeps it running. Children belong to it but outlive it: `close` leaves them alone, and the
 * next supervisor over the same directory adopts them.
 */
export class Supervisor {
  readonly #config: SupervisorConfig;
  readonly #deps: SupervisorDeps;
  readonly #store: DefinitionStore;
  readonly #records: RunRecords;
  readonly #exits = new ExitCauses();
  readonly #services = new Map<string, SupervisedService>();
  readonly #watchers = new Set<(key: ServiceKey) => void>();
  readonly #waiting = new Set<SupervisedService>();
  /** The newest file that was right; undefined before the first. */
  #file: DefinitionsFile | undefined;
  #storeProblems: readonly string[] = [];
  #punchProblem: string | undefined;
  #look: { readonly delayMs: number; readonly timer: Cancellable | undefined } = { delayMs: 0, timer: undefined };
  readonly #orphans: Cancellable[] = [];
  /** Services whose log could not be sealed the last time. */
  readonly #untended = new Set<string>();
  #isClosed = false;
  #ticking: Promise<void> | undefined;

  constructor(config: SupervisorConfig, deps: SupervisorDeps) {
    this.#config = config;
    this.#deps = deps;
    mkdirSync(config.directory, { recursive: true, mode: 0o700 });
    this.#store = new DefinitionStore(config.directory);
    this.#records = new RunRecords(join(config.directory, "runs"));
  }

  /**
   * Reads all definitions, adopts what runs, and starts what starts by itself, in the order of dependencies. Nothing may
   * be asked before it settles: what runs is not known yet.
   */
  async start(): Promise<void> {
    const logs = this.#logDirectory();
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    this.#punchProblem = await punchingProblem(logs);
    if (this.#punchProblem !== undefined)
      this.#deps.log.warn("logs of services are put aside at their next start only", { why: this.#punchProblem });
    const { stored, problems } = this.#store.read();
    this.#storeProblems = problems;
    const inForce = new Map<string, InForce>(
      stored.map((each) => [each.definition.name, { ...each, from: "hub" as const }]),
    );
    const loaded = await this.#deps.definitionsFile.reload();
    if (loaded.is === "bad") this.#tellBadFile(loaded.problems);
    if (loaded.is === "new") {
      this.#file = loaded.file;
      // Who owns the server has the last word about a name.
      for (const each of loaded.file.services) inForce.set(each.definition.name, { ...each, from: "file" });
    }
    for (const each of inForce.values()) this.#add(each);
    if (this.#file !== undefined) await this.#dropOrphans();
    for (const name of startOrder([...inForce.values()].map(({ definition }) => definition)))
      await this.#services.get(name)?.recover();
    this.#arm();
  }

  /** Only when all definitions are known: with a file that is not right, what it defined goes on. [SV24] */
  async #dropOrphans(): Promise<void> {
    await this.#endOrphans();
    this.#dropOrphanLogs();
  }

  #add(inForce: InForce): SupervisedService {
    const { definition } = inForce;
    const { clock, random, runners, checks, note, newRunId } = this.#deps;
    const runner = runners.find(({ driver }) => driver === definition.driver);
    if (runner === undefined) throw new Error(`there is no runner for ${definition.driver}`);
    const directory = join(this.#logDirectory(), `${definition.driver}.${definition.name}`);
    const punch = this.#punchProblem === undefined ? punchHole : undefined;
    const service = new SupervisedService(inForce, {
      clock,
      random,
      runner,
      checks,
      note,
      newRunId,
      records: this.#records,
      log: new SupervisedLog(directory, definition.logs, { punch }),
      bootId: this.#config.bootId,
      explainExit: (exit) => this.#exits.explain(exit),
      keeper: (asked) => this.#keeper(asked),
      awaitDependencies: (waiting) => {
        this.#waiting.add(waiting);
        this.#judgeWaiting(waiting);
      },
      changed: (changed) => this.#changed(changed),
      unrecorded: ({ name }, error) =>
        this.#deps.log.error("where a service stands cannot be written down", { name, error }),
      forgotten: (forgotten) => {
        this.#services.delete(forgotten.name);
        runner.forget?.(forgotten.name);
        this.#tellWatchers(forgotten);
      },
    });
    this.#services.set(definition.name, service);
    return service;
  }

  #judgeWaiting(service: SupervisedService): void {
    const { standing } = service.unit;
    if (standing.is !== "starting" || standing.step !== "dependencies") return void this.#waiting.delete(service);
    const verdict = judgeDependencies(service, (name) => this.#services.get(name));
    if (verdict.is === "waiting") {
      const refusal = verdict.start
        .map((other) => this.ask(other, "start", `${service.name} depends on it`))
        .find(Boolean);
      if (refusal === undefined) return;
      this.#waiting.delete(service);
      return service.send({ is: "dependencies-failed", cause: `a dependency is not started: ${refusal}` });
    }
    this.#waiting.delete(service);
    service.send(
      verdict.is === "ready" ? { is: "dependencies-ready" } : { is: "dependencies-failed", cause: verdict.cause },
    );
  }

  #keeper(service: SupervisedService): string | undefined {
    const keeper = foreignSupervisor(service.definition);
    if (keeper === undefined) return undefined;
    const { driver, name, unit } = service;
    const { is } = unit.standing;
    this.#deps.note({ driver, name, event: "notice", from: is, to: is, cause: `not started: ${keeper}`, cmd: null });
    return keeper;
  }

  #changed(service: SupervisedService): void {
    for (const waiting of [...this.#waiting]) if (waiting !== service) this.#judgeWaiting(waiting);
    this.#tellWatchers(service);
    this.#arm();
  }

  #tellWatchers({ driver, name }: ServiceKey): void {
    for (const watcher of this.#watchers) watcher({ driver, name });
  }

  /** Children whose definition is gone: nothing keeps them, so they are ended as if it were removed now. */
  async #endOrphans(): Promise<void> {
    for (const { driver, name } of this.#records.names()) {
      if (this.#services.get(name)?.driver === driver) continue;
      const record = this.#records.read(driver, name);
      const runner = this.#deps.runners.find((each) => each.driver === driver);
      const parsed = parseDefinition({ driver, name, command: ["/gone"] }, "file");
      const isOfNow = record?.bootId === this.#config.bootId;
      const runId = isOfNow ? record.runId : null;
      if (runId === null || record === undefined || runner === undefined || !parsed.ok) {
        this.#records.remove(driver, name);
        continue;
      }
      const spec = { definition: parsed.definition, secrets: {}, runId, log: this.#orphanLog(driver, name) };
      const run = await runner.adopt(spec, record.child, { exited: () => undefined, groupGone: () => undefined });
      if (run === undefined) {
        this.#records.remove(driver, name);
        continue;
      }
      this.#deps.note({
        driver,
        name,
        event: "gone",
        from: record.state,
        to: null,
        cause: "its definition is gone",
        cmd: null,
      });
      this.#endOrphan(run, () => this.#records.remove(driver, name));
    }
  }

  /** Its record stays until nothing of it lives, so that the next agent goes on with it if this one dies. */
  #endOrphan(run: Run, ended: () => void): void {
    run.signal("SIGTERM", "");
    const grace = this.#deps.clock.after(ORPHAN_GRACE_MS, () => run.kill());
    const watch = whenGroupEnds(
      this.#deps.clock,
      () => membersOf(run.child.pid).length > 0,
      () => {
        grace.cancel();
        run.release();
        ended();
      },
    );
    this.#orphans.push(grace, watch);
  }

  #orphanLog(driver: string, name: string): SupervisedLog {
    return new SupervisedLog(
      join(this.#logDirectory(), `${driver}.${name}`),
      { fileBytesMax: 1, filesMax: 1 },
      { punch: undefined },
    );
  }

  #dropOrphanLogs(): void {
    const known = new Set([...this.#services.values()].map(({ driver, name }) => `${driver}.${name}`));
    for (const name of readdirSync(this.#logDirectory())) {
      const path = join(this.#logDirectory(), name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (!known.has(name) && stat !== undefined && this.#deps.clock.now() - stat.mtimeMs > ORPHAN_LOG_MS)
        rmSync(path, { recursive: true, force: true });
    }
  }

  #logDirectory(): string {
    return join(this.#config.directory, "logs");
  }

  /** Every service of a driver, sorted by name. */
  services(driver: "process" | "tmux"): readonly SupervisedService[] {
    return [...this.#services.values()]
      .filter((service) => service.driver === driver)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  find({ driver, name }: ServiceKey): SupervisedService | undefined {
    const service = this.#services.get(name);
    return service?.driver === driver ? service : undefined;
  }

  /** What these services' processes use, by name; one walk over /proc. */
  usage(services: readonly SupervisedService[]): ReadonlyMap<string, RunUsage> {
    const pids = services.flatMap(({ unit }) => unit.child?.pid ?? []);
    const byPid = usageOf(pids, this.#config.pageBytes);
    return new Map(
      services.flatMap(({ name, unit }) => {
        const usage = unit.child === null ? undefined : byPid.get(unit.child.pid);
        return usage === undefined ? [] : [[name, usage] as const];
      }),
    );
  }

  watch(changed: (key: ServiceKey) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#watchers.add(changed);
    signal.addEventListener("abort", () => this.#watchers.delete(changed), { once: true });
  }

  /** Why it is not done, or undefined when the service was asked. A start is refused where something else keeps it. */
  ask(key: ServiceKey, ask: Ask, cause: string): string | undefined {
    const service = this.find(key);
    if (service === undefined) return "there is no such service";
    if ((ask === "start" || ask === "restart") && service.unit.child === null) {
      const keeper = this.#keeper(service);
      if (keeper !== undefined) return keeper;
    }
    service.send({ is: `${ask}-asked`, cause });
    return undefined;
  }

  becameUnhealthy(key: ServiceKey, cause: string): void {
    this.find(key)?.send({ is: "became-unhealthy", cause });
  }

  becameReady(key: ServiceKey): void {
    this.find(key)?.send({ is: "ready" });
  }

  /** Everything that runs here by definition, without values of secrets, and what is wrong with what is not in force. */
  definitions(): {
    readonly definitions: readonly { readonly definition: ServiceDefinition; readonly from: DefinitionOrigin }[];
    readonly problems: readonly string[];
  } {
    return {
      definitions: [...this.#services.values()].map(({ definition, from }) => ({ definition, from })),
      problems: [...this.#deps.definitionsFile.problems, ...this.#storeProblems],
    };
  }

  /** Processes that are only looked for, and checks of services that others run: the definitions file's other parts. */
  get match(): readonly MatchDefinition[] {
    return this.#file?.match ?? [];
  }

  get otherChecks(): readonly ServiceChecks[] {
    return this.#file?.checks ?? [];
  }

  /**
   * Sets what runs under a name: durable when it returns. Values of secrets that are not given stay as they are. A run
   * goes on with what it was started with until it is restarted; a new service with autostart is started.
   */
  define(key: ServiceKey, definition: unknown, secrets: Readonly<Record<string, string>> = {}): Execution {
    const refused = (detail: string): Execution => ({ outcome: "refused", detail });
    // Names come from the key, so that the policy decided about the very same ones.
    const parsed = parseDefinition(isFields(definition) ? { ...definition, ...keyOf(key) } : definition, "hub");
    if (!parsed.ok) return refused(parsed.problems.join("; "));
    const service = this.#services.get(key.name);
    if (service?.unit.wanted === "gone")
      return refused("its definition was removed and it is still being stopped; define it when it is gone");
    if (service !== undefined && service.driver !== key.driver)
      return refused(`${service.driver}/${key.name} has this name already`);
    if (service?.from === "file" || this.#file?.services.some(({ definition: { name } }) => name === key.name))
      return refused("it is defined in the server's own file and can be changed there only");
    const given = { ...parsed.secrets, ...secrets };
    const stranger = Object.keys(given).find((name) => !parsed.definition.secrets.includes(name));
    if (stranger !== undefined) return refused(`${stranger} is a value for a secret that the definition does not name`);
    const kept = service?.secrets ?? {};
    const values = Object.fromEntries(
      parsed.definition.secrets.flatMap((name) => {
        const value = given[name] ?? kept[name];
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
    const others = [...this.#services.values()].filter((each) => each !== service).map((each) => each.definition);
    const problems = definitionsProblems([...others, parsed.definition]);
    if (problems.length > 0) return refused(problems.join("; "));
    this.#store.put({ definition: parsed.definition, secrets: values });
    const inForce: InForce = { definition: parsed.definition, secrets: values, from: "hub" };
    this.#noteDefined(key, "defined by the hub");
    if (service !== undefined) {
      service.redefine(inForce);
      return { outcome: "succeeded", detail: "it is defined; a run goes on as it was started until it is restarted" };
    }
    void this.#begin(inForce);
    return { outcome: "succeeded", detail: "it is defined" };
  }

  /** Stops and forgets what the hub defined; settles when it is gone or the signal aborts. */
  async undefine(key: ServiceKey, signal: AbortSignal): Promise<Execution> {
    const service = this.find(key);
    if (service === undefined) return { outcome: "succeeded", detail: "there is no such definition" };
    if (service.from === "file") return { outcome: "refused", detail: "it is defined in the server's own file" };
    const dependent = [...this.#services.values()].find(({ definition }) => definition.dependsOn.includes(key.name));
    if (dependent !== undefined) return { outcome: "refused", detail: `${dependent.name} depends on it` };
    // First for good, then the effect: an agent that dies in between finds a run without a definition, and ends it.
    this.#store.remove(service.driver, service.name);
    this.#noteDefined(key, "its definition was removed by the hub");
    service.send({ is: "removed", cause: "its definition was removed" });
    const isGone = await this.until(() => this.find(key) !== service, signal);
    return isGone
      ? { outcome: "succeeded", detail: "it is gone" }
      : { outcome: "unknown", detail: "it is still being stopped" };
  }

  #noteDefined({ driver, name }: ServiceKey, cause: string): void {
    this.#deps.note({ driver, name, event: "defined", from: null, to: null, cause, cmd: null });
  }

  /** What is there of it, from before its definition was known, is taken up and not started beside. [SV1] */
  async #begin(inForce: InForce): Promise<void> {
    const service = this.#add(inForce);
    await service.recover();
    this.#changed(service);
  }

  /** Whether a condition came true before the signal aborted; asked again after each change. */
  until(condition: () => boolean, signal: AbortSignal): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const stop = new AbortController();
      const finish = (): void => {
        stop.abort();
        signal.removeEventListener("abort", finish);
        resolve(condition());
      };
      this.watch(() => void (condition() && finish()), stop.signal);
      signal.addEventListener("abort", finish, { once: true });
    });
  }

  /**
   * What has to be looked at now and then: the definitions file, logs, adopted children, memory. Called by whatever wakes
   * the agent anyway; without that, by a slow timer of its own. Never rejects.
   */
  tick(): Promise<void> {
    this.#ticking ??= this.#lookAround()
      .catch((error: unknown) => this.#deps.log.error("the supervisor cannot look around", { error }))
      .finally(() => (this.#ticking = undefined));
    return this.#ticking;
  }

  async #lookAround(): Promise<void> {
    this.#look.timer?.cancel();
    this.#look = { delayMs: 0, timer: undefined };
    await this.#reloadFile();
    const services = [...this.#services.values()];
    for (const { run } of services) run?.look();
    this.#exits.look();
    this.#enforceMemory(services);
    let isBusy = false;
    for (const service of services) {
      if (service.unit.child === null || service.driver !== "process") continue;
      const grownBytes = service.log.unsealedBytes;
      isBusy ||= grownBytes > 2 * service.definition.logs.fileBytesMax;
      await this.#tendLog(service);
    }
    this.#arm(isBusy ? BUSY_TEND_MS : undefined);
  }

  /** One log that cannot be sealed, as on a full disk, holds up no other; its bytes wait in the live file. */
  async #tendLog(service: SupervisedService): Promise<void> {
    try {
      await service.log.tend();
      this.#untended.delete(service.name);
    } catch (error) {
      if (!this.#untended.has(service.name))
        this.#deps.log.error("the log of a service cannot be sealed", { name: service.name, error });
      this.#untended.add(service.name);
    }
  }

  #enforceMemory(services: readonly SupervisedService[]): void {
    const limited = services.filter(
      ({ definition, unit }) => definition.limits.memoryBytesMax !== null && unit.child !== null,
    );
    if (limited.length === 0) return;
    const usage = this.usage(limited);
    for (const service of limited) {
      const { memoryBytes = 0 } = usage.get(service.name) ?? {};
      const limit = service.definition.limits.memoryBytesMax ?? Number.POSITIVE_INFINITY;
      if (memoryBytes > limit)
        service.send({
          is: "limit-exceeded",
          cause: `it uses ${memoryBytes} bytes of memory, and ${limit} are its limit`,
        });
    }
  }

  /** One timer for all, and only while there is something to look at; a shorter wait replaces a longer one. */
  #arm(soonMs?: number): void {
    if (this.#isClosed) return;
    const runs = [...this.#services.values()].filter(({ run }) => run !== undefined);
    const isUrgent = runs.some(
      ({ run, definition }) => run?.kinship === "watched" || definition.limits.memoryBytesMax !== null,
    );
    const delayMs = soonMs ?? (isUrgent ? LOOK_MS : TEND_MS);
    if (runs.length === 0 || (this.#look.timer !== undefined && this.#look.delayMs <= delayMs)) return;
    this.#look.timer?.cancel();
    this.#look = { delayMs, timer: this.#deps.clock.after(delayMs, () => void this.tick()) };
  }

  async #reloadFile(): Promise<void> {
    const loaded = await this.#deps.definitionsFile.reload();
    if (loaded.is === "bad") this.#tellBadFile(loaded.problems);
    if (loaded.is === "new") await this.#takeFile(loaded.file);
    await this.#beginMissing();
  }

  async #takeFile(file: DefinitionsFile): Promise<void> {
    const ofHub = [...this.#services.values()].filter(({ from }) => from === "hub").map(({ definition }) => definition);
    const ofFile = file.services.map(({ definition }) => definition);
    const isReplaced = ({ name }: ServiceDefinition): boolean => ofFile.some((each) => each.name === name);
    const problems = definitionsProblems([...ofFile, ...ofHub.filter((each) => !isReplaced(each))]);
    if (problems.length > 0) return this.#tellBadFile(problems);
    const isFirst = this.#file === undefined;
    this.#file = file;
    const wanted = new Map(file.services.map((each) => [each.definition.name, each]));
    for (const service of this.#services.values()) {
      if (service.unit.wanted === "gone") continue;
      const next = wanted.get(service.name);
      if (service.from === "file" && next === undefined)
        service.send({ is: "removed", cause: "it is no longer in the definitions file" });
      else if (next !== undefined && next.definition.driver !== service.driver)
        this.#tellBadFile([`${service.name}: runs under ${service.driver} here; remove it first`]);
      else if (next !== undefined) {
        if (JSON.stringify(next) !== JSON.stringify({ definition: service.definition, secrets: service.secrets })) {
          service.redefine({ ...next, from: "file" });
          this.#noteDefined(service, "its definition in the file was changed");
        }
      }
    }
    if (!isFirst) return;
    await this.#beginMissing();
    await this.#dropOrphans();
  }

  /** What the file has and is not here: it is new there, or what had its name before is gone now. */
  async #beginMissing(): Promise<void> {
    const missing = (this.#file?.services ?? []).filter(({ definition }) => !this.#services.has(definition.name));
    for (const name of startOrder(missing.map(({ definition }) => definition))) {
      const each = missing.find(({ definition }) => definition.name === name)!;
      this.#noteDefined(each.definition, "defined in the file");
      await this.#begin({ ...each, from: "file" });
    }
  }

  #tellBadFile(problems: readonly string[]): void {
    this.#deps.log.warn("the definitions file is not used; what was in force stays", { problems });
  }

  /** Stops everything, each before what it depends on; settles when all is down or the signal aborts. */
  async stopAll(cause: string, signal: AbortSignal): Promise<void> {
    const order = startOrder([...this.#services.values()].map(({ definition }) => definition)).toReversed();
    for (const name of order) {
      const service = this.#services.get(name);
      if (service === undefined) continue;
      const dependents = [...this.#services.values()].filter(({ definition }) => definition.dependsOn.includes(name));
      await this.until(() => dependents.every(({ unit }) => unit.child === null), signal);
      service.send({ is: "stop-asked", cause });
    }
    await this.until(() => [...this.#services.values()].every(({ unit }) => unit.child === null), signal);
  }

  /** Lets go of all children without touching them. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#ticking;
    this.#look.timer?.cancel();
    for (const timer of this.#orphans) timer.cancel();
    for (const service of this.#services.values()) service.release();
    for (const runner of this.#deps.runners) runner.close();
  }
}

const keyOf = ({ driver, name }: ServiceKey): ServiceKey => ({ driver, name });
