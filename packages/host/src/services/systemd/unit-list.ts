import { isListed, unitKindOf } from "@muster/core";
import type { Clock, ListedUnit, Unit } from "@muster/core";
import type { Host } from "../../host.ts";
import type { SystemdManager } from "./systemd-manager.ts";
import { UnitUse } from "./unit-use.ts";

const KINDS = ["service", "timer", "socket", "path"] as const;
/** Patterns of our own, never of anybody else. */
const ALL_LOADED = KINDS.map((kind) => `*.${kind}`);
/** What makes no run begin or end, such as a start that never came to one, is seen at least so often. */
const LINES_MS = 60_000;
/** What leaves no trace in a unit's state, such as whether it is enabled, is seen at least so often. */
const REFRESH_MS = 600_000;
const OWN_UNITS_MAX = 1_000;
const STEADY = new Set(["active", "inactive", "failed"]);

/**
 * The units of one systemd that operators want to see. The first look asks for everything of all units. While runs are
 * watched a later one asks only for units that were hinted at or are on their way, so mostly for nothing; once a minute,
 * and always while unwatched, it compares one line of each.
 */
export class UnitList {
  readonly #manager: SystemdManager;
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #use: UnitUse;
  #units = new Map<string, Unit>();
  #linesAtMs: number | undefined;
  #refreshedAtMs: number | undefined;
  readonly #stale = new Set<string>();
  isWatched = false;

  constructor(manager: SystemdManager, host: Host, clock: Clock) {
    this.#manager = manager;
    this.#host = host;
    this.#clock = clock;
    this.#use = new UnitUse(host);
  }

  /** A unit may look otherwise than it did; without a name, all. */
  forget(name?: string): void {
    if (name !== undefined) this.#stale.add(name);
    else {
      this.#linesAtMs = undefined;
      this.#refreshedAtMs = undefined;
    }
  }

  /** The units now, sorted by name. Throws when systemd does not answer. */
  async read(signal: AbortSignal): Promise<readonly Unit[]> {
    // Taken before systemd is asked: what becomes stale meanwhile stays so for the next look.
    const stale = new Set(this.#stale);
    this.#stale.clear();
    try {
      if (this.#units.size === 0) await this.#readWhole(signal);
      else if (this.#isDue(this.#linesAtMs, LINES_MS)) await this.#readLines(stale, signal);
      else await this.#readHinted(stale, signal);
    } catch (error) {
      for (const name of stale) this.#stale.add(name);
      throw error;
    }
    return [...this.#units.values()].filter(isListed).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async #readWhole(signal: AbortSignal): Promise<void> {
    const startedMs = this.#clock.monotonic();
    const own = await this.#ownUnits();
    const failedMounts = (await this.#manager.listLoaded(["mount"], signal)).filter(isFailed).map(({ name }) => name);
    const units = await this.#manager.show([...ALL_LOADED, ...own, ...failedMounts], signal);
    this.#units = new Map(units.map((unit) => [unit.id, unit]));
    this.#linesAtMs = startedMs;
    this.#refreshedAtMs = startedMs;
  }

  async #readHinted(stale: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const hasUse = await this.#use.isReadable();
    const now = this.#clock.now();
    const kept = new Map([...this.#units].filter(([name, unit]) => !stale.has(name) && isSettled(unit, now, hasUse)));
    // What is hinted at may be of any kind, and of a template nobody has seen yet.
    const hinted = [...stale].filter((name) => KINDS.some((kind) => unitKindOf(name) === kind));
    const asked = new Set([...hinted, ...[...this.#units.keys()].filter((name) => !kept.has(name))]);
    await this.#keep([...kept.values()], await this.#manager.show([...asked], signal));
  }

  async #readLines(stale: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const startedMs = this.#clock.monotonic();
    const isRefresh = this.#isDue(this.#refreshedAtMs, REFRESH_MS);
    const loaded = await this.#manager.listLoaded([...KINDS, "mount"], signal);
    const lines = new Map(
      loaded
        .filter((line) => !line.name.endsWith(".mount") || isFailed(line))
        .map((line) => [line.name, lineOfListed(line)]),
    );
    const hasUse = await this.#use.isReadable();
    const now = this.#clock.now();
    const own = isRefresh ? await this.#ownUnits() : [];
    const asked: string[] = [];
    const kept: Unit[] = [];
    for (const name of new Set([...lines.keys(), ...this.#units.keys(), ...own])) {
      const unit = this.#units.get(name);
      // Of a unit that is not loaded nothing changes but its file.
      const isSame = unit !== undefined && lineOf(unit) === (lines.get(name) ?? UNLOADED) && !stale.has(name);
      if (isSame && !(isRefresh && isListed(unit)) && isSettled(unit, now, hasUse)) kept.push(unit);
      else asked.push(name);
    }
    await this.#keep(kept, await this.#manager.show(asked, signal));
    for (const name of this.#units.keys()) {
      // What others only name is remembered as well, or it would be asked for again with every look.
      if (!lines.has(name) && !isThere(this.#units.get(name))) this.#units.delete(name);
    }
    this.#linesAtMs = startedMs;
    if (isRefresh) this.#refreshedAtMs = startedMs;
  }

  #isDue(atMs: number | undefined, everyMs: number): boolean {
    return !this.isWatched || atMs === undefined || this.#clock.monotonic() - atMs >= everyMs;
  }

  async #keep(kept: readonly Unit[], shown: readonly Unit[]): Promise<void> {
    const refreshed = await Promise.all(kept.map((unit) => this.#use.refreshed(unit)));
    this.#units = new Map([...refreshed, ...shown].map((unit) => [unit.id, unit]));
  }

  /** Names of unit files that people put here; templates are no units. */
  async #ownUnits(): Promise<readonly string[]> {
    const lists = await Promise.all(this.#manager.reach.ownDirectories.map((path) => this.#host.listDirectory(path)));
    return lists
      .flatMap((names) => names ?? [])
      .filter((name) => unitKindOf(name) !== undefined && !name.includes("@."))
      .slice(0, OWN_UNITS_MAX);
  }
}

/** As `show` tells a unit that it loaded for the asking. */
const UNLOADED = "loaded inactive dead";
const lineOfListed = ({ loadState, activeState, subState }: ListedUnit): string =>
  `${loadState} ${activeState} ${subState}`;
const lineOf = (unit: Unit): string => `${unit.loadState} ${unit.activeState} ${unit.subState}`;
const isFailed = ({ activeState }: ListedUnit): boolean => activeState === "failed";
const isThere = (unit: Unit | undefined): boolean =>
  unit !== undefined && (unit.loadState !== "not-found" || unit.activeState !== "inactive");
const isRunning = (unit: Unit): boolean => unit.activeState === "active" && unit.controlGroup !== "";

/** Whether a unit whose line did not change can have changed in nothing else that matters. */
function isSettled(unit: Unit, now: number, hasUse: boolean): boolean {
  if (!STEADY.has(unit.activeState) || unit.isBusy) return false;
  if (unit.nextAt !== null && unit.nextAt <= now) return false;
  return hasUse || !isRunning(unit);
}
