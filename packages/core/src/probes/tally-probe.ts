import type { Health } from "../services/service.ts";
import type { Instant } from "../time.ts";

/** How many results in a row change what a probe is held to be. */
export interface ProbeLimits {
  /** Better ones. */
  readonly rise: number;
  /** Worse ones, or such as say nothing. */
  readonly fall: number;
}

/** What a probe is held to be, and since when. */
export interface ProbeStanding {
  readonly health: Health;
  readonly since: Instant;
  /** Newest last, at most as many as could matter. */
  readonly recent: readonly Health[];
}

/** Nothing is known yet. */
export const freshStanding = (since: Instant): ProbeStanding => ({ health: "unknown", since, recent: [] });

export const STREAK_MAX = 20;

/** Worse is greater. What is unknown is neither. */
const BADNESS: Readonly<Record<Exclude<Health, "unknown">, number>> = { healthy: 0, degraded: 1, unhealthy: 2 };

/**
 * Counts one result (rules PB3 to PB5). A streak that is worse throughout makes it as bad as the mildest of it; one that
 * is better throughout as good as the worst of it: what was not seen often enough is not claimed.
 */
export function tallyProbe(before: ProbeStanding, result: Health, at: Instant, limits: ProbeLimits): ProbeStanding {
  const recent = [...before.recent, result].slice(-STREAK_MAX);
  const health = judged(before.health, recent, limits);
  return { health, since: health === before.health ? before.since : at, recent };
}

function judged(standing: Health, recent: readonly Health[], { rise, fall }: ProbeLimits): Health {
  const lastOnes = (count: number): readonly Health[] => (recent.length < count ? [] : recent.slice(-count));
  const falling = lastOnes(fall);
  if (falling.length > 0 && falling.every((one) => one === "unknown")) return "unknown";
  const rising = lastOnes(rise);
  if (standing === "unknown") {
    if (rising.length > 0 && rising.every((one) => one === "healthy")) return "healthy";
    return falling.length > 0 && falling.every((one) => one === "degraded" || one === "unhealthy")
      ? extreme(falling, Math.min)
      : "unknown";
  }
  const here = BADNESS[standing];
  if (falling.length > 0 && falling.every((one) => one !== "unknown" && BADNESS[one] > here))
    return extreme(falling, Math.min);
  if (rising.length > 0 && rising.every((one) => one !== "unknown" && BADNESS[one] < here))
    return extreme(rising, Math.max);
  return standing;
}

function extreme(healths: readonly Health[], pick: (...badness: number[]) => number): Health {
  const badness = pick(...healths.map((one) => (one === "unknown" ? 0 : BADNESS[one])));
  return (["healthy", "degraded", "unhealthy"] as const)[badness] ?? "unknown";
}
