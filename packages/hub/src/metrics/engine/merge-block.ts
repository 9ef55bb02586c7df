import type { Block, BlockReader, Instant } from "@muster/core";

/** Frames of one server, ascending: of frame i, series[i] has its values in `packed` from offsets[i] on. */
export interface FrameColumns {
  readonly at: readonly Instant[];
  readonly series: readonly Uint32Array[];
  readonly offsets: readonly number[];
  readonly packed: Float64Array;
}

/**
 * Blocks, and the frames that belong between or into them, as one block. Both ascend; where both have a value of a
 * series at an instant, which the writer does not let happen, the block's stays.
 */
export function mergeBlock(
  blocks: readonly BlockReader[],
  frames: FrameColumns,
): { readonly block: Block; readonly samples: number } {
  const at = allInstants(blocks, frames);
  const columns = new Map<number, Float64Array>();
  let samples = 0;
  const columnOf = (key: number): Float64Array => {
    let column = columns.get(key);
    if (column === undefined) columns.set(key, (column = new Float64Array(at.length).fill(NaN)));
    return column;
  };
  for (const block of blocks) {
    const rows = rowsOf(block.at, at);
    for (const key of block.keys()) {
      const target = columnOf(key);
      const values = block.column(key) ?? new Float64Array();
      for (let index = 0; index < values.length; index++) {
        const value = values[index] ?? NaN;
        if (Number.isNaN(value)) continue;
        target[rows[index] ?? 0] = value;
        samples++;
      }
    }
  }
  const rows = rowsOf(frames.at, at);
  let lastSeries: Uint32Array | undefined;
  let targets: readonly Float64Array[] = [];
  for (let index = 0; index < frames.at.length; index++) {
    const series = frames.series[index] ?? NONE;
    if (series !== lastSeries) targets = Array.from((lastSeries = series), columnOf);
    const row = rows[index] ?? 0;
    const offset = frames.offsets[index] ?? 0;
    for (let slot = 0; slot < targets.length; slot++) {
      const value = frames.packed[offset + slot] ?? NaN;
      const target = targets[slot];
      if (target === undefined || Number.isNaN(value) || !Number.isNaN(target[row] ?? NaN)) continue;
      target[row] = value;
      samples++;
    }
  }
  for (const [key, column] of columns) if (column.every(Number.isNaN)) columns.delete(key);
  return { block: { at, columns }, samples };
}

const NONE = new Uint32Array();

function allInstants(blocks: readonly BlockReader[], frames: FrameColumns): Float64Array {
  const lists: readonly ArrayLike<number>[] = [...blocks.map((block) => block.at), frames.at];
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const list of lists) {
    all.set(list, length);
    length += list.length;
  }
  all.sort();
  let kept = 0;
  for (let index = 0; index < all.length; index++) {
    if (index === 0 || all[index] !== all[kept - 1]) all[kept++] = all[index] ?? NaN;
  }
  return all.slice(0, kept);
}

/** Where each of some ascending instants stands among all. */
function rowsOf(some: ArrayLike<number>, all: Float64Array): Int32Array {
  const rows = new Int32Array(some.length);
  let row = 0;
  for (let index = 0; index < some.length; index++) {
    while ((all[row] ?? Infinity) < (some[index] ?? NaN)) row++;
    rows[index] = row;
  }
  return rows;
}
