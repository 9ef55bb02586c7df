import type { SeriesId } from "../metric-store.ts";
import { isEqual } from "./layouts.ts";

/** Whose batches have which series: told to the writing thread once, and a number from then on. */
export interface Sender {
  readonly serverId: string;
  /** Who numbers its batches; undefined for one that does not. */
  readonly stream: string | undefined;
  readonly series: readonly SeriesId[];
}

/** A server has one or two kinds of batches at a time; others are told anew. */
const SENDERS_PER_SERVER = 4;

/** Changes that the writing thread does not know yet. */
export interface SenderChanges {
  readonly made: readonly (readonly [number: number, sender: Sender])[];
  /** Nothing that is sent later names them. */
  readonly dropped: readonly number[];
}

/** The numbers of senders, on the hub's thread. A number is never used again. */
export class SenderRegistry {
  /** By server, the last used first. */
  readonly #senders = new Map<string, { readonly number: number; readonly sender: Sender }[]>();
  #lastNumber = 0;
  #made: (readonly [number, Sender])[] = [];
  #dropped: number[] = [];

  numberOf(serverId: string, stream: string | undefined, series: readonly SeriesId[]): number {
    let senders = this.#senders.get(serverId);
    if (senders === undefined) this.#senders.set(serverId, (senders = []));
    const index = senders.findIndex(({ sender }) => sender.stream === stream && isEqual(sender.series, series));
    const known = senders[index];
    if (known !== undefined) {
      if (index > 0) senders.unshift(...senders.splice(index, 1));
      return known.number;
    }
    // A copy, because the caller may change its list once the batch is stored.
    const sender = { serverId, stream, series: [...series] };
    const number = ++this.#lastNumber;
    this.#made.push([number, sender]);
    senders.unshift({ number, sender });
    for (const { number: dropped } of senders.splice(SENDERS_PER_SERVER)) this.#dropped.push(dropped);
    return number;
  }

  /** A server is deleted. */
  drop(serverId: string): void {
    for (const { number } of this.#senders.get(serverId) ?? []) this.#dropped.push(number);
    this.#senders.delete(serverId);
  }

  /** What changed since the last time. */
  takeChanges(): SenderChanges {
    const changes = { made: this.#made, dropped: this.#dropped };
    this.#made = [];
    this.#dropped = [];
    return changes;
  }
}
