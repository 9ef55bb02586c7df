import type { Random } from "@muster/core";

/**
 * The same sequence for the same seed, uniform in [0, 1): mulberry32, whose 32 bits of state are plenty for tests.
 * A failing random test prints its seed and is replayed with it.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
