import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { inflateRawSync } from "node:zlib";
import {
  equalBytes,
  fromBase64url,
  generateKeys,
  hmacSha256,
  randomHex,
  randomToken,
  sha256,
  sha256Hex,
  sign,
  toBase64url,
  verify,
} from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import {
  AGENT_PATH,
  AGENT_SUBPROTOCOL,
  CLOSE,
  agentFrameSchema,
  contextBytes,
  formatJoinToken,
} from "@muster/protocol";
import type {
  AgentFrame,
  AuthBody,
  BatchFrame,
  CommandCore,
  CommandDelivery,
  HubFrame,
  ResultBody,
} from "@muster/protocol";
import { WebSocket, WebSocketServer } from "ws";

const DAY_MS = 86_400_000;

/** How one scripted hub differs from an honest one. Everything may be changed between two connections. */
export interface Script {
  /** The hub's wall clock. */
  now: () => number;
  /** Whether batches are acknowledged at once. */
  acknowledges: boolean;
  state: "active" | "pending" | "quarantined";
  /** What its greeting says of who dialled, where that is not the truth. */
  dialled: boolean | undefined;
  intervalMs: number;
  revokedHubs: string[];
  notBefore: number;
  notAfter: number;
  /** Changes a frame before it leaves. */
  tamper: (frame: HubFrame) => HubFrame;
  /** Called with each frame of an agent before the hub handles it; true: handled. */
  intercept: (frame: AgentFrame, connection: Connection) => boolean;
}

export interface Connection {
  readonly socket: WebSocket;
  readonly isDialled: boolean;
  readonly hubNonce: Uint8Array;
  agentNonce: Uint8Array;
  agentId: string;
  sessionId: string;
  readonly layouts: Map<number, BatchFrame["define"]>;
  send(frame: HubFrame): void;
}

export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
  /** SHA-256 of the SPKI, hex. */
  readonly pin: string;
}

/** One stored row: what the hub understood of it. */
export interface StoredRow {
  readonly seq: number;
  readonly at: number;
  readonly late: boolean;
  readonly values: Readonly<Record<string, number>>;
}

/** A hub that keeps everything in memory and speaks the real protocol with real keys. */
export class ScriptedHub {
  root = generateKeys();
  hub = generateKeys();
  readonly script: Script = {
    now: () => Date.now(),
    acknowledges: true,
    state: "active",
    dialled: undefined,
    intervalMs: 1_000,
    revokedHubs: [],
    notBefore: Date.now() - DAY_MS,
    notAfter: Date.now() + 90 * DAY_MS,
    tamper: (frame) => frame,
    intercept: () => false,
  };
  /** Raw messages in the order of arrival. */
  readonly received: (AgentFrame | { t: "pack"; batches: BatchFrame[] })[] = [];
  readonly connections: Connection[] = [];
  readonly agents = new Map<string, Uint8Array>();
  readonly stored = new Map<number, StoredRow[]>();
  readonly doubled: number[] = [];
  readonly results: ResultBody[] = [];
  epoch = 1_000;
  #commandSeq = 0;
  #tokens = new Map<string, { secret: string; name: string; uses: number }>();
  readonly #server;
  readonly #sockets;
  readonly #tls: TlsFiles | undefined;
  readonly #dialled = new Set<WebSocket>();
  tlsPins: string[];

  private constructor(tls: TlsFiles | undefined) {
    this.#tls = tls;
    this.tlsPins = tls === undefined ? [] : [tls.pin];
    this.#server = tls === undefined ? createHttpServer() : createHttpsServer({ key: tls.key, cert: tls.cert });
    this.#sockets = new WebSocketServer({
      server: this.#server,
      path: AGENT_PATH,
      maxPayload: 1024 * 1024,
      handleProtocols: (offered) => (offered.has(AGENT_SUBPROTOCOL) ? AGENT_SUBPROTOCOL : false),
    });
    this.#sockets.on("connection", (socket) => this.#accept(socket, false));
  }

  static async start(tls?: TlsFiles, port = 0): Promise<ScriptedHub> {
    const hub = new ScriptedHub(tls);
    await hub.listen(port);
    return hub;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  get url(): string {
    return `${this.#tls === undefined ? "ws" : "wss"}://127.0.0.1:${this.port}`;
  }
  get connection(): Connection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error("nobody is connected");
    return connection;
  }
  get rows(): StoredRow[] {
    return [...this.stored.entries()].toSorted(([one], [other]) => one - other).flatMap(([, rows]) => rows);
  }

  mintToken(name = "", uses = 1): string {
    const id = randomHex(5);
    const secret = randomToken(20);
    this.#tokens.set(id, { secret, name, uses });
    return formatJoinToken({ id, secret, pin: sha256Hex(this.root.publicDer).slice(0, 32) });
  }

  /** Goes to where an agent waits, `ws://host:port`. `says`: whether its greeting tells that it dialled, as an honest one's does. */
  async dial(address: string, says: { readonly dialled: boolean } = { dialled: true }): Promise<Connection> {
    const socket = new WebSocket(address + AGENT_PATH, [AGENT_SUBPROTOCOL], {
      perMessageDeflate: false,
      rejectUnauthorized: false,
    });
    this.#dialled.add(socket);
    socket.on("close", () => this.#dialled.delete(socket));
    const connection = this.#accept(socket, says.dialled);
    await once(socket, "open");
    return connection;
  }

  /** Drops every connection without a word; the port stays. */
  drop(): void {
    for (const socket of [...this.#sockets.clients, ...this.#dialled]) socket.terminate();
  }

  async stop(): Promise<void> {
    this.drop();
    this.#sockets.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  certificate(keys: KeyPair = this.hub, root: KeyPair = this.root): string {
    const { notBefore, notAfter } = this.script;
    const hubId = "hub-1";
    const sig = sign(root.privateKey, contextBytes("hubcert", [keys.publicDer, hubId, notBefore, notAfter]));
    return JSON.stringify({
      rootPub: toBase64url(root.publicDer),
      hubPub: toBase64url(keys.publicDer),
      hubId,
      notBefore,
      notAfter,
      sig: toBase64url(sig),
    });
  }

  /** A command as an honest hub makes it; the parts may be replaced. */
  command(
    action: string,
    args: Record<string, string | number> = {},
    change: { core?: Partial<CommandCore>; delivery?: Partial<CommandDelivery>; c?: string; keys?: KeyPair } = {},
  ): { frame: Extract<HubFrame, { t: "cmd" }>; cmd: string } {
    const now = this.script.now();
    const core = {
      v: 1,
      cmd: `0190-${randomHex(8)}`,
      agent: this.connection.agentId,
      action,
      args,
      actor: { id: "u1", name: "anna", role: "admin", door: "http" },
      reason: "",
      notAfter: now + 60_000,
      ...change.core,
    };
    const delivery = {
      session: this.connection.sessionId,
      epoch: this.epoch,
      seq: ++this.#commandSeq,
      iat: now,
      exp: now + 60_000,
      audit: { seq: 1, hash: "00" },
      ...change.delivery,
    };
    const c = change.c ?? JSON.stringify(core);
    const d = JSON.stringify(delivery);
    const sig = toBase64url(sign((change.keys ?? this.hub).privateKey, contextBytes("cmd", [c, d])));
    return { frame: { t: "cmd", c, d, sig }, cmd: core.cmd };
  }

  #accept(socket: WebSocket, isDialled: boolean): Connection {
    const connection: Connection = {
      socket,
      isDialled,
      hubNonce: randomBytes(32),
      agentNonce: new Uint8Array(),
      agentId: "",
      sessionId: "",
      layouts: new Map(),
      send: (frame) => socket.send(JSON.stringify(this.script.tamper(frame))),
    };
    this.connections.push(connection);
    socket.on("message", (bytes: Buffer, isBinary: boolean) => {
      if (isBinary) return this.#takePack(bytes, connection);
      const frame = agentFrameSchema.parse(JSON.parse(bytes.toString("utf8")));
      this.received.push(frame);
      if (!this.script.intercept(frame, connection)) this.#handle(frame, connection);
    });
    socket.on("error", () => undefined);
    return connection;
  }

  #handle(frame: AgentFrame, connection: Connection): void {
    switch (frame.t) {
      case "begin":
        return this.#hello(frame.agentNonce, connection);
      case "enroll":
        return this.#enroll(frame, connection);
      case "auth":
        return this.#ready(frame, connection);
      case "batch":
        this.store(frame, connection);
        return this.#acknowledge([frame.seq], connection);
      case "result": {
        const key = this.agents.get(connection.agentId)!;
        if (!verify(key, contextBytes("result", [frame.body]), fromBase64url(frame.sig))) throw new Error("result");
        const body = JSON.parse(frame.body) as ResultBody;
        this.results.push(body);
        return connection.send({ t: "result-ack", cmd: body.cmd });
      }
      case "rotate": {
        const { agentId, sessionId } = connection;
        const [oldPub, newPub] = [this.agents.get(agentId)!, fromBase64url(frame.newPub)];
        const byOld = contextBytes("rotateOld", [agentId, sessionId, newPub]);
        const byNew = contextBytes("rotateNew", [agentId, sessionId, oldPub]);
        if (!verify(oldPub, byOld, fromBase64url(frame.sigOld))) throw new Error("rotate-old");
        if (!verify(newPub, byNew, fromBase64url(frame.sigNew))) throw new Error("rotate-new");
        this.agents.set(agentId, newPub);
        return;
      }
      case "facts":
      case "policy":
      case "reply":
      case "services":
      case "items":
      case "end":
    }
  }

  #hello(agentNonce: string, connection: Connection): void {
    connection.agentNonce = fromBase64url(agentNonce);
    const hubCert = this.certificate();
    const body = JSON.stringify({
      version: 1,
      hubCert,
      hubNonce: toBase64url(connection.hubNonce),
      tlsPins: this.tlsPins,
      minAgent: "0.0.0",
      revokedHubs: this.script.revokedHubs,
      ...((this.script.dialled ?? connection.isDialled) && { dialled: true }),
    });
    const signed = contextBytes("hello", [connection.agentNonce, connection.hubNonce, sha256(hubCert), sha256(body)]);
    connection.send({ t: "hello", body, sig: toBase64url(sign(this.hub.privateKey, signed)) });
  }

  #enroll(frame: Extract<AgentFrame, { t: "enroll" }>, connection: Connection): void {
    const agentPub = fromBase64url(frame.agentPub);
    const { hubNonce, agentNonce } = connection;
    const transcript = [hubNonce, agentNonce, this.hub.publicDer, agentPub, frame.tokenId, frame.name] as const;
    const token = this.#tokens.get(frame.tokenId);
    const mac = hmacSha256(sha256(token?.secret ?? ""), sha256(contextBytes("enrollMac", transcript)));
    const isGood =
      token !== undefined &&
      token.uses-- > 0 &&
      (token.name === "" || token.name === frame.name) &&
      equalBytes(mac, fromBase64url(frame.mac)) &&
      verify(agentPub, contextBytes("enrollSig", transcript), fromBase64url(frame.sig));
    if (!isGood) return this.refuse(connection, CLOSE.badProof);
    const agentId = `agent-${randomHex(4)}`;
    this.agents.set(agentId, agentPub);
    const body = JSON.stringify({
      agentId,
      serverId: `server-${agentId}`,
      state: "active",
      epoch: this.epoch,
      auditHead: "",
    });
    const sig = sign(this.hub.privateKey, contextBytes("welcome", [...transcript, sha256(body)]));
    connection.send({ t: "welcome", body, sig: toBase64url(sig) });
  }

  #ready(frame: Extract<AgentFrame, { t: "auth" }>, connection: Connection): void {
    const body = JSON.parse(frame.body) as AuthBody;
    const { hubNonce, agentNonce } = connection;
    const signed = contextBytes("auth", [body.agentId, hubNonce, agentNonce, this.hub.publicDer, sha256(frame.body)]);
    const key = this.agents.get(body.agentId);
    if (key === undefined || !verify(key, signed, fromBase64url(frame.sig)))
      return this.refuse(connection, CLOSE.badProof);
    connection.agentId = body.agentId;
    connection.sessionId = `session-${randomHex(8)}`;
    const seqs = [...this.stored.keys()].toSorted((one, other) => one - other);
    const ready = JSON.stringify({
      sessionId: connection.sessionId,
      state: this.script.state,
      now: this.script.now(),
      epoch: this.epoch,
      auditHead: "",
      intervalMs: this.script.intervalMs,
      received: rangesOf(seqs),
    });
    const vouched = contextBytes("ready", [body.agentId, agentNonce, hubNonce, connection.sessionId, sha256(ready)]);
    connection.send({ t: "ready", body: ready, sig: toBase64url(sign(this.hub.privateKey, vouched)) });
  }

  refuse(connection: Connection, code: number, message = "The token is wrong, used or expired."): void {
    connection.send({ t: "refused", code: "JOIN_REFUSED", message });
    connection.socket.close(code);
  }

  #takePack(bytes: Buffer, connection: Connection): void {
    const lines = inflateRawSync(bytes, { maxOutputLength: 4 * 1024 * 1024 })
      .toString("utf8")
      .split("\n");
    const batches = lines.map((line) => agentFrameSchema.parse(JSON.parse(line)) as BatchFrame);
    this.received.push({ t: "pack", batches });
    for (const batch of batches) this.store(batch, connection);
    this.#acknowledge(
      batches.map((batch) => batch.seq),
      connection,
    );
  }

  store(batch: BatchFrame, { layouts }: Connection): void {
    if (batch.define !== undefined) layouts.set(batch.layout, batch.define);
    const series = layouts.get(batch.layout);
    if (series === undefined) throw new Error(`layout ${batch.layout} was not defined`);
    if (this.stored.has(batch.seq)) this.doubled.push(batch.seq);
    this.stored.set(
      batch.seq,
      batch.rows.map(([at, ...values]) => ({
        seq: batch.seq,
        at: at!,
        late: batch.late === true,
        values: Object.fromEntries(
          values.flatMap((value, index) => {
            const { metric, labels } = series[index]!;
            return value === null
              ? []
              : [[labels === undefined ? metric : `${metric}${JSON.stringify(labels)}`, value]];
          }),
        ),
      })),
    );
  }

  #acknowledge(seqs: readonly number[], connection: Connection): void {
    if (this.script.acknowledges) connection.send({ t: "ack", seqs: rangesOf(seqs), now: this.script.now() });
  }
}

export function rangesOf(sorted: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seq of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}
