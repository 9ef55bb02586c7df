import { Duplex } from "node:stream";

/** More than this is read from no database in one look. */
const BYTES_MAX = 8 * 1024 * 1024;

/**
 * A connection as libraries of databases want it: what one of them throws over what a server sent ends the connection
 * instead of the program, and what comes is bounded.
 */
export class DatabaseStream extends Duplex {
  readonly #socket: Duplex;
  readonly #check: (chunk: Buffer) => Buffer;
  #bytes = 0;

  /** `check` gives on what may be given to the library, or throws. */
  constructor(socket: Duplex, check: (chunk: Buffer) => Buffer = (chunk) => chunk) {
    super();
    this.#socket = socket;
    this.#check = check;
    socket
      .on("data", (chunk: Buffer) => this.#take(chunk))
      .on("end", () => this.push(null))
      .on("error", (error) => this.destroy(error))
      .on("close", () => this.destroy());
    // It lies beneath whoever listens to it, and one of them may have gone.
    this.on("error", () => undefined);
  }

  override emit(event: string | symbol, ...given: unknown[]): boolean {
    try {
      return super.emit(event, ...given);
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error("the answer cannot be read"));
      return true;
    }
  }

  /** It is connected already; pg waits to be told. */
  connect(): this {
    queueMicrotask(() => this.emit("connect"));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    try {
      if (this.#bytes > BYTES_MAX) throw new UnreadableAnswer();
      if (!this.push(this.#check(chunk))) this.#socket.pause();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new UnreadableAnswer());
    }
  }
}

/** What came is not what this kind of database sends, or too much of it. */
export class UnreadableAnswer extends Error {
  override readonly name = "UnreadableAnswer";
}
