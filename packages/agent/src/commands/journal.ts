import { closeSync, existsSync, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS } from "@muster/core";
import type { Instant } from "@muster/core";
import type { ActionJournal, BegunAction, Seen } from "@muster/host";
import { writeFileDurably } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import type { ResultBody } from "@muster/protocol";
import { resultFrame } from "./result-frame.ts";

/** Entries are kept this long. A command that asks later has passed its `notAfter` long ago. */
export const JOURNAL_AGE_MS_MAX = 30 * DAY_MS;
const ENTRIES_MAX = 50_000;
const RESULT_KEPT_CHARACTERS_MAX = 4_096;

/** What is known of one command. */
export interface JournalEntry extends BegunAction {
  /** SHA-256 of the core bytes, hex: a command id never stands for two commands. */
  readonly coreSha256: string;
  /** The signed result, once there is one; without its signature where the hub has it and a long output was dropped. */
  readonly result?: { readonly body: string; readonly sig: string };
  readonly isAcknowledged?: boolean;
}

/** The place of the newest command accepted from the hub: none at or below it is accepted again. */
export interface CommandPlace {
  readonly epoch: number;
  readonly seq: number;
}

/** Where a command came from, and by which keys its result is signed. */
export interface CommandOrigin {
  readonly coreSha256: string;
  /** The newest place that counts as accepted once the command is written down. */
  readonly place: CommandPlace;
  readonly keys: KeyPair;
}

type Line =
  | { readonly is: "begun"; readonly place: CommandPlace; readonly entry: JournalEntry }
  | { readonly is: "observed"; readonly cmd: string; readonly seen: Seen }
  | { readonly is: "ended"; readonly cmd: string; readonly result: NonNullable<JournalEntry["result"]> }
  | { readonly is: "acknowledged"; readonly cmd: string };

/**
 * What was asked of this server and what came of it: one file of JSON lines, durable before anything is executed. A bad
 * last line is one that a crash cut off, before its command began.
 */
export class Journal implements ActionJournal<CommandOrigin> {
  readonly #path: string;
  readonly #entries = new Map<string, JournalEntry>();
  #descriptor: number;
  #place: CommandPlace = { epoch: 0, seq: 0 };

  /** @throws when it cannot be read or written: an agent without a journal executes nothing. */
  constructor(directory: string, now: Instant) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#path = join(directory, "commands.jsonl");
    if (existsSync(this.#path)) {
      if (lstatSync(this.#path).isSymbolicLink()) throw new Error(`${this.#path} is a symbolic link`);
      this.#read(now);
    }
    this.#compact();
    this.#descriptor = openSync(this.#path, "a", 0o600);
  }

  get place(): CommandPlace {
    return this.#place;
  }

  find(cmd: string): JournalEntry | undefined {
    return this.#entries.get(cmd);
  }

  resultOf(cmd: string): ResultBody | "open" | undefined {
    const entry = this.#entries.get(cmd);
    return entry && (entry.result === undefined ? "open" : (JSON.parse(entry.result.body) as ResultBody));
  }

  /** When a policy entry was used: limits survive restarts by it. */
  usesOf(entry: string): readonly Instant[] {
    return [...this.#entries.values()].filter((each) => each.allowedBy === entry).map((each) => each.startedAt);
  }

  /** Begun and without a result. */
  unfinished(): readonly JournalEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.result === undefined);
  }

  /** Results that the hub has not confirmed, oldest first. */
  unacknowledged(): readonly JournalEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.result !== undefined && entry.isAcknowledged !== true);
  }

  /** Durable when it returns. */
  begin(action: BegunAction, { coreSha256, place }: CommandOrigin): void {
    this.#append({ is: "begun", place, entry: { ...action, coreSha256 } });
  }

  /** What is there now; the effect may begin when this returns. Durable then. */
  observe(cmd: string, seen: Seen): void {
    this.#append({ is: "observed", cmd, seen });
  }

  end(result: ResultBody, { keys }: CommandOrigin): void {
    const { body, sig } = resultFrame(JSON.stringify(result), keys);
    this.#append({ is: "ended", cmd: result.cmd, result: { body, sig } });
  }

  acknowledge(cmd: string): void {
    if (this.#entries.get(cmd)?.result !== undefined && this.#entries.get(cmd)?.isAcknowledged !== true)
      this.#append({ is: "acknowledged", cmd });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #append(line: Line): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let offset = 0; offset < bytes.length;) offset += writeSync(this.#descriptor, bytes, offset);
    fsyncSync(this.#descriptor);
    this.#apply(line);
  }

  #apply(line: Line): void {
    if (line.is === "begun") {
      if (line.entry.cmd !== PLACE_KEEPER.cmd) this.#entries.set(line.entry.cmd, line.entry);
      this.#place = later(this.#place, line.place);
      return;
    }
    const entry = this.#entries.get(line.cmd);
    if (entry === undefined) return;
    this.#entries.set(line.cmd, { ...entry, ...learned(line, entry) });
  }

  #read(now: Instant): void {
    for (const text of readFileSync(this.#path, "utf8").split("\n")) {
      try {
        if (text !== "") this.#apply(JSON.parse(text) as Line);
      } catch {
        // A line that a crash cut off. What it would have begun was not begun.
      }
    }
    for (const [cmd, entry] of this.#entries) {
      const isOld = entry.startedAt < now - JOURNAL_AGE_MS_MAX && entry.result !== undefined;
      if (isOld || this.#entries.size > ENTRIES_MAX) this.#entries.delete(cmd);
    }
  }

  /** Written anew at each start, so that the file does not grow for ever. */
  #compact(): void {
    const lines: Line[] = [...this.#entries.values()].map((entry) => ({ is: "begun", place: this.#place, entry }));
    // The place must outlive the entries, or old deliveries would be new again.
    lines.push({ is: "begun", place: this.#place, entry: PLACE_KEEPER });
    writeFileDurably(this.#path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`, 0o600);
  }
}

function learned(line: Exclude<Line, { readonly is: "begun" }>, { result }: JournalEntry): Partial<JournalEntry> {
  switch (line.is) {
    case "observed":
      return { seen: line.seen };
    case "ended":
      return { result: line.result };
    case "acknowledged": {
      if (result === undefined || result.body.length <= RESULT_KEPT_CHARACTERS_MAX) return { isAcknowledged: true };
      // The hub has it: a month of outputs would be more than a small server's disk and memory.
      const { output: _, ...rest } = JSON.parse(result.body) as ResultBody;
      return { isAcknowledged: true, result: { body: JSON.stringify(rest), sig: "" } };
    }
  }
}

const PLACE_KEEPER: JournalEntry = {
  cmd: "",
  coreSha256: "",
  startedAt: 0,
  result: { body: "", sig: "" },
  isAcknowledged: true,
};

const later = (one: CommandPlace, other: CommandPlace): CommandPlace =>
  other.epoch > one.epoch || (other.epoch === one.epoch && other.seq > one.seq) ? other : one;

export const isLater = (place: CommandPlace, than: CommandPlace): boolean =>
  place.epoch > than.epoch || (place.epoch === than.epoch && place.seq > than.seq);
