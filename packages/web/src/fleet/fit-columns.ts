/** A column's wish for room. */
export interface ColumnRoom<Id extends string> {
  readonly id: Id;
  /** Pixels below which it cannot be read. */
  readonly least: number;
  /** Columns with the lowest go first when room is short; undefined ones stay. */
  readonly importance: number | undefined;
}

/** What a table must know of a column to lay it out. */
export interface ColumnLook {
  /** Pixels below which it cannot be read. */
  readonly least: number;
  /** Its share of the room that is left; without one it stays as it is. */
  readonly grow?: number;
  /** Columns with the lowest go first when the room is short. */
  readonly importance?: number;
}

/** The grid track of a column. */
export const trackOf = ({ least, grow }: ColumnLook): string =>
  grow === undefined ? `${least}px` : `minmax(${least}px, ${grow}fr)`;

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
