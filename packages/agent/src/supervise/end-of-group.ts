import type { Cancellable, Clock } from "@muster/core";
import { allProcesses, membersOf } from "./processes-of-run.ts";

const FIRST_LOOK_MS = 5;
const LOOK_MS_MAX = 500;

/**
 * Looks, ever less often, until nothing of a group lives. Grandchildren are nobody's children here, so the kernel does
 * not tell their end.
 */
export function whenGroupEnds(clock: Clock, isGroupLiving: () => boolean, ended: () => void): Cancellable {
  let delayMs = FIRST_LOOK_MS;
  const look = (): Cancellable =>
    clock.after(delayMs, () => {
      if (!isGroupLiving()) return ended();
      delayMs = Math.min(delayMs * 2, LOOK_MS_MAX);
      timer = look();
    });
  let timer = look();
  return { cancel: () => timer.cancel() };
}

/** To the whole group in one call, so that none of it can start another in between. */
export function signalGroup(leaderPid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leaderPid, signal);
  } catch {
    // It has ended; that is told by other means.
  }
}

/** SIGKILL to the group, and one by one to those that made groups of their own in its session, as shells do. */
export function killSession(leaderPid: number): void {
  signalGroup(leaderPid, "SIGKILL");
  for (const { pid, groupId } of membersOf(leaderPid, allProcesses())) {
    if (groupId === leaderPid) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended in the meantime.
    }
  }
}
