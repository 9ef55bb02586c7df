/** A column's wish for room. */
export interface ColumnRoom<Id extends string> {
  readonly id: Id;
  /** Pixels below which it cannot be read. */
  readonly least: number;
  /** Columns with the lowest go first when room is short; undefined ones stay. */
  readonly importance: number | undefined;
}

export const COLUMN_GAP = 12;
export const ROW_PADDING = 8;

export const leastWidth = (columns: readonly { readonly least: number }[]): number =>
  columns.reduce((sum, column) => sum + column.least, 2 * ROW_PADDING) + Math.max(0, columns.length - 1) * COLUMN_GAP;

/** The columns that fit side by side into a width, in their order. Before the width is known, all. */
export function fitColumns<Id extends string>(columns: readonly ColumnRoom<Id>[], width: number): readonly Id[] {
  let kept = columns;
  while (width > 0 && leastWidth(kept) > width) {
    const least = Math.min(...kept.map((column) => column.importance ?? Number.POSITIVE_INFINITY));
    if (least === Number.POSITIVE_INFINITY) break;
    kept = kept.filter((column) => column.importance !== least);
  }
  return kept.map((column) => column.id);
}
