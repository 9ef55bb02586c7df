import { pauseMs, serviceKeyText } from "@muster/core";
import type { Cancellable, Clock, LedgerNote, Random, RestartPolicy, ServiceKey } from "@muster/core";
import type { Execution } from "@muster/core";

export interface UnhealthyRestartsDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly note: (note: LedgerNote) => void;
  /** The policy that the server's file has for a service; undefined when it is only to be looked at. */
  readonly policyOf: (key: ServiceKey) => RestartPolicy | undefined;
  readonly restart: (key: ServiceKey) => Promise<Execution>;
}

/**
 * Restarts services of other drivers that became unhealthy, where the server's own file says so and within its limits.
 * What their own supervisors do when they end stays theirs.
 */
export class UnhealthyRestarts {
  readonly #deps: UnhealthyRestartsDeps;
  readonly #restartedAtMs = new Map<string, readonly number[]>();
  readonly #planned = new Map<string, Cancellable>();
  #isStopped = false;

  constructor(deps: UnhealthyRestartsDeps) {
    this.#deps = deps;
  }

  becameUnhealthy(key: ServiceKey, detail: string): void {
    const policy = this.#deps.policyOf(key);
    const name = serviceKeyText(key);
    if (policy?.when !== "on-unhealthy" || this.#planned.has(name) || this.#isStopped) return;
    const { clock, random } = this.#deps;
    const nowMs = clock.monotonic();
    const recent = (this.#restartedAtMs.get(name) ?? []).filter((atMs) => atMs > nowMs - policy.windowMs);
    if (recent.length >= policy.restartsMax) {
      const limit = `${policy.restartsMax} restarts in ${policy.windowMs / 1000} s`;
      return this.#note(key, "gave-up", `unhealthy (${detail}), and ${limit} are its limit`);
    }
    const delayMs = pauseMs(policy, recent.length, random());
    const left = policy.restartsMax - recent.length - 1;
    this.#note(key, "restart-planned", `unhealthy (${detail}): restarted in ${delayMs / 1000} s, ${left} left`);
    this.#restartedAtMs.set(name, [...recent, nowMs]);
    this.#planned.set(
      name,
      clock.after(delayMs, () => void this.#restart(key, name)),
    );
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#planned.values()) timer.cancel();
  }

  async #restart(key: ServiceKey, name: string): Promise<void> {
    const { outcome, detail } = await this.#deps.restart(key);
    this.#planned.delete(name);
    this.#note(key, "restarted", `restarted because it was unhealthy: ${outcome}${detail === "" ? "" : `, ${detail}`}`);
  }

  #note({ driver, name }: ServiceKey, event: LedgerNote["event"], cause: string): void {
    this.#deps.note({ driver, name, event, from: null, to: null, cause, cmd: null });
  }
}
