import { deadline, fittedStatus, grantedVerbs, isLogGranted, serviceKeyText } from "@muster/core";
import type {
  Cancellable,
  Clock,
  DriverName,
  Health,
  LedgerNote,
  LoadedPolicy,
  Logger,
  ServiceKey,
  ServiceStatus,
} from "@muster/core";
import type { ServiceDriver } from "../service-driver.ts";
import type { WireService } from "@muster/protocol";
import { changesOf } from "./service-changes.ts";

/** A hint is followed so much later: what starts one thing mostly starts another. */
const HINT_MS = 150;
const FOCUS_EVERY_MS = 2_000;
/** A driver that does not work here is tried again after this. */
const DETECT_EVERY_MS = 300_000;
const READ_MS_MAX = 20_000;
/** A change that comes so soon after an action is the action's. */
const ACTION_ECHO_MS = 10_000;

export interface ServiceWatchDeps {
  readonly drivers: readonly ServiceDriver[];
  /** Those that write the ledger themselves: what they say of a service they know, so that a look costs nothing. */
  readonly selfNoting: ReadonlySet<DriverName>;
  readonly note: (note: LedgerNote) => void;
  readonly policy: () => Promise<LoadedPolicy>;
  /** Whether a definition of this server stands behind a service. */
  readonly definedBy: (driver: DriverName, name: string) => WireService["defined"];
  /** What health checks say; undefined where there are none. */
  readonly checkedHealth: (key: ServiceKey) => { readonly health: Health; readonly detail: string } | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface DriverReport {
  readonly name: DriverName;
  readonly ok: boolean;
  readonly why: string;
}

interface Watched {
  readonly driver: ServiceDriver;
  report: DriverReport;
  detectedMs: number;
  isWatching: boolean;
  isFirstList: boolean;
  isFailing: boolean;
  /** One look at a time, so that what an older one saw never comes after a newer one. */
  looking: Promise<void>;
}

/**
 * Gets the keys (`driver/name`) of services that are other than before, or gone. `now`: an action on them has ended, and
 * whoever asked for it hears so next; `soon`: more may follow.
 */
export type ServiceListener = (changed: readonly string[], when: "soon" | "now") => void;

/** Knows the services of this server as they are: reads them now and then, when a driver hints, and often while focused. */
export class ServiceWatch {
  readonly #deps: ServiceWatchDeps;
  readonly #watched: readonly Watched[];
  readonly #services = new Map<string, WireService>();
  /** What the drivers say, before the checks have their say. */
  readonly #driverHealth = new Map<string, { readonly health: Health; readonly detail: string }>();
  readonly #listeners = new Set<ServiceListener>();
  readonly #hints = new Map<Watched, Set<string> | "all">();
  readonly #actions = new Map<string, { readonly cmd: string; untilMs: number }>();
  readonly #stopping = new AbortController();
  #hintTimer: Cancellable | undefined;
  #focusTimer: Cancellable | undefined;
  #focusUntilMs = 0;
  #reading: Promise<void> | undefined;

  constructor(deps: ServiceWatchDeps) {
    this.#deps = deps;
    this.#watched = deps.drivers.map((driver) => ({
      driver,
      report: { name: driver.name, ok: false, why: "not looked at yet" },
      detectedMs: -Infinity,
      isWatching: false,
      isFirstList: true,
      isFailing: false,
      looking: Promise.resolve(),
    }));
  }

  get services(): ReadonlyMap<string, WireService> {
    return this.#services;
  }

  /** What the driver itself says of a service's health. */
  driverHealth(key: string): { readonly health: Health; readonly detail: string } | undefined {
    return this.#driverHealth.get(key);
  }

  get drivers(): readonly DriverReport[] {
    return this.#watched.map(({ report }) => report);
  }

  listen(listener: ServiceListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Reads all services of all drivers that work here. Calls at the same time share one reading. Never rejects. */
  read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** Reads every two seconds until the lease ends; a new call renews it. */
  focus(forMs: number): void {
    this.#focusUntilMs = this.#deps.clock.monotonic() + forMs;
    if (this.#focusTimer === undefined) this.#focusTurn();
  }

  /** Something may be other than it was: soon looked at. */
  hint(driver: DriverName, name?: string): void {
    const watched = this.#watched.find((each) => each.driver.name === driver);
    if (watched !== undefined) this.#hint(watched, name);
  }

  /**
   * What changes of a service from now until a while after `end` is called comes from this command. Where a look costs
   * nothing, `end` settles when it was looked at and its listeners were told; elsewhere that comes soon. Never rejects.
   */
  beginAction({ driver, name }: ServiceKey, cmd: string): () => Promise<void> {
    const action = { cmd, untilMs: Infinity };
    const key = serviceKeyText({ driver, name });
    this.#actions.set(key, action);
    return async () => {
      action.untilMs = this.#deps.clock.monotonic() + ACTION_ECHO_MS;
      const watched = this.#watched.find((each) => each.driver.name === driver);
      if (watched === undefined) return;
      if (!this.#deps.selfNoting.has(driver)) return this.#hint(watched, name);
      await this.#look(watched, (signal) => this.#lookAt(watched, [name], signal));
      // Also where a hint led to a look before this one: what it found may not be told yet.
      this.#tell([key], "now");
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#hintTimer?.cancel();
    this.#focusTimer?.cancel();
    await Promise.all(this.#watched.map(({ looking }) => looking));
  }

  /** A driver that is slow holds up its own services only. The work must not reject; none begins after a stop. */
  #look(watched: Watched, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    watched.looking = watched.looking.then(async () => {
      if (this.#stopping.signal.aborted) return;
      const limit = deadline(this.#deps.clock, READ_MS_MAX, this.#stopping.signal);
      await work(limit.signal);
      limit.done();
    });
    return watched.looking;
  }

  async #readAll(): Promise<void> {
    const policy = await this.#deps.policy();
    await Promise.all(
      this.#watched.map((watched) => this.#look(watched, (signal) => this.#readWhole(watched, policy, signal))),
    );
  }

  async #readWhole(watched: Watched, policy: LoadedPolicy, signal: AbortSignal): Promise<void> {
    try {
      if (!(await this.#works(watched, signal))) return;
      this.#takeList(watched, await watched.driver.list(signal), policy);
      watched.isFailing = false;
    } catch (error) {
      if (watched.isFailing || this.#stopping.signal.aborted) return;
      watched.isFailing = true;
      this.#deps.log.warn("services cannot be read", { driver: watched.driver.name, error });
    }
  }

  async #works(watched: Watched, signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#deps;
    const { driver } = watched;
    if (!watched.report.ok && clock.monotonic() - watched.detectedMs >= DETECT_EVERY_MS) {
      watched.detectedMs = clock.monotonic();
      const found = await driver.detect(signal);
      watched.report = { name: driver.name, ok: found.ok, why: found.ok ? "" : found.why };
      log.debug("driver of services", { ...watched.report });
    }
    if (watched.report.ok && !watched.isWatching) {
      watched.isWatching = true;
      driver.watch?.((name) => this.#hint(watched, name), this.#stopping.signal);
    }
    return watched.report.ok;
  }

  #hint(watched: Watched, name: string | undefined): void {
    if (this.#stopping.signal.aborted) return;
    const hints = this.#hints.get(watched);
    if (name === undefined) this.#hints.set(watched, "all");
    else if (hints === undefined) this.#hints.set(watched, new Set([name]));
    else if (hints !== "all") hints.add(name);
    this.#hintTimer ??= this.#deps.clock.after(HINT_MS, () => {
      this.#hintTimer = undefined;
      for (const each of this.#hints.keys()) void this.#look(each, (signal) => this.#followHints(each, signal));
    });
  }

  /** All hints until now at once: those that came during a slow look are no queue of looks behind it. */
  async #followHints(watched: Watched, signal: AbortSignal): Promise<void> {
    const names = this.#hints.get(watched);
    if (names === undefined) return;
    this.#hints.delete(watched);
    await this.#lookAt(watched, names, signal);
  }

  async #lookAt(watched: Watched, names: Iterable<string> | "all", signal: AbortSignal): Promise<void> {
    try {
      const policy = await this.#deps.policy();
      if (names === "all") this.#takeList(watched, await watched.driver.list(signal), policy);
      else for (const name of names) this.#takeOne(watched, name, await watched.driver.read(name, signal), policy);
    } catch (error) {
      if (!this.#stopping.signal.aborted)
        this.#deps.log.debug("a changed service cannot be read", { driver: watched.driver.name, error });
    }
  }

  #focusTurn(): void {
    this.#focusTimer = undefined;
    if (this.#stopping.signal.aborted || this.#deps.clock.monotonic() >= this.#focusUntilMs) return;
    void this.read().then(() => {
      if (!this.#stopping.signal.aborted)
        this.#focusTimer = this.#deps.clock.after(FOCUS_EVERY_MS, () => this.#focusTurn());
    });
  }

  #takeList(watched: Watched, statuses: readonly ServiceStatus[], policy: LoadedPolicy): void {
    const changed: string[] = [];
    const there = new Set<string>();
    for (const status of statuses) {
      const key = serviceKeyText(status);
      there.add(key);
      if (this.#take(watched, key, status, policy)) changed.push(key);
    }
    for (const [key, { driver }] of this.#services) {
      if (driver === watched.driver.name && !there.has(key)) changed.push(...this.#drop(watched, key));
    }
    watched.isFirstList = false;
    this.#tell(changed);
  }

  #takeOne(watched: Watched, name: string, status: ServiceStatus | undefined, policy: LoadedPolicy): void {
    const key = serviceKeyText({ driver: watched.driver.name, name });
    if (status === undefined) return this.#tell(this.#drop(watched, key));
    if (this.#take(watched, key, status, policy)) this.#tell([key]);
  }

  #take(watched: Watched, key: string, told: ServiceStatus, policy: LoadedPolicy): boolean {
    const read = fittedStatus(told);
    if (read === undefined) return false;
    this.#driverHealth.set(key, { health: read.health, detail: read.healthDetail });
    const checked = this.#deps.checkedHealth(read);
    const status = checked === undefined ? read : { ...read, health: checked.health, healthDetail: checked.detail };
    const before = this.#services.get(key);
    if (!this.#deps.selfNoting.has(watched.driver.name) && !(watched.isFirstList && before === undefined)) {
      for (const note of changesOf(before, status, this.#cmdOf(key))) this.#deps.note(note);
    }
    const after: WireService = {
      ...status,
      granted: grantedVerbs(policy, status, status.verbs),
      isLogGranted: isLogGranted(policy, status.driver, status.name),
      defined: this.#deps.definedBy(status.driver, status.name),
    };
    this.#services.set(key, after);
    return before === undefined || this.#toldText(before) !== this.#toldText(after);
  }

  /** What it uses goes into its series twice a minute; it is told as news only while somebody looks. */
  #toldText(service: WireService): string {
    const isFocused = this.#deps.clock.monotonic() < this.#focusUntilMs;
    return JSON.stringify(isFocused ? service : { ...service, cpuSeconds: null, memoryBytes: null, tasks: null });
  }

  #drop(watched: Watched, key: string): string[] {
    const before = this.#services.get(key);
    if (before === undefined) return [];
    this.#services.delete(key);
    this.#driverHealth.delete(key);
    const { driver, name, state } = before;
    if (!this.#deps.selfNoting.has(watched.driver.name))
      this.#deps.note({
        driver,
        name,
        event: "gone",
        from: state,
        to: null,
        cause: "it is gone",
        cmd: this.#cmdOf(key),
      });
    return [key];
  }

  #cmdOf(key: string): string | null {
    const action = this.#actions.get(key);
    if (action === undefined) return null;
    if (this.#deps.clock.monotonic() <= action.untilMs) return action.cmd;
    this.#actions.delete(key);
    return null;
  }

  #tell(changed: readonly string[], when: "soon" | "now" = "soon"): void {
    if (changed.length > 0) for (const listener of this.#listeners) listener(changed, when);
  }
}
