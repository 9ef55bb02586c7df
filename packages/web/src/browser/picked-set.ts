import { Observable } from "./observable.ts";

/** Things of a list that the person picked, for doing something to all of them; they stay picked while the page is open. */
export class PickedSet extends Observable<ReadonlySet<string>> {
  readonly #most: number;

  /** `most`: so many at once; beyond them nothing more is picked. */
  constructor(most: number) {
    super(new Set());
    this.#most = most;
  }

  toggle(id: string): void {
    const next = new Set(this.get());
    if (!next.delete(id) && next.size < this.#most) next.add(id);
    this.set(next);
  }

  /** Picks all of these, or lets go of them when all are picked already. */
  toggleAll(ids: readonly string[]): void {
    const isAll = ids.every((id) => this.get().has(id));
    this.set(isAll ? new Set() : new Set(ids.slice(0, this.#most)));
  }

  clear(): void {
    this.set(new Set());
  }
}
