import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
  const draft = `${path}.${own.pid}`;
  // Whole before it has its name: nobody sees one without its holder.
  if (!written(draft, JSON.stringify(own))) return () => undefined;
  try {
    while (!linked(draft, path)) {
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder))
        throw new MusterError("CONFLICT", {
          message: `The agent of ${stateDirectory} runs already, as process ${holder.pid}. Stop it first: systemctl stop muster-agent, if it is the unit's.`,
        });
      takeAway(path, `${draft}.old`);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readHolder(path)?.pid === own.pid) rmSync(path, { force: true });
  };
}

/** Removes what nobody holds; what another one has put there in between goes back. */
function takeAway(path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder)) linked(aside, path);
  rmSync(aside, { force: true });
}

/** This very process competes with nobody. */
const isAlive = ({ pid, startTicks }: Holder): boolean =>
  pid !== process.pid && startTicks !== undefined && startOf(pid) === startTicks;

/** Undefined for one that has ended, also while its parent has not asked how. */
function startOf(pid: number): number | undefined {
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
    return stat?.state === "zombie" || stat?.state === "dead" ? undefined : stat?.startTicks;
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

function written(path: string, text: string): boolean {
  try {
    rmSync(path, { force: true });
    writeFileSync(path, text, { flag: "wx", mode: 0o644 });
    return true;
  } catch (error) {
    rmSync(path, { force: true });
    // On a full disk an agent that nobody holds back is better than none.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") return false;
    throw error;
  }
}

function linked(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
