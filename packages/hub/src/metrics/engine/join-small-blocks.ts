import type { TimeRange } from "@muster/core";
import { readIfWhole } from "./block-rows.ts";
import type { BlockRow, BlockRows } from "./block-rows.ts";
import { mergeBlock } from "./merge-block.ts";
import { RAW } from "./schema.ts";

/** Two hours of forty series, each read once a minute, are 4,800 samples. */
const SMALL_BLOCK_SAMPLES = 10_000;
const JOINED_SAMPLES_MAX = 60_000;
const NO_FRAMES = { at: [], series: [], offsets: [], packed: new Float64Array() };

/**
 * Puts small blocks of samples that lie in a range, beside each other, together: of what was read once a minute or less
 * a tenth of a block is no values, and its last page is seldom full.
 */
export function joinSmallBlocks(blocks: BlockRows, server: number, range: TimeRange): void {
  let neighbours: BlockRow[] = [];
  let samples = 0;
  const settle = (): void => {
    join(blocks, server, neighbours);
    neighbours = [];
    samples = 0;
  };
  for (const row of blocks.overlapping(server, RAW, range)) {
    const isInside = row.from >= range.from && row.until <= range.until;
    if (!isInside || row.isYoung || row.samples > SMALL_BLOCK_SAMPLES) {
      settle();
      continue;
    }
    if (samples + row.samples > JOINED_SAMPLES_MAX) settle();
    neighbours.push(row);
    samples += row.samples;
  }
  settle();
}

/** Where one is damaged, all stay as they are. */
function join(blocks: BlockRows, server: number, rows: readonly BlockRow[]): void {
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined || first === last) return;
  const readers = rows.flatMap((row) => readIfWhole(row) ?? []);
  if (readers.length < rows.length) return;
  const { block, samples } = mergeBlock(readers, NO_FRAMES);
  for (const row of rows) blocks.delete(server, row);
  blocks.insert(server, RAW, { from: first.from, until: last.until }, samples, block);
}
