import { readFileSync, readdirSync } from "node:fs";
import type { SupervisedChild } from "@muster/core";

/** The variable by which a run's processes are known again, whatever became of the agent that started them. */
export const RUN_VARIABLE = "MUSTER_RUN";

/** What of /proc/PID/stat belongs to runs: who leads it, and what it used. */
export interface RunProcess extends SupervisedChild {
  readonly groupId: number;
  readonly sessionId: number;
  readonly state: string;
  readonly parentPid: number;
  /** Its own and its ended children's, in units of 1/100 s. */
  readonly cpuTicks: number;
}

/** One process now; undefined when there is none, or it has ended and is not yet collected. */
export function readRunProcess(pid: number): RunProcess | undefined {
  try {
    return parseRunProcess(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return undefined;
  }
}

export function parseRunProcess(text: string): RunProcess | undefined {
  const close = text.lastIndexOf(") ");
  if (close < 0) return undefined;
  // Numbered from 3 in proc_pid_stat(5): state 3, ppid 4, pgrp 5, session 6, times 14 to 17, starttime 22.
  const fields = text.slice(close + 2).split(" ");
  const state = fields[0] ?? "";
  if (state === "Z" || state === "X" || state === "x") return undefined;
  const [parentPid, groupId, sessionId] = fields.slice(1, 4).map(Number);
  const cpuTicks = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  const process = {
    pid: Number.parseInt(text, 10),
    parentPid: parentPid ?? 0,
    groupId: groupId ?? 0,
    sessionId: sessionId ?? 0,
    state,
    cpuTicks,
    startTicks: Number(fields[19]),
  };
  return Number.isSafeInteger(process.pid) && Number.isSafeInteger(process.startTicks) ? process : undefined;
}

/** Every process of the machine that lives. */
export function allProcesses(): readonly RunProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) ? (readRunProcess(pid) ?? []) : [];
  });
}

/** Those that a leader started and that did not leave its group or session, itself included. */
export const membersOf = (
  leaderPid: number,
  processes: readonly RunProcess[] = allProcesses(),
): readonly RunProcess[] =>
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

function usageOfMembers(members: readonly RunProcess[], pageBytes: number): RunUsage {
  let cpuTicks = 0;
  let privatePages = 0;
  let sharedPages = 0;
  for (const { pid, cpuTicks: ticks } of members) {
    cpuTicks += ticks;
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
