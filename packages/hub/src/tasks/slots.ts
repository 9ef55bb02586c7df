import { isTimeZone, MusterError, spanText } from "@muster/core";
import type { Instant, Schedule } from "@muster/core";
import { Cron } from "croner";
import cronstrue from "cronstrue";

/** So many slots that have passed are looked at singly; older ones are only known to have been there. */
export const PASSED_SLOTS_MAX = 1_000;

/** A schedule by the clock of its zone. */
export interface ZonedSchedule {
  readonly schedule: Schedule;
  readonly zone: string;
}

const FIELDS = ["minute", "hour", "day", "month", "weekday"] as const;

/** What is wrong with a schedule, by field; undefined when nothing is. */
export function scheduleProblem({ schedule, zone }: ZonedSchedule): Readonly<Record<string, string>> | undefined {
  if (!isTimeZone(zone)) return { zone: "must be a time zone such as Europe/Berlin" };
  if (schedule.is !== "cron") return undefined;
  const { expression } = schedule;
  const field = "schedule.expression";
  const count = expression.split(/\s+/).length;
  if (count !== FIELDS.length) return { [field]: `must have five fields (${FIELDS.join(", ")}); it has ${count}` };
  try {
    cronOf(expression, zone);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Cron\w+: /, "") : "cannot be read";
    return { [field]: `cannot be read: ${why.charAt(0).toLowerCase()}${why.slice(1)}` };
  }
}

/** Throws BAD_REQUEST, naming the field, for a schedule of a request that has no slots to be found. */
export function checkSchedule(schedule: ZonedSchedule): void {
  const problem = scheduleProblem(schedule);
  if (problem === undefined) return;
  const fields = Object.entries(problem).map(([field, why]) => [`body.${field}`, why]);
  throw new MusterError("BAD_REQUEST", { fields: Object.fromEntries(fields) });
}

/** The first slot after an instant; null when none comes any more. The expression and the zone were checked. */
export function nextSlot({ schedule, zone }: ZonedSchedule, after: Instant): Instant | null {
  switch (schedule.is) {
    case "once":
      return schedule.at > after ? schedule.at : null;
    case "every": {
      const { from, everyMs } = schedule;
      return after < from ? from : from + (Math.floor((after - from) / everyMs) + 1) * everyMs;
    }
    case "cron":
      return cronOf(schedule.expression, zone).nextRun(new Date(after))?.getTime() ?? null;
  }
}

/** The next slots after an instant, at most so many. */
export function nextSlots(schedule: ZonedSchedule, after: Instant, count: number): readonly Instant[] {
  const slots: Instant[] = [];
  for (let at = nextSlot(schedule, after); at !== null && slots.length < count; at = nextSlot(schedule, at))
    slots.push(at);
  return slots;
}

/** Slots that have passed, and the first one after them. */
export interface PassedSlots {
  /** Oldest first: the newest `PASSED_SLOTS_MAX`. */
  readonly slots: readonly Instant[];
  /** Whether there were more. */
  readonly hasMore: boolean;
  readonly next: Instant | null;
}

/** What has passed from one slot on up to an instant, which is not before it. */
export function passedSlots({ schedule, zone }: ZonedSchedule, first: Instant, upTo: Instant): PassedSlots {
  switch (schedule.is) {
    case "once":
      return { slots: [first], hasMore: false, next: null };
    case "every": {
      const { everyMs } = schedule;
      const count = Math.floor((upTo - first) / everyMs) + 1;
      const left = Math.max(0, count - PASSED_SLOTS_MAX);
      const slots = Array.from({ length: count - left }, (_, place) => first + (left + place) * everyMs);
      return { slots, hasMore: left > 0, next: first + count * everyMs };
    }
    case "cron": {
      const slots = [first];
      let next = nextSlot({ schedule, zone }, first);
      for (
        ;
        next !== null && next <= upTo && slots.length <= PASSED_SLOTS_MAX;
        next = nextSlot({ schedule, zone }, next)
      )
        slots.push(next);
      if (slots.length <= PASSED_SLOTS_MAX) return { slots, hasMore: false, next };
      // `previousRuns` leaves its reference out, and a slot at the very instant counts.
      const newest = cronOf(schedule.expression, zone).previousRuns(PASSED_SLOTS_MAX + 1, new Date(upTo + 1_000));
      const passed = newest.map((date) => date.getTime()).filter((at) => at <= upTo);
      return {
        ...{ slots: passed.slice(0, PASSED_SLOTS_MAX).toReversed(), hasMore: true },
        next: nextSlot({ schedule, zone }, upTo),
      };
    }
  }
}

/** A schedule in words, in English. */
export function scheduleWords({ schedule, zone }: ZonedSchedule): string {
  switch (schedule.is) {
    case "once":
      return `once at ${localText(schedule.at, zone)}`;
    case "every":
      return `every ${spanText(schedule.everyMs)}`;
    case "cron":
      return lowerFirst(cronstrue.toString(schedule.expression, { use24HourTimeFormat: true }));
  }
}

/** What a clock in the zone shows at an instant, with its distance to UTC: `2026-10-25 02:30:00 GMT+2`. */
export function localText(at: Instant, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", weekday: "short" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "shortOffset" },
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("weekday")} ${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}:${part("second")} ${part("timeZoneName")}`;
}

/** What is peculiar about slots: that none comes, or that a clock is changed between them. */
export function scheduleNotes({ schedule, zone }: ZonedSchedule, slots: readonly Instant[]): readonly string[] {
  if (slots.length === 0)
    return [schedule.is === "once" ? "This instant has passed: it never runs." : "No slot comes."];
  if (schedule.is !== "cron") return [];
  const notes = slots.slice(1).flatMap((slot, place) => {
    const [before, after] = [offsetOf(slots[place]!, zone), offsetOf(slot, zone)];
    return before === after
      ? []
      : [
          `The clock of ${zone} changes (${before} to ${after}) before ${localText(slot, zone)}. A time of day that is left out runs at the first instant after it, one that comes twice runs once; steps of minutes and hours keep their distance.`,
        ];
  });
  return notes.slice(0, 3);
}

const offsetOf = (at: Instant, zone: string): string => localText(at, zone).split(" ").at(-1) ?? "";

/** Made once for each: reading an expression takes as long as finding a slot. */
const crons = new Map<string, Cron>();
const CRONS_MAX = 20_000;

function cronOf(expression: string, zone: string): Cron {
  const key = `${zone} ${expression}`;
  const known = crons.get(key);
  if (known !== undefined) return known;
  const made = new Cron(expression, { timezone: zone, mode: "5-part", paused: true });
  if (crons.size >= CRONS_MAX) crons.clear();
  crons.set(key, made);
  return made;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
