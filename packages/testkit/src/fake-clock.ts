import type { Cancellable, Clock, Instant } from "@muster/core";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly fn: () => void;
}

/**
 * A clock that stands still until a test turns it. Timers run in order of their due time, those due together in the
 * order they were asked for; between two timers all promises that can settle do so, as they would in real life.
 */
export class FakeClock implements Clock {
  #wallAt: Instant;
  // Not 0, so that a monotonic reading taken for "never" or for wall time is noticed.
  #monotonicMs = 5_000;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(startAt: Instant = Date.UTC(2026, 0, 15, 12)) {
    this.#wallAt = startAt;
  }

  now(): Instant {
    return this.#wallAt;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, fn: () => void): Cancellable {
    const timer: Timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), order: this.#order++, fn };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Timers that wait; 0 after a part was stopped, or it leaks. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets `elapsedMs` pass: runs what becomes due, timers that timers start included. Rejects with what a timer throws. */
  async advance(elapsedMs: number): Promise<void> {
    const targetMs = this.#monotonicMs + elapsedMs;
    await settle();
    for (let next = this.#nextDueBy(targetMs); next !== undefined; next = this.#nextDueBy(targetMs)) {
      this.#timers.delete(next);
      this.#moveTo(next.dueMs);
      next.fn();
      await settle();
    }
    this.#moveTo(targetMs);
  }

  /** The machine's clock is corrected: wall time jumps, durations and timers do not notice. */
  stepWallTime(byMs: number): void {
    this.#wallAt += byMs;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallAt += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #nextDueBy(limitMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > limitMs) continue;
      if (
        first === undefined ||
        timer.dueMs < first.dueMs ||
        (timer.dueMs === first.dueMs && timer.order < first.order)
      ) {
        first = timer;
      }
    }
    return first;
  }
}

/** One whole turn of the event loop: every promise that needs no outside event has settled afterwards. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
