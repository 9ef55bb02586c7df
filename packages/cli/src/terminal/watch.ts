import { wait } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import { isPassing, pauseBefore } from "../client/patience.ts";
import type { Work } from "../commands/options.ts";
import { wrongOption } from "../commands/options.ts";
import { utc } from "./formats.ts";

const EVERY_MS = 2_000;
/** Cursor to the first place, then everything after it is cleared: less flicker than clearing first. */
const HOME = "\u001b[H";
const CLEAR_REST = "\u001b[J";
const CLEAR_ALL = "\u001b[2J";

/** One look: the value for programs, and how people see it. */
export interface Look {
  readonly value: unknown;
  readonly human: () => string | Promise<string>;
}

/**
 * Looks again and again until the program is told to end: on a screen in place, with `--json` one line of JSON a look. A
 * look begins when the one before has ended; while the hub is away the last one stays. Throws BAD_REQUEST where there is
 * no screen, what does not pass, and whatever fails the first look.
 */
export async function watch(
  { shell, options }: Work<{ readonly json?: boolean }>,
  look: (signal: AbortSignal) => Promise<Look>,
): Promise<void> {
  const { terminal, clock, random } = shell;
  if (!options.json && !terminal.outputIsScreen) throw wrongOption("--watch", "needs a screen, or --json");
  const signal = shell.stopSignal();
  let hasLooked = false;
  for (let failures = 0; !signal.aborted;) {
    let pauseMs = EVERY_MS;
    try {
      const { value, human } = await look(signal);
      const title = `${utc(clock.now())}, every ${EVERY_MS / 1_000} s; Ctrl-C ends\n\n`;
      terminal.write(
        options.json
          ? `${JSON.stringify(value)}\n`
          : `${hasLooked ? "" : CLEAR_ALL}${HOME}${lineByLine(title + (await human()))}${CLEAR_REST}`,
      );
      failures = 0;
      hasLooked = true;
    } catch (error) {
      if (signal.aborted) return;
      if (!hasLooked || !isPassing(error)) throw error;
      if (failures === 0) terminal.writeError(`${escapeControls(error.message)} The last look stays.\n`);
      pauseMs = Math.max(EVERY_MS, pauseBefore(error, failures++, random));
    }
    await wait(clock, pauseMs, signal);
  }
}

/** What a longer line of the look before left behind is cleared with each line. */
const lineByLine = (text: string): string => text.replaceAll("\n", "\u001b[K\n");
