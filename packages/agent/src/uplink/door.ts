import { X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { MusterError } from "@muster/core";
import type { Cancellable, Clock } from "@muster/core";
import { spkiSha256 } from "@muster/node-kit";
import { AGENT_PATH, AGENT_SUBPROTOCOL, HANDSHAKE_TIMEOUT_MS } from "@muster/protocol";
import { WebSocketServer } from "ws";
import { SOCKET_OPTIONS, SocketChannel } from "./channel.ts";
import type { Channel } from "./channel.ts";

export interface DoorConfig {
  readonly host: string;
  readonly port: number;
  /** Certificate and key, PEM; without them it is plain. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/** Somebody who dialled in. He has a few seconds to prove that he is the hub. */
export interface Caller {
  readonly channel: Channel;
  readonly address: string;
  /** He has proved it: neither time nor other callers end this connection any more. */
  admit(): void;
}

interface WaitingCaller extends Caller {
  readonly place: string;
  readonly resume: () => void;
}

/** Connections that have proved nothing, whatever they are at; one more ends the oldest, which had the most time. */
const CALLERS_MAX = 8;
const HEADER_BYTES_MAX = 8 * 1024;
const CLOSING_MS_MAX = 2_000;

/** Where the agent waits for its hub to dial, at the address that its owner set. */
export class Door {
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    ...SOCKET_OPTIONS,
    noServer: true,
    clientTracking: false,
    handleProtocols: () => AGENT_SUBPROTOCOL,
  });
  readonly #ownKeySha256: string | undefined;
  /** Oldest first. With TLS two sockets stand for one connection, so they are known by where they come from. */
  readonly #unproved = new Map<string, { readonly socket: Socket; readonly timer: Cancellable }>();
  readonly #open = new Set<Socket>();
  #waiting: WaitingCaller[] = [];
  #take: ((caller: Caller) => void) | undefined;
  #knocked: () => void = () => undefined;

  private constructor({ tls }: DoorConfig, clock: Clock) {
    this.#clock = clock;
    this.#ownKeySha256 = tls && spkiSha256(new X509Certificate(tls.cert));
    const options = { maxHeaderSize: HEADER_BYTES_MAX, keepAlive: false } as const;
    this.#server =
      tls === undefined ? createServer(options) : createSecureServer({ ...options, ...tls, minVersion: "TLSv1.2" });
    this.#server.on("connection", (socket: Socket) => this.#count(socket));
    this.#server.on("request", (_request, response) => response.writeHead(426, { connection: "close" }).end());
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
  }

  /** Throws ADDRESS_IN_USE, CONFIG_INVALID. */
  static async open(config: DoorConfig, clock: Clock): Promise<Door> {
    const at = `${config.host}:${config.port}`;
    const invalid = (cause: unknown): MusterError => {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "EADDRINUSE")
        return new MusterError("ADDRESS_IN_USE", { message: `${at} is taken by another program.` }, cause);
      return new MusterError("CONFIG_INVALID", { message: `${at} cannot be listened on: ${message}.` }, cause);
    };
    try {
      const door = new Door(config, clock);
      await new Promise<void>((resolve, reject) => {
        door.#server.once("error", reject);
        door.#server.listen({ host: config.host, port: config.port }, resolve);
      });
      door.#server.on("error", () => undefined);
      return door;
    } catch (cause) {
      throw invalid(cause);
    }
  }

  /** Who is told of callers that nobody takes. */
  onKnock(knocked: () => void): void {
    this.#knocked = knocked;
  }

  /** Hands callers over, those that wait first, until what it returns is called. One takes at a time. */
  take(taken: (caller: Caller) => void): () => void {
    this.#take = taken;
    for (const caller of this.#waiting.splice(0)) this.#hand(caller, taken);
    return () => {
      if (this.#take === taken) this.#take = undefined;
    };
  }

  /** Lets nobody in any more; who is in has two seconds to end in order. */
  async close(): Promise<void> {
    this.#take = undefined;
    this.#waiting = [];
    for (const { socket } of this.#unproved.values()) socket.destroy();
    const timer = this.#clock.after(CLOSING_MS_MAX, () => {
      for (const socket of this.#open) socket.destroy();
    });
    await new Promise((resolve) => this.#server.close(resolve));
    timer.cancel();
  }

  /** From the first packet on, so that also one that never speaks HTTP or TLS is bounded. */
  #count(socket: Socket): void {
    const key = placeOf(socket);
    const timer = this.#clock.after(HANDSHAKE_TIMEOUT_MS, () => socket.destroy());
    this.#open.add(socket);
    this.#unproved.set(key, { socket, timer });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#open.delete(socket);
      this.#forget(key);
      this.#waiting = this.#waiting.filter((caller) => caller.place !== key);
    });
    const [oldest] = this.#unproved.values();
    if (this.#unproved.size > CALLERS_MAX) oldest?.socket.destroy();
  }

  #forget(key: string): void {
    this.#unproved.get(key)?.timer.cancel();
    this.#unproved.delete(key);
  }

  #upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    const { origin, cookie, "sec-websocket-protocol": protocol } = request.headers;
    // Browsers, and whoever else lost his way.
    if (request.url !== AGENT_PATH || protocol !== AGENT_SUBPROTOCOL || origin !== undefined || cookie !== undefined)
      return void connection.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    const key = placeOf(request.socket);
    this.#sockets.handleUpgrade(request, connection, head, (socket) => {
      // What comes before he is taken waits in the kernel.
      socket.pause();
      const caller = {
        channel: new SocketChannel(socket, { is: "caller", ownKeySha256: this.#ownKeySha256 }),
        address: request.socket.remoteAddress ?? "",
        admit: () => this.#forget(key),
        place: key,
        resume: () => socket.resume(),
      };
      if (this.#take !== undefined) return this.#hand(caller, this.#take);
      this.#waiting = [...this.#waiting.slice(1 - CALLERS_MAX), caller];
      this.#knocked();
    });
  }

  #hand(caller: WaitingCaller, taken: (caller: Caller) => void): void {
    caller.resume();
    taken(caller);
  }
}

const placeOf = ({ remoteAddress = "", remotePort = 0 }: Socket): string => `${remoteAddress} ${remotePort}`;
