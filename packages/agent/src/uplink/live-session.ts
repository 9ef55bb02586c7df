import type { Clock, Logger } from "@muster/core";
import { fromBase64url, verify } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { CLOSE, contextBytes } from "@muster/protocol";
import type {
  AgentFrame,
  CallFrame,
  CheckpointFrame,
  CommandFrame,
  HubFrame,
  ReadyBody,
  ResultFrame,
  WireFacts,
} from "@muster/protocol";
import type { CommandAnswer, CommandSession } from "../wire/command-session.ts";
import { HubClock } from "../wire/hub-clock.ts";
import { parseHubFrame } from "../wire/hub-frames.ts";
import type { AgentKeys, KeyChange } from "./agent-keys.ts";
import { rotateFrame } from "./agent-keys.ts";
import { Announcements } from "./announcements.ts";
import { OpenCalls } from "./calls.ts";
import type { CallTargets } from "./calls.ts";
import { ClosedByHub } from "./greeting.ts";
import type { HubMemory } from "./hub-memory.ts";
import { Keepalive } from "./keepalive.ts";
import type { OpenedSession, PolicyReport } from "./open-session.ts";
import { OpenStreams } from "./open-streams.ts";
import type { StreamSource } from "./open-streams.ts";
import type { Outbox } from "./outbox.ts";

/** Who executes commands. */
export interface Commands {
  take(frame: CommandFrame, session: CommandSession): Promise<CommandAnswer>;
  /** Results the hub has not confirmed. */
  waitingResults(keys: KeyPair): readonly ResultFrame[];
  acknowledge(cmd: string): void;
}

export interface LiveSessionDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly keys: AgentKeys;
  readonly outbox: Outbox;
  readonly commands: Commands;
  readonly calls: CallTargets;
  /** Tells the hub of the services from now on, until it is ended. */
  readonly tellServices: (send: (frame: AgentFrame) => void) => { end(): void };
  readonly streams: StreamSource;
  readonly policy: () => Promise<PolicyReport>;
  /** @param seenAddress where the hub sees this machine come from */
  readonly facts: (seenAddress: string | undefined) => Promise<WireFacts>;
}

/** How long a hub that is doubted has to answer; a caller waits longer than that. */
const DOUBT_MS = 5_000;

/** One ready session: its frames in both directions, until the uplink ends it. */
export class LiveSession {
  readonly ready: ReadyBody;
  readonly sinceMs: number;
  /** What the hub is told of this machine. */
  readonly news: Announcements;
  readonly #deps: LiveSessionDeps;
  readonly #opened: OpenedSession;
  readonly #memory: HubMemory;
  readonly #lost: (end: unknown) => void;
  readonly #hubClock: HubClock;
  readonly #keepalive: Keepalive;
  readonly #calls: OpenCalls;
  #serviceReport: { end(): void } | undefined;
  readonly #streams: OpenStreams;
  #isOver = false;
  #isDoubted = false;

  /** @param lost called at most once, with what `retryAfter` takes; not after `end` */
  constructor(opened: OpenedSession, memory: HubMemory, deps: LiveSessionDeps, lost: (end: unknown) => void) {
    this.ready = opened.ready;
    this.#opened = opened;
    this.#memory = memory;
    this.#deps = deps;
    this.#lost = lost;
    this.sinceMs = deps.clock.monotonic();
    this.#hubClock = new HubClock(deps.clock);
    this.#hubClock.tell(opened.ready.now);
    this.#keepalive = new Keepalive(deps.clock, opened.channel);
    this.#calls = new OpenCalls(deps.calls);
    const send = (frame: AgentFrame): void => this.#send(frame);
    this.#streams = new OpenStreams({
      clock: deps.clock,
      source: deps.streams,
      send,
      waitingBytes: () => opened.channel.waitingBytes,
    });
    const facts = (): Promise<WireFacts> => deps.facts(opened.ready.address);
    this.news = new Announcements(opened.policy, { log: deps.log, policy: deps.policy, facts, send });
  }

  /** How far this machine's clock is ahead of the hub's. */
  get clockOffsetMs(): number | undefined {
    return this.#hubClock.offsetMs();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** From now on frames are heard; some may have come already. */
  listen(): void {
    this.#opened.channel.listen({
      message: (message) => this.#receive(message),
      closed: (code, reason) => this.#lose(new ClosedByHub(code, reason, true)),
    });
  }

  /** The hub takes all: what it wants to know, and batches. */
  serve(): void {
    const { calls, outbox, log } = this.#deps;
    const { channel, ready } = this.#opened;
    calls.setInterval(ready.intervalMs);
    void this.news.tellFacts();
    this.tellResults();
    this.#serviceReport = this.#deps.tellServices((frame) => this.#send(frame));
    outbox.begin(
      {
        send: (message) => channel.send(message),
        get waitingBytes() {
          return channel.waitingBytes;
        },
        renew: () => {
          log.info("connecting anew: this session has as many layouts as it may");
          this.renew();
        },
      },
      ready.received,
    );
  }

  /** Closes, to connect anew. */
  renew(): void {
    this.leave();
    this.#lose(undefined);
  }

  /** Looks whether the hub still answers; called at every round. */
  check(): void {
    if (this.#keepalive.check() === "dead") this.#abandon();
  }

  /** Somebody new dialled: a hub that has started anew, and this connection is dead, or a stranger, and it is not. */
  doubt(): void {
    if (this.#isDoubted) return;
    this.#isDoubted = true;
    this.#keepalive.doubt(DOUBT_MS, (verdict) => {
      this.#isDoubted = false;
      if (verdict === "dead" && !this.#isOver) this.#abandon();
    });
  }

  /** Says goodbye. */
  leave(): void {
    this.#opened.channel.close(1000);
  }

  /** Late events of a connection that was given up change nothing. What was not acknowledged waits on disk. */
  end(): void {
    this.#isOver = true;
    this.#serviceReport?.end();
    this.#streams.end();
    this.#deps.outbox.end();
  }

  tellResults(): void {
    for (const frame of this.#deps.commands.waitingResults(this.#deps.keys.active)) this.#send(frame);
  }

  /** Announces a new key by the old one and connects anew with it; the old one goes when the hub has taken the new. */
  announceKey(change: KeyChange): void {
    this.#send(rotateFrame(this.#memory.known.agentId, this.ready.sessionId, change));
    this.#deps.log.info("the agent's key is replaced");
    this.renew();
  }

  #receive(message: string | Uint8Array): void {
    if (this.#isOver) return;
    const frame = typeof message === "string" ? parseHubFrame(message) : undefined;
    if (frame === undefined) return this.#breakOff("a frame that breaks the protocol");
    if (frame.t === "unknown") return this.#deps.log.debug("the hub sent a kind of frame that is not known", frame);
    this.#handle(frame);
  }

  #handle(frame: HubFrame): void {
    const { outbox, commands, log } = this.#deps;
    switch (frame.t) {
      case "ack":
        this.#hubClock.tell(frame.now);
        return outbox.acknowledge(frame.seqs);
      case "hold":
        return outbox.hold(frame.forMs);
      case "result-ack":
        return commands.acknowledge(frame.cmd);
      case "checkpoint":
        return this.#keepCheckpoint(frame);
      case "call":
        void this.#call(frame);
        return;
      case "cmd":
        return this.#command(frame);
      case "refused":
        return log.warn("the hub refused something", { code: frame.code, message: frame.message });
      case "unsupported":
        return log.debug("the hub does not support something", { what: frame.what });
      case "open":
        return this.ready.state === "active" ? this.#streams.open(frame) : undefined;
      case "credit":
        return this.#streams.credit(frame);
      case "data":
        return this.#streams.data(frame);
      case "close":
        return this.#streams.close(frame.id);
      case "hello":
      case "welcome":
      case "ready":
        return this.#breakOff(`${frame.t} in a session`);
    }
  }

  #command(frame: CommandFrame): void {
    const { commands, keys, log } = this.#deps;
    const { agentId, epoch } = this.#memory.known;
    const session: CommandSession = {
      agentId,
      sessionId: this.ready.sessionId,
      hubPub: this.#opened.hub.hubPub,
      hubClock: this.#hubClock,
      keys: keys.active,
      epochSeen: epoch,
    };
    void commands.take(frame, session).then(
      (answer) => {
        if (answer.is === "result") this.#send(answer.frame);
        else if (answer.is === "unproven") this.#breakOff("a command that the hub did not sign");
      },
      (error: unknown) => log.error("a command could not be handled; nothing was executed", { error }),
    );
  }

  async #call(frame: CallFrame): Promise<void> {
    if (this.ready.state === "active") this.#send(await this.#calls.answer(frame));
  }

  #keepCheckpoint({ epoch, seq, hash, time, sig }: CheckpointFrame): void {
    const signed = contextBytes("checkpoint", [epoch, seq, hash, time]);
    if (!verify(this.#opened.hub.hubPub, signed, fromBase64url(sig)))
      return this.#breakOff("a checkpoint that the hub did not sign");
    this.#memory.learnCheckpoint({ epoch, hash });
  }

  #breakOff(what: string): void {
    if (this.#isOver) return;
    this.#deps.log.warn("the hub broke the protocol", { what });
    this.#opened.channel.close(CLOSE.protocol);
    this.#lose(new Error(`the hub sent ${what}`));
  }

  #abandon(): void {
    this.#opened.channel.terminate();
    this.#lose(new Error("the hub does not answer"));
  }

  #lose(end: unknown): void {
    if (!this.#isOver) this.#lost(end);
  }

  #send(frame: AgentFrame): void {
    if (!this.#isOver) this.#opened.channel.send(JSON.stringify(frame));
  }
}
