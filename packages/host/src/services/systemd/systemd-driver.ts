import { unitKindOf, unitStatus } from "@muster/core";
import type { Execution, ServiceStatus } from "@muster/core";
import type { Effect, ServiceDriver } from "../../service-driver.ts";
import type { DriverConfig, DriverDeps, DriverKind } from "../driver-kind.ts";
import { actOnUnit } from "./act-on-unit.ts";
import { polkitGrant } from "./polkit-grant.ts";
import { SYSTEMCTL, SystemdManager } from "./systemd-manager.ts";
import type { ManagerReach } from "./systemd-manager.ts";
import { UnitList } from "./unit-list.ts";
import { watchRuns } from "./watch-runs.ts";

const SYSTEM: ManagerReach = {
  argv: [SYSTEMCTL],
  runsDirectory: "/run/systemd/units",
  ownDirectories: ["/etc/systemd/system"],
};

/** The machine's own systemd: services, timers, sockets, paths, and mounts that failed. */
class SystemdDriver implements ServiceDriver {
  readonly name = "systemd";
  readonly #config: DriverConfig;
  readonly #deps: DriverDeps;
  readonly #manager: SystemdManager;
  readonly #units: UnitList;
  #watchedBy: AbortSignal | undefined;

  constructor(config: DriverConfig, deps: DriverDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#manager = new SystemdManager(SYSTEM, deps.host);
    this.#units = new UnitList(this.#manager, deps.host, deps.clock);
  }

  async detect(signal: AbortSignal): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
    if ((await this.#deps.host.listDirectory("/run/systemd/system")) === undefined) {
      return { ok: false, why: "systemd does not run here" };
    }
    try {
      await this.#manager.version(signal);
      return { ok: true };
    } catch (error) {
      return { ok: false, why: `systemd does not answer: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  async list(signal: AbortSignal): Promise<readonly ServiceStatus[]> {
    const units = await this.#units.read(signal);
    return units.map((unit) => unitStatus(unit, { driver: this.name, name: unit.id }));
  }

  async read(name: string, signal: AbortSignal): Promise<ServiceStatus | undefined> {
    if (unitKindOf(name) === undefined) return undefined;
    const [unit] = await this.#manager.show([name], signal);
    return unit === undefined || unit.loadState === "not-found"
      ? undefined
      : unitStatus(unit, { driver: this.name, name });
  }

  watch(changed: (name?: string) => void, signal: AbortSignal): void {
    const told = (unit: string | undefined): void => {
      if (signal.aborted) return;
      // Without a name the directory itself went away: nothing is told any more.
      if (unit === undefined) this.#units.isWatched = false;
      this.#units.forget(unit);
      changed(unit);
    };
    this.#units.isWatched = watchRuns(this.#deps.host, SYSTEM.runsDirectory, told, signal) === "watching";
    this.#watchedBy = signal;
    const end = (): void => {
      // Somebody else may watch by now.
      if (this.#watchedBy === signal) this.#units.isWatched = false;
    };
    signal.addEventListener("abort", end, { once: true });
  }

  async act({ verb, name }: Effect, signal: AbortSignal): Promise<Execution> {
    if (unitKindOf(name) === undefined) return { outcome: "failed", detail: "that can be no name of a unit" };
    const deps = {
      manager: this.#manager,
      clock: this.#deps.clock,
      settleMs: this.#config.settleMs,
      grant: polkitGrant(this.#deps.host),
    };
    try {
      return await actOnUnit({ verb, unit: name, key: { driver: this.name, name } }, deps, signal);
    } finally {
      this.#units.forget(name);
    }
  }
}

export const systemdKind: DriverKind = {
  name: "systemd",
  create: (config, deps) => new SystemdDriver(config, deps),
};
