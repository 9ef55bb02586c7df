import { isMusterError, wait } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { HubClient } from "../client/hub-client.ts";
import { isPassing, pauseBefore } from "../client/patience.ts";
import type { PatienceDeps } from "../client/patience.ts";
import { logItems } from "./log-items.ts";
import type { LogQuery } from "./log-items.ts";
import type { LogPrinter } from "./log-printer.ts";

/** One log that is followed. */
export interface FollowedLog {
  readonly label: string;
  /** How it is asked for while no line of it was seen. */
  readonly begin: LogQuery;
  /** How it is asked for after a line: without counts and times. */
  readonly goOn: LogQuery;
  /** The last line that was seen before. */
  readonly cursor?: string;
}

/**
 * Prints what comes to a log until aborted or nobody reads. A connection that is lost, or that the hub ends, is made
 * again, and goes on after the last line that was printed: no line comes twice, and what the server no longer has is a gap
 * in the answer. Throws what does not pass, and anything before the first answer has begun.
 */
export async function followLog(
  hub: HubClient,
  log: FollowedLog,
  print: LogPrinter,
  { clock, random, tell }: PatienceDeps,
  signal: AbortSignal,
): Promise<void> {
  const label = escapeControls(log.label);
  let cursor = log.cursor;
  let hasBegun = false;
  let failures = 0;
  while (!signal.aborted) {
    let pauseMs = 0;
    const query: LogQuery = cursor === undefined ? log.begin : { ...log.goOn, after: cursor };
    const opened = (): void => {
      hasBegun = true;
      if (failures > 0) tell(`${label} goes on.`);
      failures = 0;
    };
    try {
      for await (const item of logItems(hub, { ...query, follow: "true" }, { signal, opened })) {
        if ("cursor" in item) cursor = item.cursor;
        if ((await print(item)) === "closed") return;
      }
      // The hub ends what takes long by itself; that is no reason to say anything.
      pauseMs = END_PAUSE_MS;
    } catch (error) {
      if (signal.aborted) return;
      if (!hasBegun || !(isPassing(error) || isMusterError(error, "SERVER_OFFLINE"))) throw error;
      if (failures === 0)
        tell(`${label}: ${escapeControls(error.message)} Going on after the last line as soon as it can be.`);
      pauseMs = pauseBefore(error, failures++, random);
    }
    await wait(clock, pauseMs, signal);
  }
}

/** A hub that ends every answer at once is not asked without a pause. */
const END_PAUSE_MS = 500;
