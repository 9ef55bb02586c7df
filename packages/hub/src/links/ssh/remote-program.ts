import { deadline } from "@muster/core";
import type { Clock } from "@muster/core";
import { randomHex } from "@muster/node-kit";
import { Beginning, noShell } from "./beginning.ts";
import { killGroup, programCommand } from "./remote-command.ts";
import type { Feeding, Runner } from "./remote-command.ts";
import { endChannel } from "./ssh-connection.ts";
import type { SshConnection, SshSession } from "./ssh-connection.ts";
import { SshFailure } from "./ssh-failure.ts";

/** What is held for a reader who is slower than the network; ssh2 holds 2 MiB more before it slows the program down. */
const HELD_BYTES_MAX = 256 * 1024;
const KILL_MS = 10_000;

export interface RemoteProgramDeps {
  readonly clock: Clock;
  readonly connection: SshConnection;
}

/** A program on the server. It is ended with its group when `output` is left before its end, and by `kill`. */
export class RemoteProgram {
  readonly #deps: RemoteProgramDeps;
  readonly #runner: Runner;
  readonly #feeding: Feeding;
  readonly #session: SshSession;
  readonly #beginning: Beginning;
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #wake: () => void = () => undefined;
  #isClosed = false;
  #isKilled = false;
  #broken: Error | undefined;
  /** Settles when the program has ended and all its output has come; never rejects. Null: by a signal, or never begun. */
  readonly ended: Promise<number | null>;

  /** Starts one. Throws when there is no channel for it; that there is no such program is thrown by `output`. */
  static async start(
    argv: readonly string[],
    runner: Runner,
    deps: RemoteProgramDeps,
    takeStderr: (chunk: Buffer) => void,
    signal: AbortSignal,
    feeding: Feeding = "nothing",
  ): Promise<RemoteProgram> {
    const token = randomHex(16);
    const session = await deps.connection.open(programCommand(argv, token, runner, feeding), signal);
    return new RemoteProgram(argv, runner, deps, session, token, takeStderr, feeding);
  }

  private constructor(
    argv: readonly string[],
    runner: Runner,
    deps: RemoteProgramDeps,
    session: SshSession,
    token: string,
    takeStderr: (chunk: Buffer) => void,
    feeding: Feeding,
  ) {
    this.#feeding = feeding;
    this.#runner = runner;
    this.#deps = deps;
    this.#session = session;
    const { channel } = session;
    this.#beginning = new Beginning(token);
    const stderrBeginning = new Beginning(token);
    channel.on("data", (chunk: Buffer) => this.#take(chunk));
    channel.stderr.on("data", (chunk: Buffer) => {
      const own = stderrBeginning.pass(chunk);
      if (own.length > 0) takeStderr(own);
    });
    this.ended = new Promise((resolve) => {
      channel.once("close", () => {
        this.#isClosed = true;
        this.#broken ??= this.#whyBroken(argv[0] ?? "", stderrBeginning);
        this.#wake();
        resolve(this.#broken === undefined ? (session.exitCode ?? null) : null);
      });
    });
  }

  /** Why it was not run to its end, once it has ended; undefined when it was, or when it was ended from here. */
  get failure(): Error | undefined {
    return this.#broken;
  }

  /** What the program writes. Throws when it could not be started, and when the connection was lost before its end. */
  async *output(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        const chunk = this.#held.shift();
        if (chunk !== undefined) {
          this.#heldBytes -= chunk.length;
          if (this.#heldBytes <= HELD_BYTES_MAX) this.#session.channel.resume();
          yield chunk;
        } else if (this.#isClosed || this.#isKilled) break;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.kill();
    }
    if (this.#broken !== undefined) throw this.#broken;
  }

  /**
   * Sends all of `input` to a program that is fed, no faster than it reads, then the end. Returns early where the program
   * has ended or was killed; what came of it is told by `output` and `ended`.
   */
  async feed(input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const { channel } = this.#session;
    for await (const chunk of input) {
      if (this.#isClosed || this.#isKilled) return;
      if (channel.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        const go = (): void => {
          channel.off("drain", go).off("close", go);
          resolve();
        };
        channel.once("drain", go).once("close", go);
      });
    }
    if (!this.#isClosed && !this.#isKilled) channel.end();
  }

  /** Ends the program and all that it started in its group. */
  kill(): void {
    if (this.#isClosed || this.#isKilled) return;
    this.#isKilled = true;
    this.#held.length = 0;
    endChannel(this.#session.channel);
    this.#wake();
    // Its life line ends a group whose leader lives. What a leader left behind, and holds the output open, is ended from
    // here, as is one that has no life line.
    if ((this.#session.exitCode !== undefined || this.#feeding === "fed") && this.#beginning.group !== undefined)
      void this.#killGroup(this.#beginning.group);
  }

  async #killGroup(group: number): Promise<void> {
    const limit = deadline(this.#deps.clock, KILL_MS);
    try {
      const { channel } = await this.#deps.connection.open(killGroup(String(group), this.#runner), limit.signal);
      channel.resume();
      channel.stderr.resume();
    } catch {
      // The connection has ended.
    } finally {
      limit.done();
    }
  }

  #take(chunk: Buffer): void {
    if (this.#isKilled) return;
    const own = this.#beginning.pass(chunk);
    if (this.#beginning.isTooLong) {
      this.#broken = noShell(this.#beginning, this.#beginning);
      this.kill();
    }
    if (own.length === 0) return;
    this.#held.push(own);
    this.#heldBytes += own.length;
    if (this.#heldBytes > HELD_BYTES_MAX) this.#session.channel.pause();
    this.#wake();
  }

  #whyBroken(program: string, stderr: Beginning): Error | undefined {
    if (this.#isKilled) return undefined;
    if (this.#session.exitCode === undefined)
      return new SshFailure("lost", "The connection to the server was lost before the program had ended.");
    if (this.#beginning.word === "none") return Object.assign(new Error(`spawn ${program} ENOENT`), { code: "ENOENT" });
    if (this.#beginning.word !== undefined) return undefined;
    return noShell(this.#beginning, stderr);
  }
}
