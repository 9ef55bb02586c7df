/** Labels of the time axis in the viewer's zone and language: the clock, and the day where a day begins or the steps are days. */
export function timeLabels(
  splits: readonly number[],
  stepSeconds: number,
  locale: string,
  timeZone?: string,
): string[] {
  const zone = timeZone === undefined ? {} : { timeZone };
  const clock = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(stepSeconds < 60 ? { second: "2-digit" as const } : {}),
    ...zone,
  });
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", ...zone });
  let previous = "";
  return splits.map((seconds) => {
    const instant = seconds * 1_000;
    const today = day.format(instant);
    if (stepSeconds >= 86_400) return today;
    const time = clock.format(instant);
    const isNewDay = previous !== "" && today !== previous;
    previous = today;
    return isNewDay ? today : time;
  });
}
