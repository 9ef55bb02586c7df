import { DAY_MS, HEALTHS } from "@muster/core";
import type { Health } from "@muster/core";
import type { Probe } from "./probes-view.ts";

/** Words that are filters at the top of the list, those that need somebody first. */
export const COUNTED = ["unhealthy", "degraded", "unknown", "healthy", "paused", "maintenance"] as const;
export type Counted = (typeof COUNTED)[number];
export type ProbeCounts = Readonly<Record<Counted | "total", number>>;

export const isHealth = (word: string): word is Health => HEALTHS.some((health) => health === word);

/** Trouble first; what somebody stopped on purpose comes last. */
const RANK: Readonly<Record<Health, number>> = { unhealthy: 0, degraded: 1, unknown: 2, healthy: 3 };
export const healthRank = ({ health, state }: Pick<Probe, "health" | "state">): number =>
  state === "paused" ? 4 : RANK[health];

export const isInMaintenance = ({ maintenanceUntil }: Pick<Probe, "maintenanceUntil">, now: number): boolean =>
  maintenanceUntil !== null && maintenanceUntil > now;

/** How many probes stand how. One in maintenance is counted by its health as well; a paused one has none. */
export function countProbes(probes: Iterable<Probe>, now: number): ProbeCounts {
  const counts = { total: 0, unhealthy: 0, degraded: 0, unknown: 0, healthy: 0, paused: 0, maintenance: 0 };
  for (const probe of probes) {
    counts.total++;
    counts[probe.state === "paused" ? "paused" : probe.health]++;
    if (isInMaintenance(probe, now)) counts.maintenance++;
  }
  return counts;
}

/** Whole days until a certificate ends, negative after that. */
export const daysUntil = (until: number, now: number): number => Math.floor((until - now) / DAY_MS);

/** From so many days before its end a certificate deserves a look, unless the probe has limits of its own. */
const WARN_DAYS = 14;
const FAIL_DAYS = 3;

/** How urgent the end of a certificate is, by the probe's own limits where it has some. */
export function certificateTone({ settings }: Pick<Probe, "settings">, days: number): "soft" | "warning" | "bad" {
  const limit = (name: string, otherwise: number): number => {
    const value = settings[name];
    return typeof value === "number" ? value : otherwise;
  };
  if (days < limit("failDays", FAIL_DAYS)) return "bad";
  return days < limit("warnDays", WARN_DAYS) ? "warning" : "soft";
}
