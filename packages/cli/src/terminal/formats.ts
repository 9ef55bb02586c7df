/** Numbers as people read them. What a server does not say is a dash, never a zero. */

export const UNKNOWN = "–";

const known =
  <T>(format: (value: T) => string) =>
  (value: T | null | undefined): string =>
    value === null || value === undefined ? UNKNOWN : format(value);

/** 0–1 as whole percent. */
export const percent = known((ratio: number) => `${Math.round(ratio * 100)} %`);

const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
/** Bytes in powers of 1,024, three digits that matter. */
export const bytes = known((count: number) => {
  let value = count;
  let unit = 0;
  while (Math.abs(value) >= 1023.5 && unit < BINARY_UNITS.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${unit === 0 || Math.abs(value) >= 99.95 ? Math.round(value) : value.toFixed(Math.abs(value) >= 9.995 ? 1 : 2)} ${BINARY_UNITS[unit]}`;
});

export const bytesPerSecond = known((rate: number) => `${bytes(rate)}/s`);
/** Bytes a second as bits in powers of 1,000, as rates of video are told. */
export const bitRate = known((bytesPerSecond: number) => `${((bytesPerSecond * 8) / 1e6).toFixed(2)} Mbit/s`);
export const frameRate = known((framesPerSecond: number) => `${Math.round(framesPerSecond)} fps`);
export const decimal = known((value: number) => value.toFixed(2));

const STEPS: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];
/** A span of time in its two greatest units: "3 d 4 h", "12 s". Spans under a second, and negative ones, are "0 s". */
export const span = known((durationMs: number) => {
  const first = STEPS.findIndex(([, ms]) => durationMs >= ms);
  if (first === -1) return "0 s";
  const [unit, ms] = STEPS[first]!;
  const count = Math.floor(durationMs / ms);
  const next = STEPS[first + 1];
  const rest = next ? Math.floor((durationMs - count * ms) / next[1]) : 0;
  return next && rest > 0 ? `${count} ${unit} ${rest} ${next[0]}` : `${count} ${unit}`;
});

/** An instant in UTC to the second, sortable as text. */
export const utc = known((at: number) => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}Z`);

/** How long ago, seen from `now`; what is in the future is "now". */
export const ago = (at: number | null | undefined, now: number): string =>
  at === null || at === undefined ? UNKNOWN : now - at < 1_000 ? "now" : `${span(now - at)} ago`;
