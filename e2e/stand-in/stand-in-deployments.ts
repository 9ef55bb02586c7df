import { advanceDeployment, DEPLOYMENTS, isOver, newDeployment } from "@muster/core";
import type { DeployAction, DeploymentEvent } from "@muster/core";
import type { DeploymentView } from "@muster/protocol";
import type { Answer } from "./stand-in-answer.ts";
import { HOSTILE, idOf } from "./stand-in-servers.ts";
import type { Server } from "./stand-in-servers.ts";

export interface StandInDeploymentsDeps {
  readonly server: (id: string) => Server | undefined;
  /** The server's agent came or went. */
  readonly relink: (id: string, link: "ssh" | "agent") => void;
  /** What a real hub would check; one that fails does so at its second step. */
  readonly fails: (id: string) => boolean;
}

/** What is done to agents over SSH, one event further each time somebody waits for one. */
export class StandInDeployments {
  readonly #deps: StandInDeploymentsDeps;
  readonly #all: DeploymentView[] = [];
  readonly #events = new Map<string, DeploymentEvent[]>();

  constructor(deps: StandInDeploymentsDeps) {
    this.#deps = deps;
  }

  begin(serverId: string, action: DeployAction): Answer {
    const server = this.#deps.server(serverId)!;
    const now = Date.now();
    const made: DeploymentView = {
      ...{ id: idOf(9, this.#all.length + 1), serverId, server: server.name, action, actor: "olga" },
      ...{ askedAt: now, endedAt: null, ...progressOf(newDeployment(action)) },
    };
    this.#all.push(made);
    this.#events.set(made.id, [...this.#eventsOf(serverId, action)]);
    return { status: 202, body: made };
  }

  list(): Answer {
    return { status: 200, body: { items: this.#all.toReversed() } };
  }

  next(id: string): Answer {
    const index = this.#all.findIndex((one) => one.id === id);
    const before = this.#all[index];
    if (before === undefined) return { status: 404, body: { error: { code: "NOT_FOUND", message: "none" } } };
    const event = this.#events.get(id)?.shift();
    if (event === undefined || isOver(before)) return { status: 200, body: before };
    const after = { ...before, ...progressOf(advanceDeployment(before, event, Date.now())) };
    this.#all[index] = after;
    if (after.state === "succeeded" && (after.action === "deploy" || after.action === "uninstall"))
      this.#deps.relink(after.serverId, after.action === "deploy" ? "agent" : "ssh");
    return { status: 200, body: after };
  }

  *#eventsOf(serverId: string, action: DeployAction): Generator<DeploymentEvent> {
    for (const [index, step] of DEPLOYMENTS[action].steps.entries()) {
      yield { is: "began", step };
      if (index === 1 && this.#deps.fails(serverId)) {
        yield { is: "failed", detail: `The server said ${HOSTILE}. Make room.` };
        yield { is: "undone", aftermath: "All is as it was before." };
        return;
      }
      yield { is: "ended", state: step === "runtime" ? "skipped" : "done", detail: `${step} is through.` };
    }
    yield { is: "succeeded" };
  }
}

const progressOf = ({ steps, ...rest }: ReturnType<typeof newDeployment>) => ({
  ...rest,
  steps: steps.map((step) => ({ ...step })),
});
