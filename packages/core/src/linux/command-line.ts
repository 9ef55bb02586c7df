import { boundedText } from "./text.ts";

export const COMMAND_CHARACTERS_MAX = 512;

/** The text of /proc/PID/cmdline (arguments ended by NUL) as one line; undefined for a kernel thread, which has none. */
export function parseCommandLine(text: string): string | undefined {
  // Some programs rewrite theirs as one text padded by NULs.
  const command = boundedText(text.slice(0, 4 * COMMAND_CHARACTERS_MAX).replaceAll("\0", " "), COMMAND_CHARACTERS_MAX);
  return command === "" ? undefined : command;
}
