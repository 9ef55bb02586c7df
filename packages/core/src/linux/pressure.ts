import { parseCount } from "./text.ts";

/** Pressure stall information of one resource (kernel, Documentation/accounting/psi.rst), as shares of the last ten seconds. */
export interface Pressure {
  /** Some tasks waited. */
  readonly someRatio: number;
  /** All tasks waited at once. Absent for cpu before Linux 5.13, where it has no meaning. */
  readonly fullRatio?: number;
}

/**
 * The text of /proc/pressure/X or of a control group's X.pressure; undefined when it is empty or not in that format.
 * The kernel's ten-second average is taken, not its total: it adds to the total only every two seconds, so a
 * difference over a few seconds would jump.
 */
export function parsePressure(text: string): Pressure | undefined {
  const someRatio = averageOf(text, "some ");
  if (someRatio === undefined) return undefined;
  const fullRatio = averageOf(text, "full ");
  return fullRatio === undefined ? { someRatio } : { someRatio, fullRatio };
}

function averageOf(text: string, start: string): number | undefined {
  const line = text.startsWith(start) ? 0 : text.indexOf(`\n${start}`);
  if (line < 0) return undefined;
  const from = text.indexOf("avg10=", line);
  const end = text.indexOf(" ", from);
  if (from < 0 || end < 0) return undefined;
  const percent = parseCount(text.slice(from + 6, end));
  return percent === undefined ? undefined : Math.min(percent / 100, 1);
}
