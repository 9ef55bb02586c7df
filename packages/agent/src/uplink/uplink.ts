import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";
import type { Cancellable, Clock, LoadedPolicy, Logger, Random } from "@muster/core";
import { fromBase64url, sign, toBase64url, verify } from "@muster/node-kit";
import { CLOSE, PROTOCOL_VERSION, contextBytes } from "@muster/protocol";
import type { AgentFrame, AuthBody, CheckpointFrame, HubFrame, ReadyBody, WireFacts } from "@muster/protocol";
import type { CommandDesk } from "../commands/command-desk.ts";
import type { Identity } from "../identity/identity.ts";
import type { KeyRing } from "../identity/key-ring.ts";
import { policyHash, summarizePolicy } from "../policy/describe-policy.ts";
import { AGENT_BUILT_AT, AGENT_VERSION } from "../version.ts";
import { answerCall } from "./calls.ts";
import type { CallTargets } from "./calls.ts";
import type { Channel } from "./channel.ts";
import { ClosedByHub, greet } from "./greeting.ts";
import type { GreetingDeps, TrustedChannel } from "./greeting.ts";
import { HubClock } from "./hub-clock.ts";
import { parseHubFrame } from "./hub-frames.ts";
import { Keepalive } from "./keepalive.ts";
import type { Outbox } from "./outbox.ts";
import { retryAfter } from "./retry.ts";
import { authenticate } from "./session.ts";

/** Calls that may be answered at one time; more are refused. */
const OPEN_CALLS_MAX = 16;
/** An agent that nobody accepts stops after this. */
const PENDING_MS_MAX = 72 * HOUR_MS;
/** A key older than this is replaced. */
const KEY_AGE_MS_MAX = 90 * DAY_MS;
/** A session that lasted this long was a good one: the next failure starts the waits anew. */
const STEADY_MS = 30_000;

export interface UplinkDeps extends GreetingDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: Random;
  readonly keys: KeyRing;
  readonly instanceId: string;
  readonly outbox: Outbox;
  readonly desk: CommandDesk;
  readonly calls: CallTargets;
  readonly policy: () => Promise<LoadedPolicy>;
  readonly facts: () => Promise<WireFacts>;
  readonly bootId: () => Promise<string>;
  /** The interval in force, told to the hub. */
  readonly intervalMs: () => number;
  /** Keeps what was learned; called rarely. */
  readonly save: (identity: Identity) => void;
  /** The hub will not have this agent any more. */
  readonly ended: (why: UplinkEnd) => void;
}

export type UplinkEnd = "revoked" | "never-accepted";

interface Session {
  readonly channel: Channel;
  readonly hub: TrustedChannel["hub"];
  readonly ready: ReadyBody;
  readonly hubClock: HubClock;
  readonly keepalive: Keepalive;
  readonly sinceMs: number;
  policyText: string;
  factsText: string;
  openCalls: number;
}

/**
 * `connecting`: on the way to `ready`, a new name look-up each time. `ready`: both sides have proved themselves.
 * `waiting`: for the next attempt. `stopped`: by us. `ended`: by the hub, for good.
 */
type State =
  | { readonly is: "idle" | "stopped" | "ended" }
  | { readonly is: "connecting"; readonly abort: AbortController }
  | { readonly is: "waiting"; readonly timer: Cancellable }
  | { readonly is: "ready"; readonly session: Session };

/** The agent's way to its hub, kept up as long as it runs. */
export class Uplink {
  readonly #deps: UplinkDeps;
  #identity: Identity;
  #state: State = { is: "idle" };
  #attempt = 0;
  #loggedFailure = "";
  #savedAtMs: number;
  #minuteMs: number;
  #hourMs: number;

  constructor(identity: Identity, deps: UplinkDeps) {
    this.#deps = deps;
    this.#identity = identity;
    this.#savedAtMs = this.#minuteMs = this.#hourMs = deps.clock.monotonic();
  }

  get state(): State["is"] {
    return this.#state.is;
  }

  /** How far this machine's clock is ahead of the hub's; undefined while not connected. */
  get clockOffsetMs(): number | undefined {
    return this.#state.is === "ready" ? this.#state.session.hubClock.offsetMs() : undefined;
  }

  start(): void {
    this.#connect();
  }

  /** Closes politely. What is not acknowledged waits on disk afterwards. */
  stop(): void {
    const state = this.#state;
    if (state.is === "stopped") return;
    this.#become({ is: "stopped" });
    if (state.is === "ready") state.session.channel.close(1000);
    this.#save();
  }

  /** Called at every round: everything that is done now and then hangs on it, so that no timer of its own is needed. */
  tick(): void {
    if (this.#state.is !== "ready") return;
    const { session } = this.#state;
    const nowMs = this.#deps.clock.monotonic();
    if (session.keepalive.check() === "dead") {
      session.channel.terminate();
      return this.#lose(session, new Error("the hub does not answer"));
    }
    if (nowMs - session.sinceMs > STEADY_MS) this.#attempt = 0;
    if (nowMs - this.#minuteMs >= MINUTE_MS) {
      this.#minuteMs = nowMs;
      this.#deps.outbox.nudge();
      for (const frame of this.#deps.desk.waitingResults(this.#deps.keys.active)) this.#send(session, frame);
      void this.#tellPolicy(session);
    }
    if (nowMs - this.#hourMs >= HOUR_MS) {
      this.#hourMs = nowMs;
      void this.#tellFacts(session);
    }
    if (nowMs - this.#savedAtMs >= HOUR_MS) {
      this.#save();
      if (this.#isKeyOld()) this.#rotateKey(session);
    }
  }

  /** The only place where the state changes. */
  #become(next: State): void {
    const before = this.#state;
    this.#state = next;
    if (before.is === "waiting") before.timer.cancel();
    if (before.is === "connecting") before.abort.abort(new Error("no longer wanted"));
    if (before.is === "ready") this.#deps.outbox.end();
    this.#deps.log.debug("uplink", { from: before.is, to: next.is });
  }

  #connect(): void {
    const abort = new AbortController();
    this.#become({ is: "connecting", abort });
    this.#open(abort.signal).then(
      (session) => (abort.signal.aborted ? session.channel.close(1000) : this.#begin(session)),
      (error: unknown) => {
        if (!abort.signal.aborted) this.#failed(error);
      },
    );
  }

  async #open(signal: AbortSignal): Promise<Session> {
    const { clock, log, keys, outbox } = this.#deps;
    const identity = this.#identity;
    const floorAt = Math.max(AGENT_BUILT_AT, identity.hubTimeSeenAt);
    const greeted = await greet(identity.hubUrl, identity, floorAt, this.#deps, signal);
    if (greeted.isClockBehind) log.warn("this machine's clock is far behind", { now: clock.now() });
    try {
      const loaded = await this.#deps.policy();
      const body: AuthBody = {
        agentId: identity.agentId,
        bootId: await this.#deps.bootId(),
        instanceId: this.#deps.instanceId,
        agentVersion: AGENT_VERSION,
        version: PROTOCOL_VERSION,
        policyHash: policyHash(loaded),
        policySummary: summarizePolicy(loaded),
        epochSeen: identity.epoch,
        lastSeq: outbox.lastSeq,
        spoolHead: outbox.head,
        auditHead: identity.auditHead,
        at: clock.now(),
        intervalMs: this.#deps.intervalMs(),
      };
      const ready = await authenticate(greeted, body, keys.active, this.#deps, signal);
      const hubClock = new HubClock(clock);
      hubClock.tell(ready.now);
      const keepalive = new Keepalive(clock, greeted.channel);
      return {
        channel: greeted.channel,
        hub: greeted.hub,
        ready,
        hubClock,
        keepalive,
        sinceMs: clock.monotonic(),
        policyText: JSON.stringify([body.policyHash, body.policySummary]),
        factsText: "",
        openCalls: 0,
      };
    } catch (error) {
      greeted.channel.terminate();
      throw error;
    }
  }

  #begin(session: Session): void {
    const { clock, log, outbox, desk, keys } = this.#deps;
    const { ready, channel } = session;
    this.#become({ is: "ready", session });
    this.#loggedFailure = "";
    const offsetMs = Math.round(session.hubClock.offsetMs() ?? 0);
    log.info("connected to the hub", { hub: this.#identity.hubUrl, state: ready.state, clockOffsetMs: offsetMs });
    if (ready.epoch < this.#identity.epoch)
      log.error("the hub was restored from a backup: its commands are refused", { epoch: ready.epoch });
    const isNews = this.#identity.hubTimeSeenAt === 0 || keys.isTrying;
    this.#identity = {
      ...this.#identity,
      ...(keys.isTrying ? { keyMadeAt: clock.now() } : {}),
      epoch: Math.max(this.#identity.epoch, ready.epoch),
      auditHead: ready.auditHead || this.#identity.auditHead,
      hubTimeSeenAt: Math.max(this.#identity.hubTimeSeenAt, ready.now),
    };
    keys.confirm();
    if (isNews) this.#save();
    channel.listen({
      message: (message) => this.#receive(session, message),
      closed: (code, reason) => this.#lose(session, new ClosedByHub(code, reason, true)),
    });
    if (!this.#isCurrent(session)) return;
    if (ready.state === "pending" && clock.now() - this.#identity.keyMadeAt > PENDING_MS_MAX) {
      return this.#end("never-accepted");
    }
    // The hub takes nothing but life signs; what is read waits in the spool.
    if (ready.state !== "active") return;
    if (this.#isKeyOld()) return this.#rotateKey(session);
    this.#deps.calls.setInterval(ready.intervalMs);
    void this.#tellFacts(session);
    for (const frame of desk.waitingResults(keys.active)) this.#send(session, frame);
    outbox.begin(
      {
        send: (message) => channel.send(message),
        get waitingBytes() {
          return channel.waitingBytes;
        },
        renew: () => {
          log.info("connecting anew: this session has as many layouts as it may");
          channel.close(1000);
          this.#lose(session, undefined);
        },
      },
      ready.received,
    );
  }

  #isKeyOld(): boolean {
    return this.#deps.clock.now() - this.#identity.keyMadeAt > KEY_AGE_MS_MAX;
  }

  /** Announces a new key by the old one and connects anew with it; the old one goes when the hub has taken the new. */
  #rotateKey(session: Session): void {
    const { agentId } = this.#identity;
    const { sessionId } = session.ready;
    const { current, next } = this.#deps.keys.makeNext();
    const byOld = contextBytes("rotateOld", [agentId, sessionId, next.publicDer]);
    const byNew = contextBytes("rotateNew", [agentId, sessionId, current.publicDer]);
    this.#send(session, {
      t: "rotate",
      newPub: toBase64url(next.publicDer),
      sigOld: toBase64url(sign(current.privateKey, byOld)),
      sigNew: toBase64url(sign(next.privateKey, byNew)),
    });
    this.#deps.log.info("the agent's key is replaced");
    session.channel.close(1000);
    this.#lose(session, undefined);
  }

  #isCurrent(session: Session): boolean {
    return this.#state.is === "ready" && this.#state.session === session;
  }

  /** Late events of a connection that was given up change nothing. */
  #lose(session: Session, end: unknown): void {
    if (this.#isCurrent(session)) this.#failed(end);
  }

  #failed(end: unknown): void {
    const { log, clock, random, keys } = this.#deps;
    if (keys.isTrying && end instanceof ClosedByHub && end.isProven && end.code === CLOSE.badProof) {
      log.warn("the hub does not know the new key; the old one goes on");
      keys.giveUpNext();
      this.#identity = { ...this.#identity, keyMadeAt: clock.now() };
      end = undefined;
    }
    const retry = retryAfter(end, this.#attempt++, random);
    if (retry.is === "never") return this.#end("revoked");
    const why = end instanceof Error ? end.message : "";
    // Once a streak: a hub that is away for a night needs no thousand lines.
    if (why !== "" && why !== this.#loggedFailure) {
      this.#loggedFailure = why;
      log.warn("not connected to the hub", { why, retryMs: retry.delayMs });
    }
    this.#become({ is: "waiting", timer: clock.after(retry.delayMs, () => this.#connect()) });
  }

  #end(why: UplinkEnd): void {
    const before = this.#state;
    this.#become({ is: "ended" });
    if (before.is === "ready") before.session.channel.close(1000);
    this.#deps.log.error("the hub does not have this agent any more", { why });
    this.#save();
    this.#deps.ended(why);
  }

  #receive(session: Session, message: string | Uint8Array): void {
    if (!this.#isCurrent(session)) return;
    const frame = typeof message === "string" ? parseHubFrame(message) : undefined;
    if (frame === undefined) return this.#breakOff(session, "a frame that breaks the protocol");
    if (frame.t === "unknown") return this.#deps.log.debug("the hub sent a kind of frame that is not known", frame);
    this.#handle(session, frame);
  }

  #handle(session: Session, frame: HubFrame): void {
    const { outbox, desk, log } = this.#deps;
    switch (frame.t) {
      case "ack":
        session.hubClock.tell(frame.now);
        return outbox.acknowledge(frame.seqs);
      case "hold":
        return outbox.hold(frame.forMs);
      case "result-ack":
        return desk.acknowledge(frame.cmd);
      case "checkpoint":
        return this.#keepCheckpoint(session, frame);
      case "call":
        return this.#call(session, frame);
      case "cmd":
        void desk
          .take(frame, {
            agentId: this.#identity.agentId,
            sessionId: session.ready.sessionId,
            hubPub: session.hub.hubPub,
            hubClock: session.hubClock,
            keys: this.#deps.keys.active,
            epochSeen: this.#identity.epoch,
          })
          .then(
            (answer) =>
              answer.is === "result"
                ? this.#send(session, answer.frame)
                : this.#breakOff(session, "a command that the hub did not sign"),
            (error: unknown) => log.error("a command could not be handled; nothing was executed", { error }),
          );
        return;
      case "refused":
        return log.warn("the hub refused something", { code: frame.code, message: frame.message });
      case "unsupported":
        return log.debug("the hub does not support something", { what: frame.what });
      case "hello":
      case "welcome":
      case "ready":
        return this.#breakOff(session, `${frame.t} in a session`);
    }
  }

  #call(session: Session, frame: Extract<HubFrame, { readonly t: "call" }>): void {
    if (session.ready.state !== "active") return;
    if (session.openCalls >= OPEN_CALLS_MAX) {
      return this.#send(session, { t: "reply", id: frame.id, ok: false, error: "too many calls at one time" });
    }
    session.openCalls++;
    void answerCall(frame, this.#deps.calls).then((reply) => {
      session.openCalls--;
      this.#send(session, reply);
    });
  }

  #keepCheckpoint(session: Session, frame: CheckpointFrame): void {
    const signed = contextBytes("checkpoint", [frame.epoch, frame.seq, frame.hash, frame.time]);
    if (!verify(session.hub.hubPub, signed, fromBase64url(frame.sig)))
      return this.#breakOff(session, "a checkpoint that the hub did not sign");
    if (frame.epoch < this.#identity.epoch) return;
    this.#identity = { ...this.#identity, epoch: frame.epoch, auditHead: frame.hash };
  }

  #breakOff(session: Session, what: string): void {
    if (!this.#isCurrent(session)) return;
    this.#deps.log.warn("the hub broke the protocol", { what });
    session.channel.close(CLOSE.protocol);
    this.#lose(session, new Error(`the hub sent ${what}`));
  }

  async #tellPolicy(session: Session): Promise<void> {
    const loaded = await this.#deps.policy();
    const frame = { t: "policy", policyHash: policyHash(loaded), policySummary: summarizePolicy(loaded) } as const;
    const text = JSON.stringify([frame.policyHash, frame.policySummary]);
    if (text === session.policyText) return;
    session.policyText = text;
    this.#deps.log.info("the policy file has changed", {
      state: frame.policySummary.state,
      why: frame.policySummary.why,
    });
    this.#send(session, frame);
  }

  async #tellFacts(session: Session): Promise<void> {
    try {
      const facts = await this.#deps.facts();
      const text = JSON.stringify(facts);
      if (text === session.factsText) return;
      session.factsText = text;
      this.#send(session, { t: "facts", facts });
    } catch (error) {
      this.#deps.log.warn("the machine's facts cannot be read", { error });
    }
  }

  #send(session: Session, frame: AgentFrame): void {
    if (this.#isCurrent(session)) session.channel.send(JSON.stringify(frame));
  }

  #save(): void {
    this.#savedAtMs = this.#deps.clock.monotonic();
    try {
      this.#deps.save(this.#identity);
    } catch (error) {
      this.#deps.log.warn("what was learned of the hub cannot be stored", { error });
    }
  }
}
