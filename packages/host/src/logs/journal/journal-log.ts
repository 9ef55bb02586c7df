import { wait } from "@muster/core";
import type { LogRecord, LogSourceDeps, LogSourceReader, RecordAsk } from "../log-source.ts";
import { concatenated, splitLines } from "../split-lines.ts";
import { parseEntry } from "./parse-entry.ts";

export const JOURNALCTL = "/usr/bin/journalctl";
/** Fields that are read; everything else an entry has stays where it is. */
const FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER";
const CURSOR = /^[A-Za-z0-9=;-]{10,512}$/;
/** An entry longer than this is left out: it is no line that anybody reads. */
const ENTRY_BYTES_MAX = 4 * 1024 * 1024;
const AGAIN_MS = 1_000;

export interface JournalLogDeps extends LogSourceDeps {
  /** The matches of one name as journalctl takes them. Throws for a name that can be none. */
  readonly matches: (name: string) => Promise<readonly string[]>;
}

/** The journal's entries of one unit. */
export class JournalLog implements LogSourceReader {
  readonly #deps: JournalLogDeps;

  constructor(deps: JournalLogDeps) {
    this.#deps = deps;
  }

  async *read(ask: RecordAsk, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const matches = await this.#deps.matches(ask.name);
    let cursor: string | undefined;
    const noting = async function* (batches: AsyncIterable<readonly LogRecord[]>) {
      for await (const records of batches) {
        cursor = lastCursor(records) ?? cursor;
        yield records;
      }
    };
    if (ask.afterCursor === undefined) {
      // Where the journal ends now, for a unit that has no entry yet.
      cursor = ask.follow ? await this.#newest(signal) : undefined;
      yield* noting(this.#entries([...matches, ...past(ask)], signal));
    } else {
      if (!CURSOR.test(ask.afterCursor)) throw new Error("the cursor is not one of the journal");
      cursor = ask.afterCursor;
      yield* noting(after(cursor, this.#entries([...matches, `--cursor=${cursor}`], signal), LOST));
    }
    if (!ask.follow || signal.aborted) return;
    yield [{ is: "caught-up" }];
    // It ends by itself only when somebody ends it, or the journal is restarted.
    while (!signal.aborted) {
      const options = [...matches, "--follow", "--no-tail"];
      if (cursor === undefined) yield* noting(this.#entries(options, signal));
      else yield* noting(after(cursor, this.#entries([...options, `--cursor=${cursor}`], signal)));
      await wait(this.#deps.clock, AGAIN_MS, signal);
    }
  }

  /** Throws what journalctl says when it fails. */
  async *#entries(options: readonly string[], signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void> {
    if (signal.aborted) return;
    const argv = [JOURNALCTL, "--output=json", "--all", "--no-pager", "--quiet", `--output-fields=${FIELDS}`];
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const { output, ended } = this.#deps.host.stream([...argv, ...options], { signal: stop.signal });
      let rest: Uint8Array = new Uint8Array(0);
      for await (const chunk of output) {
        if (signal.aborted) return;
        const block = rest.length === 0 ? chunk : concatenated(rest, chunk);
        const lines = splitLines(block, ENTRY_BYTES_MAX);
        rest = block.slice(lines.at(-1)?.endByte ?? 0);
        if (rest.length > ENTRY_BYTES_MAX) rest = rest.slice(0, 0);
        const records = lines.map(({ text }) => parseEntry(text));
        if (records.length > 0) yield records;
      }
      const { exitCode, stderr } = await ended;
      if (exitCode !== 0 && !signal.aborted && !(exitCode === 1 && stderr === ""))
        throw new Error(
          `the journal cannot be read: ${stderr.trim().slice(0, 300) || `journalctl ended with ${exitCode}`}`,
        );
    } finally {
      signal.removeEventListener("abort", abort);
      stop.abort();
    }
  }

  async #newest(signal: AbortSignal): Promise<string | undefined> {
    for await (const records of this.#entries(["--lines=1"], signal)) return lastCursor(records);
    return undefined;
  }
}

/**
 * Entries after the one that a cursor names. Read from the cursor on and not after it: journalctl's own option leaves out
 * one entry more where the one named is of another unit or gone (seen with systemd 252).
 */
async function* after(
  cursor: string,
  batches: AsyncIterable<readonly LogRecord[]>,
  ifLost?: LogRecord,
): AsyncGenerator<readonly LogRecord[], void, undefined> {
  let isFirst = true;
  for await (const records of batches) {
    const first = records.find((record) => record.is === "line");
    if (!isFirst || first === undefined) {
      yield records;
      continue;
    }
    isFirst = false;
    if (sameEntry(first.cursor, cursor)) yield records.filter((record) => record !== first);
    else yield ifLost === undefined ? records : [ifLost, ...records];
  }
  if (isFirst && ifLost !== undefined) yield [ifLost];
}

const LOST: LogRecord = {
  is: "gap",
  dropped: null,
  why: "the journal no longer has the last line seen: older lines were removed",
};

function past({ linesMax, since, until }: RecordAsk): readonly string[] {
  return [
    `--lines=${linesMax}`,
    ...(since === undefined ? [] : [`--since=@${since / 1_000}`]),
    ...(until === undefined ? [] : [`--until=@${until / 1_000}`]),
  ];
}

const lastCursor = (records: readonly LogRecord[]): string | undefined =>
  records.flatMap((record) => (record.is === "line" ? [record.cursor] : [])).at(-1);

/** The id of the sequence and the number in it name an entry; the other parts only help to find it. */
const sameEntry = (a: string, b: string): boolean => entryId(a) === entryId(b);
const entryId = (cursor: string): string => /^s=[^;]*;i=[^;]*/.exec(cursor)?.[0] ?? cursor;
