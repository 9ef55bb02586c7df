/** Ascending, non-touching [first, last] pairs of whole numbers: which numbers of a growing sequence have been seen. */
export type SequenceRanges = readonly (readonly [number, number])[];

export const hasSequence = (ranges: SequenceRanges, seq: number): boolean =>
  ranges.some(([first, last]) => first <= seq && seq <= last);

/** The ranges with [first, last] added; touching and overlapping ranges become one. */
export function addSequences(ranges: SequenceRanges, first: number, last: number = first): SequenceRanges {
  const before = ranges.filter(([, rangeLast]) => rangeLast < first - 1);
  const after = ranges.filter(([rangeFirst]) => rangeFirst > last + 1);
  const touching = ranges.slice(before.length, ranges.length - after.length);
  const mergedFirst = Math.min(first, touching[0]?.[0] ?? first);
  const mergedLast = Math.max(last, touching.at(-1)?.[1] ?? last);
  return [...before, [mergedFirst, mergedLast], ...after];
}
