import { spanMs } from "@muster/core";
import { wrongOption } from "./options.ts";

/** A span such as 30m or 1d12h, longer than nothing. Throws BAD_REQUEST naming the option. */
export function milliseconds(option: string, text: string): number {
  const ms = millisecondsOrNone(option, text);
  if (ms === 0) throw wrongOption(option, "must be longer than nothing");
  return ms;
}

/** A span, or 0. Throws BAD_REQUEST naming the option. */
export function millisecondsOrNone(option: string, text: string): number {
  const ms = spanMs(text);
  if (ms === undefined) throw wrongOption(option, "must be whole numbers with d, h, m or s, such as 30m or 1d12h");
  return ms;
}

/** ISO 8601 or epoch milliseconds. Throws BAD_REQUEST naming the option. */
export function instant(option: string, text: string): number {
  const at = /^\d+$/.test(text) ? Number(text) : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isSafeInteger(at))
    throw wrongOption(option, "must be ISO 8601, such as 2026-11-26T05:30Z, or milliseconds");
  return at;
}

/** A span back from now, such as 10m, or an instant. Throws BAD_REQUEST naming the option. */
export const spanOrInstant = (option: string, text: string, now: number): number =>
  /[smhd]$/.test(text) ? now - milliseconds(option, text) : instant(option, text);

/** The end that `--for` or `--until` says; one of them is needed. Throws BAD_REQUEST naming the option. */
export function endFrom(
  { for: span, until }: { readonly for?: string | undefined; readonly until?: string | undefined },
  from: number,
): number {
  if (span !== undefined && until !== undefined) throw wrongOption("--for", "goes without --until");
  if (until !== undefined) return instant("--until", until);
  if (span === undefined) throw wrongOption("--for", "is needed, such as --for 2h, or --until");
  return from + milliseconds("--for", span);
}
