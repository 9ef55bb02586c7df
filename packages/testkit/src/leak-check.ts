import { setTimeout as delay } from "node:timers/promises";

/** How many of each kind of thing keep this process alive; names as Node gives them (`TCPSocketWrap`, `ProcessWrap`). */
export type OpenResources = ReadonlyMap<string, number>;

/**
 * What a test can leave open and must not. File reads and name look-ups under way end by themselves, and the pipe to
 * the test runner is the runner's.
 */
const LEAKABLE = new Set([
  "FSEventWrap",
  "HTTP2Session",
  "MessagePort",
  "ProcessWrap",
  "StatWatcher",
  "TCPServerWrap",
  "TCPSocketWrap",
  "TLSWrap",
  "UDPWrap",
  "Worker",
]);

/**
 * @param timers whether timers count. The test runner has short ones of its own running, so that a look at them costs
 * up to a tenth of a second: worth it once a file, not after each test. Unreferenced timers never show.
 */
export function openResources(timers: "with-timers" | "without-timers" = "with-timers"): OpenResources {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (!LEAKABLE.has(name) && !(name === "Timeout" && timers === "with-timers")) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** One line per kind of which there are more now than then, empty when nothing leaked. */
export function leaksSince(before: OpenResources, now: OpenResources): readonly string[] {
  const leaks: string[] = [];
  for (const [name, count] of now) {
    const more = count - (before.get(name) ?? 0);
    if (more > 0) leaks.push(`${more} × ${name}`);
  }
  return leaks.toSorted();
}

/** What leaked and does not go away within the grace: a socket needs a turn or two after `close()`. */
export async function lastingLeaks(
  before: OpenResources,
  { timers = "with-timers", graceMs = 1_000 }: { timers?: "with-timers" | "without-timers"; graceMs?: number } = {},
): Promise<readonly string[]> {
  const startedMs = performance.now();
  for (;;) {
    const leaks = leaksSince(before, openResources(timers));
    if (leaks.length === 0 || performance.now() - startedMs >= graceMs) return leaks;
    // Unreferenced, so that the pause itself is not counted.
    await delay(10, undefined, { ref: false });
  }
}
