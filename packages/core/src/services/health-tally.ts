import type { Instant } from "../time.ts";
import type { HealthCheck } from "./definition.ts";
import type { Health } from "./service.ts";

/** `unknown`: it could not be tried, which says nothing of the service. */
export type CheckVerdict = "good" | "bad" | "unknown";

/** One try of one check. */
export interface Observation {
  readonly verdict: CheckVerdict;
  /** One sentence for people, such as "503 instead of 200–299". */
  readonly detail: string;
  readonly at: Instant;
  readonly durationMs: number;
}

/** Where a check stands in one run of its service. */
export interface Tally {
  /** `pending`: nothing counts yet. */
  readonly standing: CheckVerdict | "pending";
  /** How many of the same verdict came in a row, and which. */
  readonly streak: { readonly verdict: CheckVerdict; readonly count: number } | null;
  readonly last: Observation | null;
}

/** At the start of a run: what the run before was like is forgotten. */
export const FRESH_TALLY: Tally = { standing: "pending", streak: null, last: null };

/**
 * Counts one try (rules HC3 to HC6). `sinceStartMs` is how long this run of the service has lasted: bad results within
 * the start period are shown and do not count.
 */
export function tally(check: HealthCheck, before: Tally, last: Observation, sinceStartMs: number): Tally {
  if (last.verdict === "bad" && sinceStartMs < check.startPeriodMs) return { ...before, last };
  const { verdict } = last;
  const count = before.streak?.verdict === verdict ? before.streak.count + 1 : 1;
  const needed = verdict === "good" ? check.rise : check.fall;
  return { standing: count >= needed ? verdict : before.standing, streak: { verdict, count }, last };
}

export interface HealthVerdict {
  readonly health: Health;
  /** Which checks make it so, in words; empty when all is well or there are none. */
  readonly detail: string;
}

/** Details are joined up to this length. */
export const HEALTH_DETAIL_CHARACTERS_MAX = 500;

/**
 * The health that all checks of a service make together (rule HC7): the worst that one of them means; `unknown` while
 * some have nothing to say and none is bad.
 */
export function healthOf(checks: readonly { readonly check: HealthCheck; readonly tally: Tally }[]): HealthVerdict {
  const bad = checks.filter(({ tally: { standing } }) => standing === "bad");
  if (bad.length > 0) {
    const health = bad.some(({ check }) => check.severity === "unhealthy") ? "unhealthy" : "degraded";
    return { health, detail: told(bad) };
  }
  const open = checks.filter(({ tally: { standing } }) => standing !== "good");
  if (open.length > 0) return { health: "unknown", detail: told(open) };
  return { health: checks.length === 0 ? "unknown" : "healthy", detail: "" };
}

const told = (checks: readonly { readonly check: HealthCheck; readonly tally: Tally }[]): string =>
  checks
    .map(({ check, tally: { last, streak } }) => {
      const times =
        streak !== null && streak.count > 1 && streak.verdict === last?.verdict ? ` (${streak.count} in a row)` : "";
      return `${check.name}: ${last === null ? "not tried yet" : `${last.detail}${times}`}`;
    })
    .join("; ")
    .slice(0, HEALTH_DETAIL_CHARACTERS_MAX);
