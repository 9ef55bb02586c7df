import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../time.ts";

const UNITS = [
  ["d", DAY_MS],
  ["h", HOUR_MS],
  ["m", MINUTE_MS],
  ["s", SECOND_MS],
  ["ms", 1],
] as const;

const SPAN = /^(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s)?(?:(\d{1,12})ms)?$/;

/** Milliseconds of a span such as `15m`, `1d12h` or `0`; undefined for any other text. */
export function spanMs(text: string): number | undefined {
  if (text === "0") return 0;
  const match = SPAN.exec(text);
  if (match === null || text === "") return undefined;
  return UNITS.reduce((sum, [, unitMs], index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
}

/** A span as `spanMs` reads it, whole to the millisecond. */
export function compactSpan(ms: number): string {
  let rest = Math.round(ms);
  let text = "";
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0" : text;
}

const WORDS = [
  ["d", DAY_MS],
  ["h", HOUR_MS],
  ["min", MINUTE_MS],
  ["s", SECOND_MS],
] as const;

/** A span in its two greatest units, for people: `3 d 4 h`, `12 s`. One under a second, or a negative one, is `0 s`. */
export function spanText(ms: number): string {
  const first = WORDS.findIndex(([, least]) => ms >= least);
  if (first === -1) return "0 s";
  const [unit, unitMs] = WORDS[first]!;
  const count = Math.floor(ms / unitMs);
  const next = WORDS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((ms - count * unitMs) / next[1]);
  return next !== undefined && rest > 0 ? `${count} ${unit} ${rest} ${next[0]}` : `${count} ${unit}`;
}

/** An instant for people of any place. */
export const instantText = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
