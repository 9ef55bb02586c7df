import { isChannelVerb } from "@muster/core";
import type { ChannelVerb, Execution, ServiceStatus } from "@muster/core";
import type { Effect, ServiceDriver } from "@muster/host";
import { PullFailure } from "./pull-adapter.ts";
import type { PullDeps } from "./pull-adapter.ts";

/** A server whose channels can be started, stopped and restarted. */
export interface ChannelBox {
  /** Host and port. */
  readonly name: string;
  /** Whether a channel may be called so. What is none is never asked for. */
  isChannelName(name: string): boolean;
  /** Every channel now. Throws PullFailure. */
  channels(signal: AbortSignal): Promise<readonly ServiceStatus[]>;
  /** One channel now. Throws PullFailure. */
  channel(name: string, signal: AbortSignal): Promise<ServiceStatus | undefined>;
  /** Brings it about and observes it; it has the box for itself meanwhile. Never throws. */
  act(verb: ChannelVerb, name: string, signal: AbortSignal): Promise<Execution>;
}

/** Channels of one box as services. */
export class ChannelDriver implements ServiceDriver {
  readonly name = "channel";
  readonly #box: ChannelBox;
  readonly #turns: PullDeps["turns"];

  constructor(box: ChannelBox, { turns }: Pick<PullDeps, "turns">) {
    this.#box = box;
    this.#turns = turns;
  }

  async detect(signal: AbortSignal): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
    try {
      await this.#box.channels(signal);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof PullFailure)) throw error;
      return { ok: false, why: error.message };
    }
  }

  async list(signal: AbortSignal): Promise<readonly ServiceStatus[]> {
    return (await this.#box.channels(signal)).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  async read(name: string, signal: AbortSignal): Promise<ServiceStatus | undefined> {
    return this.#box.isChannelName(name) ? this.#box.channel(name, signal) : undefined;
  }

  async act({ verb, name }: Effect, signal: AbortSignal): Promise<Execution> {
    if (!this.#box.isChannelName(name)) return { outcome: "failed", detail: "there is no such channel" };
    if (!isChannelVerb(verb))
      return { outcome: "failed", detail: "a channel can be started, stopped and restarted, nothing else" };
    const done = await this.#turns.run(this.#box.name, () => this.#box.act(verb, name, signal), signal);
    if (done === "busy") return { outcome: "failed", detail: "too many actions wait for this box; nothing was sent" };
    if (done === "aborted") return { outcome: "unknown", detail: "nobody waits for it any more; nothing was sent" };
    return done;
  }
}
