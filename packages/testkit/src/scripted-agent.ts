import { randomBytes } from "node:crypto";
import { generateKeys, hmacSha256, sha256, sign, toBase64url } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { AGENT_PATH, AGENT_SUBPROTOCOL, contextBytes, parseJoinToken } from "@muster/protocol";
import type {
  AuthBody,
  Field,
  HelloBody,
  HubCertificate,
  HubFrame,
  ReadyBody,
  SeriesDefinition,
  WelcomeBody,
} from "@muster/protocol";
import { WebSocket } from "ws";
import { waitFor } from "./wait-for.ts";

/** Who a scripted agent is once it has joined. */
export interface ScriptedIdentity {
  readonly keys: KeyPair;
  readonly agentId: string;
  readonly serverId: string;
}

/** What the hub showed at hello. */
export interface Greeting {
  readonly agentNonce: Uint8Array;
  readonly hubNonce: Uint8Array;
  readonly hubPub: Uint8Array;
  readonly certificate: HubCertificate;
}

type FrameOf<T extends HubFrame["t"]> = Extract<HubFrame, { t: T }>;

/**
 * One connection of an agent that speaks `muster/1` correctly where a test does not tell it otherwise: every step takes
 * what to change in it. It keeps all frames that came, and how the hub closed.
 */
export class ScriptedAgent implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly frames: HubFrame[] = [];
  #taken = 0;
  closed: { readonly code: number; readonly reason: string; readonly atMs: number } | undefined;
  greeting: Greeting | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (bytes: Buffer) => this.frames.push(JSON.parse(bytes.toString("utf8")) as HubFrame));
    socket.on("error", () => undefined);
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString("utf8"), atMs: performance.now() };
    });
  }

  /** @param hub its address as it says it, `http://…`. */
  static async open(hub: string, options: { readonly autoPong?: boolean } = {}): Promise<ScriptedAgent> {
    const socket = new WebSocket(hub.replace(/^http/, "ws") + AGENT_PATH, [AGENT_SUBPROTOCOL], {
      perMessageDeflate: false,
      ...options,
    });
    const agent = new ScriptedAgent(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return agent;
  }

  /** One that waited, on a connection that the hub made. */
  static over(socket: WebSocket): ScriptedAgent {
    return new ScriptedAgent(socket);
  }

  /** Text and bytes go as they are, anything else as JSON. */
  send(frame: object | string | Uint8Array): void {
    if (this.closed) return;
    this.#socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  ping(): void {
    this.#socket.ping();
  }

  /** What was sent and the hub has not let leave this side yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Reads nothing any more, as a machine whose cable was pulled. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The next frame of this kind after those already taken. Fails at once when the hub closes first. */
  async next<T extends HubFrame["t"]>(t: T, timeoutMs = 5_000): Promise<FrameOf<T>> {
    const found = await waitFor(
      () => {
        const index = this.frames.findIndex((frame, at) => at >= this.#taken && frame.t === t);
        if (index < 0) return this.closed && "closed";
        this.#taken = index + 1;
        return this.frames[index] as FrameOf<T>;
      },
      { timeoutMs, intervalMs: 2, describe: () => `a frame ${t}; came: ${this.#story()}` },
    );
    if (found === "closed") throw new Error(`closed before a frame ${t}; came: ${this.#story()}`);
    return found;
  }

  /** How the hub closed. */
  async end(timeoutMs = 5_000): Promise<{ readonly code: number; readonly reason: string; readonly atMs: number }> {
    return waitFor(() => this.closed, { timeoutMs, intervalMs: 2, describe: () => `closed; came: ${this.#story()}` });
  }

  #story(): string {
    return `${this.frames.map((frame) => JSON.stringify(frame).slice(0, 300)).join(" ")} ${JSON.stringify(this.closed)}`;
  }

  async greet(change: object = {}): Promise<Greeting> {
    const agentNonce = randomBytes(32);
    this.send({ t: "begin", versions: [1], agentNonce: toBase64url(agentNonce), ...change });
    const body = JSON.parse((await this.next("hello")).body) as HelloBody;
    const certificate = JSON.parse(body.hubCert) as HubCertificate;
    this.greeting = {
      agentNonce,
      hubNonce: Buffer.from(body.hubNonce, "base64url"),
      hubPub: Buffer.from(certificate.hubPub, "base64url"),
      certificate,
    };
    return this.greeting;
  }

  /** An enrollment for this connection; `change` is laid over the frame after it was signed. */
  enrollFrame(token: string, name: string, keys: KeyPair, change: object = {}): object {
    const { id, secret } = parseJoinToken(token)!;
    const { agentNonce, hubNonce, hubPub } = this.greeting!;
    const transcript: readonly Field[] = [hubNonce, agentNonce, hubPub, keys.publicDer, id, name];
    return {
      t: "enroll",
      tokenId: id,
      name,
      agentPub: toBase64url(keys.publicDer),
      mac: toBase64url(hmacSha256(sha256(secret), sha256(contextBytes("enrollMac", transcript)))),
      sig: toBase64url(sign(keys.privateKey, contextBytes("enrollSig", transcript))),
      ...change,
    };
  }

  async enroll(token: string, name: string, keys: KeyPair): Promise<WelcomeBody> {
    await this.greet();
    this.send(this.enrollFrame(token, name, keys));
    return JSON.parse((await this.next("welcome")).body) as WelcomeBody;
  }

  /** A proof for this connection. `change` goes into what is signed, `signedAs` signs for another agent or nonce. */
  authFrame(
    identity: ScriptedIdentity,
    change: Partial<AuthBody> = {},
    signedAs: { readonly hubNonce?: Uint8Array; readonly keys?: KeyPair } = {},
  ): object {
    const { agentNonce, hubNonce, hubPub } = this.greeting!;
    const body = JSON.stringify({
      agentId: identity.agentId,
      bootId: "boot-1",
      instanceId: "run-1",
      agentVersion: "0.1.0",
      version: 1,
      policyHash: "",
      policySummary: { state: "monitor-only", why: "", entries: [] },
      epochSeen: 0,
      lastSeq: 0,
      spoolHead: 0,
      auditHead: "",
      at: Date.now(),
      intervalMs: 5_000,
      ...change,
    } satisfies AuthBody);
    const fields = [identity.agentId, signedAs.hubNonce ?? hubNonce, agentNonce, hubPub, sha256(body)];
    const { privateKey } = signedAs.keys ?? identity.keys;
    return { t: "auth", body, sig: toBase64url(sign(privateKey, contextBytes("auth", fields))) };
  }

  async authenticate(identity: ScriptedIdentity, change: Partial<AuthBody> = {}): Promise<ReadyBody> {
    await this.greet();
    this.send(this.authFrame(identity, change));
    return JSON.parse((await this.next("ready")).body) as ReadyBody;
  }

  /** One batch of one row, defining its layout unless told otherwise. */
  batch(
    seq: number,
    at: number,
    values: readonly (number | null)[],
    more: {
      readonly define?: readonly SeriesDefinition[];
      readonly layout?: number;
      readonly late?: boolean;
    } = {},
  ): void {
    const { define = values.map((_, index) => ({ metric: `test_${index}` })), layout = 0, late } = more;
    this.send({ t: "batch", seq, layout, define, rows: [[at, ...values]], ...(late === undefined ? {} : { late }) });
  }

  /** Waits until this number is acknowledged. */
  async acknowledged(seq: number, timeoutMs = 5_000): Promise<void> {
    await waitFor(() => this.isAcknowledged(seq), {
      timeoutMs,
      intervalMs: 2,
      describe: () => `${seq} acknowledged; came: ${this.#story()}`,
    });
  }

  isAcknowledged(seq: number): boolean {
    return this.frames.some(
      (frame) => frame.t === "ack" && frame.seqs.some(([first, last]) => first <= seq && seq <= last),
    );
  }

  close(): void {
    this.#socket.close(1000);
  }

  /** Without a goodbye. */
  terminate(): void {
    this.#socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    await waitFor(() => this.closed, { intervalMs: 2, describe: "the test's own socket closes" });
  }
}

/** Joins with this token and leaves; the keys are new unless given. */
export async function joinAs(
  hub: string,
  token: string,
  name: string,
  keys = generateKeys(),
): Promise<ScriptedIdentity> {
  await using agent = await ScriptedAgent.open(hub);
  const { agentId, serverId } = await agent.enroll(token, name, keys);
  return { keys, agentId, serverId };
}

/** A proved connection. */
export async function connectAs(
  hub: string,
  identity: ScriptedIdentity,
  change: Partial<AuthBody> = {},
): Promise<ScriptedAgent> {
  const agent = await ScriptedAgent.open(hub);
  await agent.authenticate(identity, change);
  return agent;
}
