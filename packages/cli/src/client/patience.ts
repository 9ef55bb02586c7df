import { MusterError, backoffMs, wait } from "@muster/core";
import type { BackoffConfig, Clock, ErrorCode, Random } from "@muster/core";
import { escapeControls } from "@muster/node-kit";

const TRY_AGAIN: BackoffConfig = { firstMs: 500, factor: 2, capMs: 10_000, floorMs: 200 };
/** What passes by itself while a hub is started anew or somebody was too quick. */
const PASSING: readonly ErrorCode[] = ["HUB_UNREACHABLE", "STARTING", "RATE_LIMITED"];

export interface PatienceDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Told once when the hub is away, and once when it is back. */
  readonly tell: (text: string) => void;
}

export const isPassing = (error: unknown): error is MusterError =>
  error instanceof MusterError && PASSING.includes(error.code);

/** How long to wait before try `attempt`, or as long as the hub asked for. */
export const pauseBefore = (error: MusterError, attempt: number, random: Random): number =>
  Math.max(error.details.retryAfterMs ?? 0, backoffMs(TRY_AGAIN, attempt, random));

/**
 * Does something that may be done again, and again while the hub is away, for `patienceMs` at most; then what it last
 * threw is thrown, as is at once what does not pass. Aborting ends the waiting with what was thrown last.
 */
export async function patiently<T>(
  { clock, random, tell }: PatienceDeps,
  patienceMs: number,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const since = clock.monotonic();
  for (let attempt = 0; ; attempt++) {
    try {
      const result = await work();
      if (attempt > 0) tell("The hub answers again.");
      return result;
    } catch (error) {
      if (signal.aborted || !isPassing(error) || clock.monotonic() - since > patienceMs) throw error;
      if (attempt === 0) tell(`${escapeControls(error.message)} Trying again.`);
      await wait(clock, pauseBefore(error, attempt, random), signal);
      if (signal.aborted) throw error;
    }
  }
}
