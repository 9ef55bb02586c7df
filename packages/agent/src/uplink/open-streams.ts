import { wait } from "@muster/core";
import type { Cancellable, Clock } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import type { AgentFrame, CreditFrame, DataFrame, OpenFrame } from "@muster/protocol";

/** Who makes what a stream yields. Throws for what it refuses; the message is told to the hub. */
export type StreamSource = (
  name: string,
  params: unknown,
  signal: AbortSignal,
  heard: StreamInput,
) => AsyncIterable<unknown>;

/** What the hub says on a stream; whoever listens gets each piece as it comes. What comes before is lost. */
export interface StreamInput {
  onData: ((data: string) => void) | undefined;
}

export interface OpenStreamsDeps {
  readonly clock: Clock;
  readonly source: StreamSource;
  readonly send: (frame: AgentFrame) => void;
  /** Bytes that have not left the process: more than a little, and nothing more is made. */
  readonly waitingBytes: () => number;
}

/** What came within this time goes in one frame. */
const GATHER_MS = 5;
/** A frame is sent when its items have this many characters, so that its bytes stay below the limit. */
const FRAME_CHARACTERS_MAX = AGENT_LIMITS.itemsBytesMax / 4;
const WAITING_BYTES_MAX = 1024 * 1024;
const LOOK_AGAIN_MS = 20;
const ERROR_CHARACTERS_MAX = 1_000;

/** The streams of one session. Each runs until it has no more to say, the hub closes it, or the session ends. */
export class OpenStreams {
  readonly #deps: OpenStreamsDeps;
  readonly #open = new Map<number, OpenStream>();

  constructor(deps: OpenStreamsDeps) {
    this.#deps = deps;
  }

  open({ id, name, params, credit }: OpenFrame): void {
    if (this.#open.has(id)) return;
    if (this.#open.size >= AGENT_LIMITS.streamsOpenMax) {
      return this.#deps.send({ t: "end", id, error: "too many streams at one time" });
    }
    const stream = new OpenStream(id, this.#deps);
    this.#open.set(id, stream);
    stream.give(credit);
    void stream.run(name, params).finally(() => this.#open.delete(id));
  }

  credit({ id, items }: CreditFrame): void {
    this.#open.get(id)?.give(items);
  }

  data({ id, data }: DataFrame): void {
    this.#open.get(id)?.heard.onData?.(data);
  }

  close(id: number): void {
    this.#open.get(id)?.stop();
  }

  /** Ends all of them; nothing more is sent. */
  end(): void {
    for (const stream of this.#open.values()) stream.stop();
  }
}

class OpenStream {
  readonly #id: number;
  readonly #deps: OpenStreamsDeps;
  readonly heard: StreamInput = { onData: undefined };
  readonly #stop = new AbortController();
  #credit = 0;
  #credited: (() => void) | undefined;
  #items: unknown[] = [];
  #characters = 0;
  #flushing: Cancellable | undefined;

  constructor(id: number, deps: OpenStreamsDeps) {
    this.#id = id;
    this.#deps = deps;
  }

  give(items: number): void {
    this.#credit = Math.min(this.#credit + items, AGENT_LIMITS.streamCreditMax);
    this.#credited?.();
  }

  stop(): void {
    this.#stop.abort(new Error("the hub closed the stream"));
    this.#flushing?.cancel();
    this.#items = [];
    this.#credited?.();
  }

  /** Never rejects. */
  async run(name: string, params: unknown): Promise<void> {
    const { signal } = this.#stop;
    let error = "";
    try {
      const iterator = this.#deps.source(name, params, signal, this.heard)[Symbol.asyncIterator]();
      try {
        while (await this.#mayGoOn()) {
          const { done, value } = await iterator.next();
          if (done === true || signal.aborted) break;
          this.#take(value);
        }
      } finally {
        await iterator.return?.();
      }
    } catch (thrown) {
      error = (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, ERROR_CHARACTERS_MAX) || "it failed";
    }
    if (signal.aborted) return;
    this.#flush();
    this.#deps.send({ t: "end", id: this.#id, error });
  }

  /** Waits for credit and for the line to take what was sent; false when the stream is closed. */
  async #mayGoOn(): Promise<boolean> {
    const { signal } = this.#stop;
    while (!signal.aborted && this.#credit === 0) {
      this.#flush();
      await new Promise<void>((resolve) => (this.#credited = resolve));
      this.#credited = undefined;
    }
    while (!signal.aborted && this.#deps.waitingBytes() > WAITING_BYTES_MAX) {
      await wait(this.#deps.clock, LOOK_AGAIN_MS, signal);
    }
    return !signal.aborted;
  }

  #take(item: unknown): void {
    this.#credit--;
    const { text, data = text } = item as { readonly text?: unknown; readonly data?: unknown };
    this.#items.push(item);
    this.#characters += typeof data === "string" ? data.length + 200 : 500;
    if (this.#items.length >= AGENT_LIMITS.itemsPerFrameMax || this.#characters >= FRAME_CHARACTERS_MAX) this.#flush();
    else this.#flushing ??= this.#deps.clock.after(GATHER_MS, () => this.#flush());
  }

  #flush(): void {
    this.#flushing?.cancel();
    this.#flushing = undefined;
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#characters = 0;
    this.#deps.send({ t: "items", id: this.#id, items });
  }
}
