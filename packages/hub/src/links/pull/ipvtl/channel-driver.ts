import type { Clock, Execution, ServiceStatus } from "@muster/core";
import type { Effect, ServiceDriver } from "@muster/host";
import { PullFailure } from "../pull-adapter.ts";
import type { PullDeps } from "../pull-adapter.ts";
import { actOnChannel } from "./act-on-channel.ts";
import { CHANNEL_VERBS, channelNumber } from "./channel-status.ts";
import type { IpvtlBox } from "./ipvtl-box.ts";

/** Channels of one box as services. */
export class ChannelDriver implements ServiceDriver {
  readonly name = "channel";
  readonly #box: IpvtlBox;
  readonly #deps: { readonly clock: Clock } & Pick<PullDeps, "turns">;

  constructor(box: IpvtlBox, deps: { readonly clock: Clock } & Pick<PullDeps, "turns">) {
    this.#box = box;
    this.#deps = deps;
  }

  async detect(signal: AbortSignal): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
    try {
      await this.#box.look(signal);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof PullFailure)) throw error;
      return { ok: false, why: error.message };
    }
  }

  async list(signal: AbortSignal): Promise<readonly ServiceStatus[]> {
    const { channels } = await this.#box.look(signal);
    return channels
      .map((channel) => this.#box.serviceOf(channel))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  async read(name: string, signal: AbortSignal): Promise<ServiceStatus | undefined> {
    if (channelNumber(name) === undefined) return undefined;
    return (await this.list(signal)).find((status) => status.name === name);
  }

  async act({ verb, name }: Effect, signal: AbortSignal): Promise<Execution> {
    const number = channelNumber(name);
    if (number === undefined) return { outcome: "failed", detail: "there is no such channel" };
    if (!CHANNEL_VERBS.includes(verb))
      return { outcome: "failed", detail: "a channel can be started, stopped and restarted, nothing else" };
    const { clock, turns } = this.#deps;
    const done = await turns.run(
      this.#box.name,
      () => actOnChannel(verb as "start" | "stop" | "restart", number, { box: this.#box, clock, signal }),
      signal,
    );
    if (done === "busy") return { outcome: "failed", detail: "too many actions wait for this box; nothing was sent" };
    if (done === "aborted") return { outcome: "unknown", detail: "nobody waits for it any more; nothing was sent" };
    return done;
  }
}
