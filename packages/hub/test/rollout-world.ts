import { ROLLOUT_DEFAULTS, silentLogger } from "@muster/core";
import type { Actor, Dependency, RolloutWish, Sight } from "@muster/core";
import { actorNow } from "../src/commands/actor-ref.ts";
import { RolloutDesk } from "../src/rollouts/rollout-desk.ts";
import { RolloutStore } from "../src/rollouts/rollout-store.ts";
import type { StoredRollout } from "../src/rollouts/rollout-store.ts";
import { CommandWorld } from "./command-world.ts";
import type { Between, Delivered } from "./command-world.ts";

/** A desk of rollouts over scripted links: services run, and a restart gives them another run, unless a test says otherwise. */
export class RolloutWorld implements AsyncDisposable {
  readonly commands: CommandWorld;
  readonly serviceIds: string[] = [];
  /** What each target is seen as; absent: it runs, in a run that its restarts count. */
  readonly sights = new Map<string, Sight>();
  readonly restarts = new Map<string, number>();
  readonly dependencies: Dependency[] = [];
  needsApproval = false;
  desk!: RolloutDesk;

  private constructor(commands: CommandWorld) {
    this.commands = commands;
  }

  static async open(servers: readonly string[]): Promise<RolloutWorld> {
    const world = new RolloutWorld(await CommandWorld.open(servers));
    for (const server of servers) world.serviceIds.push(world.commands.addService(server, "systemd", "web.service"));
    await world.startDesk();
    return world;
  }

  async startDesk(between: Between = (part) => part): Promise<void> {
    const { store: actions, outbox, bus, audit, fleet, services: directory, clock, db } = this.commands;
    this.desk = await RolloutDesk.open({
      ...{ actions, outbox, bus, audit, fleet, directory, clock, log: silentLogger },
      store: between(new RolloutStore(db)),
      sightOf: ({ id }) => this.sights.get(id) ?? this.running(id),
      dependencies: () => this.dependencies,
      actorNow: (ref) => actorNow(ref, db, clock),
      needsApproval: this.needsApproval,
    });
  }

  /** As after the hub's start. */
  async restart(between?: Between): Promise<void> {
    await this.commands.start(between);
    await this.startDesk(between);
  }

  running(id: string): Sight {
    return { is: "service", state: "running", health: "healthy", run: `run ${this.restarts.get(id) ?? 0}` };
  }

  /** The service that a command is for. */
  targetOf({ core, serverId }: Delivered): string {
    const { name, driver } = core.args;
    const [service] = this.commands.services.select({
      serverIds: [serverId],
      name: String(name),
      driver: driver as "systemd",
    });
    return service?.id ?? serverId;
  }

  /** Every server is there, and each command succeeds at once. */
  obey(outcomeOf: (delivered: Delivered, target: string) => "succeeded" | "failed" = () => "succeeded"): Delivered[] {
    const { links, serverIds } = this.commands;
    const taken: Delivered[] = [];
    links.onDeliver = (delivered) => {
      if (taken.some(({ core }) => core.cmd === delivered.core.cmd)) return;
      taken.push(delivered);
      const id = this.targetOf(delivered);
      const outcome = outcomeOf(delivered, id);
      if (outcome === "succeeded" && delivered.core.action === "service.restart")
        this.restarts.set(id, (this.restarts.get(id) ?? 0) + 1);
      const { cmd } = delivered.core;
      void Promise.resolve().then(() => links.result(delivered.serverId, cmd, { outcome, detail: outcome }));
    };
    for (const id of Object.values(serverIds)) links.connect(id);
    return taken;
  }

  wish(change: Partial<RolloutWish> = {}): RolloutWish {
    return {
      ...ROLLOUT_DEFAULTS,
      ...{ name: "web", action: "service.restart", args: {}, targets: { name: "web.service" } },
      ...{ batch: { is: "count", count: 1 }, gate: { stableMs: 5_000, timeoutMs: 60_000 } },
      ...change,
    };
  }

  async started(
    change: Partial<RolloutWish> = {},
    actor: Actor = this.commands.session("operator"),
  ): Promise<StoredRollout> {
    const planned = await this.desk.plan(actor, "http", this.wish(change));
    return this.desk.start(planned.id, actor, "http", planned.sha256);
  }

  async now(id: string): Promise<StoredRollout> {
    return this.desk.wait(id, 0, undefined, AbortSignal.abort());
  }

  /** Lets so many seconds go by, one after the other. */
  async seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second++) {
      await this.commands.clock.advance(1_000);
      this.commands.outbox.tick();
      this.desk.tick();
      await this.commands.rest();
    }
  }

  /** Until it has ended, at most so many seconds. */
  async ended(id: string, secondsMost = 600): Promise<StoredRollout> {
    for (let second = 0; second < secondsMost; second++) {
      const rollout = await this.now(id);
      if (rollout.run.state.is === "ended") return rollout;
      await this.seconds(1);
    }
    throw new Error(`not ended after ${secondsMost} s: ${JSON.stringify((await this.now(id)).run)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.commands.rest();
    await this.desk.stop();
    await this.commands[Symbol.asyncDispose]();
  }
}
