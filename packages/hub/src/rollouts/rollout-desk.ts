import {
  authorize,
  DAY_MS,
  isMusterError,
  isRolloutOpen,
  judgeSight,
  MusterError,
  planRollout,
  rolloutDuty,
  stepRollout,
  targetBefore,
  ROLLOUT_ACTIONS,
} from "@muster/core";
import type {
  ActionName,
  Actor,
  Clock,
  Dependency,
  Logger,
  RolloutDuty,
  RolloutEvent,
  RolloutTarget,
  RolloutWish,
  Sight,
} from "@muster/core";
import { Turns, untilHeard, uuidv7 } from "@muster/node-kit";
import type { AuditEntry, AuditLog } from "../access/audit-log.ts";
import type { ActionOutbox } from "../commands/action-outbox.ts";
import type { ActionStore } from "../commands/action-store.ts";
import { actorRef } from "../commands/actor-ref.ts";
import type { ActorRef } from "../commands/actor-ref.ts";
import { actorName } from "../commands/command-bus.ts";
import type { CommandBus, Door } from "../commands/command-bus.ts";
import { neededRight } from "../commands/plan-actions.ts";
import { resolveTargets } from "../commands/targets.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServiceDirectory } from "../fleet/service-directory.ts";
import { plannedRollout } from "./rollout-store.ts";
import type { RolloutStore, StoredRollout } from "./rollout-store.ts";

export interface RolloutDeskDeps {
  readonly store: RolloutStore;
  readonly actions: ActionStore;
  readonly outbox: Pick<ActionOutbox, "listen">;
  readonly bus: CommandBus;
  readonly audit: AuditLog;
  readonly fleet: Fleet;
  readonly directory: ServiceDirectory;
  readonly sightOf: (target: RolloutTarget) => Sight;
  /** What needs what on these servers, by ids of services. */
  readonly dependencies: (serverIds: readonly string[]) => readonly Dependency[];
  readonly actorNow: (ref: ActorRef) => Promise<Actor | undefined>;
  /** Whether every plan needs somebody else's approval, whatever it says itself. */
  readonly needsApproval: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** So many plans and rollouts may be there that have not ended. */
const UNENDED_MAX = 1_000;
/** A plan that is older says too little of what is there now to be started. */
const PLAN_AGE_MS_MAX = DAY_MS;

/**
 * Carries rollouts out. Where each stands is durable before anything follows from it, and every wave is one request under a
 * key of its own, so that a hub which starts goes on where the last one stopped and asks for nothing twice. What a step
 * does is decided by the table in core (`stepRollout`).
 */
export class RolloutDesk {
  readonly #deps: RolloutDeskDeps;
  /** All that have not ended. */
  readonly #known = new Map<string, StoredRollout>();
  readonly #turns = new Turns();
  readonly #listeners = new Set<(rollout: StoredRollout) => void>();
  readonly #stopListening: () => void;
  #isStopped = false;

  private constructor(deps: RolloutDeskDeps, unended: readonly StoredRollout[]) {
    this.#deps = deps;
    for (const rollout of unended) this.#known.set(rollout.id, rollout);
    this.#stopListening = deps.outbox.listen(({ id: cmd, state }) => {
      if (state !== "ended") return;
      for (const { id, run } of this.#known.values())
        if (isRolloutOpen(run.state) && run.targets.some((target) => target.cmd === cmd || target.undoCmd === cmd))
          this.#advanceLater(id);
    });
  }

  static async open(deps: RolloutDeskDeps): Promise<RolloutDesk> {
    return new RolloutDesk(deps, await deps.store.unended());
  }

  /** Told of each that is new or has changed, after that is durable. */
  listen(listener: (rollout: StoredRollout) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** All that have not ended, oldest first. */
  get unended(): readonly StoredRollout[] {
    return [...this.#known.values()];
  }

  /** One as it is once it has a higher revision than `after`, has ended, or the time is over. Throws NOT_FOUND. */
  async wait(id: string, waitMs: number, after: number | undefined, signal: AbortSignal): Promise<StoredRollout> {
    const isNews = ({ revision, run }: StoredRollout): boolean =>
      after === undefined || revision > after || run.state.is === "ended";
    const now = await this.#get(id);
    if (isNews(now)) return now;
    const isOfIt = (rollout: StoredRollout): boolean => rollout.id === id && isNews(rollout);
    await untilHeard((listener) => this.listen(listener), isOfIt, waitMs, { clock: this.#deps.clock, signal });
    return this.#get(id);
  }

  // ---- what people ask for; each throws as `CommandBus.change`, and NOT_FOUND, CONFLICT with what stands in the way

  /** Makes a plan; nothing is started. Throws BAD_REQUEST and NOT_FOUND where its targets mean nothing. */
  async plan(actor: Actor, door: Door, wish: RolloutWish): Promise<StoredRollout> {
    if (this.#known.size >= UNENDED_MAX)
      throw new MusterError("CONFLICT", {
        message: `${UNENDED_MAX} rollouts have not ended; abort those nobody needs.`,
      });
    const rollout = this.#planned(actor, door, wish, uuidv7(this.#deps.clock.now()), 1);
    await this.#byPerson(actor, door, "rollout.plan", rollout, () => this.#replace(rollout));
    return rollout;
  }

  /** The plan anew, now of whoever makes it; an approval of the one before counts no more. */
  planAnew(id: string, actor: Actor, door: Door, wish: RolloutWish): Promise<StoredRollout> {
    return this.#turns.take(id, async () => {
      const before = await this.#get(id);
      const { is } = before.run.state;
      if (is !== "planned" && is !== "awaiting-approval")
        throw new MusterError("CONFLICT", { message: "It has been started already. Make another rollout." });
      const rollout = this.#planned(actor, door, wish, id, before.revision + 1);
      await this.#byPerson(actor, door, "rollout.plan", rollout, () => this.#replace(rollout));
      return rollout;
    });
  }

  /** Somebody else says yes to exactly this plan. Throws FORBIDDEN where that one has made it. */
  approve(id: string, actor: Actor, door: Door, sha256: string): Promise<StoredRollout> {
    return this.#press(id, actor, door, "rollout.approve", { is: "approve" }, (rollout) => {
      needPlan(rollout, sha256);
      if (actor.kind === "console" || actor.kind === "task" || userOf(rollout.askerRef) === actor.user.id)
        throw new MusterError("FORBIDDEN", { message: "Somebody else than who made the plan must approve it." });
      return { approvedBy: actorName(actor), approvedAt: this.#deps.clock.now() };
    });
  }

  /** Whoever made the plan starts it, with the right to all of it. */
  start(id: string, actor: Actor, door: Door, sha256: string): Promise<StoredRollout> {
    return this.#press(id, actor, door, "rollout.start", { is: "start" }, (rollout) => {
      needPlan(rollout, sha256);
      const askerRef = actorRef(actor);
      if (userOf(askerRef) !== userOf(rollout.askerRef))
        throw new MusterError("FORBIDDEN", {
          message: "Only who made the plan can start it. Make a plan of your own.",
        });
      const now = this.#deps.clock.now();
      if (now - rollout.askedAt > PLAN_AGE_MS_MAX)
        throw new MusterError("CONFLICT", { message: "The plan is older than a day. Make it anew." });
      // It goes on with what that one may by the door of now: a token may less than its owner.
      return { startedAt: now, askerRef, asker: actorName(actor), door };
    });
  }

  pause(id: string, actor: Actor, door: Door): Promise<StoredRollout> {
    return this.#press(id, actor, door, "rollout.pause", { is: "pause" });
  }

  resume(id: string, actor: Actor, door: Door): Promise<StoredRollout> {
    return this.#press(id, actor, door, "rollout.resume", { is: "resume" });
  }

  abort(id: string, actor: Actor, door: Door, isTakenBack: boolean): Promise<StoredRollout> {
    return this.#press(id, actor, door, "rollout.abort", { is: "abort", by: actorName(actor), isTakenBack });
  }

  // ---- time

  /** Call every second: looks how targets are, and begins what is due. */
  tick(): void {
    for (const { id, run } of this.#known.values()) if (isRolloutOpen(run.state)) this.#advanceLater(id);
  }

  /** Drops what is past its age. */
  async prune(): Promise<void> {
    for (const id of await this.#deps.store.prune(this.#deps.clock.now())) this.#known.delete(id);
  }

  /** Resolves when every step that has begun is over; nothing new begins. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopListening();
    await this.#turns.settled();
  }

  // ---- within

  #planned(actor: Actor, door: Door, wish: RolloutWish, id: string, revision: number): StoredRollout {
    const { fleet, directory, clock, dependencies, needsApproval } = this.#deps;
    const chosen = resolveTargets(wish.action, wish.args, wish.targets, this.#deps);
    const targets = chosen.map(({ serverId, serviceId }): RolloutTarget => {
      const service = serviceId === null ? undefined : directory.find(serviceId);
      return {
        ...{ id: serviceId ?? serverId, serverId, server: fleet.get(serverId)?.known.name ?? serverId },
        service: service === undefined ? null : { driver: service.driver, name: service.name },
      };
    });
    const serverIds = [...new Set(targets.map(({ serverId }) => serverId))];
    const needs = wish.order === "graph" ? dependencies(serverIds) : [];
    const plan = planRollout({ ...wish, needsApproval: wish.needsApproval || needsApproval }, targets, needs);
    return plannedRollout(
      { id, revision, door, asker: actorName(actor), askerRef: actorRef(actor), askedAt: clock.now() },
      plan,
    );
  }

  async #replace(rollout: StoredRollout): Promise<void> {
    await this.#deps.store.replace(rollout);
    this.#keep(rollout);
  }

  /** One thing that a person does to a rollout. `check` throws where it may not be, and says what is kept of it. */
  #press(
    id: string,
    actor: Actor,
    door: Door,
    name: string,
    event: RolloutEvent,
    check: (rollout: StoredRollout) => Partial<StoredRollout> = () => ({}),
  ): Promise<StoredRollout> {
    return this.#turns.take(id, async () => {
      const rollout = await this.#get(id);
      const done = await this.#byPerson(actor, door, name, rollout, () =>
        this.#take({ ...rollout, ...check(rollout) }, [event], rollout),
      );
      this.#advanceLater(id);
      return done;
    });
  }

  #byPerson<T>(actor: Actor, door: Door, name: string, rollout: StoredRollout, work: () => Promise<T>): Promise<T> {
    const { plan, id, sha256 } = rollout;
    // To plan and to hold up takes the right to rollouts; to let it happen that to what happens.
    const isLetHappen = name === "rollout.start" || name === "rollout.approve" || name === "rollout.resume";
    const right = isLetHappen ? neededRight(plan.action, targetsOf(rollout).length) : "rollouts.write";
    const args = { rollout: id, sha256, action: plan.action, ...plan.args, targets: targetsOf(rollout).length };
    return this.#deps.bus.change(actor, door, { name, right, target: plan.name, args }, work);
  }

  /**
   * Events of one rollout: what comes of them is durable before it counts. Throws CONFLICT where somebody asks for what
   * cannot be.
   */
  async #take(
    rollout: StoredRollout,
    events: readonly RolloutEvent[],
    before: StoredRollout = rollout,
  ): Promise<StoredRollout> {
    const { store, audit, clock } = this.#deps;
    const now = clock.now();
    let { run } = rollout;
    for (const event of events) {
      const step = stepRollout(run, event, rollout.plan, now);
      if (step.problem !== undefined) throw new MusterError("CONFLICT", { message: step.problem });
      run = step.run;
    }
    if (run === before.run) return before;
    const { state } = run;
    const endedAt = state.is === "ended" ? now : null;
    const next: StoredRollout = { ...rollout, run, endedAt, revision: before.revision + 1 };
    if (state.is === "ended")
      await audit.append(endEntry(next, state), (transaction) => store.saveIn(transaction, before, next));
    else await store.save(before, next);
    this.#keep(next);
    return next;
  }

  #keep(rollout: StoredRollout): void {
    if (rollout.run.state.is === "ended") this.#known.delete(rollout.id);
    else this.#known.set(rollout.id, rollout);
    for (const listener of this.#listeners) listener(rollout);
  }

  async #get(id: string): Promise<StoredRollout> {
    const rollout = this.#known.get(id) ?? (await this.#deps.store.byId(id));
    if (rollout === undefined) throw new MusterError("NOT_FOUND");
    return rollout;
  }

  #advanceLater(id: string): void {
    // One that waits for its turn sees all that has happened until then.
    if (this.#isStopped || this.#turns.has(id)) return;
    this.#turns
      .take(id, () => this.#advance(id))
      .catch((error: unknown) =>
        this.#deps.log.warn("a step of a rollout failed; it is tried again", { rollout: id, error }),
      );
  }

  /** Does what is due until nothing more is. */
  async #advance(id: string): Promise<void> {
    for (;;) {
      const rollout = this.#known.get(id);
      if (rollout === undefined || !isRolloutOpen(rollout.run.state) || this.#isStopped) return;
      const duty = rolloutDuty(rollout.run, rollout.plan, this.#deps.clock.now());
      const events = duty === undefined ? await this.#look(rollout) : [await this.#do(rollout, duty)];
      if ((await this.#take(rollout, events)) === rollout) return;
    }
  }

  /** What has become of what was asked for, and how its targets are. */
  async #look({ run, plan }: StoredRollout): Promise<readonly RolloutEvent[]> {
    const { actions, sightOf } = this.#deps;
    const awaited = run.targets.flatMap(({ stage, cmd, undoCmd }) => {
      const one = stage === "asked" ? cmd : stage === "undoing" ? undoCmd : null;
      return one === null ? [] : [one];
    });
    const outcomes = await actions.outcomes(awaited);
    const events: RolloutEvent[] = awaited.flatMap((cmd) => {
      const outcome = outcomes.get(cmd);
      return outcome === undefined ? [] : [{ is: "outcome", cmd, outcome }];
    });
    const targets = new Map(plan.waves.flatMap((wave) => wave.targets.map((target) => [target.id, target])));
    for (const { id, stage, before } of run.targets)
      if (stage === "acted")
        events.push({ is: "seen", id, ...judgeSight(plan.action, sightOf(targets.get(id)!), before) });
    return [...events, { is: "time" }];
  }

  async #do(rollout: StoredRollout, duty: RolloutDuty): Promise<RolloutEvent> {
    const { plan } = rollout;
    if (duty.is === "begin") {
      const may = await this.#mayAsk(rollout, plan.action, targetsOf(rollout).length);
      if (typeof may === "string") return { is: "refused", why: may };
      const { sightOf } = this.#deps;
      const before = plan.waves[duty.wave]!.targets.map(
        (target) => [target.id, targetBefore(sightOf(target))] as const,
      );
      return { is: "begin", before: Object.fromEntries(before) };
    }
    // With spaces, which no key of a request has: nobody else can have asked under it.
    const key = `rollout ${rollout.id} ${duty.is === "undo" ? "undo" : "wave"} ${duty.wave + 1}`;
    const known = await this.#deps.actions.batchAsked(rollout.askerRef, key);
    if (known !== undefined) return { is: "asked", cmds: await this.#commandsOf(known) };
    if (duty.is === "recall") return { is: "not-asked" };
    const action = duty.is === "undo" ? ROLLOUT_ACTIONS[plan.action].undo : plan.action;
    if (action === null) return { is: "cannot-ask", why: "it cannot be taken back" };
    return this.#ask(rollout, duty, action, key);
  }

  async #ask(
    rollout: StoredRollout,
    { is, wave, targets }: Exclude<RolloutDuty, { readonly is: "begin" }>,
    action: ActionName,
    key: string,
  ): Promise<RolloutEvent> {
    const { bus, fleet, directory } = this.#deps;
    const { plan, id, door } = rollout;
    const actor = await this.#mayAsk(rollout, action, targets.length);
    if (typeof actor === "string") return { is: "refused", why: actor };
    const present = targets.filter((target) =>
      target.service === null ? fleet.get(target.serverId) !== undefined : directory.find(target.id) !== undefined,
    );
    if (present.length === 0) return { is: "asked", cmds: {} };
    const ids = present.map((target) => target.id);
    const what = is === "undo" ? "rolling back" : "rollout";
    try {
      const { batchId } = await bus.ask(actor, door, {
        action,
        args: is === "undo" ? {} : plan.args,
        targets: present[0]!.service === null ? { servers: ids } : { services: ids },
        reason: `${what} ${plan.name} (${id}), wave ${wave + 1} of ${plan.waves.length}${plan.reason && `: ${plan.reason}`}`,
        idempotencyKey: key,
      });
      return { is: "asked", cmds: await this.#commandsOf(batchId) };
    } catch (error) {
      if (!isMusterError(error)) throw error;
      if (error.code === "FORBIDDEN" || error.code === "STEP_UP_NEEDED")
        return { is: "refused", why: "who asked for it may not any more" };
      // What passes is tried again.
      if (error.code.startsWith("STORAGE_") || error.code === "RATE_LIMITED") throw error;
      return { is: "cannot-ask", why: error.message };
    }
  }

  /** Whoever asked, with the rights of now, or why that one may not. */
  async #mayAsk({ askerRef }: StoredRollout, action: ActionName, count: number): Promise<Actor | string> {
    const actor = await this.#deps.actorNow(askerRef);
    if (actor === undefined) return "who asked for it is gone";
    const may = (right: Parameters<typeof authorize>[1]): boolean =>
      authorize(actor, right, this.#deps.clock.now()).allow;
    return may("rollouts.write") && may(neededRight(action, count)) ? actor : "who asked for it may not any more";
  }

  async #commandsOf(batchId: string): Promise<Readonly<Record<string, string>>> {
    const items = await this.#deps.actions.ofBatch(batchId);
    return Object.fromEntries(items.map(({ id, serviceId, serverId }) => [serviceId ?? serverId, id]));
  }
}

const targetsOf = ({ run }: StoredRollout): StoredRollout["run"]["targets"] => run.targets;

/** The person who answers for it; undefined for the hub's own console. */
const userOf = (ref: ActorRef): string | undefined =>
  ref.kind === "console" ? undefined : ref.kind === "task" ? ref.owner.userId : ref.userId;

function needPlan({ sha256 }: StoredRollout, given: string): void {
  if (given !== sha256)
    throw new MusterError("CONFLICT", { message: "The plan is another one by now. Read it again before you say yes." });
}

/** How the log names a rollout's end. */
const endEntry = (
  { id, plan, asker, door, sha256 }: StoredRollout,
  state: Extract<StoredRollout["run"]["state"], { readonly is: "ended" }>,
): AuditEntry => ({
  ...{ actor: asker, door, action: "rollout.end", target: plan.name, args: { rollout: id, sha256 }, cmd: null },
  decision: state.outcome === "succeeded" ? "succeeded" : state.outcome === "refused" ? "refused" : "failed",
  reason: `${state.outcome}: ${state.detail}`,
});
