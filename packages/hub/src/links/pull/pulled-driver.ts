import type { DriverName, Execution, PullReading, ServiceStatus } from "@muster/core";
import type { Effect, ServiceDriver } from "@muster/host";

/**
 * Services of a pulled server as its last look told them, so that one look serves readings and services alike. What has an
 * effect goes to the adapter's own driver of this moment.
 */
export class PulledDriver implements ServiceDriver {
  readonly name: DriverName = "channel";
  readonly #driver: () => ServiceDriver | undefined;
  #services: readonly ServiceStatus[] | undefined;

  constructor(driver: () => ServiceDriver | undefined) {
    this.#driver = driver;
  }

  /** As the last look told them; empty before the first. */
  get services(): readonly ServiceStatus[] {
    return this.#services ?? [];
  }

  take(services: readonly ServiceStatus[] | undefined): void {
    this.#services = services;
  }

  detect(): ReturnType<ServiceDriver["detect"]> {
    if (this.#driver() === undefined) return Promise.resolve({ ok: false, why: "this kind of server has no channels" });
    return Promise.resolve({ ok: true });
  }

  list(): Promise<readonly ServiceStatus[]> {
    if (this.#services === undefined) return Promise.reject(new Error("it has not been read yet"));
    return Promise.resolve(this.#services);
  }

  async read(name: string, signal: AbortSignal): Promise<ServiceStatus | undefined> {
    return this.#driver()?.read(name, signal);
  }

  async act(effect: Effect, signal: AbortSignal): Promise<Execution> {
    const driver = this.#driver();
    if (driver === undefined) return { outcome: "failed", detail: "this kind of server has no channels" };
    return driver.act(effect, signal);
  }
}

/** Services that can only be looked at; `refusal` says so of whatever is asked of them. */
export const lookedAtDriver = (
  read: (signal: AbortSignal) => Promise<PullReading>,
  refusal: string,
): ServiceDriver => ({
  name: "channel",
  detect: () => Promise.resolve({ ok: true }),
  list: async (signal) => (await read(signal)).services ?? [],
  read: async (name, signal) => ((await read(signal)).services ?? []).find((service) => service.name === name),
  act: () => Promise.resolve({ outcome: "refused", detail: refusal }),
});
