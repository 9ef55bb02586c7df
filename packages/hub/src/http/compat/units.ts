/** Units and times as those systems write them. Everything else in the hub is in base units and epoch milliseconds. */

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

type Known = number | null | undefined;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
const scaled = (value: Known, factor: number, digits: number): number | null =>
  value === null || value === undefined ? null : rounded(value * factor, digits);

/** A ratio as 0 to 100, two digits after the point. */
export const percent = (ratio: Known): number | null => scaled(ratio, 100, 2);
export const wholePercent = (ratio: Known): number | null => scaled(ratio, 100, 0);
export const gibibytes = (bytes: Known): number | null => scaled(bytes, 1 / GIB, 2);
export const mebibytes = (bytes: Known, digits = 0): number | null => scaled(bytes, 1 / MIB, digits);
export const bitsPerSecond = (bytesPerSecond: Known): number | null => scaled(bytesPerSecond, 8, 0);
export const bytesOfGibibytes = (count: Known): number | null => scaled(count, GIB, 0);

/** A size as `df -h` writes it, such as "252G"; null when it is not known. */
export function humanSize(bytes: Known): string | null {
  if (bytes === null || bytes === undefined) return null;
  const units = ["B", "K", "M", "G", "T", "P"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

/** "1d 2h 3m". */
export function uptimeText(seconds: Known): string | null {
  if (seconds === null || seconds === undefined) return null;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 1_440)}d ${Math.floor(minutes / 60) % 24}h ${minutes % 60}m`;
}

/** UTC with its zone. */
export const zonedTime = (at: Known): string | null =>
  at === null || at === undefined ? null : new Date(at).toISOString();

/** UTC, and nothing that says so. */
export const naiveUtc = (at: Known): string | null => zonedTime(at)?.slice(0, -1) ?? null;

/** The time of the hub's own zone, and nothing that says so. */
export function naiveLocal(at: Known): string | null {
  if (at === null || at === undefined) return null;
  const offsetMs = new Date(at).getTimezoneOffset() * 60_000;
  return naiveUtc(at - offsetMs);
}

/** "2026-01-15T12:00:00.5+00:00"; a time without a zone is UTC. Undefined for anything else. */
export function instantOf(text: string): number | undefined {
  const [, stem, zone = "Z"] = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const at = stem === undefined ? Number.NaN : Date.parse(`${stem.replace(" ", "T")}${zone}`);
  return Number.isFinite(at) ? at : undefined;
}
