import { appendFile, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { bareStatus } from "@muster/core";
import type { DriverName, Execution, ServiceStatus } from "@muster/core";
import type { Effect, ServiceDriver } from "@muster/host";

export interface CountingDriverConfig {
  readonly name: DriverName;
  /** Every effect is one line of this file, the name of its service: what happened outlives whoever made it happen. */
  readonly file: string;
  /** Real pauses before and after an effect. */
  readonly delayMs: number;
}

/**
 * Services that always run and whose every restart is counted in a file. Any name is a service; the number of its lines
 * names its run, so that a restart is proven as with real ones: by another run.
 */
export class CountingDriver implements ServiceDriver {
  readonly name: DriverName;
  readonly #config: CountingDriverConfig;

  constructor(config: CountingDriverConfig) {
    this.name = config.name;
    this.#config = config;
  }

  detect(): Promise<{ readonly ok: true }> {
    return Promise.resolve({ ok: true });
  }

  /** How often each service was restarted. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const text = await readFile(this.#config.file, "utf8").catch(() => "");
    const counts = new Map<string, number>();
    for (const name of text.split("\n").filter(Boolean)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  }

  async list(): Promise<readonly ServiceStatus[]> {
    return [...(await this.counts())]
      .map(([name, count]) => this.#status(name, count))
      .toSorted((one, other) => one.name.localeCompare(other.name));
  }

  async read(name: string): Promise<ServiceStatus> {
    return this.#status(name, (await this.counts()).get(name) ?? 0);
  }

  #status(name: string, count: number): ServiceStatus {
    return {
      ...bareStatus({ driver: this.name, name }),
      ...{ state: "running", rawState: "running", run: `run ${count}`, verbs: ["restart"] },
    };
  }

  async act({ verb, name }: Effect, signal: AbortSignal): Promise<Execution> {
    if (verb !== "restart") return { outcome: "failed", detail: "this driver restarts and does nothing else" };
    const { delayMs, file } = this.#config;
    const before = (await this.read(name)).run;
    await delay(delayMs);
    await appendFile(file, `${name}\n`);
    await delay(delayMs);
    if (signal.aborted) return { outcome: "unknown", detail: "nobody waits for it any more" };
    const { run } = await this.read(name);
    return run === before
      ? { outcome: "failed", detail: "still the same run" }
      : { outcome: "succeeded", detail: `a new run: ${run}` };
  }
}
