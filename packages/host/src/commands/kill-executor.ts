import {
  ENDING_SIGNALS,
  MINUTE_MS,
  SECOND_MS,
  SIGNAL_NAMES,
  parseProcessStat,
  parseUserNames,
  wait,
} from "@muster/core";
import type { Action } from "@muster/core";
import type { ActingHost, SignalName } from "../host.ts";
import { failed, refused, succeeded, unknownAfterCrash } from "./executor.ts";
import type { ExecutionDeps, Executor } from "./executor.ts";

/** A process that is asked to end may take its time to tidy up. */
const END_MS_MAX = 10 * SECOND_MS;
const LOOK_EVERY_MS = 50;
/** PF_KTHREAD of the kernel's sched.h. */
const KERNEL_THREAD = 0x00200000;

interface Wanted {
  readonly pid: number;
  readonly startTicks: number;
  readonly user: string;
  readonly signal: SignalName;
}

/** Undefined when an argument is missing or none: the policy compares some of them only. */
function wantedOf({ args }: Action): Wanted | undefined {
  const { pid, startTicks, user, signal } = args;
  const name = SIGNAL_NAMES.find((each) => each === signal);
  if (!Number.isSafeInteger(pid) || (pid as number) < 1 || !Number.isSafeInteger(startTicks)) return undefined;
  if (typeof user !== "string" || name === undefined) return undefined;
  return { pid: pid as number, startTicks: startTicks as number, user, signal: name };
}

/** Sends a signal to the one process that was meant: by number and start, of the user that the policy lists. */
export const killExecutor: Executor = {
  lane: ({ args }) => `process/${args["pid"]}`,
  limitMs: () => MINUTE_MS,
  observe(action) {
    const wanted = wantedOf(action);
    return Promise.resolve(
      wanted === undefined ? { of: "nothing" } : { of: "process", pid: wanted.pid, startTicks: wanted.startTicks },
    );
  },
  async run({ action }, _, { host, ownPid, clock }, signal) {
    const wanted = wantedOf(action);
    if (wanted === undefined) return refused("pid, startTicks, user and signal must name one process and one signal");
    if (host === undefined) return failed("muster can only look at this server");
    const why = await whyNot(wanted, ownPid, host);
    if (why !== undefined) return refused(why);
    const sent = await host.kill({ pid: wanted.pid, startTicks: wanted.startTicks }, wanted.signal);
    if (sent === "denied") return refused("the system does not let muster signal this process");
    if (sent === "gone") return succeeded("it had ended already");
    if (!ENDING_SIGNALS.includes(wanted.signal)) return succeeded("signal delivered");
    if (await isGoneWithin(wanted, host, clock, signal)) return succeeded("it is gone");
    // Stopped meanwhile: the next start looks for longer.
    if (signal.aborted) return unknownAfterCrash;
    return failed(`signal delivered; it still runs after ${END_MS_MAX / SECOND_MS} s`);
  },
  async settle(action, seen, { host, clock }, signal) {
    const wanted = wantedOf(action);
    if (host === undefined || wanted === undefined || seen.of !== "process") return unknownAfterCrash;
    if (!ENDING_SIGNALS.includes(wanted.signal)) return unknownAfterCrash;
    if (await isGoneWithin(wanted, host, clock, signal)) return succeeded("it is gone");
    // What takes KILL is gone; a gentler signal may be on its way.
    return wanted.signal === "KILL" && !signal.aborted ? failed("it still runs") : unknownAfterCrash;
  },
};

/** Why this process is not to be signalled, read from the machine and not from what was asked. */
async function whyNot(wanted: Wanted, ownPid: number | undefined, host: ActingHost): Promise<string | undefined> {
  if (wanted.pid === 1) return "the first process is never signalled";
  if (wanted.pid === ownPid) return "the agent does not signal itself";
  const text = await host.readFile(`/proc/${wanted.pid}/stat`, "once");
  const stat = text === undefined ? undefined : parseProcessStat(text);
  if (stat?.startTicks !== wanted.startTicks) return "there is no process with this number and this start";
  if ((stat.flags & KERNEL_THREAD) !== 0) return "it is a thread of the kernel";
  const status = await host.readFile(`/proc/${wanted.pid}/status`, "once");
  const uids = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(status ?? "")?.slice(1);
  const uid = uids?.[0];
  if (uid === undefined) return "whose process it is cannot be told";
  // Started by one user and running as another, it belongs to neither.
  if (!uids!.every((each) => each === uid)) return "it runs as more than one user";
  const names = parseUserNames((await host.readFile("/etc/passwd", "once")) ?? "");
  const user = names.get(Number(uid)) ?? uid;
  return user === wanted.user ? undefined : `it is a process of ${user}, not of ${wanted.user}`;
}

async function isGoneWithin(
  { pid, startTicks }: Wanted,
  host: ActingHost,
  clock: ExecutionDeps["clock"],
  signal: AbortSignal,
): Promise<boolean> {
  const startedMs = clock.monotonic();
  for (;;) {
    const stat = parseProcessStat((await host.readFile(`/proc/${pid}/stat`, "once")) ?? "");
    // One that nobody has waited for yet runs no more.
    if (stat?.startTicks !== startTicks || stat.state === "zombie" || stat.state === "dead") return true;
    if (clock.monotonic() - startedMs >= END_MS_MAX || signal.aborted) return false;
    await wait(clock, LOOK_EVERY_MS, signal);
  }
}
