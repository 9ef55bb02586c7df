import { ChannelWatch, parseIpvtlStatus } from "@muster/core";
import type { IpvtlStatus, LookTimes, ServiceStatus, WatchedChannel } from "@muster/core";
import { BoxTurns } from "../box-turns.ts";
import { PullFailure } from "../pull-adapter.ts";
import type { PullConfig, PullDeps } from "../pull-adapter.ts";
import { PullClient, headerOf, understood } from "../pull-client.ts";
import type { EffectAnswer } from "../pull-client.ts";
import { channelStatus } from "./channel-status.ts";

/** The box as one look shows it. */
export interface BoxLook {
  readonly status: IpvtlStatus;
  readonly channels: readonly WatchedChannel[];
  readonly times: LookTimes;
  /** Why a number may stand for another channel than its owner thinks; undefined when all is as it was. */
  readonly listProblem: string | undefined;
}

/** Asks one IPVTL box, and remembers what its channels did before. */
export class IpvtlBox {
  readonly #config: PullConfig;
  readonly #deps: PullDeps;
  readonly #client: PullClient;
  readonly #watch = new ChannelWatch();
  /** Looks come one after the other, or an older one would be taken for a newer. */
  readonly #looks = new BoxTurns();
  readonly #headers: Readonly<Record<string, string>>;
  #fingerprint: string | undefined;
  #moved: readonly number[] = [];

  constructor(config: PullConfig, deps: PullDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#client = new PullClient(config, deps);
    this.#headers = cookieOf(config.secret);
    this.#fingerprint = config.listFingerprint;
  }

  /** Host and port. */
  get name(): string {
    return this.#client.box;
  }

  /** Throws PullFailure. */
  async look(signal: AbortSignal): Promise<BoxLook> {
    const look = await this.#looks.run(this.name, () => this.#look(signal), signal);
    if (typeof look === "string") throw new PullFailure("reach", `${this.name} was not asked: ${look}.`);
    return look;
  }

  /** Asks once; whether it came about is seen by looking. */
  effect(channel: number, verb: "start" | "stop", signal: AbortSignal): Promise<EffectAnswer> {
    const address = this.#client.address(`channel${channel}?${verb}`);
    return this.#client.effect({ method: "GET", address, headers: this.#headers }, signal);
  }

  /** Whoever saves the names again has compared them with the box. */
  settingsSaved(): void {
    this.#fingerprint = undefined;
    this.#moved = [];
  }

  /** A channel as all services are told. */
  serviceOf(watched: WatchedChannel): ServiceStatus {
    return channelStatus(watched, this.#config.channelNames[String(watched.channel.number)]);
  }

  async #look(signal: AbortSignal): Promise<BoxLook> {
    const { clock } = this.#deps;
    const askedMs = clock.monotonic();
    const body = await this.#client.read("status", { headers: this.#headers }, signal);
    const times = { now: clock.now(), askedMs, gotMs: clock.monotonic() };
    const status = understood(this.name, () => parseIpvtlStatus(body));
    this.#fingerprint ??= status.listFingerprint;
    const moved = this.#watch.moved(status.channels, times);
    if (moved.length > 0) this.#moved = [...new Set([...this.#moved, ...moved])].toSorted((one, other) => one - other);
    const channels = this.#watch.take(status.channels, times);
    return { status, channels, times, listProblem: this.#listProblem(status.listFingerprint) };
  }

  #listProblem(fingerprint: string): string | undefined {
    const remedy = "compare the names of the channels with the box and save them again";
    if (fingerprint !== this.#fingerprint) return `the list of channels has changed: ${remedy}`;
    if (this.#moved.length === 0) return undefined;
    return `the channels seem to stand in another order (${this.#moved.join(", ")} ran longer than it can): ${remedy}`;
  }
}

/** The password itself is the cookie. */
function cookieOf(secret = ""): Readonly<Record<string, string>> {
  if (secret === "") return {};
  if (/[;,\s"\\]/.test(secret))
    throw new PullFailure(
      "address",
      "A password with blanks, quotes, commas or semicolons cannot be sent as a cookie.",
    );
  return headerOf("cookie", `auth=${secret}`);
}
