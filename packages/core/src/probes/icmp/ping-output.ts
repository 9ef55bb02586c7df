/** Packets of one look; they leave a second apart. */
export const PING_PACKETS_MAX = 10;
/** After the last packet. */
export const PING_WAIT_SECONDS = 2;

/** What `ping` of iputils and BusyBox is told: numbers only, quietly, and nothing after `--` is an option. */
export const pingArguments = (host: string, packets: number): readonly string[] => [
  ...["-n", "-q", "-c", `${packets}`, "-W", `${PING_WAIT_SECONDS}`],
  ...["--", host],
];

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

/** The address behind the name that it was given, as it says at its beginning; undefined where it says none. */
export const pingedAddress = (output: string): string | undefined =>
  /^PING \S{1,255} ?\(([0-9a-fA-F:.]{2,45})\)/.exec(output)?.[1];

/** What keeps a `ping` that gave no count from looking: its rights, a name without an address, or the way. */
export function pingProblem(errorOutput: string): "not-permitted" | "no-address" | "unreachable" | "failed" {
  const end = errorOutput.slice(-OUTPUT_CHARACTERS_MAX);
  if (/not permitted|permission denied|are you root/i.test(end)) return "not-permitted";
  if (/bad address|not known|no address associated|name resolution/i.test(end)) return "no-address";
  return /unreachable|no route to host|cannot assign requested address/i.test(end) ? "unreachable" : "failed";
}
