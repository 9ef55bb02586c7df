import { isContainerName } from "@muster/core";
import type { Container, Execution, ServiceStatus } from "@muster/core";
import type { Engine } from "../../engine/engine.ts";
import { reachEngine } from "../../engine/reach-engine.ts";
import type { Effect, ServiceDriver } from "../../service-driver.ts";
import type { DriverConfig, DriverDeps, DriverKind } from "../driver-kind.ts";
import { actOnContainer } from "./act-on-container.ts";
import { readContainerUse } from "./container-use.ts";
import { watchContainers } from "./watch-containers.ts";

/** Exchanges at one time: each is a connection of its own. */
const REQUESTS_MAX = 8;
const CONTAINERS_MAX = 2_000;

/** Containers of Docker, or of what speaks its language. Names are container names. */
class ContainerDriver implements ServiceDriver {
  readonly name = "container";
  readonly #config: DriverConfig;
  readonly #deps: DriverDeps;
  #engine: Engine | undefined;
  /** While events flow, what was seen of a container is true until one is about it. */
  readonly #seen = new Map<string, Container>();
  #events: "flowing" | "none" = "none";
  /** Grows with every event, so that what was asked before one is not kept after it. */
  #changes = 0;

  constructor(config: DriverConfig, deps: DriverDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  async detect(signal: AbortSignal): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
    try {
      await this.#reach(signal);
      return { ok: true };
    } catch (error) {
      return { ok: false, why: error instanceof Error ? error.message : String(error) };
    }
  }

  async list(signal: AbortSignal): Promise<readonly ServiceStatus[]> {
    const engine = await this.#reach(signal);
    const ids = (await engine.ids(signal)).slice(0, CONTAINERS_MAX);
    for (const id of this.#seen.keys()) if (!ids.includes(id)) this.#seen.delete(id);
    const statuses = await inTurns(ids, REQUESTS_MAX, async (id) => {
      const changes = this.#changes;
      const container = this.#seen.get(id) ?? (await engine.inspect(id, signal));
      if (container === undefined) return undefined;
      if (this.#events === "flowing" && this.#changes === changes) this.#seen.set(id, container);
      const { status } = container;
      return this.#withUse(engine, id, status, signal);
    });
    return statuses.filter((status) => status !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async read(name: string, signal: AbortSignal): Promise<ServiceStatus | undefined> {
    if (!isContainerName(name)) return undefined;
    const engine = await this.#reach(signal);
    const container = await engine.inspect(name, signal);
    if (container?.status.name !== name) return undefined;
    return this.#withUse(engine, container.id, container.status, signal);
  }

  watch(changed: (name?: string) => void, signal: AbortSignal): void {
    const watcher = {
      flowing: () => (this.#events = "flowing"),
      ceased: () => this.#forgetAll(),
      changed: (name: string | undefined) => {
        this.#forget(name);
        changed(name);
      },
    };
    void watchContainers((until) => this.#reach(until), this.#deps.clock, watcher, signal);
  }

  async act(effect: Effect, signal: AbortSignal): Promise<Execution> {
    if (!isContainerName(effect.name)) return { outcome: "failed", detail: "that can be no name of a container" };
    let engine: Engine;
    try {
      engine = await this.#reach(signal);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return { outcome: signal.aborted ? "unknown" : "failed", detail };
    }
    const { clock } = this.#deps;
    try {
      return await actOnContainer(effect, { engine, clock, settleMs: this.#config.settleMs }, signal);
    } finally {
      this.#forget(effect.name);
    }
  }

  async #withUse(engine: Engine, id: string, status: ServiceStatus, signal: AbortSignal): Promise<ServiceStatus> {
    // Of a paused one the engine has nothing new to say, and takes a second for it.
    if (status.state !== "running" || status.pid === null) return status;
    const use = await readContainerUse(this.#deps.host, status.pid);
    return { ...status, ...(use ?? (await engine.use(id, signal))) };
  }

  async #reach(signal: AbortSignal): Promise<Engine> {
    this.#engine ??= await reachEngine(this.#config.containerSocket, this.#deps.host, signal);
    return this.#engine;
  }

  #forget(name: string | undefined): void {
    this.#changes++;
    if (name === undefined) this.#seen.clear();
    else for (const [id, { status }] of this.#seen) if (status.name === name) this.#seen.delete(id);
  }

  #forgetAll(): void {
    this.#events = "none";
    // What answers next may be a newer one.
    this.#engine = undefined;
    this.#forget(undefined);
  }
}

/** Results in the order of the items, at most so many at work at one time. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as Item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}

export const containerKind: DriverKind = {
  name: "container",
  create: (config, deps) => new ContainerDriver(config, deps),
};
