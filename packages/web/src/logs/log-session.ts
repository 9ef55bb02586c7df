import type { Cancellable, Clock } from "@muster/core";
import type { LogItemView } from "@muster/protocol";
import { Observable } from "../browser/observable.ts";
import type { LiveConnection } from "../live/live-connection.ts";
import type { LogRequest, LogStream } from "../live/log-streams.ts";
import { LogBuffer } from "./log-buffer.ts";
import type { BufferedItem } from "./log-buffer.ts";
import type { LogSource } from "./log-source.ts";

/** What of the sources is wanted. */
export interface LogChoice {
  readonly search: { readonly text: string; readonly isExpression: boolean } | undefined;
  readonly level: number | undefined;
  /** A stretch of the past instead of the newest lines: half-open, epoch milliseconds. */
  readonly span: { readonly since: number; readonly until: number } | undefined;
}

export interface LogView {
  readonly items: readonly BufferedItem[];
  readonly cutCount: number;
  /** Lines that came while it was paused. */
  readonly waiting: number;
  /** opening: nothing came yet; live: it follows; ended: nothing more comes. */
  readonly state: "opening" | "live" | "ended";
  /** What ended which source, by its place; under null all of it. */
  readonly faults: ReadonlyMap<number | null, string>;
}

const FIRST_LINES = 1_000;
const RESUMED_LINES_MAX = 10_000;
/** Pictures are made at most this often, however fast lines come. */
const SHOW_EVERY_MS = 150;
/** So many are held back; beyond them the hub drops, and says how many. As much may come anew after a lost connection. */
const HELD_MAX = 5_000;
/** The one reason for missing lines that the page itself gives; others are a machine's own words. */
export const PAUSED = "this page was paused";

/** Follows sources over the live connection, from the same lines on after it was lost, and keeps what came. */
export class LogSession {
  readonly view = new Observable<LogView>({
    items: [],
    cutCount: 0,
    waiting: 0,
    state: "opening",
    faults: new Map(),
  });
  readonly #sources: readonly LogSource[];
  readonly #choice: LogChoice;
  readonly #deps: { readonly live: Pick<LiveConnection, "openLogs">; readonly clock: Clock };
  readonly #buffer = new LogBuffer();
  readonly #cursors = new Map<number, string>();
  #faults = new Map<number | null, string>();
  /** What came and is not in the picture yet. */
  #held: LogItemView[] = [];
  /** By source, how many came while paused beyond what is held. */
  readonly #dropped = new Map<number, number>();
  #mode: "following" | "paused" = "following";
  #state: LogView["state"] = "opening";
  #stream: LogStream | undefined;
  #timer: Cancellable | undefined;

  constructor(
    sources: readonly LogSource[],
    choice: LogChoice,
    deps: { readonly live: Pick<LiveConnection, "openLogs">; readonly clock: Clock },
  ) {
    this.#sources = sources;
    this.#choice = choice;
    this.#deps = deps;
  }

  /** Opens the sources until the returned function is called. */
  start(): () => void {
    this.#stream = this.#deps.live.openLogs({
      request: () => this.#request(),
      onOpened: () => {
        this.#faults = new Map();
        if (this.#state === "ended") this.#state = "opening";
        this.#show();
      },
      onItems: (items) => this.#take(items),
      onEnd: (source, error) => {
        this.#faults.set(source, error);
        if (source === null) this.#state = "ended";
        this.#show();
      },
    });
    return () => {
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#stream?.close();
      this.#stream = undefined;
    };
  }

  /** Paused, what comes waits and is shown at once on going on. */
  setMode(mode: "following" | "paused"): void {
    if (mode === this.#mode) return;
    // What came before a pause is no part of it.
    this.#show();
    this.#mode = mode;
    if (mode === "paused") return;
    if (this.#held.length > 0) this.#stream?.more(this.#held.length);
    for (const [source, dropped] of this.#dropped) this.#held.push({ gap: { dropped, why: PAUSED }, source });
    this.#dropped.clear();
    this.#show();
  }

  #request(): LogRequest {
    const { search, level, span } = this.#choice;
    const sources = this.#sources.map((source, index) => {
      const cursor = this.#cursors.get(index);
      const after = cursor === undefined ? {} : { after: cursor };
      return source.is === "service"
        ? { service: source.id, ...after }
        : { server: source.serverId, file: source.path, ...after };
    });
    return {
      sources,
      lines: this.#cursors.size > 0 || span ? RESUMED_LINES_MAX : FIRST_LINES,
      follow: span === undefined,
      ...span,
      ...(search && { search }),
      ...(level !== undefined && { level }),
    };
  }

  #take(items: readonly LogItemView[]): void {
    for (const item of items) if ("cursor" in item) this.#cursors.set(item.source, item.cursor);
    this.#state = "live";
    if (this.#mode === "paused") {
      // Nothing is asked for, so that the hub knows that nobody keeps up.
      const room = HELD_MAX - this.#held.length;
      this.#held.push(...items.slice(0, room));
      for (const item of items.slice(room)) this.#drop(item);
      return this.#showSoon();
    }
    this.#held.push(...items);
    this.#stream?.more(items.length);
    // The timers of a page in the background hardly run, and what waits for them must not grow for ever.
    if (this.#held.length >= HELD_MAX) this.#show();
    else this.#showSoon();
  }

  #drop(item: LogItemView): void {
    const lines = "gap" in item ? (item.gap.dropped ?? 0) : 1;
    this.#dropped.set(item.source, (this.#dropped.get(item.source) ?? 0) + lines);
  }

  #showSoon(): void {
    this.#timer ??= this.#deps.clock.after(SHOW_EVERY_MS, () => this.#show());
  }

  #show(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#mode === "following") {
      this.#buffer.append(this.#held);
      this.#held = [];
    }
    this.view.set({
      items: this.#buffer.items,
      cutCount: this.#buffer.cutCount,
      waiting: this.#held.length,
      state: this.#state,
      faults: new Map(this.#faults),
    });
  }
}
