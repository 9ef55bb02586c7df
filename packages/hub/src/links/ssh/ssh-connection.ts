import type { Duplex } from "node:stream";
import { deadline, wait } from "@muster/core";
import type { Clock } from "@muster/core";
import type { Client, ClientChannel } from "ssh2";
import type { HostKey } from "./host-key.ts";
import { Places } from "@muster/node-kit";
import { quoted, SshFailure } from "./ssh-failure.ts";

/** A channel's window is 2 MiB; who sends twice as much unasked does not keep to it. */
const CHANNEL_BYTES_MAX = 4 * 1024 * 1024;
/** How much of our answers a server may leave unread. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024;
/** OpenSSH allows ten sessions on a connection. */
const SESSIONS_MAX = 8;
/** The reader's, and one for all else. */
const SESSIONS_MIN = 2;
const CROWDED_TRIES = 10;
const CROWDED_MS = 250;
/** Streams to sockets, each for the time of one question. */
const SOCKETS_MAX = 8;
/** Servers behind this one, each for as long as it is connected; an SSH server opens a file for each, of some thousand. */
const BEHIND_MAX = 500;
/** As long as a connection of our own may take to be there. */
const BEHIND_MS = 60_000;

/** A connection to one server, logged in. It ends when it is closed or lost, and does not come back. */
export class SshConnection {
  readonly hostKey: HostKey;
  /** Settles when the connection has ended, whoever ended it. */
  readonly closed: Promise<SshFailure>;
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #sessions = new Places(SESSIONS_MAX);
  readonly #sockets = new Places(SOCKETS_MAX);
  readonly #behind = new Places(BEHIND_MAX);
  readonly #channels = new Set<ClientChannel>();
  /** Aborts with what ended the connection. */
  readonly #ended = new AbortController();

  constructor(client: Client, socket: Duplex, hostKey: HostKey, clock: Clock) {
    this.#client = client;
    this.#socket = socket;
    this.hostKey = hostKey;
    this.#clock = clock;
    let cause: Error | undefined;
    client.on("error", (error: Error) => (cause ??= error));
    client.once("close", () =>
      this.#ended.abort(new SshFailure("lost", "The connection to the server was lost.", { cause })),
    );
    const { signal } = this.#ended;
    this.closed = new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(signal.reason as SshFailure), { once: true });
    });
    socket.on("data", () => this.#checkBounds());
  }

  get isOpen(): boolean {
    return !this.#ended.signal.aborted;
  }

  /**
   * Runs a command text by the user's login shell, in a session of its own; waits while the server has no more. The
   * session is kept until the channel has closed, which it does once all its output was read.
   */
  async open(command: string, signal: AbortSignal): Promise<SshSession> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#openIn(this.#sessions, (done) => this.#client.exec(command, done), signal);
      } catch (error) {
        if (!(error instanceof ChannelRefused)) throw error;
        if (!error.isCrowded || tries === CROWDED_TRIES) throw error.failure;
        // A session that ended counts there for a moment longer than here.
        if (error.others <= 1) await wait(this.#clock, CROWDED_MS, signal);
      }
    }
  }

  /** A stream to a Unix socket on the server. */
  async forwardToSocket(socketPath: string, signal: AbortSignal): Promise<Duplex> {
    return this.#forward(this.#sockets, (done) => this.#client.openssh_forwardOutStreamLocal(socketPath, done), signal);
  }

  /**
   * A stream to a port that the server can reach: the way to a server behind it. When the connection ends it fails with
   * what ended it, so that this is told from an end by the other side.
   */
  async forwardTo(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const limit = deadline(this.#clock, BEHIND_MS, signal);
    try {
      const stream = await this.#forward(
        this.#behind,
        (done) => this.#client.forwardOut("127.0.0.1", 0, host, port, done),
        limit.signal,
      );
      const { signal: ended } = this.#ended;
      // A channel of ssh2 is ended a moment later, and knows no reason for it.
      const lose = (): void => void stream.emit("error", ended.reason);
      ended.addEventListener("abort", lose, { once: true });
      stream.once("close", () => ended.removeEventListener("abort", lose));
      if (ended.aborted) lose();
      return stream;
    } catch (error) {
      const isLate = limit.signal.aborted && !signal.aborted && this.isOpen;
      if (!isLate && !(error instanceof SshFailure && error.step === "channel")) throw error;
      const next = "Check host and port, and that the server before it allows forwarding (AllowTcpForwarding).";
      throw new SshFailure("jump", `${host} cannot be reached at port ${port} from the server before it. ${next}`, {
        cause: error,
      });
    } finally {
      limit.done();
    }
  }

  /** Ends the connection at once, with all that runs over it. */
  close(): void {
    this.#finish(new SshFailure("lost", "The connection to the server was closed."));
  }

  async #forward(places: Places, start: (done: OpenDone) => void, signal: AbortSignal): Promise<Duplex> {
    try {
      return (await this.#openIn(places, start, signal)).channel;
    } catch (error) {
      throw error instanceof ChannelRefused ? error.failure : error;
    }
  }

  /** The place is left when the server says that the channel is no more, or that there is none. */
  async #openIn(places: Places, start: (done: OpenDone) => void, given: AbortSignal): Promise<SshSession> {
    const signal = AbortSignal.any([this.#ended.signal, given]);
    const leave = await places.take(signal);
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      const done: OpenDone = (error, channel) => {
        signal.removeEventListener("abort", abort);
        if (error !== undefined && error !== null) {
          const refused = new ChannelRefused(error, places.taken - 1);
          // The server allows fewer than most: from now on that is known, and who was refused waits for a turn.
          if (places === this.#sessions && refused.isCrowded) places.shrinkTo(Math.max(refused.others, SESSIONS_MIN));
          leave();
          return reject(refused);
        }
        this.#channels.add(channel);
        channel.on("error", () => undefined);
        channel.once("close", () => {
          this.#channels.delete(channel);
          leave();
        });
        if (signal.aborted) endChannel(channel);
        resolve(new SshSession(channel));
      };
      signal.addEventListener("abort", abort, { once: true });
      start(done);
    });
  }

  /** ssh2 bounds neither what it holds for a server that sends past its window nor answers that nobody reads. */
  #checkBounds(): void {
    let heldBytes = 0;
    for (const channel of this.#channels)
      heldBytes = Math.max(heldBytes, channel.readableLength, channel.stderr.readableLength);
    if (heldBytes <= CHANNEL_BYTES_MAX && this.#socket.writableLength <= UNREAD_BYTES_MAX) return;
    this.#finish(new SshFailure("lost", "The server sends more than it may; the connection was ended."));
  }

  #finish(failure: SshFailure): void {
    this.#ended.abort(failure);
    this.#client.end();
    this.#socket.destroy();
  }
}

/** A channel and how its program ended. */
export class SshSession {
  readonly channel: ClientChannel;
  #exitCode: number | null | undefined;

  /** Made as the channel opens: a short program has ended before anybody can wait for it. */
  constructor(channel: ClientChannel) {
    this.channel = channel;
    channel.once("exit", (code: number | null) => (this.#exitCode = code));
  }

  /** Null: by a signal. Undefined: not yet, or the connection went before. */
  get exitCode(): number | null | undefined {
    return this.#exitCode;
  }
}

type OpenDone = (error: Error | null | undefined, channel: ClientChannel) => void;

/** SSH_OPEN_CONNECT_FAILED and SSH_OPEN_RESOURCE_SHORTAGE (RFC 4254, 5.1): what servers say of one session too many. */
const CROWDED: readonly unknown[] = [2, 4];

class ChannelRefused extends Error {
  /** Channels of this kind that are open beside it. */
  readonly others: number;
  readonly isCrowded: boolean;
  readonly failure: SshFailure;

  constructor(error: Error & { reason?: unknown }, others: number) {
    super(error.message);
    this.others = others;
    this.isCrowded = CROWDED.includes(error.reason);
    const next = "Check MaxSessions, AllowStreamLocalForwarding and what the user may do there.";
    this.failure = new SshFailure("channel", `The server refused a channel: ${quoted(error.message)}. ${next}`, {
      cause: error,
    });
  }
}

/** Closes a channel for good: what it still holds is dropped, or it would never be through. */
export function endChannel(channel: ClientChannel): void {
  channel.close();
  channel.resume();
  channel.stderr.resume();
}
