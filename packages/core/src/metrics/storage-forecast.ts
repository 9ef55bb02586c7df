import { DAY_MS, HOUR_MS, MINUTE_MS } from "../time.ts";
import type { Instant } from "../time.ts";

/** What a day holds in one resolution; 0 stands for samples. */
export interface StoredDay {
  readonly resolutionMs: number;
  readonly day: Instant;
  readonly bytes: number;
  readonly count: number;
}

export interface RetentionDays {
  readonly samplesDays: number;
  readonly minutesDays: number;
  readonly hoursDays: number;
  readonly bytesMax: number | null;
}

export interface StorageForecast {
  /** What a day of now costs while its samples are kept; null until a whole day was stored. */
  readonly bytesPerDay: number | null;
  readonly samplesPerDay: number | null;
  /** What the file will take once every resolution has reached its age, if days go on like the last ones. */
  readonly bytesWhenFull: number | null;
  /** Until the bound is reached; null when it never is, or when nothing is known yet. */
  readonly daysLeft: number | null;
  readonly bound: "budget" | "disk" | null;
}

/** Samples of a day are sealed, and so counted, this long after it at the latest. */
const SETTLED_AFTER_MS = 4 * HOUR_MS;
const DAYS_AVERAGED = 7;
/** What minutes take of their samples, measured with readings every 10 s, until there are minutes to look at. */
const MINUTES_SHARE = 0.4;
const DAYS_AHEAD_MAX = 36_500;
const UNKNOWN: StorageForecast = {
  bytesPerDay: null,
  samplesPerDay: null,
  bytesWhenFull: null,
  daysLeft: null,
  bound: null,
};

/**
 * How the file will grow if the next days are like the last seven whole ones. `bytes` is what it takes now, `freeBytes`
 * what the disk has besides.
 */
export function storageForecast(now: {
  readonly at: Instant;
  readonly stock: readonly StoredDay[];
  readonly retention: RetentionDays;
  readonly bytes: number;
  readonly freeBytes: number | null;
}): StorageForecast {
  const { stock, retention } = now;
  const days = (resolutionMs: number): readonly StoredDay[] => stock.filter((day) => day.resolutionMs === resolutionMs);
  const whole = days(0).filter(({ day }) => day + DAY_MS + SETTLED_AFTER_MS <= now.at);
  const last = whole.slice(-DAYS_AVERAGED);
  if (last.length === 0) return UNKNOWN;
  const bytesOf = (list: readonly StoredDay[]): number => list.reduce((sum, { bytes }) => sum + bytes, 0);
  const samples = bytesOf(last) / last.length;
  const ofMinutes = days(MINUTE_MS);
  const minutes = ofMinutes.length === 0 ? samples * MINUTES_SHARE : bytesOf(ofMinutes) / ofMinutes.length;
  // Hours of old days are kept side by side and counted with the first of them, so only all of them tell what a day costs.
  const ofHours = days(HOUR_MS);
  const firstHourDay = ofHours[0]?.day ?? now.at;
  const hours = bytesOf(ofHours) / Math.max(1, Math.round((now.at - firstHourDay) / DAY_MS));

  const had = {
    samples: (now.at - (days(0)[0]?.day ?? now.at)) / DAY_MS,
    minutes: ofMinutes.length,
    hours: (now.at - firstHourDay) / DAY_MS,
  };
  const keptMinutes = Math.max(0, retention.minutesDays - retention.samplesDays);
  const sizeAfter = (ahead: number): number => {
    const overflow = Math.max(0, had.samples + ahead - retention.samplesDays);
    return (
      samples * Math.min(Math.max(had.samples, 0) + ahead, retention.samplesDays) +
      minutes * Math.min(had.minutes + overflow, keptMinutes) +
      hours * Math.min(had.hours + ahead, retention.hoursDays)
    );
  };
  const bounds = [
    ...(retention.bytesMax === null ? [] : [{ bound: "budget" as const, bytes: retention.bytesMax }]),
    ...(now.freeBytes === null ? [] : [{ bound: "disk" as const, bytes: now.bytes + now.freeBytes }]),
  ].sort((left, right) => left.bytes - right.bytes);
  const [nearest] = bounds;
  // What the file has besides blocks (frames, indexes) stays about as large as it is.
  const besides = Math.max(0, now.bytes - sizeAfter(0));
  const daysLeft = nearest && firstDay((ahead) => sizeAfter(ahead) + besides > nearest.bytes);
  return {
    bytesPerDay: samples + hours,
    samplesPerDay: last.reduce((sum, { count }) => sum + count, 0) / last.length,
    bytesWhenFull: Math.round(sizeAfter(DAYS_AHEAD_MAX) + besides),
    daysLeft: daysLeft ?? null,
    bound: daysLeft === undefined ? null : (nearest?.bound ?? null),
  };
}

/** The first whole number of days for which something that stays true becomes true. */
function firstDay(isSo: (ahead: number) => boolean): number | undefined {
  if (!isSo(DAYS_AHEAD_MAX)) return undefined;
  let low = 0;
  let high = DAYS_AHEAD_MAX;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSo(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
