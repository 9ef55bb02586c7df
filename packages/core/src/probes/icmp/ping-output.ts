/** What the system's `ping` counted and measured. */
export interface PingCount {
  readonly sent: number;
  readonly received: number;
  /** Answers of machines on the way that it goes no further. */
  readonly errors: number;
  /** Milliseconds; null where nothing came back or, the deviation, where this `ping` does not tell it. */
  readonly leastMs: number | null;
  readonly averageMs: number | null;
  readonly mostMs: number | null;
  readonly deviationMs: number | null;
}

const OUTPUT_CHARACTERS_MAX = 16_384;
const COUNTS = /^(\d{1,6}) packets transmitted, (\d{1,6}) (?:packets )?received/m;
const ERRORS = /\+(\d{1,6}) errors,/;
const TIMES = /^(?:rtt|round-trip) min\/avg\/max(\/mdev)? = ([0-9./]{1,60}) ms/m;

/** Reads what `ping` of iputils or BusyBox says at its end in English; undefined when that is not there. */
export function parsePing(output: string): PingCount | undefined {
  const end = output.slice(-OUTPUT_CHARACTERS_MAX);
  const [, sent, received] = COUNTS.exec(end) ?? [];
  if (sent === undefined || received === undefined || Number(sent) === 0) return undefined;
  const [, , times = ""] = TIMES.exec(end) ?? [];
  const [leastMs, averageMs, mostMs, deviationMs] = times.split("/").map(millisecondsOf);
  return {
    sent: Number(sent),
    // One that came twice counts once.
    received: Math.min(Number(sent), Number(received)),
    errors: Number(ERRORS.exec(end)?.[1] ?? 0),
    leastMs: leastMs ?? null,
    averageMs: averageMs ?? null,
    mostMs: mostMs ?? null,
    deviationMs: deviationMs ?? null,
  };
}

const millisecondsOf = (text: string): number | null => (/^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) : null);

/** What keeps a `ping` that gave no count from looking: the program, its rights, or the way. */
export function pingProblem(errorOutput: string): "not-permitted" | "unreachable" | "failed" {
  const end = errorOutput.slice(-OUTPUT_CHARACTERS_MAX);
  if (/not permitted|permission denied|are you root/i.test(end)) return "not-permitted";
  return /unreachable|no route to host|cannot assign requested address/i.test(end) ? "unreachable" : "failed";
}
