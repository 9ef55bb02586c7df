import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import type { Clock, SupervisedChild } from "@muster/core";
import { launchOf } from "../launch.ts";
import { LeaderRun } from "../leader-run.ts";
import { allProcesses, carriesMark, isAlive, isGroupAlive, membersOf, readRunProcess } from "../processes-of-run.ts";
import type { Run, RunListener, RunSpec, Runner } from "../runner.ts";

/**
 * Children of the agent, each the leader of a session of its own, so that nothing that happens to the agent's group
 * reaches them. Their output goes straight into their log file: it needs no agent.
 */
export class ProcessRunner implements Runner {
  readonly driver = "process";
  readonly #clock: Clock;
  readonly #runs = new Set<LeaderRun>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  problem(): Promise<string | undefined> {
    return Promise.resolve(process.platform === "linux" ? undefined : "only Linux tells what a process is");
  }

  async start(spec: RunSpec, listener: RunListener): Promise<Run> {
    const { argv, environment } = launchOf(spec);
    const [program = "", ...args] = argv;
    const log = spec.log.openForChild();
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        cwd: spec.definition.directory,
        env: environment,
        detached: true,
        stdio: ["ignore", log, log],
      });
    } finally {
      closeSync(log);
    }
    const { pid } = child;
    if (pid === undefined) throw await new Promise<Error>((resolve) => child.once("error", resolve));
    // Read before the event loop can collect the child, so that even one that ended at once has a start.
    const startTicks = startOf(pid);
    const run = this.#run({ pid, startTicks }, "own", listener, () => child.unref());
    child.once("exit", (code, signal) => run.leaderEnded({ code, signal, detail: "" }));
    child.on("error", () => undefined);
    return run;
  }

  adopt(spec: RunSpec, child: SupervisedChild | null, listener: RunListener): Promise<Run | undefined> {
    const found = child === null ? leaderWithMark(spec.runId) : livingRun(child, spec.runId);
    return Promise.resolve(found === undefined ? undefined : this.#run(found, "watched", listener));
  }

  close(): void {
    for (const run of this.#runs) run.release();
  }

  #run(child: SupervisedChild, kinship: Run["kinship"], listener: RunListener, released?: () => void): LeaderRun {
    const run: LeaderRun = new LeaderRun(child, kinship, {
      clock: this.#clock,
      listener,
      isGroupLiving: () => isGroupAlive(child.pid),
      released: () => {
        this.#runs.delete(run);
        released?.();
      },
    });
    this.#runs.add(run);
    return run;
  }
}

/** Start of a child that may have ended already and is not collected yet. */
function startOf(pid: number): number {
  return readRunProcess(pid)?.startTicks ?? 0;
}

/** Found by its mark alone: its agent was killed between starting it and writing down its pid. */
function leaderWithMark(runId: string): SupervisedChild | undefined {
  return allProcesses().find(({ pid, sessionId }) => pid === sessionId && carriesMark(pid, runId));
}

/** The leader as recorded, or what is left of its group; the mark tells it from another's group with the same number. */
function livingRun(child: SupervisedChild, runId: string): SupervisedChild | undefined {
  if (isAlive(child)) return child;
  return membersOf(child.pid).some(({ pid }) => carriesMark(pid, runId)) ? child : undefined;
}
