import type { BlockPart, BlockReader, TimeRange } from "@muster/core";

/** Two hours of 2,000 servers take ten megabytes for their instants, and one or two for each metric. */
const BYTES_MAX = 16_777_216;
/** What an entry, and each series it was asked for in vain, takes besides. */
const ENTRY_BYTES = 400;
const SERIES_BYTES = 40;

/** What tells a block from any other that has been or will be in its row. */
export interface BlockHead extends TimeRange {
  readonly id: number;
  readonly server: number;
  readonly samples: number;
  readonly bytes: number;
}

interface Entry {
  readonly head: BlockHead;
  readonly part: BlockPart;
  /** Series that were asked for, though the block does not have them. */
  readonly absent: Set<number>;
}

/**
 * Single series of blocks that were read lately, as they are packed, with the instants of each block: a look at the fleet
 * asks for them again and again.
 */
export class ColumnCache {
  /** By block; the one read last is the last. */
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;

  /** A block with that series, read by `read` where it is not here; undefined when the block does not have it. */
  get(head: BlockHead, series: number, read: () => BlockReader): BlockPart | undefined {
    let entry = this.#entries.get(head.id);
    if (entry !== undefined) this.#remove(entry);
    if (entry !== undefined && !isSame(entry.head, head)) entry = undefined;
    if (entry === undefined || !(entry.part.has(series) || entry.absent.has(series))) {
      const block = read();
      entry ??= { head, part: block.part(), absent: new Set() };
      const encoded = block.encoded(series);
      if (encoded === undefined) entry.absent.add(series);
      else entry.part.keep(series, encoded);
    }
    this.#entries.set(head.id, entry);
    this.#bytes += sizeOf(entry);
    this.#shrink();
    return entry.part.has(series) ? entry.part : undefined;
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.head.id);
    this.#bytes -= sizeOf(entry);
  }

  #shrink(): void {
    for (const entry of this.#entries.values()) {
      if (this.#bytes <= BYTES_MAX) return;
      this.#remove(entry);
    }
  }
}

const sizeOf = ({ part, absent }: Entry): number => ENTRY_BYTES + part.byteLength + absent.size * SERIES_BYTES;

const isSame = (one: BlockHead, other: BlockHead): boolean =>
  one.server === other.server &&
  one.from === other.from &&
  one.until === other.until &&
  one.samples === other.samples &&
  one.bytes === other.bytes;
