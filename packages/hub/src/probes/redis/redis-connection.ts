import type { Duplex } from "node:stream";
import { RespProblem, respCommand, RespReader } from "./resp.ts";
import type { RespValue } from "./resp.ts";

/** Why a connection ended before all was answered. */
export class RedisBroken extends Error {
  override readonly name = "RedisBroken";
  readonly is: "ended" | "silent" | "too-much" | "not-redis";
  constructor(is: RedisBroken["is"]) {
    super(is);
    this.is = is;
  }
}

interface Waiting {
  readonly resolve: (value: RespValue) => void;
  readonly reject: (error: RedisBroken) => void;
}

/** One connection to a Redis over a stream that is open. It says nothing of its own accord and is never opened again. */
export class RedisConnection {
  readonly #socket: Duplex;
  readonly #signal: AbortSignal;
  readonly #reader = new RespReader();
  readonly #waiting: Waiting[] = [];
  #broken: RedisBroken | undefined;
  #isAnswered = false;

  /** Takes the stream over. Aborting ends it: whatever is asked then is `silent`. */
  constructor(socket: Duplex, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.on("data", this.#take).on("end", this.#end).on("close", this.#end).on("error", this.#end);
    signal.addEventListener("abort", this.#abort, { once: true });
    if (signal.aborted) this.#abort();
  }

  /** Whether it ever answered. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Sends one command; several may be under way. Rejects with RedisBroken only. */
  ask(...words: readonly (string | Buffer)[]): Promise<RespValue> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(respCommand(words));
    });
  }

  close(): void {
    this.#break("ended");
  }

  readonly #take = (chunk: Buffer): void => {
    try {
      for (const value of this.#reader.take(chunk)) {
        const asked = this.#waiting.shift();
        if (asked === undefined) return this.#break("not-redis");
        this.#isAnswered = true;
        asked.resolve(value);
      }
    } catch (error) {
      this.#break(error instanceof RespProblem ? error.is : "not-redis");
    }
  };
  readonly #end = (): void => this.#break("ended");
  readonly #abort = (): void => this.#break("silent");

  #break(is: RedisBroken["is"]): void {
    if (this.#broken !== undefined) return;
    this.#broken = new RedisBroken(is);
    this.#signal.removeEventListener("abort", this.#abort);
    this.#socket.off("data", this.#take).off("end", this.#end).off("close", this.#end).off("error", this.#end);
    // Without a listener a late error would end the program.
    this.#socket.on("error", () => undefined);
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#broken);
  }
}
