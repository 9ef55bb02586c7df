import { MusterError, wait } from "@muster/core";
import type { Actor, Cancellable, Clock } from "@muster/core";
import { nextTurn } from "@muster/node-kit";
import type { LiveServerMessage, LogItemView } from "@muster/protocol";
import type { MergedPiece } from "../../logs/merge-by-time.ts";
import { logItemView } from "../log-pieces.ts";

/** The socket as this desk knows it. */
export interface LogClient {
  readonly actor: Actor;
  send(message: LiveServerMessage): void;
  /** False when it reads too slowly and nothing was sent. */
  sendText(text: string): boolean;
}

export interface OpenLogDeps {
  readonly clock: Clock;
  readonly isFollowing: boolean;
  /** Items that may be sent before the page says that it has shown some. */
  readonly allowance: number;
  /** Whether the reader, as it is now, may read. */
  readonly may: () => boolean;
}

/** Items held for a page that does not keep up; beyond them the oldest are dropped. */
const HELD_ITEMS_MAX = 2_000;
const HELD_CHARACTERS_MAX = 4 * 1024 * 1024;
const MESSAGE_ITEMS_MAX = 500;
const MESSAGE_CHARACTERS_MAX = 256 * 1024;
/** What came within this time goes in one message. */
const GATHER_MS = 10;
/** A socket that is full is tried again. */
const AGAIN_MS = 100;
/** After so many dropped items others get a turn: a flood that nobody reads must not hold up those who read. */
const DROPS_PER_TURN = 1_000;
const DROP_PAUSE_MS = 10;

/** One opened log of one socket. The past waits for the page; of what is new, what the page cannot take is dropped and counted. */
export class OpenLog {
  readonly #id: number;
  readonly #client: LogClient;
  readonly #deps: OpenLogDeps;
  readonly #stop = new AbortController();
  #held: LogItemView[] = [];
  #heldCharacters = 0;
  #allowance: number;
  /** By source, since the last message. */
  #dropped = new Map<number, number>();
  #droppedInTurn = 0;
  #flushing: Cancellable | undefined;
  #roomMade: (() => void) | undefined;
  #isPast = true;
  #isOver = false;

  constructor(id: number, client: LogClient, deps: OpenLogDeps) {
    this.#id = id;
    this.#client = client;
    this.#deps = deps;
    this.#allowance = deps.allowance;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Until it has ended, or is closed. Rejects when all of it failed before anything came. */
  async run(pieces: AsyncGenerator<MergedPiece, void, undefined>): Promise<void> {
    let taken = 0;
    for await (const piece of pieces) {
      if (this.#isOver) return;
      if (piece.is === "caught-up") this.#isPast = false;
      else if (piece.is === "ended") this.#sourceEnded(piece.source, piece.error);
      else await this.#add(logItemView(piece.item, piece.source));
      // Others of this hub have work, too.
      if (++taken % 1_000 === 0) await nextTurn();
    }
    await this.#drained();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#client.send({ t: "logs-end", id: this.#id, source: null, error: "" });
  }

  /** The page has shown so many. */
  allow(items: number): void {
    this.#allowance = Math.min(this.#allowance + items, this.#deps.allowance);
    this.#flush();
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.close();
    this.#client.send({ t: "logs-end", id: this.#id, source: null, error: sentenceOf(error) });
  }

  close(): void {
    this.#isOver = true;
    this.#flushing?.cancel();
    this.#held = [];
    this.#stop.abort();
    this.#roomMade?.();
  }

  #sourceEnded(source: number, error: unknown): void {
    this.#flush();
    this.#client.send({ t: "logs-end", id: this.#id, source, error: error === undefined ? "" : sentenceOf(error) });
  }

  async #add(item: LogItemView): Promise<void> {
    const mustWait = this.#isPast || !this.#deps.isFollowing;
    while (mustWait && this.#isFull && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#roomMade = resolve));
      this.#roomMade = undefined;
    }
    if (this.#isOver) return;
    this.#held.push(item);
    this.#heldCharacters += sizeOf(item);
    while (this.#isOverfull) this.#dropOldest();
    this.#flushing ??= this.#deps.clock.after(GATHER_MS, () => this.#flush());
    if (this.#droppedInTurn < DROPS_PER_TURN) return;
    this.#droppedInTurn = 0;
    await wait(this.#deps.clock, DROP_PAUSE_MS, this.signal);
  }

  get #isFull(): boolean {
    return this.#held.length >= HELD_ITEMS_MAX || this.#heldCharacters >= HELD_CHARACTERS_MAX;
  }

  get #isOverfull(): boolean {
    return this.#held.length > HELD_ITEMS_MAX || (this.#heldCharacters > HELD_CHARACTERS_MAX && this.#held.length > 1);
  }

  #dropOldest(): void {
    const item = this.#held.shift()!;
    this.#heldCharacters -= sizeOf(item);
    const count = "gap" in item ? (item.gap.dropped ?? 0) : 1;
    this.#dropped.set(item.source, (this.#dropped.get(item.source) ?? 0) + count);
    this.#droppedInTurn++;
  }

  /** Sends what the page may get now. */
  #flush(): void {
    this.#flushing?.cancel();
    this.#flushing = undefined;
    if (this.#isOver) return;
    if (!this.#deps.may()) return this.fail(new MusterError("FORBIDDEN"));
    while (this.#held.length > 0 && this.#allowance > 0) {
      const items = this.#nextItems();
      const gaps = [...this.#dropped].map(([source, dropped]) => ({ gap: { dropped, why: TOO_SLOW }, source }));
      const message: LiveServerMessage = { t: "logs", id: this.#id, items: [...gaps, ...items] };
      if (!this.#client.sendText(JSON.stringify(message))) {
        this.#flushing = this.#deps.clock.after(AGAIN_MS, () => this.#flush());
        return;
      }
      this.#dropped.clear();
      this.#held.splice(0, items.length);
      for (const item of items) this.#heldCharacters -= sizeOf(item);
      this.#allowance -= items.length;
    }
    if (!this.#isFull) this.#roomMade?.();
    if (this.#held.length === 0) this.#roomMade?.();
  }

  #nextItems(): readonly LogItemView[] {
    const most = Math.min(this.#held.length, this.#allowance, MESSAGE_ITEMS_MAX);
    let characters = 0;
    let count = 0;
    while (count < most && (count === 0 || characters < MESSAGE_CHARACTERS_MAX))
      characters += sizeOf(this.#held[count++]!);
    return this.#held.slice(0, count);
  }

  /** Waits until the page has taken all that is held. */
  async #drained(): Promise<void> {
    this.#flush();
    while (this.#held.length > 0 && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#roomMade = resolve));
      this.#roomMade = undefined;
    }
  }
}

const TOO_SLOW = "the page did not keep up";

const sizeOf = (item: LogItemView): number => ("gap" in item ? 0 : item.text.length) + 200;

/** What a page is told of a failure. */
export const sentenceOf = (error: unknown): string =>
  error instanceof MusterError
    ? (error.details.fields?.["search"] ?? error.message)
    : new MusterError("INTERNAL").message;
