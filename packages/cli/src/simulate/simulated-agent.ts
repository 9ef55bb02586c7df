import { randomBytes } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { hasSequence } from "@muster/core";
import type { Clock } from "@muster/core";
import { fromBase64url, generateKeys, randomHex, sha256Hex, sign, toBase64url, verify } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import {
  AGENT_LIMITS,
  AGENT_SUBPROTOCOL,
  contextBytes,
  FOCUS_INTERVAL_MS,
  NONCE_BYTES,
  PROTOCOL_VERSION,
  PROTOCOL_VERSIONS,
} from "@muster/protocol";
import type { CallFrame, CommandCore, CommandFrame, HubFrame, JoinToken, ResultBody } from "@muster/protocol";
import { WebSocket } from "ws";
import { authentication, checkHello, checkReady, checkWelcome, enrollment } from "./proofs.ts";
import type { ProvedHub } from "./proofs.ts";
import type { Readings } from "./readings.ts";

export interface SimulatedAgentConfig {
  readonly url: string;
  readonly name: string;
  readonly token: JoinToken;
  readonly intervalMs: number;
  /** JSON text of the series list, made once for all agents. */
  readonly define: string;
  readonly agentVersion: string;
}

export type AgentEnd = "enrolled" | "connected" | "failed" | "refused" | "distrusted";

/** What happens to an agent, told to the simulation that owns it. */
export interface SimulatedAgentEvents {
  joined(agent: SimulatedAgent, serverId: string, state: "active" | "pending"): void;
  ready(agent: SimulatedAgent): void;
  sent(samples: number): void;
  acknowledged(batches: number, ackMs: number): void;
  /**
   * The connection ended: after enrolling (it comes back at once), after having been ready, before that, with a
   * refusal by the hub for good, or because the hub did not prove itself.
   */
  ended(agent: SimulatedAgent, was: AgentEnd, why: string): void;
}

type State =
  | { readonly is: "idle" }
  | { readonly is: "greeting"; readonly agentNonce: Uint8Array }
  | { readonly is: "enrolling"; readonly hub: ProvedHub; readonly transcript: Parameters<typeof checkWelcome>[2] }
  | { readonly is: "enrolled" }
  | { readonly is: "proving"; readonly hub: ProvedHub }
  | { readonly is: "ready"; readonly hub: ProvedHub }
  | { readonly is: "distrusting" };

interface SentBatch {
  readonly row: string;
  readonly sentMono: number;
}

/** Codes after which the real agent would not be back within the run of a simulation. */
const FINAL_CODES = new Set([4400, 4401, 4403, 4409, 4426]);

function endOf(was: State, code: number): AgentEnd {
  if (was.is === "distrusting") return "distrusted";
  if (FINAL_CODES.has(code)) return "refused";
  if (was.is === "enrolled") return "enrolled";
  return was.is === "ready" ? "connected" : "failed";
}

/** One agent as the hub sees it: real keys and proofs, real frames, invented readings. */
export class SimulatedAgent {
  readonly config: SimulatedAgentConfig;
  readonly #clock: Clock;
  readonly #events: SimulatedAgentEvents;
  readonly #readings: Readings;
  readonly #seriesCount: number;
  readonly #keys: KeyPair = generateKeys();
  readonly #bootId = randomHex(16);
  #agentId: string | undefined;
  #state: State = { is: "idle" };
  #socket: WebSocket | undefined;
  #seq = 0;
  #epoch = 0;
  #auditHead = "";
  #needsDefine = true;
  #focusUntilMono = 0;
  #holdUntilMono = 0;
  #lastReadingMono = 0;
  #refusal = "";
  readonly #unacknowledged = new Map<number, SentBatch>();

  constructor(
    config: SimulatedAgentConfig,
    deps: {
      readonly clock: Clock;
      readonly events: SimulatedAgentEvents;
      readonly readings: Readings;
      readonly seriesCount: number;
    },
  ) {
    this.config = config;
    this.#clock = deps.clock;
    this.#events = deps.events;
    this.#readings = deps.readings;
    this.#seriesCount = deps.seriesCount;
  }

  get isReady(): boolean {
    return this.#state.is === "ready";
  }

  get unacknowledgedCount(): number {
    return this.#unacknowledged.size;
  }

  /** How long until the next reading is due after one: a second while the hub asked for focus. */
  intervalMs(nowMono: number): number {
    return nowMono < this.#focusUntilMono ? FOCUS_INTERVAL_MS : this.config.intervalMs;
  }

  connect(): void {
    const socket = new WebSocket(this.config.url, AGENT_SUBPROTOCOL, {
      perMessageDeflate: false,
      maxPayload: AGENT_LIMITS.frameBytesMax,
      // Judged when the hub has said which TLS keys are its own; until then nothing but a nonce is sent.
      rejectUnauthorized: false,
    });
    this.#socket = socket;
    let peer: TLSSocket | undefined;
    socket.on("upgrade", (response) => {
      peer = response.socket as TLSSocket;
    });
    socket.on("open", () => {
      const agentNonce = randomBytes(NONCE_BYTES);
      this.#state = { is: "greeting", agentNonce };
      this.#send({ t: "begin", versions: PROTOCOL_VERSIONS, agentNonce: toBase64url(agentNonce) });
    });
    socket.on("message", (message: Buffer) => {
      if (socket !== this.#socket) return;
      try {
        this.#take(JSON.parse(message.toString("utf8")) as HubFrame, peer);
      } catch (error) {
        this.#refusal = (error as Error).message;
        this.#state = { is: "distrusting" };
        socket.close();
      }
    });
    let failure = "";
    socket.on("error", (error) => (failure = error.message));
    socket.on("close", (code, reason) => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      const was = this.#state;
      this.#state = { is: "idle" };
      const why = this.#refusal || failure || `closed with ${code} ${reason.toString("utf8")}`.trim();
      this.#events.ended(this, endOf(was, code), why);
    });
  }

  /** Cuts the connection without a word, as a network does. */
  drop(): void {
    this.#socket?.terminate();
  }

  close(): void {
    this.#socket?.close(1000);
  }

  /** Reads and sends one batch; not while the hub asked to hold, and not beyond what may be unacknowledged. */
  report(nowMono: number): void {
    if (this.#state.is !== "ready" || nowMono < this.#holdUntilMono) return;
    if (this.#unacknowledged.size >= AGENT_LIMITS.batchesInFlightMax) return;
    const elapsedSeconds =
      this.#lastReadingMono === 0 ? this.config.intervalMs / 1_000 : (nowMono - this.#lastReadingMono) / 1_000;
    this.#lastReadingMono = nowMono;
    this.#seq++;
    const row = this.#readings.next(this.#clock.now(), elapsedSeconds);
    this.#sendBatch(this.#seq, row, "live", nowMono);
    this.#events.sent(this.#seriesCount);
  }

  #sendBatch(seq: number, row: string, freshness: "live" | "late", nowMono: number): void {
    this.#unacknowledged.set(seq, { row, sentMono: nowMono });
    const define = this.#needsDefine ? `"define":${this.config.define},` : "";
    this.#needsDefine = false;
    const late = freshness === "late" ? ',"late":true' : "";
    this.#socket?.send(`{"t":"batch","seq":${seq},"layout":0,${define}"rows":[${row}]${late}}`);
  }

  #take(frame: HubFrame, peer: TLSSocket | undefined): void {
    const state = this.#state;
    switch (frame.t) {
      case "hello":
        if (state.is === "greeting")
          this.#greeted(checkHello(frame, this.config.token.pin, state.agentNonce, this.#clock.now()), peer);
        return;
      case "welcome": {
        if (state.is !== "enrolling") return;
        const welcome = checkWelcome(frame, state.hub, state.transcript);
        this.#agentId = welcome.agentId;
        this.#epoch = welcome.epoch;
        this.#auditHead = welcome.auditHead;
        this.#state = { is: "enrolled" };
        this.#events.joined(this, welcome.serverId, welcome.state);
        // A connection enrolls or authenticates, never both.
        this.#socket?.close(1000);
        return;
      }
      case "ready": {
        if (state.is !== "proving") return;
        const ready = checkReady(frame, state.hub, this.#agentId ?? "");
        this.#epoch = ready.epoch;
        this.#auditHead = ready.auditHead;
        this.#state = { is: "ready", hub: state.hub };
        this.#needsDefine = true;
        this.#sendFacts();
        this.#resend(ready.received);
        this.#events.ready(this);
        return;
      }
      case "ack":
        for (const [first, last] of frame.seqs) {
          for (let seq = first; seq <= last; seq++) this.#acknowledge(seq);
        }
        return;
      case "hold":
        this.#holdUntilMono = this.#clock.monotonic() + frame.forMs;
        return;
      case "call":
        return this.#answer(frame);
      case "cmd":
        if (state.is === "ready") this.#obey(frame, state.hub);
        return;
      case "refused":
        this.#refusal = `${frame.code}: ${frame.message}`;
        return;
      case "checkpoint":
        this.#auditHead = frame.hash;
        return;
      case "open":
        return this.#send({ t: "end", id: frame.id, error: "a simulated server has no logs" });
      case "data":
      case "credit":
      case "close":
      case "result-ack":
      case "unsupported":
        return;
    }
  }

  #greeted(hub: ProvedHub, peer: TLSSocket | undefined): void {
    if (peer?.encrypted && !peer.authorized) {
      const key = peer.getPeerX509Certificate()?.publicKey.export({ type: "spki", format: "der" });
      const pin = key ? sha256Hex(key) : "";
      if (!hub.tlsPins.includes(pin))
        throw new Error("the TLS certificate is neither trusted nor one that the hub vouches for");
    }
    if (this.#agentId === undefined) {
      const { frame, transcript } = enrollment(hub, this.config.token, this.config.name, this.#keys);
      this.#state = { is: "enrolling", hub, transcript };
      return this.#send(frame);
    }
    const held = this.#unacknowledged.keys().next();
    this.#state = { is: "proving", hub };
    this.#send(
      authentication(
        hub,
        {
          agentId: this.#agentId,
          bootId: this.#bootId,
          instanceId: this.#bootId,
          agentVersion: this.config.agentVersion,
          version: PROTOCOL_VERSION,
          policyHash: "",
          policySummary: { state: "monitor-only", why: "", entries: [] },
          epochSeen: this.#epoch,
          lastSeq: this.#seq,
          spoolHead: held.done ? this.#seq + 1 : held.value,
          auditHead: this.#auditHead,
          at: this.#clock.now(),
          intervalMs: this.config.intervalMs,
        },
        this.#keys,
      ),
    );
  }

  /** What the hub does not hold is sent again; it drops what it does. */
  #resend(received: readonly (readonly [number, number])[]): void {
    for (const [seq, { row }] of [...this.#unacknowledged]) {
      if (hasSequence(received, seq)) this.#acknowledge(seq);
      else this.#sendBatch(seq, row, "late", this.#clock.monotonic());
    }
  }

  #acknowledge(seq: number): void {
    const sent = this.#unacknowledged.get(seq);
    if (!sent) return;
    this.#unacknowledged.delete(seq);
    this.#events.acknowledged(1, this.#clock.monotonic() - sent.sentMono);
  }

  #sendFacts(): void {
    this.#send({
      t: "facts",
      facts: {
        hostName: this.config.name,
        osName: "Simulated",
        osVersion: "1",
        osId: "simulated",
        kernel: null,
        architecture: null,
        cpuModel: null,
        cpuCount: null,
        memoryBytes: null,
        virtualisation: null,
        container: null,
        bootId: this.#bootId,
        addresses: [],
        externalAddress: null,
        nodeVersion: null,
        sources: { hostName: "muster simulate" },
      },
    });
  }

  #answer(call: CallFrame): void {
    if (call.name === "focus") {
      const { forMs } = call.params as { forMs: number };
      this.#focusUntilMono = this.#clock.monotonic() + forMs;
      return this.#send({ t: "reply", id: call.id, ok: true, result: { intervalMs: FOCUS_INTERVAL_MS } });
    }
    if (call.name === "processes.list") {
      const result = { at: this.#clock.now(), total: 0, processes: [] };
      return this.#send({ t: "reply", id: call.id, ok: true, result });
    }
    this.#send({
      t: "reply",
      id: (call as CallFrame).id,
      ok: false,
      error: "a simulated agent does not know this call",
    });
  }

  /** A simulated server answers a ping and refuses everything else, as one without a policy does. */
  #obey(frame: CommandFrame, hub: ProvedHub): void {
    if (!verify(hub.hubPub, contextBytes("cmd", [frame.c, frame.d]), fromBase64url(frame.sig))) return;
    const core = JSON.parse(frame.c) as CommandCore;
    const at = this.#clock.now();
    const isPing = core.action === "agent.ping";
    const result: ResultBody = {
      cmd: core.cmd,
      outcome: isPing ? "succeeded" : "refused",
      detail: isPing ? `clock ${at}` : "a simulated server has no policy",
      startedAt: at,
      endedAt: at,
    };
    const body = JSON.stringify(result);
    this.#send({ t: "result", body, sig: toBase64url(sign(this.#keys.privateKey, contextBytes("result", [body]))) });
  }

  #send(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}
