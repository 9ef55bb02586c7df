import { readFileSync } from "node:fs";
import { parseProcessStat } from "@muster/core";
import type { ProcessTarget, SignalName } from "@muster/host";

/** Signals the very process that was meant: its number may be another's by now. */
export function killLocally({ pid, startTicks, group }: ProcessTarget, signal: SignalName): "sent" | "gone" | "denied" {
  // 0, 1 and negative numbers mean many processes, or the one on which all depend.
  if (!Number.isSafeInteger(pid) || pid < 2) throw new Error(`${pid} is no process that may be signalled`);
  try {
    if (parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"))?.startTicks !== startTicks) return "gone";
    process.kill(group === true ? -pid : pid, `SIG${signal}`);
    return "sent";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "denied" : "gone";
  }
}
