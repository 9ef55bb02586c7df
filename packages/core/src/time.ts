/** Wall time, epoch milliseconds, UTC. Jumps when the machine's clock is corrected. */
export type Instant = number;

/** The only source of time. Production code gets it injected, so that a test can turn it. */
export interface Clock {
  /** For stamping and display. Durations come from `monotonic`. */
  now(): Instant;
  /** Milliseconds from an arbitrary start; never goes backwards. */
  monotonic(): number;
  /** Calls `fn` once, later. A pending timer does not keep the process alive. */
  after(delayMs: number, fn: () => void): Cancellable;
}

export interface Cancellable {
  cancel(): void;
}

/** Randomness as an argument: uniform in [0, 1). */
export type Random = () => number;

/** A half-open span of time: `from` belongs to it, `until` does not. */
export interface TimeRange {
  readonly from: Instant;
  readonly until: Instant;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** What waiting needs of an AbortSignal; that type is the platform's, and core has none. */
interface Abortable {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void, options: { readonly once: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The AbortSignal of the platform this is compiled for. */
type PlatformSignal = typeof globalThis extends { readonly AbortSignal: { readonly prototype: infer Signal } }
  ? Signal
  : Abortable;

// Both browsers and Node have them; core's own types know neither.
declare const AbortController: new () => { readonly signal: PlatformSignal; abort(reason?: unknown): void };
declare const DOMException: new (message: string, name: string) => Error;

/** Resolves after the delay, or at once when aborted; which of both the caller reads from the signal. */
export function wait(clock: Clock, delayMs: number, signal: Abortable): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = clock.after(delayMs, finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}

/** A signal that aborts after the delay or with its parent. Call `done` when the work ended, so that no timer stays. */
export function deadline(
  clock: Clock,
  delayMs: number,
  parent?: Abortable,
): { readonly signal: PlatformSignal; done(): void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort(parent?.reason);
  const timer = clock.after(delayMs, () => controller.abort(new DOMException("deadline passed", "TimeoutError")));
  if (parent?.aborted) abort();
  else parent?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    done() {
      timer.cancel();
      parent?.removeEventListener("abort", abort);
    },
  };
}
