import { isSupervisedName, judgeEffect, seenBefore } from "@muster/core";
import type { Execution, ServiceStatus } from "@muster/core";
import type { Effect, ServiceDriver } from "@muster/host";
import type { Ask, Supervisor } from "./supervisor.ts";

const ASKS: readonly string[] = ["start", "stop", "restart", "reset"] satisfies readonly Ask[];

/** What the supervisor runs, in the words that all services share. */
export class SupervisedDriver implements ServiceDriver {
  readonly name: "process" | "tmux";
  readonly #supervisor: Supervisor;
  readonly #problem: () => Promise<string | undefined>;

  constructor(name: "process" | "tmux", supervisor: Supervisor, problem: () => Promise<string | undefined>) {
    this.name = name;
    this.#supervisor = supervisor;
    this.#problem = problem;
  }

  async detect(): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
    const why = await this.#problem();
    return why === undefined ? { ok: true } : { ok: false, why };
  }

  list(): Promise<readonly ServiceStatus[]> {
    const services = this.#supervisor.services(this.name);
    const usage = this.#supervisor.usage(services);
    return Promise.resolve(services.map((service) => service.status(usage.get(service.name))));
  }

  read(name: string): Promise<ServiceStatus | undefined> {
    return Promise.resolve(this.#read(name, "with-usage"));
  }

  #read(name: string, detail: "with-usage" | "bare"): ServiceStatus | undefined {
    const service = isSupervisedName(this.name, name) ? this.#supervisor.find({ driver: this.name, name }) : undefined;
    if (service === undefined) return undefined;
    return service.status(detail === "bare" ? undefined : this.#supervisor.usage([service]).get(name));
  }

  watch(changed: (name?: string) => void, signal: AbortSignal): void {
    this.#supervisor.watch(({ driver, name }) => void (driver === this.name && changed(name)), signal);
  }

  async act({ verb, name }: Effect, signal: AbortSignal): Promise<Execution> {
    try {
      return await this.#act(verb, name, signal);
    } catch (error) {
      return { outcome: "failed", detail: error instanceof Error ? error.message : String(error) };
    }
  }

  async #act(verb: Effect["verb"], name: string, signal: AbortSignal): Promise<Execution> {
    const status = this.#read(name, "bare");
    if (status === undefined) return { outcome: "failed", detail: "there is no such service" };
    if (!ASKS.includes(verb)) return { outcome: "failed", detail: `a supervised service cannot do ${verb}` };
    const before = seenBefore(status);
    const refusal = this.#supervisor.ask({ driver: this.name, name }, verb as Ask, `asked to ${verb}`);
    if (refusal !== undefined) return { outcome: "refused", detail: refusal };
    const judge = () => judgeEffect(verb, before, this.#read(name, "bare"));
    await this.#supervisor.until(() => judge().is !== "pending", signal);
    const judgement = judge();
    return judgement.is === "pending"
      ? { outcome: "unknown", detail: `not done in time: ${this.#read(name, "bare")?.rawState ?? ""}` }
      : { outcome: judgement.is, detail: judgement.detail };
  }
}
