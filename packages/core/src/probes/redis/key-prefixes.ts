import type { ReportTable } from "../probe-result.ts";

const PREFIXES_MAX = 2_000;
const ROWS_MAX = 20;
const PREFIX_CHARACTERS_MAX = 60;

/** Counts keys by what stands before their first colon. Memory is bounded, whatever keys there are. */
export class KeyPrefixes {
  readonly #counts = new Map<string, number>();
  #keys = 0;

  /** How many keys were counted. */
  get keys(): number {
    return this.#keys;
  }

  add(key: string): void {
    this.#keys++;
    const colon = key.indexOf(":");
    if (colon === -1) return;
    const prefix = key.slice(0, Math.min(colon, PREFIX_CHARACTERS_MAX));
    const count = this.#counts.get(prefix);
    if (count !== undefined || this.#counts.size < PREFIXES_MAX) this.#counts.set(prefix, (count ?? 0) + 1);
  }

  /**
   * As a table. `total`: how many keys there are, from which counts are reckoned where not all were seen; null: not
   * known. A key that shares its prefix with no other is no pattern, and a name of its own may tell too much: those are
   * counted together with keys without a colon.
   */
  table(total: number | null, isWhole: boolean, when: string): ReportTable {
    const patterns = [...this.#counts].filter(([, count]) => count > 1).toSorted(([, one], [, other]) => other - one);
    const shown = patterns.slice(0, ROWS_MAX);
    const rest = this.#keys - shown.reduce((sum, [, count]) => sum + count, 0);
    const rows = [...shown.map(([prefix, count]) => [`${prefix}:*`, count] as const), ["*", rest] as const];
    const factor = isWhole || total === null || this.#keys === 0 ? 1 : Math.max(1, total / this.#keys);
    return {
      key: "keyPatterns",
      columns: [{ key: "pattern" }, { key: "keys", unit: "count" }, { key: "share", unit: "ratio" }],
      rows: rows
        .filter(([, count]) => count > 0)
        .map(([pattern, count]) => [pattern, Math.round(count * factor), count / this.#keys]),
      note: isWhole
        ? `All ${this.#keys} keys of the database, read ${when}; * is what has no pattern of its own.`
        : `Reckoned from a sample of ${this.#keys} of ${total ?? "an unknown number of"} keys of the database, read ${when}; * is what has no pattern of its own.`,
    };
  }
}

/** The table where keys were not read. */
export const noKeyPatterns = (note: string): ReportTable => ({ key: "keyPatterns", columns: [], rows: [], note });
