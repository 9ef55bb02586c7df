import { isTimeZone, SECOND_MS } from "@muster/core";
import { useMemo } from "react";
import { useFormat } from "../i18n/use-format.ts";
import { hubNow } from "../live/live.ts";
import { useTaskTexts } from "./use-task-texts.ts";

/** Instants as clocks of a task's zone show them. */
export interface ZoneTimes {
  /** "Sat, 28 Nov, 03:00"; with seconds where it is no whole minute, and the year where it is another one than now. */
  readonly short: (at: number) => string;
  /** With seconds and the zone's name, and beside it the viewer's own time where that is another one. */
  readonly whole: (at: number) => string;
  /** "GMT+1", as it is at that instant; empty where it is what the viewer's clock shows too. */
  readonly distance: (at: number) => string;
}

/** Formatters are slow to make, and many rows share a zone. */
const made = new Map<string, ZoneTimes>();

function zoneTimes(locale: string, zone: string): ZoneTimes {
  const key = `${locale} ${zone}`;
  const known = made.get(key);
  if (known) return known;
  // A browser may know fewer zones than the hub.
  const timeZone = isTimeZone(zone) ? zone : "UTC";
  const day = { timeZone, weekday: "short", day: "numeric", month: "short" } as const;
  const minute = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const second = { second: "2-digit" } as const;
  const shorts = [{}, { year: "numeric" } as const].map((year) =>
    [{}, second].map((rest) => new Intl.DateTimeFormat(locale, { ...day, ...minute, ...year, ...rest })),
  );
  const whole = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: "full", timeStyle: "long", hourCycle: "h23" });
  const offset = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "shortOffset" });
  const ownOffset = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" });
  const offsetOf = (format: Intl.DateTimeFormat, at: number): string =>
    format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const distance = (at: number): string => {
    const there = offsetOf(offset, at);
    return there === offsetOf(ownOffset, at) ? "" : there;
  };
  const times: ZoneTimes = {
    short(at) {
      const isOtherYear = new Date(at).getFullYear() !== new Date(hubNow()).getFullYear();
      const hasSeconds = Math.floor(at / SECOND_MS) % 60 !== 0;
      return shorts[Number(isOtherYear)]![Number(hasSeconds)]!.format(at);
    },
    whole: (at) => `${whole.format(at)}, ${zone}`,
    distance,
  };
  made.set(key, times);
  return times;
}

export function useZoneTimes(zone: string): ZoneTimes {
  const say = useTaskTexts();
  const format = useFormat();
  return useMemo(() => {
    const times = zoneTimes(format.locale, zone);
    const ownTime = (at: number): string =>
      times.distance(at) === "" ? "" : `\n${say("yourTime", { time: format.dateTime(at) })}`;
    return { ...times, whole: (at) => times.whole(at) + ownTime(at) };
  }, [format, zone, say]);
}
