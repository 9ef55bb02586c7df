import { readFileSync, readdirSync } from "node:fs";
import { parseProcessStat } from "@muster/core";
import type { ProcessStat, SupervisedChild } from "@muster/core";

/** The variable by which a run's processes are known again, whatever became of the agent that started them. */
export const RUN_VARIABLE = "MUSTER_RUN";

/** One process now; undefined when there is none, or it has ended and is not yet collected. */
export function readRunProcess(pid: number): ProcessStat | undefined {
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
    return stat?.state === "zombie" || stat?.state === "dead" ? undefined : stat;
  } catch {
    return undefined;
  }
}

/** Every process of the machine that lives. */
export function allProcesses(): readonly ProcessStat[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) ? (readRunProcess(pid) ?? []) : [];
  });
}

/** Those that a leader started and that did not leave its group or session, itself included. */
export const membersOf = (
  leaderPid: number,
  processes: readonly ProcessStat[] = allProcesses(),
): readonly ProcessStat[] =>
  processes.filter(({ groupId, sessionId }) => groupId === leaderPid || sessionId === leaderPid);

export const isAlive = ({ pid, startTicks }: SupervisedChild): boolean =>
  readRunProcess(pid)?.startTicks === startTicks;

/** Whether anything of the leader's group lives. Nearly always answered by one call to the kernel. */
export function isGroupAlive(leaderPid: number): boolean {
  try {
    process.kill(-leaderPid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  // The kernel counts those too that have ended and whose parent never asks.
  return membersOf(leaderPid).length > 0;
}

/** Whether a process carries the mark of this run; its environment can be read by its own user and by root. */
export function carriesMark(pid: number, runId: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${RUN_VARIABLE}=${runId}`);
  } catch {
    return false;
  }
}

export interface RunUsage {
  readonly cpuSeconds: number;
  /** Private memory of each, and the largest shared part once: the sum of what each shows would count libraries often. */
  readonly memoryBytes: number;
  readonly tasks: number;
}

const TICKS_PER_SECOND = 100;

/** What each leader's processes use together; one walk over /proc for all of them. */
export function usageOf(leaderPids: readonly number[], pageBytes: number): ReadonlyMap<number, RunUsage> {
  const processes = leaderPids.length === 0 ? [] : allProcesses();
  return new Map(leaderPids.map((leader) => [leader, usageOfMembers(membersOf(leader, processes), pageBytes)]));
}

function usageOfMembers(members: readonly ProcessStat[], pageBytes: number): RunUsage {
  let cpuTicks = 0;
  let privatePages = 0;
  let sharedPages = 0;
  for (const { pid, cpuTicks: ticks, childrenCpuTicks } of members) {
    cpuTicks += ticks + childrenCpuTicks;
    const [, resident = 0, shared = 0] = statmOf(pid);
    privatePages += resident - shared;
    sharedPages = Math.max(sharedPages, shared);
  }
  return {
    cpuSeconds: cpuTicks / TICKS_PER_SECOND,
    memoryBytes: (privatePages + sharedPages) * pageBytes,
    tasks: members.length,
  };
}

function statmOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/statm`, "latin1").split(" ").map(Number);
  } catch {
    return [];
  }
}
