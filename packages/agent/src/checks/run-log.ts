import { wait } from "@muster/core";
import type { Clock, Instant, ServiceKey } from "@muster/core";
import type { LogReader } from "@muster/host";

export interface RunLogDeps {
  /** Of what the supervisor runs and of units it gives lines of the run that there is now only. */
  readonly reader: LogReader;
  readonly clock: Clock;
  /** When the run began, where each line has a time of its own. */
  readonly startedAt: (key: ServiceKey) => Instant | null;
}

/** So many of the last lines are looked through for what was logged before anybody listened. */
const FIRST_LINES = 1_000;
const AGAIN_MS = 10_000;

/** Hands on what a service's run has logged and logs, until aborted; a log that cannot be read is tried again. */
export async function followRunLog(
  { reader, clock, startedAt }: RunLogDeps,
  key: ServiceKey,
  line: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { driver, name } = key;
  const from = startedAt(key) ?? Number.NEGATIVE_INFINITY;
  let after: string | undefined;
  while (!signal.aborted) {
    try {
      const place = after === undefined ? {} : { afterCursor: after };
      for await (const item of reader.read({ driver, name, linesMax: FIRST_LINES, follow: true, ...place }, signal)) {
        if (!("text" in item)) continue;
        after = item.cursor;
        if (item.at === null || item.at >= from) line(item.text);
      }
    } catch {
      // The check does not see its text meanwhile, and says that it is unknown.
    }
    await wait(clock, AGAIN_MS, signal);
  }
}
