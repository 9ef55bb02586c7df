import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { MusterError, parseProcessStat } from "@muster/core";
import { statePaths } from "../config.ts";

/** A process by its number and its start, in the kernel's ticks since boot: no later process is taken for it. */
interface Holder {
  readonly pid: number;
  readonly startTicks: number | undefined;
}

/**
 * Takes the state directory for this process until the answer is called: two agents with one identity would push each
 * other off the hub, and each would keep the same services running. One that was killed holds nothing. Throws CONFLICT.
 */
export function holdState(stateDirectory: string): () => void {
  const path = statePaths(stateDirectory).holder;
  const own: Holder = { pid: process.pid, startTicks: startOf(process.pid) };
  const text = JSON.stringify(own);
  while (!created(path, text)) {
    // Away from its place first: what another one has put there in between is not taken from it.
    const aside = `${path}.${own.pid}`;
    if (!renamed(path, aside)) continue;
    const holder = readHolder(aside);
    if (holder !== undefined && isAlive(holder)) {
      renamed(aside, path);
      throw new MusterError("CONFLICT", {
        message: `The agent of ${stateDirectory} runs already, as process ${holder.pid}. Stop it first: systemctl stop muster-agent, if it is the unit's.`,
      });
    }
    rmSync(aside, { force: true });
  }
  return () => {
    if (readHolder(path)?.pid === own.pid) rmSync(path, { force: true });
  };
}

/** This very process competes with nobody. */
const isAlive = ({ pid, startTicks }: Holder): boolean =>
  pid !== process.pid && startTicks !== undefined && startOf(pid) === startTicks;

function startOf(pid: number): number | undefined {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"))?.startTicks;
  } catch {
    return undefined;
  }
}

/** Undefined where nothing that can be believed is there. */
function readHolder(path: string): Holder | undefined {
  try {
    const { pid, startTicks } = JSON.parse(readFileSync(path, "utf8")) as Partial<Holder>;
    return typeof pid === "number" ? { pid, startTicks } : undefined;
  } catch {
    return undefined;
  }
}

function created(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o644 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // On a full disk an agent that nobody holds back is better than none.
    if (code === "ENOSPC" || code === "EDQUOT") return true;
    throw error;
  }
}

function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
