import { isListed, unitKindOf } from "@muster/core";
import type { Clock, ListedUnit, Unit } from "@muster/core";
import type { Host } from "../../host.ts";
import type { SystemdManager } from "./systemd-manager.ts";
import { UnitUse } from "./unit-use.ts";

/** Kinds that are asked for; of mounts only the failed ones are listed. */
const KINDS = ["service", "timer", "socket", "path", "mount"] as const;
/** Patterns of our own, never of anybody else. */
const ALL_LOADED = KINDS.map((kind) => `*.${kind}`);
/** What leaves no trace in a unit's state, such as another unit file, is seen at least so often. */
const WHOLE_MS = 600_000;
const OWN_UNITS_MAX = 1_000;
const STEADY = new Set(["active", "inactive", "failed"]);

/**
 * The units of one systemd that operators want to see. While it is watched, a look asks systemd for one line a unit and
 * for the rest only of those that changed; unwatched, for everything of all.
 */
export class UnitList {
  readonly #manager: SystemdManager;
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #use: UnitUse;
  #units = new Map<string, Unit>();
  #lines = new Map<string, string>();
  #wholeAtMs: number | undefined;
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
    if (name === undefined) this.#wholeAtMs = undefined;
    else this.#stale.add(name);
  }

  /** The units now, sorted by name. Throws when systemd does not answer. */
  async read(signal: AbortSignal): Promise<readonly Unit[]> {
    const nowMs = this.#clock.monotonic();
    const isKnown = this.isWatched && this.#wholeAtMs !== undefined && nowMs - this.#wholeAtMs < WHOLE_MS;
    // Taken before systemd is asked: what becomes stale meanwhile stays so for the next look.
    const stale = new Set(this.#stale);
    this.#stale.clear();
    try {
      if (isKnown) await this.#readChanged(stale, signal);
      else await this.#readWhole(nowMs, signal);
    } catch (error) {
      for (const name of stale) this.#stale.add(name);
      throw error;
    }
    return [...this.#units.values()].filter(isListed).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async #readWhole(nowMs: number, signal: AbortSignal): Promise<void> {
    const known = [...this.#units.values()].filter(isListed).map(({ id }) => id);
    const named = new Set([...(await this.#ownUnits()), ...known]);
    const units = await this.#manager.show([...ALL_LOADED, ...named], signal);
    this.#units = new Map(units.map((unit) => [unit.id, unit]));
    // Without lines to compare with, the next look takes every unit for new; it does not know which of these are loaded.
    this.#lines = new Map(units.map((unit) => [unit.id, lineOf(unit)]));
    this.#wholeAtMs = nowMs;
  }

  async #readChanged(stale: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const loaded = await this.#manager.listLoaded(KINDS, signal);
    const hasUse = await this.#use.isReadable();
    const now = this.#clock.now();
    const lines = new Map(loaded.map((line) => [line.name, lineOfListed(line)]));
    const asked: string[] = [];
    const kept: Unit[] = [];
    for (const [name, line] of lines) {
      const unit = this.#units.get(name);
      const isSame = unit !== undefined && this.#lines.get(name) === line && !stale.has(name);
      if (isSame && isSettled(unit, now, hasUse)) kept.push(unit);
      else asked.push(name);
    }
    for (const [name, unit] of this.#units) {
      if (lines.has(name)) continue;
      // Not loaded any more, or never was: nothing of it can change without a line of its own.
      const wasUnloaded = this.#lines.get(name) === UNLOADED && !stale.has(name);
      if (wasUnloaded) kept.push(unit);
      else asked.push(name);
    }
    const shown = await this.#manager.show(asked, signal);
    const refreshed = await Promise.all(kept.map((unit) => this.#use.refreshed(unit)));
    this.#units = new Map([...refreshed, ...shown].filter(isThere).map((unit) => [unit.id, unit]));
    this.#lines = new Map([...this.#units.keys()].map((name) => [name, lines.get(name) ?? UNLOADED]));
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

const UNLOADED = "";
const lineOfListed = ({ loadState, activeState, subState }: ListedUnit): string =>
  `${loadState} ${activeState} ${subState}`;
const lineOf = (unit: Unit): string => `${unit.loadState} ${unit.activeState} ${unit.subState}`;
const isThere = (unit: Unit): boolean => unit.loadState !== "not-found" || unit.activeState !== "inactive";
const isRunning = (unit: Unit): boolean => unit.activeState === "active" && unit.controlGroup !== "";

/** Whether a unit whose line did not change can have changed in nothing else that matters. */
function isSettled(unit: Unit, now: number, hasUse: boolean): boolean {
  if (!STEADY.has(unit.activeState) || unit.isBusy) return false;
  if (unit.nextAt !== null && unit.nextAt <= now) return false;
  return hasUse || !isRunning(unit);
}
