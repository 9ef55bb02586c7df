import type { Health, HealthCheck, ServiceKey } from "@muster/core";

/** What the supervisor asks of whoever runs health checks. That one answers by `becameUnhealthy` and `becameReady`. */
export interface CheckPort {
  /** From now on, for this run: results of another run say nothing about it. */
  watch(key: ServiceKey, checks: readonly HealthCheck[], run: string): void;
  unwatch(key: ServiceKey): void;
  healthOf(key: ServiceKey): { readonly health: Health; readonly detail: string };
}

/** For an agent without checks: everything that waits for one runs into its time-out. */
export const NO_CHECKS: CheckPort = {
  watch: () => undefined,
  unwatch: () => undefined,
  healthOf: () => ({ health: "unknown", detail: "" }),
};
