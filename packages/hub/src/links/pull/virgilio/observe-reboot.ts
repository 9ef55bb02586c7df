import { PullTextError, wait } from "@muster/core";
import type { Clock, Execution } from "@muster/core";
import { PullFailure } from "../pull-adapter.ts";

const OBSERVED_WITHIN_MS = 5 * 60_000;
const LOOK_EVERY_MS = 5_000;
/** Whole seconds are told, with the rest left out. */
const ROUNDING_SECONDS = 1;

/**
 * Whether a machine has started anew since a reboot was asked for: when it has been up for less time than has passed.
 * The agent's word that it reboots is worth nothing, nor is it that it cannot be reached.
 */
export async function observeReboot(
  sentMs: number,
  readUptimeSeconds: () => Promise<number | undefined>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Execution> {
  let last: "up" | "silent" | "untold" = "silent";
  while (clock.monotonic() - sentMs < OBSERVED_WITHIN_MS) {
    await wait(clock, LOOK_EVERY_MS, signal);
    if (signal.aborted) return { outcome: "unknown", detail: "nobody waits for it any more; a reboot was asked for" };
    const elapsedSeconds = (clock.monotonic() - sentMs) / 1_000;
    try {
      const uptimeSeconds = await readUptimeSeconds();
      if (uptimeSeconds !== undefined && uptimeSeconds + ROUNDING_SECONDS < elapsedSeconds)
        return { outcome: "succeeded", detail: `it has been up for ${Math.round(uptimeSeconds)} s` };
      last = uptimeSeconds === undefined ? "untold" : "up";
    } catch (error) {
      if (!(error instanceof PullFailure || error instanceof PullTextError)) throw error;
      last = "silent";
    }
  }
  switch (last) {
    case "up":
      return { outcome: "failed", detail: "it answers and did not start anew within 5 minutes" };
    case "untold":
      return { outcome: "unknown", detail: "a reboot was asked for; the agent does not tell since when it is up" };
    case "silent":
      return { outcome: "unknown", detail: "a reboot was asked for; since then it does not answer" };
  }
}
