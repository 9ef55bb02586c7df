import type { Clock, Logger } from "@muster/core";

/**
 * Repeats work with a pause between an end and the next start, so that rounds never overlap. A round that throws is
 * logged once a streak and does not end the loop. Returns how to stop it.
 */
export function every(
  name: string,
  pauseMs: number,
  work: () => Promise<unknown> | void,
  deps: { readonly clock: Clock; readonly log: Logger },
): () => void {
  let isStopped = false;
  let isFailing = false;
  let timer = deps.clock.after(pauseMs, () => void round());
  const round = async (): Promise<void> => {
    try {
      await work();
      isFailing = false;
    } catch (error) {
      if (!isFailing) deps.log.error("a repeated task fails", { task: name, error });
      isFailing = true;
    }
    if (!isStopped) timer = deps.clock.after(pauseMs, () => void round());
  };
  return () => {
    isStopped = true;
    timer.cancel();
  };
}
