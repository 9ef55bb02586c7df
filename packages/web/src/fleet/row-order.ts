import { holdOrder } from "./order.ts";
import type { HeldOrder } from "./order.ts";

/** Remembers the order in which rows are shown, and whether the pointer is over them. */
export class RowOrder<Row extends { readonly id: string }> {
  #held: HeldOrder | undefined;
  #isPointerInside = false;

  setPointerInside(isInside: boolean): void {
    this.#isPointerInside = isInside;
  }

  /**
   * Sorts, but moves rows only when that is allowed. `madeFor` says for what filter and sort; `monotonicMs` is a time that
   * never goes back.
   */
  arrange(rows: readonly Row[], madeFor: string, compare: (a: Row, b: Row) => number, monotonicMs: number): Row[] {
    const byId = new Map(rows.map((row) => [row.id, row]));
    const wanted = rows.toSorted(compare).map(({ id }) => id);
    this.#held = holdOrder(this.#held, wanted, madeFor, monotonicMs, this.#isPointerInside);
    return this.#held.ids.flatMap((id) => byId.get(id) ?? []);
  }
}
