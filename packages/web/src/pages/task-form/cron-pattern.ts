/** An expression as people think of it, where it is as simple as that; numbers as cron writes them, Sunday is 0. */
export type CronPattern =
  | { readonly is: "minutes"; readonly every: number }
  | { readonly is: "hourly"; readonly minute: number }
  | { readonly is: "daily"; readonly time: string }
  | { readonly is: "weekly"; readonly time: string; readonly days: readonly number[] }
  | { readonly is: "monthly"; readonly time: string; readonly day: number }
  /** Only the expression says it. */
  | { readonly is: "own" };
export type CronPatternName = CronPattern["is"];
export const CRON_PATTERNS: readonly CronPatternName[] = ["minutes", "hourly", "daily", "weekly", "monthly", "own"];

/** Steps that leave no rest in an hour: with others cron begins anew with each hour. */
export const MINUTE_STEPS = [1, 2, 5, 10, 15, 20, 30] as const;

const number = (text: string, most: number): number | undefined => {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value <= most ? value : undefined;
};
const two = (value: number): string => String(value).padStart(2, "0");

/** Reads an expression of five fields. */
export function readCron(expression: string): CronPattern {
  const [minute = "", hour = "", day = "", month = "", weekday = "", ...more] = expression.trim().split(/\s+/);
  if (more.length > 0 || month !== "*") return { is: "own" };
  const every = /^\*\/(\d{1,2})$/.exec(minute)?.[1] ?? (minute === "*" ? "1" : undefined);
  const areDaysFree = day === "*" && weekday === "*";
  if (every !== undefined && hour === "*" && areDaysFree && MINUTE_STEPS.some((step) => step === Number(every)))
    return { is: "minutes", every: Number(every) };
  const atMinute = number(minute, 59);
  if (atMinute === undefined) return { is: "own" };
  if (hour === "*" && areDaysFree) return { is: "hourly", minute: atMinute };
  const atHour = number(hour, 23);
  if (atHour === undefined) return { is: "own" };
  const time = `${two(atHour)}:${two(atMinute)}`;
  if (areDaysFree) return { is: "daily", time };
  const monthDay = number(day, 31);
  if (weekday === "*") return monthDay ? { is: "monthly", time, day: monthDay } : { is: "own" };
  const days = weekday.split(",").map((one) => number(one, 7));
  if (day !== "*" || days.some((one) => one === undefined)) return { is: "own" };
  // Sunday may be written as 7 too.
  return { is: "weekly", time, days: [...new Set(days.map((one) => one! % 7))].toSorted((a, b) => a - b) };
}

/** The expression that says a pattern; undefined while its time is none, or no day is picked. */
export function writeCron(pattern: CronPattern): string | undefined {
  if (pattern.is === "own") return undefined;
  if (pattern.is === "minutes") return pattern.every === 1 ? "* * * * *" : `*/${pattern.every} * * * *`;
  if (pattern.is === "hourly") return `${pattern.minute} * * * *`;
  const time = /^(\d\d):(\d\d)$/.exec(pattern.time);
  if (!time) return undefined;
  const at = `${Number(time[2])} ${Number(time[1])}`;
  if (pattern.is === "daily") return `${at} * * *`;
  if (pattern.is === "monthly") return `${at} ${pattern.day} * *`;
  return pattern.days.length === 0 ? undefined : `${at} * * ${pattern.days.toSorted((a, b) => a - b).join(",")}`;
}

/** What a picker begins with when another pattern is picked: as much as can be of what was there. */
export function patternOf(name: CronPatternName, before: CronPattern): CronPattern {
  const time = "time" in before ? before.time : "03:00";
  switch (name) {
    case "minutes":
      return { is: name, every: 15 };
    case "hourly":
      return { is: name, minute: 0 };
    case "daily":
      return { is: name, time };
    case "weekly":
      return { is: name, time, days: [1] };
    case "monthly":
      return { is: name, time, day: 1 };
    case "own":
      return { is: name };
  }
}
