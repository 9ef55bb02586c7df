import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@muster/core";
import { StandInServer, answerJson } from "./stand-in-server.ts";

export interface IpvtlStandInOptions {
  /** Counts its running times and delays. */
  readonly clock: Clock;
  readonly channelCount?: number;
  /** The cookie `auth` must hold it. */
  readonly password?: string;
  /** From a start to running. */
  readonly startMs?: number;
  /** From a stop to idle. */
  readonly stopMs?: number;
}

/** What one channel does wrong. */
export type ChannelFault =
  | "stuck-stopping"
  | "no-frames"
  | "stands-still"
  | "fails-on-start"
  | "ends-at-once"
  | "unknown-state"
  | "starts-again"
  | "no-status"
  /** The effect comes about, and the answer does not come. */
  | "lost-answer"
  | "gateway-error"
  /** Nothing comes about, although the answer is good. */
  | "ignores";

interface Channel {
  state: "idle" | "running" | "stopping";
  /** Monotonic, of the present state. */
  sinceMs: number;
  /** When a start that was asked for comes true. */
  runsAtMs: number | undefined;
  startMs: number;
  fault: ChannelFault | undefined;
}

/**
 * A transcoder as its clients know it: `/status`, `/channelN?start`, `/channelN?stop`. A start while running has no
 * effect and is answered well, as is a stop while idle.
 */
export class IpvtlStandIn extends StandInServer {
  /** Each effect that was asked for, such as `1 start`, whatever came of it. */
  readonly effects: string[] = [];
  /** Without the processor's load. */
  hasCpu = true;
  /** With names of its own for its channels. */
  hasNames = false;
  /** What each channel sends that sends anything. */
  kilobitsPerSecond = 4_000;
  /** The order in which channels are listed, by their first number. */
  order: number[];
  readonly #options: IpvtlStandInOptions;
  readonly #channels: Channel[];

  constructor(options: IpvtlStandInOptions) {
    super((request, response) => this.#reply(request, response));
    this.#options = options;
    const count = options.channelCount ?? 4;
    this.order = Array.from({ length: count }, (_, index) => index + 1);
    this.#channels = this.order.map(() => ({
      ...{ state: "idle", sinceMs: options.clock.monotonic(), runsAtMs: undefined, fault: undefined },
      startMs: options.startMs ?? 1_000,
    }));
  }

  /** The channel of this first number. */
  channel(number: number): Channel {
    const channel = this.#channels[number - 1];
    if (channel === undefined) throw new Error(`there is no channel ${number}`);
    return channel;
  }

  /** Lets a channel run as if for so long. */
  run(number: number, forSeconds = 0): void {
    Object.assign(this.channel(number), {
      ...{ state: "running", runsAtMs: undefined },
      sinceMs: this.#options.clock.monotonic() - forSeconds * 1_000,
    });
  }

  /** Ends a channel from outside. */
  kill(number: number): void {
    Object.assign(this.channel(number), {
      state: "idle",
      sinceMs: this.#options.clock.monotonic(),
      runsAtMs: undefined,
    });
  }

  #reply(request: IncomingMessage, response: ServerResponse): void {
    const { password } = this.#options;
    if (password !== undefined && !(request.headers.cookie ?? "").split("; ").includes(`auth=${password}`))
      return void response.writeHead(401).end();
    if (request.url === "/status") return answerJson(response, this.#status());
    const [, number = "", verb = ""] = /^\/channel(\d+)\?(start|stop)$/.exec(request.url ?? "") ?? [];
    const first = this.order[Number(number) - 1];
    if (request.method !== "GET" || first === undefined) return void response.writeHead(404).end();
    this.effects.push(`${first} ${verb}`);
    const channel = this.channel(first);
    this.#pass(channel);
    if (channel.fault === "fails-on-start" && verb === "start") return void response.writeHead(500).end();
    if (channel.fault !== "ignores") this.#ask(channel, verb);
    if (channel.fault === "lost-answer") return void request.socket.destroy();
    response.writeHead(channel.fault === "gateway-error" ? 504 : 200).end();
  }

  #ask(channel: Channel, verb: string): void {
    const nowMs = this.#options.clock.monotonic();
    if (verb === "start" && channel.state === "idle") channel.runsAtMs ??= nowMs + channel.startMs;
    else if (verb === "stop" && channel.state === "running")
      Object.assign(channel, { state: "stopping", sinceMs: nowMs });
    else if (verb === "stop") channel.runsAtMs = undefined;
  }

  /** Brings a channel up to now. */
  #pass(channel: Channel): void {
    const nowMs = this.#options.clock.monotonic();
    const { fault } = channel;
    const idleAtMs = channel.sinceMs + (this.#options.stopMs ?? 1_000);
    if (channel.state === "stopping" && fault !== "stuck-stopping" && nowMs >= idleAtMs) {
      Object.assign(channel, { state: "idle", sinceMs: idleAtMs });
      if (fault === "starts-again") channel.runsAtMs = idleAtMs;
    }
    if (channel.state === "idle" && channel.runsAtMs !== undefined && nowMs >= channel.runsAtMs)
      Object.assign(channel, { state: "running", sinceMs: channel.runsAtMs, runsAtMs: undefined });
    if (channel.state === "running" && fault === "ends-at-once" && nowMs >= channel.sinceMs + 1_500)
      Object.assign(channel, { state: "idle", sinceMs: nowMs });
  }

  #status(): unknown {
    return {
      ...(this.hasCpu ? { cpu: [25, 75] } : {}),
      channels: this.order.map((first) => {
        const channel = this.channel(first);
        this.#pass(channel);
        const named = this.hasNames ? { name: `Channel ${first}` } : {};
        if (channel.fault === "unknown-state") return { ...named, state: "warming up", status: "" };
        const isSilent = channel.state !== "running" || channel.fault === "no-status";
        return { ...named, state: channel.state, status: isSilent ? "" : this.#progress(channel) };
      }),
    };
  }

  #progress({ sinceMs, fault }: Channel): string {
    const seconds = fault === "stands-still" ? 1 : Math.floor((this.#options.clock.monotonic() - sinceMs) / 1_000);
    const two = (count: number): string => String(Math.floor(count) % 60).padStart(2, "0");
    const isSending = fault !== "no-frames";
    return `${String(Math.floor(seconds / 3_600)).padStart(2, "0")}:${two(seconds / 60)}:${two(seconds)} ${isSending ? 25 : 0}fps@${isSending ? this.kilobitsPerSecond : 0}Kbps`;
  }
}
