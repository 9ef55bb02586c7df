import { labelsText } from "@muster/core";
import type { Labels } from "@muster/core";
import { sha256, toBase64url } from "@muster/node-kit";

interface Series {
  readonly metric: string;
  readonly labels?: Labels | undefined;
}

/** As many are told apart; a sender of any number of names may not fill the memory. */
export const REFUSED_SERIES_COUNTED_MAX = 20_000;
const KEY_CHARACTERS = 16;

/**
 * Which series of a server are not stored, over all the lists that it sends: each counts once, however many lists name it,
 * and no longer once it is stored.
 */
export class RefusedSeries {
  readonly #keys = new Set<string>();

  /** Never more than `REFUSED_SERIES_COUNTED_MAX`. */
  get count(): number {
    return this.#keys.size;
  }

  note(refused: readonly Series[], kept: readonly Series[]): void {
    if (this.#keys.size > 0) for (const series of kept) this.#keys.delete(keyOf(series));
    for (const series of refused) {
      if (this.#keys.size >= REFUSED_SERIES_COUNTED_MAX) return;
      this.#keys.add(keyOf(series));
    }
  }

  /** When a sender begins anew with its lists. */
  clear(): void {
    this.#keys.clear();
  }
}

/** Of equal length for any name, however long. */
const keyOf = ({ metric, labels = {} }: Series): string =>
  toBase64url(sha256(`${metric}{${labelsText(labels)}}`)).slice(0, KEY_CHARACTERS);
