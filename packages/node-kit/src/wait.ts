import type { Clock } from "@muster/core";

/** Resolves when everything else that waits for the event loop had its turn, so that long work holds nobody up. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A signal that aborts after the delay or with its parent. Call `done` when the work ended, so that no timer stays. */
export function deadline(
  clock: Clock,
  delayMs: number,
  parent?: AbortSignal,
): { readonly signal: AbortSignal; done(): void } {
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
