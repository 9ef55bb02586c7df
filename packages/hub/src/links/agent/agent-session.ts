import { randomUUID } from "node:crypto";
import { MusterError } from "@muster/core";
import type { Clock, Logger, Outcome, SequenceRanges } from "@muster/core";
import { asStorageError, deadline, fromBase64url, toBase64url, verify } from "@muster/node-kit";
import {
  AGENT_LIMITS,
  agentFrameSchema,
  authBodySchema,
  CLOSE,
  contextBytes,
  factsSchema,
  HANDSHAKE_TIMEOUT_MS,
  KEEPALIVE_MS,
  NONCE_BYTES,
  processesSchema,
  resultBodySchema,
} from "@muster/protocol";
import type {
  AgentFrame,
  AuthBody,
  CallName,
  Calls,
  CommandCore,
  HubFrame,
  ReplyFrame,
  ResultBody,
  RotateFrame,
} from "@muster/protocol";
import type { WebSocket } from "ws";
import type { AuditLog } from "../../access/audit-log.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { JoinTokenKey, JoinTokenStore } from "../../fleet/join-token-store.ts";
import type { KnownServer, ServerStore } from "../../fleet/server-store.ts";
import type { FleetKeys } from "../../keys/fleet-keys.ts";
import type { Ingest } from "../../metrics/ingest.ts";
import type { MetricWriter } from "../../metrics/metric-store.ts";
import { BatchIntake, parseJson, ProtocolViolation } from "./batch-intake.ts";
import { ClockOffset } from "./clock-offset.ts";
import {
  agreedVersion,
  enrollTranscript,
  helloFrame,
  isAuthProved,
  isEnrollmentProved,
  newNonce,
  readyFrame,
  welcomeFrame,
} from "./hub-identity.ts";
import type { Nonces } from "./hub-identity.ts";
import { sequenceView } from "./restored-agent.ts";
import type { SequenceView } from "./restored-agent.ts";

export interface SessionDeps {
  readonly keys: FleetKeys;
  readonly servers: ServerStore;
  readonly joinTokens: JoinTokenStore;
  readonly fleet: Fleet;
  readonly metrics: MetricWriter;
  readonly ingest: Ingest;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Logger;
  /** Restores raise it; agents refuse a lower one. */
  readonly epoch: number;
  readonly tlsPins: () => readonly string[];
  readonly owner: SessionOwner;
}

/** What a session asks of whoever holds all sessions. */
export interface SessionOwner {
  /** Spends the token and makes server and agent; undefined when it cannot be. */
  enroll(
    token: JoinTokenKey,
    name: string,
    publicKey: Uint8Array,
    address: string,
  ): Promise<{ readonly agentId: string; readonly serverId: string; readonly state: "active" | "pending" } | undefined>;
  /** Whether this proved connection may stand: false when it is a clone of a living one. */
  admit(session: AgentSession, server: KnownServer, body: AuthBody): Promise<boolean>;
  wentReady(session: AgentSession, serverId: string): void;
  ended(session: AgentSession, was: SessionState): void;
  rotate(serverId: string, agentId: string, sessionId: string, frame: RotateFrame): Promise<void>;
  /** A result that no command of this connection waits for. */
  strayResult(server: KnownServer, result: ResultBody): Promise<void>;
}

/** What one connection is at: it only ever moves down this list. */
export type SessionState =
  | { readonly is: "opening" }
  | { readonly is: "greeted"; readonly nonces: Nonces; readonly version: number }
  | { readonly is: "checking" }
  | {
      readonly is: "ready";
      readonly server: KnownServer;
      readonly agentId: string;
      readonly sessionId: string;
      readonly body: AuthBody;
      readonly intake: BatchIntake | undefined;
    }
  | { readonly is: "closed" };

/** Every refusal of a proof takes this long, so that the time tells nothing. */
const REFUSAL_DELAY_MS = 250;
const DUMMY_MAC_KEY = new Uint8Array(32);
const COMMAND_WINDOW_MS = 60_000;
/** Frames received and not yet taken: beyond this the socket is read no further, so that a flood waits in the sender. */
const WAITING_BYTES_PAUSE = 2 * AGENT_LIMITS.frameBytesMax;
const WAITING_BYTES_RESUME = AGENT_LIMITS.frameBytesMax / 4;
/** What a waiting frame costs beside its bytes. */
const WAITING_FRAME_BYTES = 256;

const REPLY_SCHEMAS = { "processes.list": processesSchema } as const;

/** One agent's connection: proofs first, then frames. The agent's identity is a property of this object and nothing a frame says. */
export class AgentSession {
  readonly #deps: SessionDeps;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  #log: Logger;
  readonly address: string;
  #state: SessionState = { is: "opening" };
  #clockOffset = new ClockOffset(0);
  #nextCallId = 1;
  readonly #calls = new Map<number, (reply: ReplyFrame) => void>();
  readonly #commands = new Map<string, (outcome: Outcome) => void>();
  #lastHeardMono: number;
  #isPingOut = false;
  #pongs: (() => void)[] = [];
  /** Frames are taken one after another: a proof being checked must not be overtaken. */
  #queue: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #isQueueFull = false;
  /** Who wants the socket not to be read: the queue of frames, the disk. */
  #pauseCount = 0;

  constructor(socket: WebSocket, address: string, deps: SessionDeps) {
    this.#deps = deps;
    this.#socket = socket;
    this.#clock = deps.clock;
    this.#log = deps.log.child({ address });
    this.address = address;
    this.#lastHeardMono = deps.clock.monotonic();
    const handshake = deps.clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      if (this.#state.is !== "ready") this.close(CLOSE.protocol, "the handshake took too long");
    });
    socket.on("message", (message: Buffer, isBinary: boolean) => this.#receive(message, isBinary));
    socket.on("pong", () => {
      this.#noteHeard();
      this.#isPingOut = false;
      for (const heard of this.#pongs.splice(0)) heard();
    });
    socket.on("ping", () => this.#noteHeard());
    socket.on("error", (error: Error) => this.#log.debug("agent socket error", { error }));
    socket.on("close", () => {
      handshake.cancel();
      this.#end();
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  #receive(message: Buffer, isBinary: boolean): void {
    if (this.#state.is === "closed") return;
    this.#noteHeard();
    const costBytes = message.length + WAITING_FRAME_BYTES;
    this.#waitingBytes += costBytes;
    if (!this.#isQueueFull && this.#waitingBytes > WAITING_BYTES_PAUSE) {
      this.#isQueueFull = true;
      this.#pause();
    }
    this.#queue = this.#queue
      .then(() => (this.#state.is === "closed" ? undefined : this.#take(message, isBinary)))
      .catch((error: unknown) => {
        if (error instanceof ProtocolViolation) this.close(CLOSE.protocol, error.message);
        else {
          this.#log.error("an agent's frame failed", { error });
          this.close(CLOSE.restarting, "internal failure");
        }
      })
      .finally(() => {
        this.#waitingBytes -= costBytes;
        if (!this.#isQueueFull || this.#waitingBytes > WAITING_BYTES_RESUME) return;
        this.#isQueueFull = false;
        this.#resume();
      });
  }

  #pause(): void {
    if (this.#pauseCount++ === 0) this.#socket.pause();
  }

  #resume(): void {
    if (--this.#pauseCount === 0) this.#socket.resume();
  }

  #noteHeard(): void {
    this.#lastHeardMono = this.#clock.monotonic();
    if (this.#state.is === "ready") this.#deps.fleet.heard(this.#state.server.id);
  }

  async #take(message: Buffer, isBinary: boolean): Promise<void> {
    if (isBinary) {
      if (this.#state.is !== "ready") throw new ProtocolViolation("a pack before ready");
      await this.#state.intake?.takePack(message);
      return;
    }
    const raw = parseJson(message.toString("utf8"));
    const parsed = agentFrameSchema.safeParse(raw);
    if (!parsed.success) {
      const said = typeof raw === "object" && raw !== null && "t" in raw ? raw.t : undefined;
      const type = typeof said === "string" ? said.slice(0, 32) : "";
      if (this.#state.is === "ready" && type && !KNOWN_TYPES.has(type))
        return this.send({ t: "unsupported", what: type });
      throw new ProtocolViolation("a frame has a wrong form");
    }
    const frame = parsed.data;
    switch (this.#state.is) {
      case "opening":
        return this.#begin(frame);
      case "greeted":
        if (frame.t === "enroll") return this.#enroll(frame, this.#state.nonces);
        if (frame.t === "auth") return this.#authenticate(frame, this.#state.nonces, this.#state.version);
        throw new ProtocolViolation("expected enroll or auth");
      case "ready":
        return this.#takeReady(frame, this.#state);
      case "checking":
      case "closed":
        return;
    }
  }

  #begin(frame: AgentFrame): void {
    if (frame.t !== "begin") throw new ProtocolViolation("expected begin");
    const nonce = fromBase64url(frame.agentNonce);
    if (nonce.length !== NONCE_BYTES) throw new ProtocolViolation("the nonce has a wrong length");
    const version = agreedVersion(frame.versions);
    if (version === undefined) return this.close(CLOSE.version, "no protocol version in common");
    const nonces = { agent: nonce, hub: newNonce() };
    this.#state = { is: "greeted", nonces, version };
    this.send(helloFrame(this.#deps.keys, version, nonces, this.#deps.tlsPins()));
  }

  async #enroll(frame: Extract<AgentFrame, { t: "enroll" }>, nonces: Nonces): Promise<void> {
    this.#state = { is: "checking" };
    const { keys, joinTokens, audit } = this.#deps;
    const token = await joinTokens.key(frame.tokenId);
    const transcript = enrollTranscript(keys, nonces, frame);
    const isProved = isEnrollmentProved(transcript, frame, token?.macKey ?? DUMMY_MAC_KEY);
    const enrolled =
      token && isProved
        ? await this.#deps.owner.enroll(token, frame.name, fromBase64url(frame.agentPub), this.address)
        : undefined;
    if (!enrolled) {
      await audit.append({
        actor: "unknown agent",
        door: "agent",
        action: "server.join",
        target: frame.name,
        args: { tokenId: frame.tokenId, address: this.address },
        decision: "refused",
        reason: "wrong, used, expired or unfit token, or a wrong proof",
        cmd: null,
      });
      return this.#refuse("JOIN_REFUSED");
    }
    const body = {
      agentId: enrolled.agentId,
      serverId: enrolled.serverId,
      state: enrolled.state,
      epoch: this.#deps.epoch,
      auditHead: audit.head.hash,
    };
    this.send(welcomeFrame(keys, transcript, body));
  }

  async #authenticate(frame: Extract<AgentFrame, { t: "auth" }>, nonces: Nonces, version: number): Promise<void> {
    this.#state = { is: "checking" };
    const { keys, servers, clock } = this.#deps;
    const claimed = authBodySchema.safeParse(parseJson(frame.body));
    if (!claimed.success) throw new ProtocolViolation("auth has a wrong form");
    const body = claimed.data;
    const server = await servers.byAgentId(body.agentId);
    const proves = (key: Uint8Array | null | undefined): boolean =>
      key !== null && key !== undefined && isAuthProved(keys, nonces, body.agentId, frame.body, frame.sig, key);
    const agent = server?.agent;
    const isOldKeyGood =
      agent?.oldKeyUntil !== null && agent?.oldKeyUntil !== undefined && clock.now() < agent.oldKeyUntil;
    const provedBy = proves(agent?.publicKey)
      ? "present"
      : isOldKeyGood && proves(agent?.oldPublicKey)
        ? "old"
        : undefined;
    if (!server || !agent || provedBy === undefined || body.version !== version) return this.#refuse("HUB_NOT_TRUSTED");
    if (server.state === "revoked") return this.#refuseRevoked();
    if (provedBy === "present" && agent.oldPublicKey !== null) {
      await servers.noteAgent(agent.id, { old_public_key: null, old_key_until: null });
    }
    if (!(await this.#deps.owner.admit(this, server, body))) return this.close(CLOSE.quarantined, "quarantined");
    if ((this.#state as SessionState).is === "closed") return;
    await this.#becomeReady(server, body, nonces);
  }

  async #becomeReady(server: KnownServer, body: AuthBody, nonces: Nonces): Promise<void> {
    const { keys, fleet, clock, metrics, audit, epoch } = this.#deps;
    this.#clockOffset = new ClockOffset(body.at - clock.now());
    const { spoolHead } = body;
    if (spoolHead > 0) await this.#keepIfPossible(() => metrics.settleBelow(body.agentId, spoolHead));
    const seqs = sequenceView(await metrics.receipts(body.agentId), body);
    await this.#keepIfPossible(() => fleet.noteAgent(server.id, body));
    if (this.#state.is === "closed") return;
    // From here to the end nothing waits: whoever revokes meets a session that is not there yet, or one to close.
    const live = fleet.get(server.id);
    if (!live || live.known.state === "revoked") return this.#refuseRevoked();
    const current = live.known;
    this.#log = this.#log.child({ serverId: server.id });
    const sessionId = randomUUID();
    const intake = current.state === "active" ? this.#intake(server.id, body, seqs) : undefined;
    this.#state = { is: "ready", server, agentId: body.agentId, sessionId, body, intake };
    live.address = this.address;
    live.clockOffsetMs = this.#clockOffset.ms;
    fleet.heard(server.id);
    const state = current.state === "active" || current.state === "quarantined" ? current.state : "pending";
    this.send(
      readyFrame(keys, nonces, body.agentId, {
        sessionId,
        state,
        now: clock.now(),
        epoch,
        auditHead: audit.head.hash,
        intervalMs: current.intervalMs,
        received: seqs.received,
      }),
    );
    this.#log.info("agent connected", {
      name: current.name,
      agentVersion: body.agentVersion,
      clockOffsetMs: this.#clockOffset.ms,
    });
    this.#deps.owner.wentReady(this, server.id);
  }

  #intake(serverId: string, body: AuthBody, { used, doubtful }: SequenceView): BatchIntake {
    if (used.length > 0)
      this.#log.warn("an agent knows less than is stored: its server was restored to an earlier state", {
        lastSeq: body.lastSeq,
        storedUpTo: used.at(-1)?.[1],
      });
    return new BatchIntake({
      ingest: this.#deps.ingest,
      log: this.#log,
      serverId,
      stream: body.agentId,
      usedSeqs: used,
      doubtfulSeqs: doubtful,
      clockOffsetMs: () => this.#clockOffset.ms,
      acknowledge: (seqs) => this.#acknowledge(seqs),
      hold: (forMs) => this.send({ t: "hold", forMs }),
      pause: () => this.#pause(),
      resume: () => this.#resume(),
    });
  }

  #refuseRevoked(): void {
    this.send({ t: "refused", code: "REVOKED", message: "This agent was revoked." });
    this.close(CLOSE.revoked, "revoked");
  }

  /** Notes of the hub's own that a full disk may cost; the agent's link must not end with them. */
  async #keepIfPossible(write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (thrown) {
      const error = asStorageError(thrown);
      if (!(error instanceof MusterError)) throw error;
      this.#log.warn("what an agent said of itself could not be kept", { code: error.code });
    }
  }

  async #takeReady(frame: AgentFrame, state: Extract<SessionState, { is: "ready" }>): Promise<void> {
    switch (frame.t) {
      case "batch":
        this.#measureClock(frame.late === true ? undefined : frame.rows.at(-1)?.[0]);
        // A pending or quarantined agent is heard and no more.
        state.intake?.take(frame);
        return;
      case "facts": {
        const facts = factsSchema.safeParse(frame.facts);
        if (!facts.success) throw new ProtocolViolation("facts have a wrong form");
        if (Buffer.byteLength(JSON.stringify(facts.data)) > AGENT_LIMITS.factsBytesMax)
          throw new ProtocolViolation("facts are too large");
        return this.#keepIfPossible(() => this.#deps.fleet.noteFacts(state.server.id, facts.data));
      }
      case "policy":
        return this.#keepIfPossible(() => this.#deps.fleet.noteAgent(state.server.id, frame));
      case "reply":
        this.#calls.get(frame.id)?.(frame);
        return;
      case "result":
        return this.#takeResult(frame, state);
      case "rotate":
        return this.#deps.owner.rotate(state.server.id, state.agentId, state.sessionId, frame);
      case "begin":
      case "enroll":
      case "auth":
        throw new ProtocolViolation("the handshake is over");
    }
  }

  /** A live reading tells where the server's clock stands now; it may have been stepped since hello. */
  #measureClock(at: number | null | undefined): void {
    if (typeof at !== "number" || this.#state.is !== "ready") return;
    if (!this.#clockOffset.measure(at - this.#clock.now(), this.#clock.monotonic())) return;
    const live = this.#deps.fleet.get(this.#state.server.id);
    if (live) live.clockOffsetMs = this.#clockOffset.ms;
  }

  async #takeResult(
    frame: Extract<AgentFrame, { t: "result" }>,
    state: Extract<SessionState, { is: "ready" }>,
  ): Promise<void> {
    const agentKey = this.#deps.fleet.get(state.server.id)?.known.agent?.publicKey;
    if (!agentKey || !verify(agentKey, contextBytes("result", [frame.body]), fromBase64url(frame.sig)))
      throw new ProtocolViolation("a result is not signed by this agent");
    const parsed = resultBodySchema.safeParse(parseJson(frame.body));
    if (!parsed.success) throw new ProtocolViolation("a result has a wrong form");
    const result: ResultBody = parsed.data;
    const settle = this.#commands.get(result.cmd);
    if (settle) settle({ is: result.outcome, detail: result.detail });
    else await this.#deps.owner.strayResult(state.server, result);
    this.send({ t: "result-ack", cmd: result.cmd });
  }

  #acknowledge(seqs: SequenceRanges): void {
    if (seqs.length > 0) this.send({ t: "ack", seqs, now: this.#clock.now() });
  }

  /** Throws SERVER_OFFLINE when the connection ends first, ACTION_TIMED_OUT when the signal aborts first. */
  async call<K extends CallName>(
    name: K,
    params: Calls[K]["params"],
    signal: AbortSignal,
  ): Promise<Calls[K]["result"]> {
    if (this.#state.is !== "ready") throw new MusterError("SERVER_OFFLINE");
    const id = this.#nextCallId++;
    const reply = await this.#answer<ReplyFrame>(
      (settle) => this.#calls.set(id, settle),
      () => this.#calls.delete(id),
      () => this.send({ t: "call", id, name, params }),
      signal,
    );
    if (!reply.ok) throw new MusterError("INTERNAL", { message: "The agent could not answer." }, reply.error);
    const schema = name in REPLY_SCHEMAS ? REPLY_SCHEMAS[name as keyof typeof REPLY_SCHEMAS] : undefined;
    const parsed = schema?.safeParse(reply.result);
    if (parsed && !parsed.success)
      throw new MusterError("INTERNAL", { message: "The agent's answer has a wrong form." }, parsed.error);
    return (parsed ? parsed.data : reply.result) as Calls[K]["result"];
  }

  /** Sends one command and waits for its signed result. Not knowing is an outcome, never a second try. */
  async command(
    core: CommandCore,
    audit: { readonly seq: number; readonly hash: string },
    seq: number,
    signal: AbortSignal,
  ): Promise<Outcome> {
    if (this.#state.is !== "ready") throw new MusterError("SERVER_OFFLINE");
    const now = this.#clock.now();
    const c = JSON.stringify(core);
    const d = JSON.stringify({
      session: this.#state.sessionId,
      epoch: this.#deps.epoch,
      seq,
      iat: now,
      exp: now + COMMAND_WINDOW_MS,
      audit,
    });
    const sig = toBase64url(this.#deps.keys.sign("cmd", [c, d]));
    try {
      return await this.#answer<Outcome>(
        (settle) => this.#commands.set(core.cmd, settle),
        () => this.#commands.delete(core.cmd),
        () => this.send({ t: "cmd", c, d, sig }),
        signal,
      );
    } catch (error) {
      if (error instanceof MusterError) return { is: "unknown", detail: error.message };
      throw error;
    }
  }

  async #answer<T>(
    register: (settle: (value: T) => void) => void,
    forget: () => void,
    ask: () => void,
    signal: AbortSignal,
  ): Promise<T> {
    const limit = deadline(this.#clock, COMMAND_WINDOW_MS, signal);
    const ended = new AbortController();
    this.#onEnd.add(ended);
    try {
      return await new Promise<T>((resolve, reject) => {
        // A signal that aborted before tells nobody who listens only now.
        if (limit.signal.aborted) throw new MusterError("ACTION_TIMED_OUT");
        limit.signal.addEventListener("abort", () => reject(new MusterError("ACTION_TIMED_OUT")), { once: true });
        ended.signal.addEventListener(
          "abort",
          () =>
            reject(
              new MusterError("SERVER_OFFLINE", { message: "The connection to the server ended before it answered." }),
            ),
          { once: true },
        );
        register(resolve);
        ask();
      });
    } finally {
      forget();
      limit.done();
      this.#onEnd.delete(ended);
    }
  }
  readonly #onEnd = new Set<AbortController>();

  /** Whether the other side answers a ping within the time: a half-open connection does not. */
  isAlive(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(withinMs, () => resolve(false));
      this.#pongs.push(() => {
        timer.cancel();
        resolve(true);
      });
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
    });
  }

  /**
   * Called every few seconds: asks an agent that has been silent for one of its intervals, because one that has nothing
   * to report (told to hold, not accepted yet) is not therefore gone, and closes one that did not answer for long.
   */
  keepAlive(): void {
    const silentMs = this.#clock.monotonic() - this.#lastHeardMono;
    // While this side does not read, silence says nothing.
    if (this.#pauseCount > 0 || silentMs < Math.min(KEEPALIVE_MS, this.#intervalMs())) return;
    if (this.#isPingOut && silentMs >= 2 * KEEPALIVE_MS) {
      this.#log.info("agent does not answer; closing");
      this.#socket.terminate();
      return;
    }
    this.#isPingOut = true;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #intervalMs(): number {
    if (this.#state.is !== "ready") return KEEPALIVE_MS;
    return this.#deps.fleet.get(this.#state.server.id)?.known.intervalMs ?? KEEPALIVE_MS;
  }

  async #refuse(code: "JOIN_REFUSED" | "HUB_NOT_TRUSTED"): Promise<void> {
    await new Promise<void>((resolve) => void this.#clock.after(REFUSAL_DELAY_MS, resolve));
    this.send({
      t: "refused",
      code: code === "JOIN_REFUSED" ? code : "UNAUTHENTICATED",
      message:
        code === "JOIN_REFUSED" ? "The token is wrong, used, expired or made for another name." : "The proof is wrong.",
    });
    this.close(CLOSE.badProof, "bad proof");
  }

  send(frame: HubFrame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  close(code: number, reason: string): void {
    if (this.#state.is !== "closed") this.#log.debug("closing an agent's connection", { code, reason });
    this.#socket.close(code, reason.slice(0, 100));
    // A peer that does not answer the close must not hold the socket.
    this.#clock.after(2_000, () => this.#socket.terminate());
    this.#end();
  }

  #end(): void {
    if (this.#state.is === "closed") return;
    const was = this.#state;
    this.#state = { is: "closed" };
    for (const ended of this.#onEnd) ended.abort();
    this.#deps.owner.ended(this, was);
  }
}

const KNOWN_TYPES = new Set<string>([
  "begin",
  "enroll",
  "auth",
  "batch",
  "facts",
  "policy",
  "reply",
  "result",
  "rotate",
] satisfies AgentFrame["t"][]);
