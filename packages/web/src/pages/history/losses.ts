import { DAY_MS } from "@muster/core";
import type { RetentionSettings, StorageView } from "@muster/protocol";

export const RESOLUTIONS = ["samples", "minutes", "hours"] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

const RESOLUTION_MS: Readonly<Record<Resolution, number>> = { samples: 0, minutes: 60_000, hours: 3_600_000 };

/** Whose length in milliseconds an answer of the hub gives. */
export const resolutionName = (resolutionMs: number): Resolution | undefined =>
  RESOLUTIONS.find((name) => RESOLUTION_MS[name] === resolutionMs);

/** History that a shorter retention drops. */
export type Loss =
  | {
      readonly is: "age";
      readonly resolution: Resolution;
      /** The oldest day that goes, and the first instant that stays. */
      readonly since: number;
      readonly before: number;
      /** About so much. */
      readonly bytes: number;
      /** What is left of it then; null where nothing is. */
      readonly becomes: Resolution | null;
    }
  | { readonly is: "budget"; readonly bytes: number; readonly bytesMax: number };

/** What goes for good when `wanted` takes the place of `current`; empty where nothing does. */
export function lossesOf(
  current: RetentionSettings,
  wanted: RetentionSettings,
  storage: Pick<StorageView, "bytes" | "resolutions" | "days">,
  now: number,
): readonly Loss[] {
  const daysOf = (retention: RetentionSettings): Readonly<Record<Resolution, number>> => ({
    samples: retention.samplesDays,
    minutes: retention.minutesDays,
    hours: retention.hoursDays,
  });
  const next = daysOf(wanted);
  const byAge = RESOLUTIONS.flatMap((resolution, place): Loss[] => {
    if (next[resolution] >= daysOf(current)[resolution]) return [];
    const before = now - next[resolution] * DAY_MS;
    const stored = storage.resolutions.find(({ resolutionMs }) => resolutionMs === RESOLUTION_MS[resolution]);
    const since = stored?.since ?? null;
    if (!stored || since === null || since >= before) return [];
    const coarser = RESOLUTIONS.slice(place + 1).find((other) => next[other] > next[resolution]);
    const bytes = bytesBefore(storage.days, stored, since, before, now);
    return [{ is: "age", resolution, since, before, bytes, becomes: coarser ?? null }];
  });
  const { bytesMax } = wanted;
  const isTighter = bytesMax !== null && (current.bytesMax === null || bytesMax < current.bytesMax);
  if (!isTighter || storage.bytes <= bytesMax) return byAge;
  return [...byAge, { is: "budget", bytes: storage.bytes - bytesMax, bytesMax }];
}

/** From the days that the hub tells; what is older than those is taken as evenly spread. */
function bytesBefore(
  days: StorageView["days"],
  stored: StorageView["resolutions"][number],
  since: number,
  before: number,
  now: number,
): number {
  const told = days.filter(({ resolutionMs }) => resolutionMs === stored.resolutionMs);
  const firstTold = told[0]?.day ?? now;
  if (before < firstTold) {
    const older = stored.bytes - sumBytes(told);
    return Math.round((older * (before - since)) / Math.max(DAY_MS, firstTold - since));
  }
  return stored.bytes - sumBytes(told.filter(({ day }) => day + DAY_MS > before));
}

const sumBytes = (days: StorageView["days"]): number => days.reduce((sum, { bytes }) => sum + bytes, 0);
