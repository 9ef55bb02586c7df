import type { Instant } from "../time.ts";
import type { LogLevel } from "./log-line.ts";

/**
 * Escapes that are more than colours: strings to the terminal (OSC, DCS, SOS, PM, APC) with or without their end, CSI
 * sequences, two-character escapes, and lone controls. What a line of a log says to a terminal is nobody's wish.
 */
/* eslint-disable no-control-regex -- controls are what this looks for */
const ESCAPE =
  /\u001b(?:[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|$)?|\[[0-?]*[ -/]*[@-~]?|[ -/]*[0-~]?)/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;
const COLOUR = /^\u001b\[[0-9;:]{0,64}m$/;
const HAS_CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** The line without anything a terminal would obey; colours stay. A carriage return shows what was printed last over it. */
export function stripEscapes(text: string): string {
  if (!HAS_CONTROL.test(text)) return text;
  return text
    .replace(ESCAPE, (escape) => (COLOUR.test(escape) ? escape : ""))
    .replace(/\r+$/, "")
    .replace(/\r/g, " ")
    .replace(CONTROL, "");
}

/** The line without colours either, for places that show none. */
export const stripColours = (text: string): string => text.replace(/\u001b\[[0-9;:]{0,64}m/g, "");

const LEVELS: Readonly<Record<string, number>> = {
  emerg: 0,
  emergency: 0,
  panic: 0,
  alert: 1,
  crit: 2,
  critical: 2,
  fatal: 2,
  severe: 3,
  err: 3,
  error: 3,
  warn: 4,
  warning: 4,
  notice: 5,
  info: 6,
  information: 6,
  debug: 7,
  trace: 7,
};
const LEVEL_FIELD = /\b(?:level|lvl|severity|levelname)["']?\s{0,2}[:=]\s{0,2}["']?([a-z]{3,11})\b/i;
const LEVEL_WORD =
  /(?:^|[\s[(<|:])(EMERG|EMERGENCY|PANIC|ALERT|CRIT|CRITICAL|FATAL|SEVERE|ERR|ERROR|WARN|WARNING|NOTICE|INFO|DEBUG|TRACE)(?=[\s\]):|>,]|$)/;
const LEVEL_BRACKETED = /\[(emerg|alert|crit|error|warn|notice|info|debug|trace)\]/;
const LEVEL_CHARACTERS_MAX = 256;

/** How severe a line says it is, by its own words near its beginning; null when it does not say. */
export function levelOfText(text: string): LogLevel {
  const head = stripColours(text.slice(0, LEVEL_CHARACTERS_MAX));
  const found = LEVEL_FIELD.exec(head) ?? LEVEL_WORD.exec(head) ?? LEVEL_BRACKETED.exec(head);
  return found === null ? null : (LEVELS[found[1]!.toLowerCase()] ?? null);
}

const TIME = /^[[("]?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)/;

/** When a line says it was written; null unless it begins with a date, a time and a zone. */
export function timeOfText(text: string): Instant | null {
  const found = TIME.exec(text);
  if (found === null) return null;
  const [, date, time, fraction = "", zone = "Z"] = found;
  const offset = zone === "Z" || zone.includes(":") ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const at = Date.parse(`${date}T${time}.${fraction.padEnd(3, "0").slice(0, 3)}${offset}`);
  return Number.isNaN(at) ? null : at;
}
