import { MINUTE_MS } from "@muster/core";
import type { Instant } from "@muster/core";

const MINUTES = 60;

/** The mean of one gauge a minute over the last hour: what a sparkline draws. Minutes without a reading are null. */
export class MinuteLine {
  readonly #sums = new Float64Array(MINUTES);
  readonly #counts = new Uint32Array(MINUTES);
  #lastMinute = -1;

  add(at: Instant, value: number): void {
    const minute = Math.floor(at / MINUTE_MS);
    if (this.#lastMinute === -1) this.#lastMinute = minute;
    if (minute <= this.#lastMinute - MINUTES) return;
    this.#advance(minute);
    const slot = minute % MINUTES;
    this.#sums[slot]! += value;
    this.#counts[slot]!++;
  }

  clear(): void {
    this.#sums.fill(0);
    this.#counts.fill(0);
    this.#lastMinute = -1;
  }

  /** Oldest first, ending with the minute of `now`. */
  values(now: Instant): (number | null)[] {
    this.#advance(Math.floor(now / MINUTE_MS));
    return Array.from({ length: MINUTES }, (_, index) => {
      const slot = (this.#lastMinute + 1 + index) % MINUTES;
      const count = this.#counts[slot] ?? 0;
      return count === 0 ? null : Math.round(((this.#sums[slot] ?? 0) / count) * 1_000) / 1_000;
    });
  }

  #advance(minute: number): void {
    for (let next = Math.max(this.#lastMinute + 1, minute - MINUTES + 1); next <= minute; next++) {
      this.#sums[next % MINUTES] = 0;
      this.#counts[next % MINUTES] = 0;
    }
    this.#lastMinute = Math.max(this.#lastMinute, minute);
  }
}
