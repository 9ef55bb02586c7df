import { randomBytes } from "node:crypto";
import { fromBase64url, generateKeys, hmacSha256, sha256, sign, toBase64url } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { AGENT_PATH, AGENT_SUBPROTOCOL, contextBytes, parseJoinToken } from "@muster/protocol";
import type { AuthBody, HelloBody, HubCertificate, HubFrame, ReadyBody, WelcomeBody } from "@muster/protocol";
import { waitFor } from "@muster/testkit";
import { WebSocket } from "ws";

export interface AgentIdentity {
  readonly keys: KeyPair;
  readonly agentId: string;
  readonly serverId: string;
}

interface Greeting {
  readonly agentNonce: Uint8Array;
  readonly hubNonce: Uint8Array;
  readonly hubPub: Uint8Array;
}

/** The least of an agent's side of `muster/1` that stores samples: it believes its hub, and only batches follow. */
export class AgentConnection implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly frames: HubFrame[] = [];
  #isClosed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (bytes: Buffer) => this.frames.push(JSON.parse(bytes.toString("utf8")) as HubFrame));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isClosed = true;
    });
  }

  /** Rejects when there is no hub. */
  static async open(hub: string): Promise<AgentConnection> {
    const socket = new WebSocket(hub.replace(/^http/, "ws") + AGENT_PATH, [AGENT_SUBPROTOCOL]);
    const connection = new AgentConnection(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return connection;
  }

  /** Joins a hub and leaves it. */
  static async join(hub: string, token: string, name: string): Promise<AgentIdentity> {
    await using connection = await AgentConnection.open(hub);
    const { agentNonce, hubNonce, hubPub } = await connection.#greet();
    const keys = generateKeys();
    const { id, secret } = parseJoinToken(token)!;
    const transcript = [hubNonce, agentNonce, hubPub, keys.publicDer, id, name];
    connection.send({
      t: "enroll",
      tokenId: id,
      name,
      agentPub: toBase64url(keys.publicDer),
      mac: toBase64url(hmacSha256(sha256(secret), sha256(contextBytes("enrollMac", transcript)))),
      sig: toBase64url(sign(keys.privateKey, contextBytes("enrollSig", transcript))),
    });
    const { agentId, serverId } = JSON.parse(await connection.#bodyOf("welcome")) as WelcomeBody;
    return { keys, agentId, serverId };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(frame: object): void {
    if (!this.#isClosed) this.#socket.send(JSON.stringify(frame));
  }

  async #bodyOf(t: "hello" | "welcome" | "ready"): Promise<string> {
    const found = await waitFor(() => this.frames.find((frame) => frame.t === t) ?? (this.#isClosed && "closed"), {
      intervalMs: 2,
      describe: () => `${t}; came ${JSON.stringify(this.frames)}`,
    });
    if (found === "closed") throw new Error(`closed before ${t}`);
    return (found as { readonly body: string }).body;
  }

  async #greet(): Promise<Greeting> {
    const agentNonce = randomBytes(32);
    this.send({ t: "begin", versions: [1], agentNonce: toBase64url(agentNonce) });
    const { hubCert, hubNonce } = JSON.parse(await this.#bodyOf("hello")) as HelloBody;
    const { hubPub } = JSON.parse(hubCert) as HubCertificate;
    return { agentNonce, hubNonce: fromBase64url(hubNonce), hubPub: fromBase64url(hubPub) };
  }

  async authenticate({ keys, agentId }: AgentIdentity, lastSeq: number): Promise<ReadyBody> {
    const { agentNonce, hubNonce, hubPub } = await this.#greet();
    const body = JSON.stringify({
      agentId,
      bootId: agentId,
      instanceId: agentId,
      agentVersion: "0.1.0",
      version: 1,
      policyHash: "",
      policySummary: { state: "monitor-only", why: "", entries: [] },
      epochSeen: 0,
      lastSeq,
      spoolHead: 0,
      auditHead: "",
      at: Date.now(),
      intervalMs: 1_000,
    } satisfies AuthBody);
    const signed = contextBytes("auth", [agentId, hubNonce, agentNonce, hubPub, sha256(body)]);
    this.send({ t: "auth", body, sig: toBase64url(sign(keys.privateKey, signed)) });
    return JSON.parse(await this.#bodyOf("ready")) as ReadyBody;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    await waitFor(() => this.#isClosed, { intervalMs: 2, describe: "the test's own socket closes" });
  }
}
