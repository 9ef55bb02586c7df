import { DAY_MS } from "../time.ts";
import type { Instant } from "../time.ts";

/** What clocks of one time zone show. Make it once for many instants. */
export interface ZonedClock {
  /** `2026-11-28T03:00`, without the zone. */
  readonly text: (at: Instant) => string;
  /** `2026-11-28`. */
  readonly day: (at: Instant) => string;
  /**
   * When clocks show this, with or without seconds. A time that comes twice is the first of both; one that is left out is
   * as long after the change as it would have been. Undefined for what is no time.
   */
  readonly instant: (text: string) => Instant | undefined;
}

const LOCAL_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?$/;

/** Throws RangeError for what is no time zone. */
export function zonedClock(zone: string): ZonedClock {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone: zone, calendar: "gregory", year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  });
  const shown = (at: Instant): string => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const [year, month, day] = [parts.get("year"), parts.get("month"), parts.get("day")];
    return `${year}-${month}-${day}T${parts.get("hour")}:${parts.get("minute")}:${parts.get("second")}`;
  };
  /** How far its clocks are ahead of UTC. */
  const offsetMs = (at: Instant): number => Date.parse(`${shown(at)}Z`) - Math.floor(at / 1_000) * 1_000;
  return {
    text: (at) => shown(at).slice(0, 16),
    day: (at) => shown(at).slice(0, 10),
    instant(text) {
      const parts = LOCAL_TIME.exec(text.trim());
      if (!parts) return undefined;
      const [, year, month, day, hour, minute, second = "00"] = parts;
      const wall = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
      const asUtc = Date.parse(`${wall}Z`);
      // Days that no month has would be taken for days of the next one.
      if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 19) !== wall) return undefined;
      const [before, after] = [asUtc - offsetMs(asUtc - DAY_MS), asUtc - offsetMs(asUtc + DAY_MS)];
      return [before, after].toSorted((a, b) => a - b).find((at) => shown(at) === wall) ?? before;
    },
  };
}
