import { serviceKeyText } from "@muster/core";
import type { Health, HealthCheck, ServiceKey, ServiceStatus } from "@muster/core";
import type { CheckedService, CheckRunner } from "./check-runner.ts";
import type { DefinedBy } from "./check-targets.ts";

/** Checks of a service that something else than Muster runs. */
export interface OtherChecks extends ServiceKey {
  readonly checks: readonly HealthCheck[];
}

export interface CheckDeskDeps {
  readonly runner: Pick<CheckRunner, "set" | "read">;
  /** Who wrote the definition of a supervised service. */
  readonly definedBy: (key: ServiceKey) => DefinedBy;
}

const UNKNOWN = { health: "unknown", detail: "" } as const;

/** Gathers who is to be checked: what the supervisor runs, told run by run, and what others run, as it is seen. */
export class CheckDesk {
  readonly #deps: CheckDeskDeps;
  readonly #supervised = new Map<string, CheckedService>();
  #others: readonly CheckedService[] = [];

  constructor(deps: CheckDeskDeps) {
    this.#deps = deps;
  }

  watch({ driver, name }: ServiceKey, checks: readonly HealthCheck[], run: string): void {
    const key = { driver, name };
    this.#supervised.set(serviceKeyText(key), { key, run, checks, definedBy: this.#deps.definedBy(key) });
    this.#set();
  }

  unwatch(key: ServiceKey): void {
    if (this.#supervised.delete(serviceKeyText(key))) this.#set();
  }

  /** Unknown for what has no checks, or none that has said anything yet. */
  healthOf(key: ServiceKey): { readonly health: Health; readonly detail: string } {
    return this.#deps.runner.read(key) ?? UNKNOWN;
  }

  /** The checks of the server's file for services of other drivers, and how these are now. */
  setOthers(others: readonly OtherChecks[], statusOf: (key: string) => ServiceStatus | undefined): void {
    this.#others = others.map(({ driver, name, checks }) => {
      const status = statusOf(serviceKeyText({ driver, name }));
      const run = status?.state === "running" ? (status.run ?? "running") : null;
      return { key: { driver, name }, run, checks, definedBy: "file" };
    });
    this.#set();
  }

  #set(): void {
    this.#deps.runner.set([...this.#supervised.values(), ...this.#others]);
  }
}
