import { quoted, SshFailure } from "./ssh-failure.ts";

/** What a login shell may say before the program's own output. */
const NOISE_BYTES_MAX = 64 * 1024;

/** The line with which a program's output begins, and what was said before it. */
export class Beginning {
  readonly #mark: Buffer;
  #before: Buffer | undefined = Buffer.alloc(0);
  /** What the line says after the token, once it has come. */
  word: string | undefined;

  constructor(token: string) {
    this.#mark = Buffer.from(`\n${token} `);
  }

  get isTooLong(): boolean {
    return (this.#before?.length ?? 0) > NOISE_BYTES_MAX;
  }

  get noise(): string {
    return this.#before?.toString("utf8") ?? "";
  }

  /** The process group, where the line tells one; those of one digit belong to the system. */
  get group(): number | undefined {
    return this.word !== undefined && /^[1-9][0-9]{1,9}$/.test(this.word) ? Number(this.word) : undefined;
  }

  /** What of the next chunk comes after the line. */
  pass(chunk: Buffer): Buffer {
    if (this.#before === undefined) return chunk;
    if (this.isTooLong) return EMPTY;
    const all = Buffer.concat([this.#before, chunk]);
    const at = all.indexOf(this.#mark);
    const end = at < 0 ? -1 : all.indexOf("\n", at + this.#mark.length);
    if (end < 0) {
      this.#before = all;
      return EMPTY;
    }
    this.word = all.toString("latin1", at + this.#mark.length, end);
    this.#before = undefined;
    return all.subarray(end + 1);
  }
}

const EMPTY = Buffer.alloc(0);

/** A login shell that did not do what it was asked to. */
export function noShell(stdout: Beginning, stderr: Beginning): SshFailure {
  if (stdout.isTooLong || stderr.isTooLong)
    return new SshFailure(
      "shell",
      "The login shell writes too much before it runs anything. Look at its start files, such as .bashrc.",
    );
  const said = `${stdout.noise} ${stderr.noise}`.trim();
  const next = "Give the user a shell such as /bin/sh, and no forced command.";
  return new SshFailure("shell", `The user's login shell runs no program. It said: ${quoted(said)}. ${next}`);
}
