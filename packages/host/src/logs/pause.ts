import type { Clock } from "@muster/core";

/** Resolves after the delay, or at once when aborted. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
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
