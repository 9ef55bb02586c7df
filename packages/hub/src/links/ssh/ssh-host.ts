import type { Duplex } from "node:stream";
import { MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import { READ_BYTES_MAX } from "@muster/host";
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
import { randomHex } from "@muster/node-kit";
import type { Reach } from "./reach.ts";
import type { QuestionKind, Reply } from "./reader-answer.ts";
import type { Runner } from "./remote-command.ts";
import { RemotePrograms } from "./remote-programs.ts";
import * as scripts from "./remote-scripts.ts";
import type { UploadedForm } from "./remote-scripts.ts";
import { RemoteUsages } from "./remote-usages.ts";
import { requestOver } from "./socket-request.ts";
import { quoted, SshFailure } from "./ssh-failure.ts";

const WORD_BYTES_MAX = 1024;
const NEVER = new AbortController().signal;

/** A file to be put on a server. */
export interface UploadedFile extends UploadedForm {
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface SshHostDeps {
  readonly clock: Clock;
  readonly reach: Reach;
}

/** A server as it is reached by SSH, without anything of ours on it. What it cannot do now rejects with SshFailure. */
export class SshHost implements ActingHost {
  readonly #reach: Reach;
  readonly #runner: Runner;
  readonly #programs: RemotePrograms;
  readonly #usages: RemoteUsages;

  /**
   * @param runner `sudo`: programs are run, and files that the user may not read are read, by `sudo -n`, with what sudo
   * adds to the environment. Sockets are opened as the user all the same.
   */
  constructor(runner: Runner, { clock, reach }: SshHostDeps) {
    this.#runner = runner;
    this.#reach = reach;
    this.#programs = new RemotePrograms(runner, { clock, reach });
    this.#usages = new RemoteUsages({ programs: this.#programs, ask: (path) => this.#ask("u", path) });
  }

  async readFile(path: string): Promise<string | undefined> {
    const reply = await this.#ask("f", path);
    if (reply.is === "there") return reply.value.toString("utf8");
    if (reply.is === "missing" || this.#runner === "self") return undefined;
    return (await this.#programs.script(scripts.readArgv(path), READ_BYTES_MAX))?.toString("utf8");
  }

  async listDirectory(path: string): Promise<readonly string[] | undefined> {
    return valueOf(await this.#ask("d", path));
  }

  async readLink(path: string): Promise<string | undefined> {
    return valueOf(await this.#ask("l", path));
  }

  fileSystemUsage(path: string, signal: AbortSignal): Promise<FileSystemUsage | undefined> {
    return this.#usages.of(path, signal);
  }

  async execute(argv: readonly string[], options: ExecuteOptions): Promise<ExecuteResult> {
    assertAbsolute(argv);
    const { exitCode, stdout, stderr, truncated } = await this.#programs.run(argv, options);
    return { exitCode, stdout: stdout.toString("utf8"), stderr: stderr.toString("utf8"), truncated };
  }

  /** Like `execute`, of a program that reads `input` to its end on its standard input. */
  async feed(
    argv: readonly string[],
    input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: ExecuteOptions,
  ): Promise<ExecuteResult> {
    assertAbsolute(argv);
    const { exitCode, stdout, stderr, truncated } = await this.#programs.run(argv, options, input);
    return { exitCode, stdout: stdout.toString("utf8"), stderr: stderr.toString("utf8"), truncated };
  }

  /**
   * Puts a file there whole: under another name first, durable and compared by its hash, then under its own. A directory
   * that is missing is made. Throws ACTION_FAILED with what the server said, SshFailure when the connection ends; what had
   * its name stays then.
   */
  async upload(path: string, { bytes, sha256, mode, open }: UploadedFile, signal: AbortSignal): Promise<void> {
    const argv = scripts.uploadArgv(path, { bytes, sha256, mode }, randomHex(8));
    const { exitCode, stderr } = await this.feed(argv, open(), { signal });
    if (exitCode !== 0) throw uploadFailure(path, exitCode, stderr);
  }

  stream(argv: readonly string[], { signal }: StreamOptions): HostStream {
    signal.throwIfAborted();
    assertAbsolute(argv);
    return this.#programs.stream(argv, signal);
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
    const argv = scripts.filePartArgv(path, fromByte, bytesMax);
    const output = await this.#programs.script(argv, scripts.filePartBytes(bytesMax));
    return output === undefined ? undefined : scripts.parseFilePart(output, fromByte, bytesMax);
  }

  async kill(target: ProcessTarget, signal: SignalName): Promise<"sent" | "gone" | "denied"> {
    const output = await this.#programs.script(scripts.killArgv(target, signal), WORD_BYTES_MAX);
    const said = output?.toString("latin1").trim();
    return said === "sent" || said === "gone" ? said : "denied";
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
    const { exitCode } = await this.#programs.runScript(scripts.socketArgv(socketPath));
    const sockets = (await this.readFile("/proc/net/unix")) ?? "";
    const isServed = sockets.split("\n").some((line) => line.endsWith(` ${socketPath}`) && LISTENING.test(line));
    // Somebody listens and the user may connect: then it is SSH's server that does not let us.
    if (exitCode === 0 && isServed) return new SshFailure("channel", FORBIDDEN, { cause: error });
    const code = scripts.SOCKET_CODES[exitCode ?? 0] ?? "ECONNREFUSED";
    return Object.assign(new Error(`connect ${code} ${socketPath}`), { code });
  }
}

const FORBIDDEN = "The SSH server forbids streams to sockets. Set AllowStreamLocalForwarding yes in its sshd_config.";
/** The flag of a listening socket in /proc/net/unix. */
const LISTENING = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ 00010000 /;

const valueOf = <Kind extends QuestionKind>(reply: Reply<Kind>) => (reply.is === "there" ? reply.value : undefined);

function uploadFailure(path: string, exitCode: number | null, stderr: string): MusterError {
  const said = stderr.trim() === "" ? "" : ` It said: ${quoted(stderr)}.`;
  return new MusterError("ACTION_FAILED", {
    message: `${path} could not be put on the server: ${scripts.uploadProblem(exitCode)}.${said}`,
  });
}

function assertAbsolute([program = ""]: readonly string[]): void {
  if (!program.startsWith("/")) throw new Error("a program is run by its absolute path only");
}
