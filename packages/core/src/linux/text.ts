/** Numbers from here up are the kernel's way to say "no limit" or an overflow, never a measurement. */
export const COUNT_MAX = 2 ** 63;

const DECIMAL = /^[0-9]+(?:\.[0-9]+)?$/;

/** A number written in decimal digits, zero or more; undefined for anything else, also for the kernel's "infinite". */
export function parseCount(text: string | undefined): number | undefined {
  if (text === undefined || !DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return value < COUNT_MAX ? value : undefined;
}

/** Whether all are numbers that a kernel may count: not negative, not NaN, not its "infinite". */
export const areCounts = (values: readonly number[]): boolean =>
  values.every((value) => value >= 0 && value < COUNT_MAX);

/** The fields of a line, split at runs of spaces and tabs. */
export function fieldsOf(line: string): string[] {
  const trimmed = line.trim();
  return trimmed === "" ? [] : trimmed.split(/[ \t]+/);
}

/** The number after `key` at the start of a line ("key value" or "key: value"), without splitting the whole text. */
export function countAfter(text: string, key: string): number | undefined {
  let from = text.startsWith(key) ? 0 : text.indexOf(`\n${key}`);
  if (from < 0) return undefined;
  if (from > 0 || !text.startsWith(key)) from += 1;
  const end = text.indexOf("\n", from);
  const rest = text.slice(from + key.length, end < 0 ? undefined : end).trim();
  const space = rest.indexOf(" ");
  return parseCount(space < 0 ? rest : rest.slice(0, space));
}

/** The value multiplied, or undefined when there is none. */
export const scaled = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor;

/** Free text from a machine, safe to keep: control characters become spaces, ends are trimmed, length is bounded. */
export function boundedText(text: string, charactersMax: number): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this removes
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return clean.length > charactersMax ? `${clean.slice(0, charactersMax - 1)}…` : clean;
}
