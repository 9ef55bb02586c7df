import type { ActingHost } from "../../host.ts";

const PREFIX = "invocation:";

/**
 * Calls `changed` with the name of a unit that started or ended: systemd keeps a link for each run, so that the kernel
 * tells, no bus is needed and nothing wakes up in between.
 */
export function watchRuns(
  host: ActingHost,
  directory: string,
  changed: (unit: string | undefined) => void,
  signal: AbortSignal,
): "watching" | "cannot" {
  const told = (entry: string | undefined): void => {
    // A link is made under a passing name and then put in the place of the old one.
    if (entry === undefined) changed(undefined);
    else if (entry.startsWith(PREFIX)) changed(entry.slice(PREFIX.length));
  };
  return host.watchDirectory?.(directory, told, signal) ?? "cannot";
}
