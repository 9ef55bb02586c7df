import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { MusterError, parseProcessStat } from "@muster/core";
import { statePaths } from "../config.ts";

/** A process by its number and its start, in the kernel's ticks since boot: no later process is taken for it. */
interface Holder {
  readonly pid: number;
  readonly startTicks: number | undefined;
  /** Absent where an agent of before this was kept wrote it. */
  readonly bootId?: string | undefined;
}

/**
 * Takes the state directory for this process until the answer is called: two agents with one identity would push each
 * other off the hub, and each would keep the same services running. One that was killed holds nothing. Throws CONFLICT.
 * `link` gives a file one more name.
 */
export function holdState(stateDirectory: string, link: typeof linkSync = linkSync): () => void {
  const path = statePaths(stateDirectory).holder;
  const start = startOf(process.pid);
  const own: Holder = {
    pid: process.pid,
    startTicks: typeof start === "number" ? start : undefined,
    bootId: currentBootId(),
  };
  const draft = `${path}.${own.pid}`;
  // Whole before it has its name: nobody sees one without its holder.
  if (!written(draft, JSON.stringify(own))) return () => undefined;
  try {
    while (!named(draft, path, link)) {
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder))
        throw new MusterError("CONFLICT", {
          message: `The agent of ${stateDirectory} runs already, as process ${holder.pid}. Stop it first: systemctl stop muster-agent, if it is the unit's.`,
        });
      takeAway(path, `${draft}.old`, link);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readHolder(path)?.pid === own.pid) rmSync(path, { force: true });
  };
}

/** Removes what nobody holds; what another one has put there in between goes back. */
function takeAway(path: string, aside: string, link: typeof linkSync): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder)) named(aside, path, link);
  rmSync(aside, { force: true });
}

/** This very process competes with nobody. */
function isAlive({ pid, startTicks, bootId }: Holder): boolean {
  if (pid === process.pid || startTicks === undefined) return false;
  const start = startOf(pid);
  // Its start cannot be compared then; in the boot in which it took hold, hardly another has its number by now.
  if (start === "hidden") return bootId !== undefined && bootId === currentBootId();
  return start === startTicks;
}

/** `hidden`: it is there, and /proc does not show it to this user (hidepid). `ended`: also while its parent has not asked how. */
function startOf(pid: number): number | "hidden" | "ended" {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return takesSignals(pid) ? "hidden" : "ended";
  }
  const stat = parseProcessStat(text);
  return stat === undefined || stat.state === "zombie" || stat.state === "dead" ? "ended" : stat.startTicks;
}

/** Whether there is such a process, also one of somebody else's. */
function takesSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function currentBootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return undefined;
  }
}

/** Undefined where nothing that can be believed is there. */
function readHolder(path: string): Holder | undefined {
  try {
    const { pid, startTicks, bootId } = JSON.parse(readFileSync(path, "utf8")) as Partial<Holder>;
    return typeof pid === "number" ? { pid, startTicks, bootId } : undefined;
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

/** What file systems say that know no hard links, such as FAT and some that come over a network. */
const LINKLESS = ["EPERM", "ENOTSUP", "EOPNOTSUPP"];

/** Gives a file one more name; false where something has that name. */
function named(file: string, name: string, link: typeof linkSync): boolean {
  try {
    try {
      link(file, name);
    } catch (error) {
      if (!LINKLESS.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      // A copy is there for a moment before it is whole: better than no hold at all.
      copyFileSync(file, name, constants.COPYFILE_EXCL);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
