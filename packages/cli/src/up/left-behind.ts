import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileDurably } from "@muster/node-kit";

/**
 * Which agent process belongs to this directory. When `up` is killed without a chance to stop its child, the child
 * lives on; the next `up` must end it, or two agents would speak with one key.
 */
export interface AgentRecord {
  readonly pid: number;
  /** Clock ticks since boot when it started (field 22 of /proc/PID/stat): a pid alone may be somebody else's by now. */
  readonly startTicks: string;
}

const recordPath = (stateDirectory: string): string => join(stateDirectory, "up.json");

export function noteAgent(stateDirectory: string, pid: number): void {
  const startTicks = startTicksOf(pid);
  if (startTicks !== undefined)
    writeFileDurably(recordPath(stateDirectory), JSON.stringify({ pid, startTicks } satisfies AgentRecord));
}

export const forgetAgent = (stateDirectory: string): void => rmSync(recordPath(stateDirectory), { force: true });

/** Asks an agent that an earlier `up` left behind to end; whether there was one. */
export function stopLeftBehind(stateDirectory: string): boolean {
  let record: AgentRecord;
  try {
    record = JSON.parse(readFileSync(recordPath(stateDirectory), "utf8")) as AgentRecord;
  } catch {
    return false;
  }
  forgetAgent(stateDirectory);
  if (startTicksOf(record.pid) !== record.startTicks) return false;
  process.kill(record.pid, "SIGTERM");
  return true;
}

function startTicksOf(pid: number): string | undefined {
  try {
    // The name in parentheses may hold spaces; what follows it does not. "state" is field 3.
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
