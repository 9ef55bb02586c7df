import { MusterError } from "@muster/core";
import type { CallName, Calls, LinkTest, StreamName, Streams } from "@muster/protocol";
import type { Fleet } from "../fleet/fleet.ts";
import type { CommandEnds, Links, LinkTrial, ReachedLinks } from "./links.ts";

type LinksByKind = Readonly<{ agent: Links; ssh?: Links & ReachedLinks; pull?: Links & ReachedLinks; push?: never }>;

/** All servers, each by its own kind of link. A kind that is left out only comes to the hub: nothing is asked of it. */
export class LinkRouter implements Links, ReachedLinks {
  readonly #fleet: Fleet;
  readonly #byKind: LinksByKind;
  readonly #dialler: Pick<ReachedLinks, "test">;

  constructor(deps: {
    readonly fleet: Fleet;
    readonly byKind: LinksByKind;
    /** Tries the way to agents that wait to be dialled. */
    readonly dialler: Pick<ReachedLinks, "test">;
  }) {
    this.#dialler = deps.dialler;
    this.#fleet = deps.fleet;
    this.#byKind = deps.byKind;
  }

  isConnected(serverId: string): boolean {
    return this.#of(serverId)?.isConnected(serverId) ?? false;
  }

  async call<K extends CallName>(
    serverId: string,
    name: K,
    params: Calls[K]["params"],
    signal: AbortSignal,
  ): Promise<Calls[K]["result"]> {
    return this.#asked(serverId).call(serverId, name, params, signal);
  }

  commandProblem(serverId: string): ReturnType<Links["commandProblem"]> {
    const links = this.#of(serverId);
    return links === undefined ? "SERVER_OFFLINE" : links.commandProblem(serverId);
  }

  async deliver(serverId: string, core: string, audit: { readonly seq: number; readonly hash: string }): Promise<void> {
    await this.#asked(serverId).deliver(serverId, core, audit);
  }

  serve(ends: CommandEnds): void {
    for (const links of Object.values(this.#byKind)) links.serve(ends);
  }

  async *stream<K extends StreamName>(
    serverId: string,
    name: K,
    params: Streams[K]["params"],
    signal: AbortSignal,
  ): AsyncGenerator<Streams[K]["item"], void, undefined> {
    yield* this.#asked(serverId).stream(serverId, name, params, signal);
  }

  disconnect(serverId: string, why: Parameters<Links["disconnect"]>[1]): void {
    this.#of(serverId)?.disconnect(serverId, why);
  }

  async test(trial: LinkTrial, signal: AbortSignal): Promise<LinkTest> {
    const { kind } = trial.settings;
    const links = kind === "agent" ? this.#dialler : this.#byKind[kind];
    if (links === undefined)
      return {
        ok: true,
        steps: [{ step: "push", ok: true, detail: "nothing to try: the server comes by itself" }],
        hostKey: null,
        adapter: null,
      };
    return links.test(trial, signal);
  }

  async refresh(serverId: string, signal: AbortSignal): Promise<void> {
    const kind = this.#fleet.get(serverId)?.known.link;
    const links = kind === "ssh" || kind === "pull" ? this.#byKind[kind] : undefined;
    if (links === undefined)
      throw new MusterError("SERVER_OFFLINE", { message: "This server reports by itself; it cannot be asked to." });
    await links.refresh(serverId, signal);
  }

  #of(serverId: string): Links | undefined {
    const kind = this.#fleet.get(serverId)?.known.link;
    return kind && this.#byKind[kind];
  }

  #asked(serverId: string): Links {
    const links = this.#of(serverId);
    if (links === undefined)
      throw new MusterError("SERVER_OFFLINE", {
        message: "This server only sends readings; nothing can be asked of it.",
      });
    return links;
  }
}
