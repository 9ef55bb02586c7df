import { deadline } from "@muster/core";
import type { Duplex } from "node:stream";
import type { Clock } from "@muster/core";
import type {
  ActingHost,
  ExecuteOptions,
  ExecuteResult,
  FilePart,
  FileSystemUsage,
  HostStream,
  ProcessTarget,
  SignalName,
  SocketRequest,
  SocketResponse,
  StreamOptions,
} from "@muster/host";
import { LOCAL_FILE_SYSTEM_TYPES, READ_BYTES_MAX } from "@muster/host";
import { orAborted } from "./or-aborted.ts";
import { Places } from "./places.ts";
import { parseUsage } from "./reader-answer.ts";
import type { QuestionKind, Reply, UsageAnswer } from "./reader-answer.ts";
import type { Runner } from "./remote-command.ts";
import { RemoteProgram } from "./remote-program.ts";
import type { RemoteReader } from "./remote-reader.ts";
import {
  filePartArgv,
  filePartBytes,
  killArgv,
  parseFilePart,
  readArgv,
  SOCKET_CODES,
  socketArgv,
  usageArgv,
} from "./remote-scripts.ts";
import { requestOver } from "./socket-request.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { SshFailure } from "./ssh-failure.ts";

const OUTPUT_BYTES_MAX = 256 * 1024;
const STDERR_BYTES_MAX = 16 * 1024;
/** Of the eight sessions of a connection: what is followed must not keep what is asked from its turn. */
const STREAMS_MAX = 4;
const FIRST_USAGES_MAX = 2;
const SCRIPT_MS = 30_000;

/** A connection with a reader on it, which has shown that the login shell quotes as it should. */
export interface Reached {
  readonly connection: SshConnection;
  readonly reader: RemoteReader;
}

/** Gives the connection of this moment, made anew if need be. Throws SshFailure while there is none. */
export type Reach = (signal: AbortSignal) => Promise<Reached>;

export interface SshHostDeps {
  readonly clock: Clock;
  readonly reach: Reach;
}

/** A server as it is reached by SSH, without anything of ours on it. What it cannot do now rejects with SshFailure. */
export class SshHost implements ActingHost {
  readonly #clock: Clock;
  readonly #reach: Reach;
  readonly #runner: Runner;
  readonly #streams = new Places(STREAMS_MAX);
  readonly #firstUsages = new Places(FIRST_USAGES_MAX);
  /** Paths of file systems that answer from memory, so that the reader may ask. */
  readonly #localPaths = new Set<string>();
  readonly #asking = new Map<string, Promise<FileSystemUsage | undefined>>();

  /** @param runner `sudo`: programs are run, and files that the user may not read are read, by `sudo -n`. */
  constructor(runner: Runner, { clock, reach }: SshHostDeps) {
    this.#runner = runner;
    this.#clock = clock;
    this.#reach = reach;
  }

  async readFile(path: string): Promise<string | undefined> {
    const reply = await this.#ask("f", path);
    if (reply.is === "there") return reply.value.toString("utf8");
    if (reply.is === "missing" || this.#runner === "self") return undefined;
    return (await this.#script(readArgv(path), READ_BYTES_MAX))?.toString("utf8");
  }

  async listDirectory(path: string): Promise<readonly string[] | undefined> {
    return valueOf(await this.#ask("d", path));
  }

  async readLink(path: string): Promise<string | undefined> {
    return valueOf(await this.#ask("l", path));
  }

  /**
   * The first time by a program of its own, since a dead network mount holds whoever asks for ever; where the answer
   * shows a local file system, by the reader from then on. One that hangs is not asked again before it has answered.
   */
  async fileSystemUsage(path: string, signal: AbortSignal): Promise<FileSystemUsage | undefined> {
    if (signal.aborted) return undefined;
    if (this.#localPaths.has(path)) {
      const reply = await this.#ask("u", path);
      if (reply.is === "there") return this.#remember(path, reply.value);
    }
    let asking = this.#asking.get(path);
    if (asking === undefined) {
      asking = this.#firstUsage(path).finally(() => this.#asking.delete(path));
      this.#asking.set(path, asking);
    }
    return orAborted(asking, signal).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
  }

  async execute(argv: readonly string[], options: ExecuteOptions): Promise<ExecuteResult> {
    const { exitCode, stdout, stderr, truncated } = await this.#run(argv, options);
    return { exitCode, stdout: stdout.toString("utf8"), stderr: stderr.toString("utf8"), truncated };
  }

  stream(argv: readonly string[], { signal }: StreamOptions): HostStream {
    signal.throwIfAborted();
    assertAbsolute(argv);
    let stderr = Buffer.alloc(0);
    const takeStderr = (chunk: Buffer): void => {
      if (stderr.length < STDERR_BYTES_MAX)
        stderr = Buffer.concat([stderr, chunk.subarray(0, STDERR_BYTES_MAX - stderr.length)]);
    };
    const starting = this.#startStream(argv, takeStderr, signal);
    const ended = starting.then(
      async (program) => ({ exitCode: await program.ended, stderr: stderr.toString("utf8") }),
      (error: Error) => ({ exitCode: null, stderr: error.message }),
    );
    async function* output(): AsyncGenerator<Uint8Array> {
      let program: RemoteProgram;
      try {
        program = await starting;
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      yield* program.output();
    }
    return { output: output(), ended };
  }

  async request(socketPath: string, request: SocketRequest, signal: AbortSignal): Promise<SocketResponse> {
    const { connection } = await this.#reach(signal);
    let stream: Duplex;
    try {
      stream = await connection.forwardToSocket(socketPath, signal);
    } catch (error) {
      throw await this.#whyNoSocket(socketPath, error);
    }
    try {
      return await requestOver(stream, request, signal);
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  async readPart(path: string, fromByte: number, bytesMax: number): Promise<FilePart | undefined> {
    if (!path.startsWith("/") || path.includes("\0")) return undefined;
    const output = await this.#script(filePartArgv(path, fromByte, bytesMax), filePartBytes(bytesMax));
    return output === undefined ? undefined : parseFilePart(output, fromByte, bytesMax);
  }

  async kill(target: ProcessTarget, signal: SignalName): Promise<"sent" | "gone" | "denied"> {
    const said = (await this.#script(killArgv(target, signal), STDERR_BYTES_MAX))?.toString("latin1").trim();
    if (said === "sent" || said === "gone" || said === "denied") return said;
    return "denied";
  }

  /** Asks the reader; once more of a new one when it ended meanwhile: reading twice does no harm. */
  async #ask<Kind extends QuestionKind>(kind: Kind, path: string): Promise<Reply<Kind>> {
    const { reader } = await this.#reach(NEVER);
    try {
      return await reader.ask(kind, path);
    } catch (error) {
      const next = await this.#reach(NEVER);
      if (next.reader === reader) throw error;
      return next.reader.ask(kind, path);
    }
  }

  /** What a socket is refused for, as Node says it of local ones: SSH says no more than that it is. */
  async #whyNoSocket(socketPath: string, error: unknown): Promise<unknown> {
    if (!(error instanceof SshFailure) || error.step !== "channel") return error;
    const limit = deadline(this.#clock, SCRIPT_MS);
    try {
      const { exitCode } = await this.#run(socketArgv(socketPath), { signal: limit.signal });
      const sockets = (await this.readFile("/proc/net/unix")) ?? "";
      const isServed = sockets.split("\n").some((line) => line.endsWith(` ${socketPath}`) && LISTENING.test(line));
      // Somebody listens and the user may connect: then it is SSH's server that does not let us.
      if (exitCode === 0 && isServed) return new SshFailure("channel", FORBIDDEN, { cause: error });
      const code = SOCKET_CODES[exitCode ?? 0] ?? "ECONNREFUSED";
      return Object.assign(new Error(`connect ${code} ${socketPath}`), { code });
    } finally {
      limit.done();
    }
  }

  async #firstUsage(path: string): Promise<FileSystemUsage | undefined> {
    const leave = await this.#firstUsages.take(NEVER);
    try {
      // Not ended by who asks: a program that hangs in a dead mount cannot be.
      const { stdout } = await this.#run(usageArgv(path), { signal: NEVER });
      return this.#remember(path, parseUsage(stdout.toString("latin1").trim()));
    } finally {
      leave();
    }
  }

  #remember(path: string, answer: UsageAnswer | undefined): FileSystemUsage | undefined {
    if (answer !== undefined && LOCAL_FILE_SYSTEM_TYPES.has(answer.type)) this.#localPaths.add(path);
    // Something else is mounted there by now: the next time it is asked as a stranger again.
    else this.#localPaths.delete(path);
    if (answer === undefined) return undefined;
    const { type: _, ...usage } = answer;
    return usage;
  }

  /** What a small program of ours wrote; undefined when it ended otherwise than well, or is late. */
  async #script(argv: readonly string[], outputBytesMax: number): Promise<Buffer | undefined> {
    const limit = deadline(this.#clock, SCRIPT_MS);
    try {
      const { exitCode, stdout } = await this.#run(argv, { signal: limit.signal, outputBytesMax });
      return exitCode === 0 ? stdout : undefined;
    } finally {
      limit.done();
    }
  }

  async #startStream(
    argv: readonly string[],
    takeStderr: (chunk: Buffer) => void,
    signal: AbortSignal,
  ): Promise<RemoteProgram> {
    const leave = await this.#streams.take(signal);
    try {
      const { connection } = await this.#reach(signal);
      const program = await RemoteProgram.start(
        argv,
        this.#runner,
        { clock: this.#clock, connection },
        takeStderr,
        signal,
      );
      const abort = (): void => program.kill();
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      void program.ended.then(() => {
        signal.removeEventListener("abort", abort);
        leave();
      });
      return program;
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #run(
    argv: readonly string[],
    { signal, outputBytesMax = OUTPUT_BYTES_MAX }: ExecuteOptions,
  ): Promise<{
    readonly exitCode: number | null;
    readonly stdout: Buffer;
    readonly stderr: Buffer;
    readonly truncated: boolean;
  }> {
    signal.throwIfAborted();
    assertAbsolute(argv);
    const { connection } = await this.#reach(signal);
    const outputs = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let roomBytes = outputBytesMax;
    let truncated = false;
    const take = (name: keyof typeof outputs, chunk: Buffer): void => {
      if (chunk.length > roomBytes) truncated = true;
      if (roomBytes > 0) outputs[name].push(chunk.subarray(0, roomBytes));
      roomBytes = Math.max(0, roomBytes - chunk.length);
    };
    const deps = { clock: this.#clock, connection };
    const program = await RemoteProgram.start(argv, this.#runner, deps, (chunk) => take("stderr", chunk), signal);
    const abort = (): void => program.kill();
    signal.addEventListener("abort", abort, { once: true });
    try {
      if (signal.aborted) abort();
      for await (const chunk of program.output()) take("stdout", chunk);
      signal.throwIfAborted();
      return {
        exitCode: await program.ended,
        stdout: Buffer.concat(outputs.stdout),
        stderr: Buffer.concat(outputs.stderr),
        truncated,
      };
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}

const FORBIDDEN = "The SSH server forbids streams to sockets. Set AllowStreamLocalForwarding yes in its sshd_config.";
/** The flag of a listening socket in /proc/net/unix. */
const LISTENING = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ 00010000 /;
const NEVER = new AbortController().signal;

const valueOf = <Kind extends QuestionKind>(reply: Reply<Kind>) => (reply.is === "there" ? reply.value : undefined);

function assertAbsolute([program = ""]: readonly string[]): void {
  if (!program.startsWith("/")) throw new Error("a program is run by its absolute path only");
}
