import type { Clock } from "@muster/core";

/** Resolves when a listener is told what is waited for, the time is over or the signal aborts, whichever is first. */
export function untilHeard<T>(
  listen: (listener: (news: T) => void) => () => void,
  isIt: (news: T) => boolean,
  waitMs: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  if (waitMs <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      stop();
      timer.cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const stop = listen((news) => {
      if (isIt(news)) finish();
    });
    const timer = clock.after(waitMs, finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}
