import { isMusterError, MusterError } from "@muster/core";
import type { ErrorCode, Instant } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import { patiently } from "../client/patience.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { span } from "../terminal/formats.ts";

/** What goes on by itself in the hub or on servers, and how it is followed. */
export interface Followed<T> {
  readonly isOver: (one: T) => boolean;
  /** What is to be told of it as it is now; called with each state, also the first and the last one. */
  readonly tell: (one: T) => void;
  /** Asks the hub for the state after the one that is known; it may be asked again while the hub is away. */
  readonly next: (known: T, signal: AbortSignal) => Promise<T>;
  /** Where to look what came of it, for whoever does not see its end. */
  readonly where: string;
}

/** How long one request waits at the hub for a change. */
export const WAIT_MS = 20_000;
/** The same where the hub waits for one thing, and others are to be told as well. */
export const GLANCE_MS = 1_000;
/** A hub that is away for longer is not waited for. */
export const AWAY_MS = 300_000;

/**
 * Tells each state until all is over, and gives the last one. A hub that goes away meanwhile is asked again. Aborting ends
 * the waiting only: throws ACTION_TIMED_OUT then, and where the hub knows nothing of it any more; HUB_UNREACHABLE where it
 * stays away. Each says where to look.
 */
export async function followProgress<T>(
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
    try {
      known = await patiently({ ...shell, tell: note }, AWAY_MS, signal, () => next(known, signal));
    } catch (error) {
      const ended = (code: ErrorCode, why: string) => new MusterError(code, { message: `${why} ${where}` }, error);
      if (signal.aborted) throw ended("ACTION_TIMED_OUT", "Stopped waiting; it goes on.");
      if (isMusterError(error, "NOT_FOUND")) throw ended("ACTION_TIMED_OUT", "The hub does not know it any more.");
      if (isMusterError(error, "HUB_UNREACHABLE")) throw ended("HUB_UNREACHABLE", error.message);
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
