import { backoffMs } from "@muster/core";
import type { BackoffConfig, Clock, Instant, Random } from "@muster/core";
import type { HostKey } from "./host-key.ts";
import { orAborted } from "./or-aborted.ts";
import type { Reached } from "./reach.ts";
import { RemoteReader } from "./remote-reader.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { SshFailure } from "./ssh-failure.ts";

export type SshLineState = "unused" | "connecting" | "connected" | "waiting" | "closed";

/** The line as it may be shown. */
export interface SshLineStatus {
  readonly state: SshLineState;
  readonly since: Instant;
  /** Why there was no connection the last time; stays until there is one. */
  readonly lastFailure: SshFailure | undefined;
  /** A question to the server and back, the last time. */
  readonly roundTripMs: number | undefined;
  readonly hostKey: HostKey | undefined;
}

export interface SshLineDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: (signal: AbortSignal) => Promise<SshConnection>;
  /** Called after each change of the state. */
  readonly changed?: (status: SshLineStatus) => void;
}

/** A server that is away is asked for often; one that refuses us rarely: it may count and lock the user out. */
const AWAY: BackoffConfig = { firstMs: 1_000, factor: 2, capMs: 60_000, floorMs: 500 };
const REFUSED: BackoffConfig = { firstMs: 60_000, factor: 2, capMs: 900_000, floorMs: 30_000 };
const REFUSALS: readonly string[] = ["protocol", "host-key", "login", "shell"];
/** A connection that ends sooner counts as one that failed. */
const STABLE_MS = 30_000;

/**
 * The way to one server: one connection for all who ask, made when it is first asked for, and again after it was lost.
 * Nobody waits for a server that is away: until it is time to try again, the last failure is the answer.
 */
export class SshLine {
  readonly #deps: SshLineDeps;
  readonly #stop = new AbortController();
  #reached: Reached | undefined;
  #reaching: Promise<Reached> | undefined;
  #state: SshLineState = "unused";
  #since: Instant;
  #lastFailure: SshFailure | undefined;
  #attempts = 0;
  #retryAtMs = 0;

  constructor(deps: SshLineDeps) {
    this.#deps = deps;
    this.#since = deps.clock.now();
  }

  get status(): SshLineStatus {
    return {
      state: this.#state,
      since: this.#since,
      lastFailure: this.#lastFailure,
      roundTripMs: this.#reached?.reader.roundTripMs,
      hostKey: this.#reached?.connection.hostKey,
    };
  }

  /** The connection of this moment and its reader. Throws SshFailure while there is none, the signal's reason when aborted. */
  readonly reach = async (signal: AbortSignal): Promise<Reached> => {
    signal.throwIfAborted();
    const reached = this.#reached;
    if (reached?.connection.isOpen === true && reached.reader.isOpen) return reached;
    this.#reaching ??= this.#open().finally(() => (this.#reaching = undefined));
    return orAborted(this.#reaching, signal);
  };

  /** Ends the line for good. */
  close(): void {
    this.#stop.abort(new SshFailure("lost", "The connection to the server was closed."));
    this.#reached?.connection.close();
    this.#reached = undefined;
    this.#become("closed");
  }

  async #open(): Promise<Reached> {
    const { clock, connect } = this.#deps;
    const { signal } = this.#stop;
    signal.throwIfAborted();
    let connection = this.#reached?.connection;
    if (connection?.isOpen !== true) {
      if (this.#lastFailure !== undefined && clock.monotonic() < this.#retryAtMs) throw this.#lastFailure;
      this.#become("connecting");
      connection = undefined;
    }
    const startedMs = clock.monotonic();
    try {
      connection ??= await connect(signal);
      const reader = await RemoteReader.start(connection, clock, signal);
      signal.throwIfAborted();
      const isNew = this.#reached?.connection !== connection;
      this.#reached = { connection, reader };
      if (isNew) this.#connected(connection, startedMs);
      return this.#reached;
    } catch (error) {
      this.#reached = undefined;
      connection?.close();
      if (!signal.aborted) this.#failed(error);
      throw error;
    }
  }

  #connected(connection: SshConnection, startedMs: number): void {
    this.#lastFailure = undefined;
    this.#become("connected");
    void connection.closed.then((failure) => {
      if (this.#reached?.connection !== connection) return;
      this.#reached = undefined;
      if (this.#deps.clock.monotonic() - startedMs >= STABLE_MS) this.#attempts = 0;
      this.#failed(failure);
    });
  }

  #failed(error: unknown): void {
    const failure = error instanceof SshFailure ? error : new SshFailure("lost", FAILED, { cause: error });
    const config = REFUSALS.includes(failure.step) ? REFUSED : AWAY;
    this.#retryAtMs = this.#deps.clock.monotonic() + backoffMs(config, this.#attempts++, this.#deps.random);
    this.#lastFailure = failure;
    this.#become("waiting");
  }

  #become(state: SshLineState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#since = this.#deps.clock.now();
    this.#deps.changed?.(this.status);
  }
}

const FAILED = "The connection to the server failed. The hub's log has the cause.";
