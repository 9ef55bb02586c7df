import { deadline } from "@muster/core";
import type { Clock } from "@muster/core";
import type { ExecuteOptions, HostStream } from "@muster/host";
import { Places } from "@muster/node-kit";
import type { Reach } from "./reach.ts";
import type { Feeding, Runner } from "./remote-command.ts";
import { RemoteProgram } from "./remote-program.ts";

const OUTPUT_BYTES_MAX = 256 * 1024;
const STDERR_BYTES_MAX = 16 * 1024;
/** Of the eight sessions of a connection: what is followed must not keep what is asked from its turn. */
const STREAMS_MAX = 4;
const SCRIPT_MS = 30_000;

/** How a program ended and what it wrote, as far as it was kept. */
export interface ProgramRun {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly truncated: boolean;
}

/** Programs on one server, run as one of its users. */
export class RemotePrograms {
  readonly #runner: Runner;
  readonly #clock: Clock;
  readonly #reach: Reach;
  readonly #streams = new Places(STREAMS_MAX);

  constructor(runner: Runner, { clock, reach }: { readonly clock: Clock; readonly reach: Reach }) {
    this.#runner = runner;
    this.#clock = clock;
    this.#reach = reach;
  }

  /** Runs a program to its end. Rejects when it cannot be started, and with the signal's reason when that aborts. */
  async run(
    argv: readonly string[],
    { signal, outputBytesMax = OUTPUT_BYTES_MAX }: ExecuteOptions,
    input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<ProgramRun> {
    const outputs = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let roomBytes = outputBytesMax;
    let truncated = false;
    const take = (name: keyof typeof outputs, chunk: Buffer): void => {
      if (chunk.length > roomBytes) truncated = true;
      if (roomBytes > 0) outputs[name].push(chunk.subarray(0, roomBytes));
      roomBytes = Math.max(0, roomBytes - chunk.length);
    };
    const feeding = input === undefined ? "nothing" : "fed";
    const program = await this.#start(argv, (chunk) => take("stderr", chunk), signal, feeding);
    const fed = input === undefined ? undefined : program.feed(input);
    // Whoever gives the input may fail; the program then waits for nothing more.
    fed?.catch(() => program.kill());
    for await (const chunk of program.output()) take("stdout", chunk);
    await fed;
    signal.throwIfAborted();
    return {
      exitCode: await program.ended,
      stdout: Buffer.concat(outputs.stdout),
      stderr: Buffer.concat(outputs.stderr),
      truncated,
    };
  }

  /** What a small program of ours wrote; undefined when it ended otherwise than well. It may take half a minute. */
  async script(argv: readonly string[], outputBytesMax: number): Promise<Buffer | undefined> {
    const { exitCode, stdout } = await this.runScript(argv, outputBytesMax);
    return exitCode === 0 ? stdout : undefined;
  }

  /** The same, whichever way it ended. */
  async runScript(argv: readonly string[], outputBytesMax = STDERR_BYTES_MAX): Promise<ProgramRun> {
    const limit = deadline(this.#clock, SCRIPT_MS);
    try {
      return await this.run(argv, { signal: limit.signal, outputBytesMax });
    } finally {
      limit.done();
    }
  }

  /** Starts a program whose output is read as it comes; it waits while there are as many as may be followed at a time. */
  stream(argv: readonly string[], signal: AbortSignal): HostStream {
    let stderr = Buffer.alloc(0);
    const takeStderr = (chunk: Buffer): void => {
      if (stderr.length < STDERR_BYTES_MAX)
        stderr = Buffer.concat([stderr, chunk.subarray(0, STDERR_BYTES_MAX - stderr.length)]);
    };
    const starting = this.#streams.take(signal).then(async (leave) => {
      try {
        const program = await this.#start(argv, takeStderr, signal);
        void program.ended.then(leave);
        return program;
      } catch (error) {
        leave();
        throw error;
      }
    });
    const ended = starting.then(
      async (program) => {
        const exitCode = await program.ended;
        return { exitCode, stderr: program.failure?.message ?? stderr.toString("utf8") };
      },
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

  async #start(
    argv: readonly string[],
    takeStderr: (chunk: Buffer) => void,
    signal: AbortSignal,
    feeding: Feeding = "nothing",
  ): Promise<RemoteProgram> {
    signal.throwIfAborted();
    const { connection } = await this.#reach(signal);
    const deps = { clock: this.#clock, connection };
    const program = await RemoteProgram.start(argv, this.#runner, deps, takeStderr, signal, feeding);
    const abort = (): void => program.kill();
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    void program.ended.then(() => signal.removeEventListener("abort", abort));
    return program;
  }
}
