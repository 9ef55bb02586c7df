import { setTimeout as sleep } from "node:timers/promises";
import type { ActionName } from "@muster/core";
import type { ActionView } from "@muster/protocol";
import { idOf } from "./stand-in-servers.ts";
import type { Server, Service } from "./stand-in-servers.ts";

const SENT_AFTER_MS = 250;
const ENDED_AFTER_MS = 500;
/** As many as a live message tells. */
const NEWEST = 50;

export interface AskedAction {
  readonly action: ActionName;
  readonly args?: ActionView["args"];
  readonly targets: { readonly services?: readonly string[]; readonly servers?: readonly string[] };
}

/** Actions that go their way by themselves; how one ends is told by the name of what it is done to. */
export class StandInActions {
  readonly #servers: readonly Server[];
  readonly #services: readonly Service[];
  readonly #onChange: (newest: readonly ActionView[]) => void;
  readonly #endedAfterMs: number;
  readonly #stop = new AbortController();
  #all: readonly ActionView[];
  #lastId = 5_000;

  constructor(
    servers: readonly Server[],
    services: readonly Service[],
    past: readonly ActionView[],
    onChange: (newest: readonly ActionView[]) => void,
    endedAfterMs = ENDED_AFTER_MS,
  ) {
    this.#servers = servers;
    this.#services = services;
    this.#all = past;
    this.#onChange = onChange;
    this.#endedAfterMs = endedAfterMs;
  }

  get newest(): readonly ActionView[] {
    return this.#all.slice(0, NEWEST).map(withoutOutput);
  }

  one(id: string): ActionView | undefined {
    return this.#all.find((action) => action.id === id);
  }

  filtered(query: URLSearchParams): readonly ActionView[] {
    const server = query.get("server");
    const batch = query.get("batch");
    if (query.has("before")) return [];
    return this.#all
      .filter(
        (action) => (server === null || action.serverId === server) && (batch === null || action.batchId === batch),
      )
      .map(withoutOutput);
  }

  ask({ action, args = {}, targets }: AskedAction): {
    readonly batchId: string;
    readonly items: readonly ActionView[];
  } {
    const batchId = idOf(4, ++this.#lastId);
    const make = (target: Pick<ActionView, "serverId" | "server" | "serviceId" | "args">): ActionView => ({
      ...target,
      id: idOf(3, ++this.#lastId),
      auditSeq: this.#lastId,
      batchId,
      action,
      actor: "olga",
      door: "web",
      reason: "",
      state: "asked",
      outcome: null,
      detail: "",
      exit: null,
      output: null,
      askedAt: Date.now(),
      sentAt: null,
      endedAt: null,
    });
    const services = this.#services.filter(({ id }) => targets.services?.includes(id));
    const servers = this.#servers.filter(({ id }) => targets.servers?.includes(id));
    const items = [
      ...services.map(({ id, serverId, server, driver, name }) =>
        make({ serverId, server, serviceId: id, args: { driver, name, ...args } }),
      ),
      ...servers.map(({ id, name }) => make({ serverId: id, server: name, serviceId: null, args })),
    ];
    this.#all = [...items, ...this.#all];
    for (const item of items) this.#carryOut(item).catch(() => undefined);
    this.#onChange(this.newest);
    return { batchId, items };
  }

  stop(): void {
    this.#stop.abort();
  }

  async #carryOut(action: ActionView): Promise<void> {
    const { signal } = this.#stop;
    await sleep(SENT_AFTER_MS, undefined, { signal });
    this.#change(action.id, { state: "sent", sentAt: Date.now() });
    await sleep(this.#endedAfterMs, undefined, { signal });
    const output = action.action === "exec.run" ? "rotated 12 files\nfreed 1.2 GiB\n" : null;
    this.#change(action.id, { ...endOf(action), endedAt: Date.now(), output, exit: output === null ? null : 0 });
  }

  #change(id: string, parts: Partial<ActionView>): void {
    this.#all = this.#all.map((action) => (action.id === id ? { ...action, ...parts } : action));
    this.#onChange(this.newest);
  }
}

/** As the real hub tells it in lists and live; only the action itself is told with what it printed. */
const withoutOutput = (action: ActionView): ActionView => ({ ...action, output: null });

function endOf(action: ActionView): Pick<ActionView, "state" | "outcome" | "detail"> {
  const name = String(action.args["name"] ?? action.action);
  if (name.includes("billing"))
    return { state: "ended", outcome: "failed", detail: "it is failed: exit 1 (cannot bind to port 8080)" };
  if (name.includes("irc")) return { state: "ended", outcome: "unknown", detail: "the server did not answer in time" };
  if (name.includes("redis"))
    return { state: "ended", outcome: "refused", detail: "no entry of service.restart names this target" };
  return { state: "ended", outcome: "succeeded", detail: "a new run: it is active (running)" };
}
