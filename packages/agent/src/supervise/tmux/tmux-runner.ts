import type { ChildProcess } from "node:child_process";
import type { Cancellable, Clock, Exit, SupervisedChild } from "@muster/core";
import { launchOf } from "../launch.ts";
import { LeaderRun } from "../leader-run.ts";
import { carriesMark, isAlive, membersOf, readRunProcess } from "../processes-of-run.ts";
import type { Run, RunListener, RunSpec, Runner } from "../runner.ts";
import type { TmuxPane, TmuxServer } from "./tmux-server.ts";

const FAST_END_MS = 50;
/** A busy machine may keep tmux from its children for seconds. */
const UNKNOWN_EXIT_MS = 5_000;
const LOOK_AGAIN_MS = 250;

interface SessionRun {
  readonly name: string;
  readonly run: LeaderRun;
  /** Since when it is known to be over, while how it ended is not. */
  endedSinceMs: number | undefined;
}

/**
 * A session a service, in a tmux server of Muster's own. Panes stay when their program has ended, so that its exit and
 * its last words can be read; one waiting client tells when any of them did.
 */
export class TmuxRunner implements Runner {
  readonly driver = "tmux";
  readonly #clock: Clock;
  readonly #server: TmuxServer;
  readonly #sessions = new Set<SessionRun>();
  #waiting: ChildProcess | undefined;
  #secondLook: Cancellable | undefined;
  #standing: "new" | "used" | "closed" = "new";

  constructor({ clock, server }: { readonly clock: Clock; readonly server: TmuxServer }) {
    this.#clock = clock;
    this.#server = server;
  }

  problem(): Promise<string | undefined> {
    return this.#server.problem();
  }

  async start(spec: RunSpec, listener: RunListener): Promise<Run> {
    const { name, directory } = spec.definition;
    const launch = launchOf(spec);
    // What the last run left on its screen.
    await this.#server.kill(name);
    await this.#server.newSession(name, { ...launch, directory });
    const pane = (await this.#server.panes()).find(({ session }) => session === name);
    if (pane === undefined) throw new Error("tmux made the session, and it is not there");
    const session = this.#add(name, { pid: pane.pid, startTicks: readRunProcess(pane.pid)?.startTicks ?? 0 }, listener);
    // It may have ended before anybody waited for its end.
    await this.#watch();
    return session.run;
  }

  async adopt(spec: RunSpec, child: SupervisedChild | null, listener: RunListener): Promise<Run | undefined> {
    const { name } = spec.definition;
    const pane = (await this.#server.panes()).find(({ session }) => session === name);
    const found = child ?? (pane === undefined ? null : leaderOf(pane, spec.runId));
    if (found === null || pane?.pid !== found.pid) return undefined;
    if (!pane.isDead && !isAlive(found)) return undefined;
    const session = this.#add(name, found, listener);
    await this.#watch();
    return session.run;
  }

  forget(name: string): void {
    void this.#server.kill(name);
  }

  close(): void {
    this.#standing = "closed";
    this.#waiting?.kill("SIGTERM");
    this.#secondLook?.cancel();
    for (const { run } of this.#sessions) run.release();
  }

  #add(name: string, child: SupervisedChild, listener: RunListener): SessionRun {
    const run: LeaderRun = new LeaderRun(child, "own", {
      clock: this.#clock,
      listener,
      // Shells give each job a group of its own: the session is what holds them together.
      isGroupLiving: () => membersOf(child.pid).length > 0,
      released: () => this.#sessions.delete(session),
      missed: () => void this.#look(),
      type: (keys) => void this.#server.type(name, keys).catch(() => undefined),
    });
    const session: SessionRun = { name, run, endedSinceMs: undefined };
    this.#sessions.add(session);
    return session;
  }

  /** One client waits as long as anything runs; each time it ends, all panes are looked at. */
  async #watch(): Promise<void> {
    if (this.#standing === "new") {
      this.#standing = "used";
      await this.#server.wakeWaiting();
    }
    await this.#look();
    this.#wait();
  }

  #wait(): void {
    if (this.#waiting !== undefined || this.#sessions.size === 0 || this.#standing === "closed") return;
    const startedMs = this.#clock.monotonic();
    const waiting = this.#server.waitForDeath();
    this.#waiting = waiting;
    waiting.unref();
    waiting.on("error", () => undefined);
    waiting.once("close", () => {
      this.#waiting = undefined;
      if (this.#standing === "closed") return;
      // A server that is gone ends every client at once: not again and again.
      const pauseMs = this.#clock.monotonic() - startedMs < FAST_END_MS ? FAST_END_MS : 0;
      this.#clock.after(pauseMs, () => void this.#look().then(() => this.#wait()));
    });
  }

  async #look(): Promise<void> {
    if (this.#sessions.size === 0 || this.#standing === "closed") return;
    const panes = await this.#server.panes();
    for (const each of [...this.#sessions]) {
      const { name, run } = each;
      const pane = panes.find(({ session, pid }) => session === name && pid === run.child.pid);
      if (pane?.isDead === true) this.#ended(each, pane.exit);
      else if (pane === undefined && !isAlive(run.child))
        run.leaderEnded({ code: null, signal: null, detail: "its session is gone" });
    }
  }

  /** How it ended may be known a moment after the end; where it is not, that is said. */
  #ended(session: SessionRun, exit: Exit | undefined): void {
    const nowMs = this.#clock.monotonic();
    session.endedSinceMs ??= nowMs;
    if (exit !== undefined || nowMs - session.endedSinceMs >= UNKNOWN_EXIT_MS)
      return session.run.leaderEnded(exit ?? { code: null, signal: null, detail: "tmux does not say how it ended" });
    this.#secondLook ??= this.#clock.after(LOOK_AGAIN_MS, () => {
      this.#secondLook = undefined;
      void this.#server.collectEnded().then(() => this.#look());
    });
  }
}

function leaderOf({ pid }: TmuxPane, runId: string): SupervisedChild | null {
  const startTicks = readRunProcess(pid)?.startTicks;
  return startTicks !== undefined && carriesMark(pid, runId) ? { pid, startTicks } : null;
}
