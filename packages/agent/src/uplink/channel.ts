import type { IncomingMessage } from "node:http";
import { tlsPeerOf } from "@muster/node-kit";
import type { TlsPeer } from "@muster/node-kit";
import { AGENT_LIMITS, AGENT_SUBPROTOCOL, HANDSHAKE_TIMEOUT_MS } from "@muster/protocol";
import { WebSocket } from "ws";

/**
 * Who is at the other end as far as the connection tells: whom we dialled, or a caller, who shows no certificate; then
 * `ownKeySha256` is the TLS key that he was shown, undefined without TLS.
 */
export type ChannelPeer = TlsPeer | { readonly is: "caller"; readonly ownKeySha256: string | undefined };

export interface ChannelEvents {
  /** Text as a string, binary as bytes. */
  readonly message: (message: string | Uint8Array) => void;
  /** Once, whoever closed; nothing follows. */
  readonly closed: (code: number, reason: string) => void;
}

/** One WebSocket to a hub. The agent knows connections only by this. */
export interface Channel {
  readonly peer: ChannelPeer;
  /** Replaces who hears what arrives; while nobody listens messages wait, and so does the end. */
  listen(events: ChannelEvents | undefined): void;
  send(message: string | Uint8Array): void;
  ping(): void;
  /** Bytes given to `send` that have not left the process. */
  readonly waitingBytes: number;
  /** Monotonic time is the caller's: true when anything, also a pong, arrived since the last call. */
  heardSince(): boolean;
  close(code: number, reason?: string): void;
  /** Without saying goodbye. */
  terminate(): void;
}

/** How both kinds of connection are: bounded, and without the compression that a few bytes could make grow. */
export const SOCKET_OPTIONS = { perMessageDeflate: false, maxPayload: AGENT_LIMITS.frameBytesMax } as const;

/** Connects; the name is resolved anew each time. Rejects when there is no WebSocket with our sub-protocol. */
export const openChannel = (address: string): Promise<Channel> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(address, [AGENT_SUBPROTOCOL], {
      ...SOCKET_OPTIONS,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      followRedirects: false,
      // Who the hub is, its signed greeting says; whether this TLS key is the hub's is judged with it (trust.ts).
      rejectUnauthorized: false,
    });
    let peer: TlsPeer = { is: "none" };
    socket.once("upgrade", (response: IncomingMessage) => {
      peer = tlsPeerOf(response.socket);
    });
    socket.once("error", reject);
    socket.once("open", () => {
      socket.off("error", reject);
      resolve(new SocketChannel(socket, peer));
    });
  });

/** What may wait while nobody listens: a hub sends all that it owes right after its greeting. */
const EARLY_BYTES_MAX = AGENT_LIMITS.frameBytesMax;
/** What keeping a message costs beside its bytes. */
const EARLY_MESSAGE_BYTES = 256;

export class SocketChannel implements Channel {
  readonly peer: ChannelPeer;
  readonly #socket: WebSocket;
  #events: ChannelEvents | undefined;
  readonly #early: (string | Uint8Array)[] = [];
  #earlyBytes = 0;
  #closed: readonly [number, string] | undefined;
  #heard = true;

  constructor(socket: WebSocket, peer: ChannelPeer) {
    this.#socket = socket;
    this.peer = peer;
    socket.on("message", (bytes: Buffer, isBinary: boolean) => {
      this.#heard = true;
      const message = isBinary ? bytes : bytes.toString("utf8");
      if (this.#events !== undefined) return this.#events.message(message);
      this.#early.push(message);
      this.#earlyBytes += bytes.length + EARLY_MESSAGE_BYTES;
      if (this.#earlyBytes > EARLY_BYTES_MAX) socket.terminate();
    });
    const hear = (): void => {
      this.#heard = true;
    };
    socket.on("ping", hear);
    socket.on("pong", hear);
    // The close that follows tells all that matters.
    socket.on("error", () => undefined);
    socket.on("close", (code: number, reason: Buffer) => {
      this.#closed = [code, reason.toString("utf8").slice(0, 200)];
      this.#events?.closed(...this.#closed);
    });
  }

  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  listen(events: ChannelEvents | undefined): void {
    this.#events = events;
    // A message may make the listener hand over to another, or to nobody.
    while (this.#events !== undefined && this.#early.length > 0) this.#events.message(this.#early.shift()!);
    if (this.#early.length === 0) this.#earlyBytes = 0;
    if (this.#closed !== undefined) this.#events?.closed(...this.#closed);
  }

  send(message: string | Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  heardSince(): boolean {
    const heard = this.#heard;
    this.#heard = false;
    return heard;
  }

  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
