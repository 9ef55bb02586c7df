import { BlockReader } from "@muster/core";
import type { TimeRange } from "@muster/core";

/** A look at one metric of 2,000 servers takes two or three megabytes for two hours. */
const BYTES_MAX = 16_777_216;
/** What an entry takes besides its bytes. */
const ENTRY_BYTES = 200;

/** What tells a block from any other that has been or will be in its row. */
export interface BlockHead extends TimeRange {
  readonly id: number;
  readonly server: number;
  readonly samples: number;
  readonly bytes: number;
}

interface Entry {
  readonly head: BlockHead;
  /** Undefined: the block does not have the series. */
  readonly packed: Uint8Array | undefined;
}

/** Single series of blocks that were read lately, as they are packed: a look at the fleet asks for them again and again. */
export class ColumnCache {
  /** The one read last is the last. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** A block with that series alone, read by `read` where it is not here; undefined when the block does not have it. */
  get(head: BlockHead, series: number, read: () => BlockReader): BlockReader | undefined {
    const key = `${head.id} ${series}`;
    let entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(key, entry);
    if (entry === undefined || !isSame(entry.head, head)) entry = { head, packed: read().only(series) };
    this.#entries.set(key, entry);
    this.#bytes += sizeOf(entry);
    this.#shrink();
    return entry.packed && new BlockReader(entry.packed);
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= sizeOf(entry);
  }

  #shrink(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= BYTES_MAX) return;
      this.#remove(key, entry);
    }
  }
}

const sizeOf = ({ packed }: Entry): number => ENTRY_BYTES + (packed?.length ?? 0);

const isSame = (one: BlockHead, other: BlockHead): boolean =>
  one.server === other.server &&
  one.from === other.from &&
  one.until === other.until &&
  one.samples === other.samples &&
  one.bytes === other.bytes;
