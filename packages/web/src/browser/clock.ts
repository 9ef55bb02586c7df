import type { Clock, Random } from "@muster/core";

/** The browser's clock: the only place of the pages that touches real time. */
export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

export const browserRandom: Random = () => Math.random();
