import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Cancellable, Clock, LogLine } from "@muster/core";

/** Lines that were told wait this long, so that a talkative container does not cost a write each. */
const WRITE_AFTER_MS = 500;
const WRITE_CHARACTERS = 64 * 1024;

/**
 * The last lines of one log, in two files of which the older one goes when the newer is full. It is no journal: a crash
 * may cost its last half second, which is read again from where it came.
 */
export class RingFile {
  readonly #clock: Clock;
  readonly #newer: string;
  readonly #older: string;
  readonly #bytesMax: number;
  #waiting = "";
  #writing: Cancellable | undefined;
  #newerBytes = 0;

  /** @param name becomes part of file names: letters, digits, `_`, `.` and `-` only */
  constructor(directory: string, name: string, bytesMax: number, clock: Clock) {
    this.#clock = clock;
    this.#bytesMax = bytesMax;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#newer = join(directory, `${name}.new`);
    this.#older = join(directory, `${name}.old`);
    if (!existsSync(this.#newer)) return;
    // A line torn by a crash must not take the next one with it.
    appendFileSync(this.#newer, "\n", { mode: 0o600 });
    this.#newerBytes = statSync(this.#newer).size;
  }

  add(line: LogLine): void {
    this.#waiting += `${JSON.stringify(line)}\n`;
    if (this.#waiting.length >= WRITE_CHARACTERS) this.flush();
    else this.#writing ??= this.#clock.after(WRITE_AFTER_MS, () => this.#flushInTime());
  }

  /** A disk that refuses costs these lines here; the next ones are tried again. */
  #flushInTime(): void {
    try {
      this.flush();
    } catch {
      this.#waiting = "";
    }
  }

  /** Throws when the disk refuses; what was to be written is forgotten then. */
  flush(): void {
    this.#writing?.cancel();
    this.#writing = undefined;
    if (this.#waiting === "") return;
    const text = this.#waiting;
    this.#waiting = "";
    const bytes = Buffer.byteLength(text);
    if (this.#newerBytes > 0 && this.#newerBytes + bytes > this.#bytesMax / 2) {
      renameSync(this.#newer, this.#older);
      this.#newerBytes = 0;
    }
    appendFileSync(this.#newer, text, { mode: 0o600 });
    this.#newerBytes += bytes;
  }

  /** Oldest first. */
  lines(): readonly LogLine[] {
    this.flush();
    return [this.#older, this.#newer].flatMap((path) => (existsSync(path) ? linesOf(readFileSync(path, "utf8")) : []));
  }

  get lastCursor(): string | undefined {
    return this.lines().at(-1)?.cursor;
  }
}

function linesOf(text: string): readonly LogLine[] {
  return text.split("\n").flatMap((row) => {
    if (row === "") return [];
    try {
      return [JSON.parse(row) as LogLine];
    } catch {
      return [];
    }
  });
}
