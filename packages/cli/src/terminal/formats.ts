import { bytesText, spanText } from "@muster/core";

/** Numbers as people read them. What a server does not say is a dash, never a zero. */

export const UNKNOWN = "–";

const known =
  <T>(format: (value: T) => string) =>
  (value: T | null | undefined): string =>
    value === null || value === undefined ? UNKNOWN : format(value);

/** 0–1 as whole percent. */
export const percent = known((ratio: number) => `${Math.round(ratio * 100)} %`);

/** Bytes in powers of 1,024, three digits that matter. */
export const bytes = known(bytesText);

export const bytesPerSecond = known((rate: number) => `${bytes(rate)}/s`);
/** Bytes a second as bits in powers of 1,000, as rates of video are told. */
export const bitRate = known((bytesPerSecond: number) => `${((bytesPerSecond * 8) / 1e6).toFixed(2)} Mbit/s`);
export const frameRate = known((framesPerSecond: number) => `${Math.round(framesPerSecond)} fps`);
export const decimal = known((value: number) => value.toFixed(2));

/** A span of time in its two greatest units: "3 d 4 h", "12 s". */
export const span = known(spanText);

/** An instant in UTC to the second, sortable as text. */
export const utc = known((at: number) => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}Z`);

/** How long ago, seen from `now`; what is in the future is "now". */
export const ago = (at: number | null | undefined, now: number): string =>
  at === null || at === undefined ? UNKNOWN : now - at < 1_000 ? "now" : `${span(now - at)} ago`;
