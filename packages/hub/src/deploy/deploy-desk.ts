import { advanceDeployment, DEPLOYMENTS, isMusterError, isOver, MusterError, newDeployment } from "@muster/core";
import type { Actor, Clock, DeployAction, DeploymentEvent, DeploymentProgress, Instant, Logger } from "@muster/core";
import { Places, uuidv7 } from "@muster/node-kit";
import type { DeploymentView } from "@muster/protocol";
import type { AuditEntry, AuditLog } from "../access/audit-log.ts";
import { actorName, authorizeAgain } from "../commands/command-bus.ts";
import { ProgressBoard } from "../commands/progress-board.ts";
import type { ServerClaims } from "../commands/server-claims.ts";
import type { Fleet } from "../fleet/fleet.ts";

/** What is done to one server, and how it is undone. */
export interface DeployWork {
  /** Does all steps in order; the step that runs when it rejects is the one that failed. */
  run(tell: (event: StepEvent) => void, signal: AbortSignal): Promise<void>;
  /** Undoes what was done as far as it comes before the signal aborts, and says in one sentence what is left. Never rejects. */
  undo(signal: AbortSignal): Promise<string>;
  /** Lets go of the server. */
  end(): void;
}

/** What the work itself tells; whether it came to its end, the desk sees. */
export type StepEvent = Extract<DeploymentEvent, { readonly is: "began" | "told" | "ended" }>;

export interface DeployDeskDeps {
  readonly fleet: Pick<Fleet, "get">;
  readonly audit: Pick<AuditLog, "append">;
  readonly claims: ServerClaims;
  readonly clock: Clock;
  readonly log: Logger;
  /** Who somebody is by now; undefined when there is nobody any more. */
  readonly actorNow: (actor: Actor) => Promise<Actor | undefined>;
  /** Throws CONFLICT where this server cannot be reached for it. */
  readonly work: (server: { readonly id: string; readonly name: string }, action: DeployAction) => DeployWork;
}

interface Deployment {
  readonly id: string;
  readonly serverId: string;
  readonly server: string;
  readonly action: DeployAction;
  readonly actor: Actor;
  readonly askedAt: Instant;
  endedAt: Instant | null;
  progress: DeploymentProgress;
}

/** So many servers at once: each may take a hundred megabytes of the hub's network. Others wait for their turn. */
const RUNNING_MAX = 4;
/** Remembered, with those that are not over. */
const KEPT_MAX = 200;
const BUSY = "Something is being done to the agent of this server already. Wait for it.";
/** How long undoing may hold up a hub that is to stop. */
const STOP_MS = 20_000;

/** What is being done to agents of servers over SSH: one thing at a time on one server. Asked for through the bus only. */
export class DeployDesk {
  readonly #deps: DeployDeskDeps;
  readonly #places = new Places(RUNNING_MAX);
  readonly #deployments: ProgressBoard<Deployment>;
  readonly #giveUp = new AbortController();

  constructor(deps: DeployDeskDeps) {
    this.#deps = deps;
    this.#deployments = new ProgressBoard(deps, {
      what: "a deployment",
      keptMax: KEPT_MAX,
      isOver: ({ progress }) => isOver(progress),
      revision: ({ progress }) => progress.revision,
    });
  }

  /**
   * Begins, or stands in line. Throws NOT_FOUND, and CONFLICT where something is being done on this server already, or it is
   * not linked as this needs.
   */
  start(actor: Actor, serverId: string, action: DeployAction): DeploymentView {
    const { fleet, clock, claims } = this.#deps;
    const known = fleet.get(serverId)?.known;
    if (known === undefined) throw new MusterError("NOT_FOUND");
    const problem = this.#problem(known, action);
    if (problem !== undefined) throw new MusterError("CONFLICT", { message: problem });
    const work = this.#deps.work(known, action);
    const letGo = claims.take(serverId, BUSY);
    const now = clock.now();
    const deployment: Deployment = {
      ...{ id: uuidv7(now), serverId, server: known.name, action, actor },
      ...{ askedAt: now, endedAt: null, progress: newDeployment(action) },
    };
    this.#deployments.begin(deployment, () => this.#run(deployment, work, letGo));
    return viewOf(deployment);
  }

  /** Newest first. */
  list(serverId: string | undefined): readonly DeploymentView[] {
    return this.#deployments
      .all()
      .filter((one) => serverId === undefined || one.serverId === serverId)
      .map(viewOf);
  }

  /** One as it is when there is news of it, see `ProgressBoard.wait`. */
  async wait(id: string, waitMs: number, after: number | undefined, signal: AbortSignal): Promise<DeploymentView> {
    return viewOf(await this.#deployments.wait(id, waitMs, after, signal));
  }

  /** Ends all; what runs is undone as far as that goes quickly. */
  async stop(): Promise<void> {
    const timer = this.#deps.clock.after(STOP_MS, () => this.#giveUp.abort());
    await this.#deployments.stop();
    timer.cancel();
  }

  #problem({ id, link, state }: { id: string; link: string; state: string }, action: DeployAction): string | undefined {
    const { from } = DEPLOYMENTS[action];
    if (state !== "active") return `This server is ${state}; nothing is done on it.`;
    if (link !== from)
      return from === "ssh"
        ? link === "agent"
          ? "This server has an agent already."
          : "Only a server that is reached by SSH can get an agent from here."
        : "This server has no agent that could be changed.";
    return this.#deps.claims.of(id);
  }

  async #run(deployment: Deployment, work: DeployWork, letGo: () => void): Promise<void> {
    const { signal } = this.#deployments;
    let leave: (() => void) | undefined;
    try {
      leave = await this.#places.take(signal);
      await authorizeAgain(deployment.actor, "agents.write", this.#deps);
      signal.throwIfAborted();
      await work.run((event) => this.#advance(deployment, event), signal);
      await this.#end(deployment, "succeeded", "");
    } catch (error) {
      const detail = this.#sentenceOf(signal.aborted ? signal.reason : error, deployment);
      this.#advance(deployment, { is: "failed", detail });
      const failed = deployment.progress.steps.find(({ state }) => state === "failed")?.step;
      const aftermath = await work.undo(this.#giveUp.signal);
      await this.#end(deployment, "failed", `${failed ?? "before its first step"}: ${detail} ${aftermath}`);
      this.#advance(deployment, { is: "undone", aftermath });
    } finally {
      work.end();
      letGo();
      leave?.();
    }
  }

  /** The outcome is in the audit log before anybody hears of it. */
  async #end(deployment: Deployment, decision: "succeeded" | "failed", reason: string): Promise<void> {
    const { audit, clock } = this.#deps;
    const row: AuditEntry = {
      actor: actorName(deployment.actor),
      door: "http",
      action: `agent.${deployment.action}`,
      target: deployment.server,
      args: { serverId: deployment.serverId, deploymentId: deployment.id },
      ...{ decision, reason, cmd: null },
    };
    await audit
      .append(row)
      .catch((error: unknown) =>
        this.#deps.log.error("what came of a deployment could not be written into the audit log", { error }),
      );
    deployment.endedAt = clock.now();
    if (decision === "succeeded") this.#advance(deployment, { is: "succeeded" });
  }

  #sentenceOf(error: unknown, { serverId, action }: Deployment): string {
    if (isMusterError(error)) return error.message;
    this.#deps.log.error("a deployment failed inside the hub", { serverId, action, error });
    return "Something failed inside the hub; its log has the cause.";
  }

  #advance(deployment: Deployment, event: DeploymentEvent): void {
    deployment.progress = advanceDeployment(deployment.progress, event, this.#deps.clock.now());
    this.#deployments.changed(deployment.id);
  }
}

function viewOf({ id, serverId, server, action, actor, askedAt, endedAt, progress }: Deployment): DeploymentView {
  const { state, steps, aftermath, revision } = progress;
  return {
    ...{ id, serverId, server, action, actor: actorName(actor), askedAt, endedAt, state, aftermath, revision },
    steps: steps.map((step) => ({ ...step })),
  };
}
