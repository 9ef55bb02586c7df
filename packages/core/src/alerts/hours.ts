import type { Instant } from "../time.ts";

/** When somebody is told: spans of a week in a time zone. */
export interface Hours {
  /** By the IANA's list, such as `Europe/Berlin`. */
  readonly zone: string;
  readonly spans: readonly HoursSpan[];
}

export interface HoursSpan {
  /** 1 is Monday, 7 Sunday. */
  readonly days: readonly number[];
  /** `HH:MM` by the zone's clock. One that ends at or before its beginning ends on the next day. */
  readonly from: string;
  readonly until: string;
}

const DAYS: Readonly<Record<string, number>> = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 };

/** Whether the platform knows a time zone. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Made once for each zone: that takes as long as a thousand looks at it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  clocks.set(zone, made);
  return made;
}

/** Whether an instant is within the hours, by the clock on the wall there. */
export function isWithin({ zone, spans }: Hours, at: Instant): boolean {
  const parts = clockOf(zone).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  const day = DAYS[part("weekday")] ?? 1;
  const time = `${part("hour")}:${part("minute")}`;
  const yesterday = day === 1 ? 7 : day - 1;
  return spans.some(({ days, from, until }) =>
    from < until
      ? days.includes(day) && from <= time && time < until
      : (days.includes(day) && from <= time) || (days.includes(yesterday) && time < until),
  );
}
