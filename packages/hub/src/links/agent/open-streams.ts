import { MusterError } from "@muster/core";
import { AGENT_LIMITS, STREAM_ITEM_CHECKS, TUNNEL_LIMITS } from "@muster/protocol";
import type { EndFrame, ItemsFrame, StreamName, Streams } from "@muster/protocol";
import { ProtocolViolation } from "./batch-intake.ts";
import type { SessionLine } from "./session-line.ts";
import { streamError } from "../stream-error.ts";

/** Items that a stream may be ahead of its reader: what is held for a slow one. A quarter taken, and it is renewed. */
const CREDITS: Readonly<Record<StreamName, number>> = {
  "logs.read": 1_600,
  tunnel: TUNNEL_LIMITS.credit,
  // It says two things and ends: never so many that more is asked for.
  "probe.exec": 16,
  "probe.ping": 16,
};

/** What the hub reads from one agent piece by piece in one session. */
export class OpenStreams {
  readonly #line: Pick<SessionLine, "send">;
  readonly #open = new Map<number, HeldItems>();
  #nextId = 1;
  #isOver = false;

  constructor(line: Pick<SessionLine, "send">) {
    this.#line = line;
  }

  get count(): number {
    return this.#open.size;
  }

  /**
   * Items in their order, asked for when the first is. Throws SERVER_OFFLINE when the connection ends, ACTION_REFUSED with
   * the policy's sentence, LOG_UNREADABLE with the agent's, RATE_LIMITED beyond the streams of one session; ends without
   * an error when the signal aborts.
   */
  async *open<K extends StreamName>(
    name: K,
    params: Streams[K]["params"],
    signal: AbortSignal,
  ): AsyncGenerator<Streams[K]["item"], void, undefined> {
    if (signal.aborted) return;
    yield* this.#items(this.#begin(name, params), name, signal);
  }

  /**
   * A connection from the server to one of its neighbours. Resolves with what says something on it, and what comes back;
   * throws as `open`. Undefined: there is none, and `failed` says why in a word of the egress client.
   */
  async tunnel(
    params: Streams["tunnel"]["params"],
    signal: AbortSignal,
  ): Promise<OpenTunnel | { readonly failed: string }> {
    const begun = this.#begin("tunnel", params);
    const items = this.#items<"tunnel">(begun, "tunnel", signal);
    const { done, value } = await items.next();
    if (done !== true && "connected" in value && !signal.aborted)
      return {
        items,
        say: (data) => {
          if (!this.#isOver) this.#line.send({ t: "data", id: begun.id, data });
        },
      };
    // Whoever reads nothing more gives the stream's place back.
    await items.return();
    signal.throwIfAborted();
    if (done === true) throw new MusterError("SERVER_OFFLINE");
    if ("failed" in value) return value;
    throw new MusterError("SERVER_OFFLINE", { message: "The agent there spoke on a tunnel that was not open yet." });
  }

  #begin<K extends StreamName>(
    name: K,
    params: Streams[K]["params"],
  ): { readonly id: number; readonly held: HeldItems } {
    if (this.#isOver) throw new MusterError("SERVER_OFFLINE");
    if (this.#open.size >= AGENT_LIMITS.streamsOpenMax)
      throw new MusterError("RATE_LIMITED", { message: "This server is read by as many as it can serve at one time." });
    const id = this.#nextId++;
    const held = new HeldItems(name, CREDITS[name]);
    this.#open.set(id, held);
    this.#line.send({ t: "open", id, name, params, credit: CREDITS[name] });
    return { id, held };
  }

  async *#items<K extends StreamName>(
    { id, held }: { readonly id: number; readonly held: HeldItems },
    name: K,
    signal: AbortSignal,
  ): AsyncGenerator<Streams[K]["item"], void, undefined> {
    const renew = CREDITS[name] / 4;
    const abort = (): void => held.finish(undefined);
    signal.addEventListener("abort", abort, { once: true });
    let takenItems = 0;
    try {
      for (;;) {
        const items = await held.take();
        if (items === undefined) break;
        for (const item of items) {
          yield item as Streams[K]["item"];
          if (signal.aborted) return;
          if (++takenItems < renew) continue;
          held.give(takenItems);
          this.#line.send({ t: "credit", id, items: takenItems });
          takenItems = 0;
        }
      }
    } finally {
      signal.removeEventListener("abort", abort);
      // What still arrives under this number is of nobody's interest any more.
      this.#open.delete(id);
      if (!held.isEndedByAgent && !this.#isOver) this.#line.send({ t: "close", id });
    }
  }

  /** Throws ProtocolViolation for items that were not allowed or have a wrong form. */
  takeItems({ id, items }: ItemsFrame): void {
    this.#open.get(id)?.add(items);
  }

  takeEnd({ id, error }: EndFrame): void {
    this.#open.get(id)?.endByAgent(error === "" ? undefined : streamError(error));
  }

  /** The connection is gone. */
  end(): void {
    this.#isOver = true;
    for (const held of this.#open.values()) held.finish(new MusterError("SERVER_OFFLINE"));
  }
}

/** A tunnel as its two directions; `items` ends with it, and returning from it ends the tunnel. */
export interface OpenTunnel {
  readonly items: AsyncGenerator<Streams["tunnel"]["item"], void, undefined>;
  /** Base64 of at most `TUNNEL_LIMITS.dataBytesMax`. */
  readonly say: (data: string) => void;
}

/** Items that came and were not taken yet; never more than the credit. */
class HeldItems {
  readonly #isItem: (item: unknown) => boolean;
  #credit: number;
  #items: unknown[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;
  isEndedByAgent = false;

  constructor(name: StreamName, credit: number) {
    this.#isItem = STREAM_ITEM_CHECKS[name];
    this.#credit = credit;
  }

  give(items: number): void {
    this.#credit += items;
  }

  add(items: readonly unknown[]): void {
    this.#credit -= items.length;
    if (this.#credit < 0) throw new ProtocolViolation("a stream sent more than it had credit for");
    if (!items.every(this.#isItem)) throw new ProtocolViolation("an item of a stream has a wrong form");
    this.#items.push(...items);
    this.#wake?.();
  }

  endByAgent(error: Error | undefined): void {
    this.isEndedByAgent = true;
    this.finish(error);
  }

  finish(error: Error | undefined): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** All that is held, waiting for some; undefined at the end. */
  async take(): Promise<readonly unknown[] | undefined> {
    while (this.#items.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    const items = this.#items;
    this.#items = [];
    if (items.length > 0) return items;
    if (this.#end?.error !== undefined) throw this.#end.error;
    return undefined;
  }
}
