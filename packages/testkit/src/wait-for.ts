import { setTimeout as delay } from "node:timers/promises";

export interface WaitOptions {
  /** How long to go on asking; 5 s unless told. */
  readonly timeoutMs?: number;
  /** Pause between two questions; 20 ms unless told. */
  readonly intervalMs?: number;
  /** What was waited for, and the last state when it is a function: it is all that a reader of the failure gets. */
  readonly describe: string | (() => string | Promise<string>);
}

/**
 * Asks until the condition gives something truthy and returns that. A condition that throws is asked again; when time
 * runs out, its last error is the cause. The one way for a test to wait for real things.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 5_000, intervalMs = 20, describe }: WaitOptions,
): Promise<Exclude<T, false | null | undefined | 0 | "">> {
  const startedMs = performance.now();
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | null | undefined | 0 | "">;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() - startedMs >= timeoutMs) break;
    await delay(intervalMs);
  }
  const what = typeof describe === "string" ? describe : await describe();
  const why = lastError instanceof Error ? ` (last error: ${lastError.message})` : "";
  throw new Error(`not within ${timeoutMs} ms: ${what}${why}`, lastError === undefined ? {} : { cause: lastError });
}
