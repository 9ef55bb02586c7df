import { deadline } from "@muster/core";
import type { Clock } from "@muster/core";
import { nextTurn, randomHex } from "@muster/node-kit";
import type { ClientChannel } from "ssh2";
import { Beginning, noShell } from "./beginning.ts";
import { AnswerDamaged, parseAnswer } from "./reader-answer.ts";
import type { Question, QuestionKind, Reply } from "./reader-answer.ts";
import { QUOTING_PROOF, READER_COMMAND } from "./reader-script.ts";
import { endChannel } from "./ssh-connection.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { SshFailure } from "./ssh-failure.ts";

const HELLO_MS = 15_000;
/** A reader that is silent for so long hangs in a file or a file system, and is replaced. */
const ANSWER_MS = 15_000;
const WORDS_MAX = 256;
const LINE_BYTES_MAX = 64 * 1024;
/** Files of /proc make some hundred kilobytes; what is larger is no answer to what we ask. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** Names with tabs or other controls would end a word of a question; no file of /proc or /sys has one. */
// oxlint-disable-next-line no-control-regex
const ASKABLE = /^\/[^\u0000-\u001f\u007f]*$/;

interface Asked extends Question {
  readonly answer: (reply: Reply) => void;
  readonly fail: (error: Error) => void;
}

/** Whole questions on their way, in the order in which they are answered. */
interface Sent {
  readonly asked: readonly Asked[];
  readonly atMs: number;
}

/**
 * A program on the server that reads its files for us, over one channel for as long as it lives: whatever is asked in
 * one turn of the event loop is one question and one round trip.
 */
export class RemoteReader {
  readonly #clock: Clock;
  readonly #channel: ClientChannel;
  readonly #token: string;
  readonly #boundary: Buffer;
  readonly #end: Buffer;
  readonly #asking = new Map<string, Asked & { readonly reply: Promise<Reply> }>();
  readonly #sent: Sent[] = [];
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #tail: Buffer = EMPTY;
  #late: { cancel(): void } | undefined;
  #ended: Error | undefined;
  /** From the last question to its answer; undefined before the first. */
  roundTripMs: number | undefined;
  /** How many were sent so far. */
  questions = 0;

  /** Starts one. Throws SshFailure with step `shell` where the login shell is none that quotes as POSIX says, or no reader runs. */
  static async start(connection: SshConnection, clock: Clock, signal: AbortSignal): Promise<RemoteReader> {
    const limit = deadline(clock, HELLO_MS, signal);
    try {
      const { channel } = await connection.open(READER_COMMAND, limit.signal);
      try {
        const token = randomHex(16);
        return new RemoteReader(clock, channel, token, await greeted(channel, token, limit.signal));
      } catch (error) {
        endChannel(channel);
        throw error;
      }
    } catch (error) {
      if (limit.signal.aborted && !signal.aborted) throw new SshFailure("shell", SILENT, { cause: error });
      throw error;
    } finally {
      limit.done();
    }
  }

  private constructor(clock: Clock, channel: ClientChannel, token: string, boundary: Buffer) {
    this.#clock = clock;
    this.#channel = channel;
    this.#token = token;
    this.#boundary = boundary;
    this.#end = Buffer.from(`${token} end `);
    channel.on("data", (chunk: Buffer) => this.#take(chunk));
    channel.stderr.resume();
    channel.once("close", () => this.close());
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** Asks one thing. Rejects when the reader ends before it is answered. The same thing asked twice in a turn is asked once. */
  ask<Kind extends QuestionKind>(kind: Kind, path: string): Promise<Reply<Kind>> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (!ASKABLE.test(path)) return Promise.resolve({ is: "missing" });
    const key = `${kind}${path}`;
    let asked = this.#asking.get(key);
    if (asked === undefined) {
      if (this.#asking.size === 0) void nextTurn().then(() => this.#send());
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      asked = { kind, path, reply: promise, answer: resolve, fail: reject };
      this.#asking.set(key, asked);
    }
    return asked.reply as Promise<Reply<Kind>>;
  }

  /** Ends the reader; what was asked and not answered fails. */
  close(why: Error = new SshFailure("lost", "The reader on the server has ended.")): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#late?.cancel();
    endChannel(this.#channel);
    for (const { fail } of [...this.#sent.flatMap(({ asked }) => asked), ...this.#asking.values()]) fail(why);
    this.#sent.length = 0;
    this.#asking.clear();
    this.#received = [];
  }

  #send(): void {
    const all = [...this.#asking.values()];
    this.#asking.clear();
    for (const asked of questionsOf(all)) {
      this.questions++;
      this.#sent.push({ asked, atMs: this.#clock.monotonic() });
      this.#channel.write(`${asked.map(({ kind, path }) => kind + path).join("\t")}\n`);
    }
    if (this.#late === undefined) this.#watch();
  }

  #watch(): void {
    this.#late?.cancel();
    this.#late = this.#sent.length === 0 ? undefined : this.#clock.after(ANSWER_MS, () => this.close());
  }

  #take(chunk: Buffer): void {
    if (this.#ended !== undefined) return;
    // The mark may lie across pieces.
    const near = Buffer.concat([this.#tail, chunk]);
    this.#tail = near.subarray(-this.#end.length);
    const isEndNear = near.includes(this.#end);
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > ANSWER_BYTES_MAX) return this.close();
    if (isEndNear) this.#answerWhole();
  }

  #answerWhole(): void {
    let all = Buffer.concat(this.#received);
    try {
      for (;;) {
        const at = all.indexOf(this.#end);
        const end = at < 0 ? -1 : all.indexOf("\n", at);
        if (end < 0) break;
        this.#answer(all.subarray(0, end + 1));
        all = all.subarray(end + 1);
      }
    } catch (error) {
      return this.close(new SshFailure("lost", DAMAGED, { cause: error }));
    }
    this.#received = all.length === 0 ? [] : [all];
    this.#receivedBytes = all.length;
  }

  #answer(answer: Buffer): void {
    const sent = this.#sent[0];
    if (sent === undefined) throw new AnswerDamaged("an answer to no question");
    const replies = parseAnswer(answer, sent.asked, this.#token, this.#boundary);
    this.#sent.shift();
    this.roundTripMs = this.#clock.monotonic() - sent.atMs;
    this.#watch();
    for (const [index, asked] of sent.asked.entries()) asked.answer(replies[index]!);
  }
}

/** Parts that fit into a line, which the server's shell holds as a whole. */
function* questionsOf(all: readonly Asked[]): Generator<readonly Asked[]> {
  let part: Asked[] = [];
  let bytes = 0;
  for (const asked of all) {
    const wordBytes = Buffer.byteLength(asked.path) + 2;
    if (part.length > 0 && (part.length === WORDS_MAX || bytes + wordBytes > LINE_BYTES_MAX)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(asked);
    bytes += wordBytes;
  }
  yield part;
}

/** Waits for the reader's first words; gives what it writes between two files. */
function greeted(channel: ClientChannel, token: string, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stdout = new Beginning(token);
    const stderr = new Beginning(token);
    let after = Buffer.alloc(0);
    const settle = (error: unknown, boundary?: Buffer): void => {
      channel.off("data", take).off("close", closed);
      channel.stderr.off("data", takeStderr);
      signal.removeEventListener("abort", abort);
      if (boundary === undefined) reject(error as Error);
      else resolve(boundary);
    };
    const abort = (): void => settle(signal.reason);
    const closed = (): void => settle(noShell(stdout, stderr));
    const takeStderr = (chunk: Buffer): void => void stderr.pass(chunk);
    const take = (chunk: Buffer): void => {
      after = Buffer.concat([after, stdout.pass(chunk)]);
      if (stdout.isTooLong || after.length > HELLO_BYTES_MAX) return closed();
      if (stdout.word === undefined) return;
      if (stdout.word !== `hello ${QUOTING_PROOF}`) return settle(new SshFailure("shell", OTHER_QUOTES));
      const end = after.indexOf(`${token} end `);
      if (end < 0 || after.indexOf("\n", end) < 0) return;
      const isWhole = after.toString("latin1", end) === `${token} end 0\n` && after.subarray(0, end).includes(token);
      settle(new SshFailure("shell", NO_READER), isWhole ? after.subarray(0, end) : undefined);
    };
    channel.on("data", take).once("close", closed);
    channel.stderr.on("data", takeStderr);
    signal.addEventListener("abort", abort, { once: true });
    channel.write(`${token}\n`);
  });
}

const HELLO_BYTES_MAX = 128 * 1024;
const EMPTY = Buffer.alloc(0);
const SILENT =
  "The user's login shell did not answer in time. Look at its start files, and whether the server is overloaded.";
const OTHER_QUOTES = "The user's login shell is none that Muster can use safely. Give the user /bin/sh, bash or zsh.";
const DAMAGED = "The server's answer is none to what was asked. Look at what stands in for its shell or its head.";
const NO_READER = "The server lacks what reading needs: Linux with /proc, and a head that knows -c.";
