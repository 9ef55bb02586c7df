import type { Random } from "./time.ts";

export interface BackoffConfig {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  readonly floorMs: number;
}

/** How agents come back: full jitter spreads ten thousand of them flat over the cap (reliability R7). */
export const RECONNECT_BACKOFF: BackoffConfig = { firstMs: 1_000, factor: 2, capMs: 60_000, floorMs: 500 };

/**
 * The wait before try number `attempt` (0 is the first retry): uniform between the floor and the exponential bound,
 * which is the "full jitter" that keeps a herd flat.
 */
export function backoffMs(config: BackoffConfig, attempt: number, random: Random): number {
  const bound = Math.min(config.capMs, config.firstMs * config.factor ** Math.min(attempt, 30));
  return Math.max(config.floorMs, Math.floor(random() * bound));
}
