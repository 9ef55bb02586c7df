import { silentLogger } from "@muster/core";
import type { Actor, TaskDefinition, TaskWork } from "@muster/core";
import type { TaskView } from "@muster/protocol";
import { AccessEvents } from "../src/access/access-events.ts";
import { Backups } from "../src/state/backups.ts";
import type { TaskRunRow } from "../src/state/schema.ts";
import { TaskDesk } from "../src/tasks/task-desk.ts";
import { TaskStore } from "../src/tasks/task-store.ts";
import type { TaskWorkDeps } from "../src/tasks/task-work.ts";
import { CommandWorld } from "./command-world.ts";
import type { Between } from "./command-world.ts";

const PROBE_ID = "00000000-0000-7000-8000-00000000000a";
const NOTIFIER_ID = "00000000-0000-7000-8000-00000000000b";

/** Tasks over a real command bus and database; servers and probes answer as the test says. */
export class TaskWorld implements AsyncDisposable {
  readonly commands: CommandWorld;
  readonly events = new AccessEvents();
  readonly probeId = PROBE_ID;
  readonly notifierId = NOTIFIER_ID;
  /** What the probe is found to be. */
  health: "healthy" | "unhealthy" | "unknown" = "healthy";
  /** What the notifier was given. */
  readonly said: string[] = [];
  store!: TaskStore;
  desk!: TaskDesk;

  private constructor(commands: CommandWorld) {
    this.commands = commands;
  }

  static async open(servers?: readonly string[]): Promise<TaskWorld> {
    const world = new TaskWorld(await CommandWorld.open(servers));
    await world.start("hub-1");
    return world;
  }

  /** A desk as a hub of this name has it. The desk before it is left as it is, as a killed hub leaves it. */
  async start(holder: string, between: Between = (part) => part): Promise<TaskDesk> {
    const { db, clock, bus, outbox, fleet, services, directory } = this.commands;
    this.store = between(new TaskStore({ db, clock, holder }));
    const fakes = {
      probes: {
        has: (id: string) => id === PROBE_ID,
        definition: () => ({ name: "port" }),
        run: () => Promise.resolve({ health: this.health, detail: "" }),
      },
      notifiers: {
        nameOf: (id: string) => (id === NOTIFIER_ID ? "hook" : undefined),
        canSay: () => true,
        say: (_id: string, text: string) => {
          this.said.push(text);
          return Promise.resolve({ outcome: "sent", detail: "", tookMs: 1 });
        },
      },
    } as unknown as Pick<TaskWorkDeps, "probes" | "notifiers">;
    const backups = new Backups({ source: directory.file("state.db"), directory: directory.file("backups"), clock });
    this.desk = await TaskDesk.open({
      ...{ db, bus, outbox, fleet, services, clock, backups, store: this.store, events: this.events, ...fakes },
      log: silentLogger,
    });
    return this.desk;
  }

  definition(change: Partial<TaskDefinition> = {}): TaskDefinition {
    return {
      ...{ name: "nightly", description: "", isEnabled: true, zone: "UTC", timeoutMs: 600_000 },
      ...{ schedule: { is: "cron", expression: "* * * * *" }, work: this.ping(), overlap: "skip", missed: "skip" },
      ...{ missedWithinMs: 3_600_000, retries: { most: 0, delayMs: 1_000 }, jitterMs: 0 },
      ...{ tell: { failure: true, lateAfterMs: null }, ...change },
    };
  }

  ping(...servers: readonly string[]): TaskWork {
    const names = servers.length === 0 ? ["alpha"] : servers;
    return {
      is: "action",
      action: "agent.ping",
      args: {},
      targets: { servers: names.map((name) => this.commands.serverIds[name]!) },
    };
  }

  add(change: Partial<TaskDefinition> = {}, actor: Actor = this.commands.session("operator")): Promise<TaskView> {
    return this.desk.add(actor, "http", this.definition(change));
  }

  /** Turns the clock by seconds, with a look of the desk and the outbox at each. */
  async pass(seconds: number, desks: readonly TaskDesk[] = [this.desk]): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.commands.clock.advance(1_000);
      this.commands.outbox.tick();
      for (const desk of desks) await desk.tick();
      await this.commands.rest();
    }
  }

  /** Lets a server's clock stand still until the next whole minute is over by some seconds. */
  async passMinute(seconds = 1): Promise<void> {
    const { clock } = this.commands;
    await this.pass(Math.ceil((60_000 - (clock.now() % 60_000)) / 1_000) + seconds - 1);
  }

  async runs(): Promise<readonly TaskRunRow[]> {
    return this.commands.db.selectFrom("task_run").selectAll().orderBy("slot").execute();
  }

  /** Says of everything that was delivered and has no answer yet how it ended. */
  async answer(outcome: "succeeded" | "failed" = "succeeded", detail = "done"): Promise<number> {
    const open = await this.commands.store.list({ state: "sent", limit: 1_000 });
    for (const { id, serverId } of open) await this.commands.links.result(serverId, id, { outcome, detail });
    await this.commands.rest();
    return open.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.desk.stop();
    await this.commands[Symbol.asyncDispose]();
  }
}
