import { isMusterError, MusterError } from "@muster/core";
import type { Instant } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import { patiently } from "../client/patience.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { span } from "../terminal/formats.ts";

/** What goes on by itself in the hub, and how it is followed. */
export interface Followed<T> {
  readonly isOver: (one: T) => boolean;
  /** What is to be told of it as it is now; called with each state, also the last one. */
  readonly tell: (one: T) => void;
  /** Asks the hub for the next state. */
  readonly next: (query: { readonly waitMs: number; readonly after: number }, signal: AbortSignal) => Promise<T>;
  /** Where to look what came of it, for whoever does not see its end. */
  readonly where: string;
}

const WAIT_MS = 20_000;
/** A hub that is away for longer is not waited for. */
export const AWAY_MS = 300_000;

/**
 * Tells each state until all is over, and gives the last one. Aborting ends the waiting only: throws ACTION_TIMED_OUT then,
 * and where the hub was started anew, since what it had begun it does not remember.
 */
export async function followProgress<T extends { readonly revision: number }>(
  shell: Shell,
  first: T,
  { isOver, tell, next, where }: Followed<T>,
  signal: AbortSignal,
): Promise<T> {
  const note = (text: string): void => shell.terminal.writeError(`${text}\n`);
  let known = first;
  for (;;) {
    tell(known);
    if (isOver(known)) return known;
    const query = { waitMs: WAIT_MS, after: known.revision };
    try {
      known = await patiently({ ...shell, tell: note }, AWAY_MS, signal, () => next(query, signal));
    } catch (error) {
      if (signal.aborted)
        throw new MusterError("ACTION_TIMED_OUT", { message: `Stopped waiting; it goes on. ${where}` }, error);
      if (isMusterError(error, "NOT_FOUND"))
        throw new MusterError("ACTION_TIMED_OUT", { message: `The hub was started anew meanwhile. ${where}` }, error);
      throw error;
    }
  }
}

/** A step that has ended, as a line of text. */
export function stepLine(
  server: string,
  step: {
    readonly step: string;
    readonly state: string;
    readonly detail: string;
    readonly startedAt: Instant | null;
    readonly endedAt: Instant | null;
  },
  colours: Colours,
): string {
  const colour = step.state === "failed" ? colours.bad : step.state === "done" ? colours.good : colours.faint;
  const tookMs = step.endedAt === null || step.startedAt === null ? 0 : step.endedAt - step.startedAt;
  const took = tookMs >= 1_000 ? colours.faint(` (${span(tookMs)})`) : "";
  return `${server}  ${colour(step.state.padEnd("skipped".length))}  ${step.step}: ${escapeControls(step.detail)}${took}\n`;
}
