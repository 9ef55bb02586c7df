/** Names as people sort them: web-2 before web-10. */
export const naturalOrder = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Each of some texts once, in that order. */
export const sortedTexts = (texts: readonly string[]): readonly string[] =>
  [...new Set(texts)].toSorted(naturalOrder.compare);

/** What a column is sorted by; null where it is not known. */
export type SortValue = number | string | null;

/** Compares rows by one value of theirs, then by `rest`, so that equal rows never change places. The unknown comes last either way. */
export function compareRows<Row>(
  read: (row: Row) => SortValue,
  descending: boolean,
  rest: (a: Row, b: Row) => number,
): (a: Row, b: Row) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const left = read(a);
    const right = read(b);
    if (left === right) return rest(a, b);
    if (left === null) return 1;
    if (right === null) return -1;
    const isText = typeof left === "string" || typeof right === "string";
    return sign * (isText ? naturalOrder.compare(String(left), String(right)) : left - right) || rest(a, b);
  };
}
