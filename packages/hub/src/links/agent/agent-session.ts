import { MusterError } from "@muster/core";
import type { Logger } from "@muster/core";
import { CLOSE, HANDSHAKE_TIMEOUT_MS, KEEPALIVE_MS } from "@muster/protocol";
import type { AuthBody, HubFrame } from "@muster/protocol";
import type { WebSocket } from "ws";
import type { KnownServer } from "../../fleet/known-server.ts";
import { ProtocolViolation } from "./batch-intake.ts";
import { ClockOffset } from "./clock-offset.ts";
import { FrameQueue } from "./frame-queue.ts";
import { Handshake, refuseRevoked } from "./handshake.ts";
import type { DialledLine, HandshakeDeps, HandshakeOwner, Proof } from "./handshake.ts";
import { readyFrame } from "./hub-identity.ts";
import { parseFrame } from "./parse-frame.ts";
import type { OpenStreams } from "./open-streams.ts";
import type { PendingAnswers } from "./pending-answers.ts";
import { ReadySession, recallAgent } from "./ready-session.ts";
import type { ReadySessionDeps, ReadySessionOwner } from "./ready-session.ts";
import type { SequenceView } from "./restored-agent.ts";
import type { SessionLine } from "./session-line.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** A peer that does not answer the close must not hold the socket. */
const CLOSING_MS_MAX = 2_000;

export interface SessionDeps extends HandshakeDeps, ReadySessionDeps {
  readonly owner: SessionOwner;
}

/** What a session asks of whoever holds all sessions. */
export interface SessionOwner extends HandshakeOwner, ReadySessionOwner {
  /** Whether this proved connection may stand: false when it is a clone of a living one. */
  admit(session: AgentSession, server: KnownServer, body: AuthBody): Promise<boolean>;
  wentReady(session: AgentSession, serverId: string): void;
  ended(session: AgentSession, was: SessionState): void;
}

/** What one connection is at: it only ever moves down this list. */
export type SessionState =
  | { readonly is: "proving"; readonly handshake: Handshake }
  | { readonly is: "ready"; readonly ready: ReadySession }
  | { readonly is: "closed" };

/** One agent's connection: proofs first, then frames. */
export class AgentSession implements SessionLine {
  readonly address: string;
  /** Set when the hub made this connection. */
  readonly dialled: DialledLine | undefined;
  readonly #deps: SessionDeps;
  readonly #socket: WebSocket;
  readonly #queue: FrameQueue;
  readonly #silence: SilenceWatch;
  #log: Logger;
  #state: SessionState;

  constructor(socket: WebSocket, address: string, dialled: DialledLine | undefined, deps: SessionDeps) {
    this.address = address;
    this.dialled = dialled;
    this.#deps = deps;
    this.#socket = socket;
    this.#log = deps.log.child({ address });
    this.#state = { is: "proving", handshake: new Handshake(address, dialled, this, deps) };
    this.#silence = new SilenceWatch(socket, deps.clock);
    this.#queue = new FrameQueue({
      socket,
      take: (message, isBinary) => (this.#state.is === "closed" ? undefined : this.#take(message, isBinary)),
      failed: (error) => this.#failed(error),
    });
    const timeout = deps.clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      if (this.#state.is !== "ready") this.close(CLOSE.protocol, "the handshake took too long");
    });
    socket.on("message", (message: Buffer, isBinary: boolean) => {
      if (this.#state.is === "closed") return;
      this.#noteHeard();
      this.#queue.push(message, isBinary);
    });
    socket.on("pong", () => {
      this.#noteHeard();
      this.#silence.notePong();
    });
    socket.on("ping", () => this.#noteHeard());
    socket.on("error", (error: Error) => this.#log.debug("agent socket error", { error }));
    socket.on("close", () => {
      timeout.cancel();
      this.#end();
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  #noteHeard(): void {
    this.#silence.noteHeard();
    if (this.#state.is === "ready") this.#deps.fleet.heard(this.#state.ready.server.id);
  }

  async #take(message: Buffer, isBinary: boolean): Promise<void> {
    const state = this.#state;
    if (state.is === "closed") return;
    if (isBinary) {
      if (state.is !== "ready") throw new ProtocolViolation("a pack before ready");
      return state.ready.takePack(message);
    }
    const frame = parseFrame(message.toString("utf8"));
    if (state.is === "ready") return state.ready.take(frame);
    const proof = await state.handshake.take(frame);
    if (proof) await this.#admit(proof);
  }

  #failed(error: unknown): void {
    if (error instanceof ProtocolViolation) return this.close(CLOSE.protocol, error.message);
    this.#log.error("an agent's frame failed", { error });
    this.close(CLOSE.restarting, "internal failure");
  }

  async #admit(proof: Proof): Promise<void> {
    const { owner, clock } = this.#deps;
    const { server, body } = proof;
    if (!(await owner.admit(this, server, body))) return this.close(CLOSE.quarantined, "quarantined");
    if (this.#isClosed()) return;
    const clockOffset = new ClockOffset(body.at - clock.now());
    const seqs = await recallAgent(server.id, body, { ...this.#deps, log: this.#log });
    if (this.#isClosed()) return;
    this.#becomeReady(proof, clockOffset, seqs);
  }

  /** Nothing in here waits: whoever revokes, or takes the agent away, meets a session that is not there yet, or one to close (PR29). */
  #becomeReady({ server, body, nonces }: Proof, clockOffset: ClockOffset, seqs: SequenceView): void {
    const { keys, fleet, clock, audit, epoch, owner } = this.#deps;
    const live = fleet.get(server.id);
    if (!live || live.known.state === "revoked" || live.known.agent?.id !== body.agentId) return refuseRevoked(this);
    const current = live.known;
    this.#log = this.#log.child({ serverId: server.id });
    const ready = new ReadySession({ server: current, body, seqs, clockOffset }, this, {
      ...this.#deps,
      log: this.#log,
    });
    this.#state = { is: "ready", ready };
    live.address = this.address;
    live.clockOffsetMs = clockOffset.ms;
    fleet.heard(server.id);
    this.send(
      readyFrame(keys, nonces, body.agentId, {
        sessionId: ready.sessionId,
        state: current.state === "active" || current.state === "quarantined" ? current.state : "pending",
        now: clock.now(),
        epoch,
        auditHead: audit.head.hash,
        intervalMs: current.intervalMs,
        address: this.address,
        received: seqs.received,
      }),
    );
    this.#log.info("agent connected", {
      name: current.name,
      agentVersion: body.agentVersion,
      clockOffsetMs: clockOffset.ms,
    });
    owner.wentReady(this, server.id);
    this.dialled?.note({ is: "ready" });
  }

  /** What this agent is asked. Throws SERVER_OFFLINE unless it has proved itself and is there. */
  get pending(): PendingAnswers {
    if (this.#state.is !== "ready") throw new MusterError("SERVER_OFFLINE");
    return this.#state.ready.pending;
  }

  /** What is read from this agent. Throws SERVER_OFFLINE as `pending`. */
  get streams(): OpenStreams {
    if (this.#state.is !== "ready") throw new MusterError("SERVER_OFFLINE");
    return this.#state.ready.streams;
  }

  /** Whether the other side answers a ping within the time: a half-open connection does not. */
  isAlive(withinMs: number): Promise<boolean> {
    return this.#silence.isAlive(withinMs);
  }

  /**
   * Called every few seconds: asks an agent that has been silent for one of its intervals, because one that has nothing
   * to report (told to hold, not accepted yet) is not therefore gone, and closes one that did not answer for long.
   */
  keepAlive(): void {
    // While this side does not read, silence says nothing.
    if (this.#queue.isPaused) return;
    const serverId = this.#state.is === "ready" ? this.#state.ready.server.id : "";
    if (this.#silence.check(this.#deps.fleet.get(serverId)?.known.intervalMs ?? KEEPALIVE_MS) === "alive") return;
    this.#log.info("agent does not answer; closing");
    this.#socket.terminate();
  }

  pause(): void {
    this.#queue.pause();
  }

  resume(): void {
    this.#queue.resume();
  }

  send(frame: HubFrame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  close(code: number, reason: string): void {
    if (!this.#isClosed()) this.#log.debug("closing an agent's connection", { code, reason });
    this.#socket.close(code, reason.slice(0, 100));
    this.#deps.clock.after(CLOSING_MS_MAX, () => this.#socket.terminate());
    this.#end();
  }

  #isClosed(): boolean {
    return this.#state.is === "closed";
  }

  #end(): void {
    const was = this.#state;
    if (was.is === "closed") return;
    this.#state = { is: "closed" };
    if (was.is === "ready") {
      was.ready.pending.end();
      was.ready.streams.end();
    }
    this.#deps.owner.ended(this, was);
  }
}
