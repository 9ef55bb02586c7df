/** Buckets grow by 5 %, so a percentile is off by at most that; the greatest value is exact. */
const GROWTH = 1.05;
const LEAST_MS = 0.05;
const BUCKETS = 420;

/** Counts times in bounded memory, whatever their number. */
export class LatencyTally {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  add(ms: number): void {
    const bucket = Math.ceil(Math.log(Math.max(ms, LEAST_MS) / LEAST_MS) / Math.log(GROWTH));
    const index = Math.min(BUCKETS - 1, Math.max(0, bucket));
    this.#buckets[index] = this.#buckets[index]! + 1;
    this.#count++;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  get count(): number {
    return this.#count;
  }

  /** The greatest time counted; null when none was. */
  get maxMs(): number | null {
    return this.#count === 0 ? null : this.#maxMs;
  }

  /** The time below which this share (0–1) lies; null when nothing was counted. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let index = 0; index < BUCKETS; index++) {
      seen += this.#buckets[index]!;
      if (seen >= rank) return Math.min(this.#maxMs, LEAST_MS * GROWTH ** index);
    }
    return this.#maxMs;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#maxMs = 0;
  }
}
