import { ERRORS, backoffMs, wait } from "@muster/core";
import type { BackoffConfig, Clock, Random } from "@muster/core";
import type { AgentExit, RunningAgent, StartAgent } from "./agent-program.ts";
import { forgetAgent, noteAgent } from "./left-behind.ts";

const RESTART_BACKOFF: BackoffConfig = { firstMs: 1_000, factor: 2, capMs: 60_000, floorMs: 500 };
/** An agent that ran this long was well: the next failure counts as the first. */
const STABLE_MS = 60_000;
/** After this the agent is killed: its spool is safe at any moment. */
const STOP_GRACE_MS = 5_000;
/** Ends that another start cannot mend: not trusted, refused or revoked, not joined. */
const FINAL_EXITS: ReadonlySet<number> = new Set([
  ERRORS.HUB_NOT_TRUSTED.exit,
  ERRORS.REVOKED.exit,
  ERRORS.NOT_JOINED.exit,
]);

export interface AgentChildDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly start: StartAgent;
  /** What the agent says, and what happens to it; one line. */
  readonly tell: (line: string) => void;
}

/** Keeps one agent process running: started again with growing waits when it dies, until told to stop. */
export class AgentChild {
  readonly #deps: AgentChildDeps;
  readonly #stateDirectory: string;
  readonly #stopping = new AbortController();
  #running: RunningAgent | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(stateDirectory: string, deps: AgentChildDeps) {
    this.#stateDirectory = stateDirectory;
    this.#deps = deps;
  }

  start(): void {
    this.#done = this.#keepRunning();
  }

  /** Ends the agent in order, by force after a grace; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const running = this.#running;
    if (running) {
      running.stop("SIGTERM");
      const force = this.#deps.clock.after(STOP_GRACE_MS, () => running.stop("SIGKILL"));
      await this.#done;
      force.cancel();
    }
    await this.#done;
  }

  async #keepRunning(): Promise<void> {
    const { clock, random, start, tell } = this.#deps;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; failures++) {
      const startedMono = clock.monotonic();
      this.#running = start(["run"], { stateDirectory: this.#stateDirectory, line: tell });
      if (this.#running.pid !== undefined) noteAgent(this.#stateDirectory, this.#running.pid);
      const exit = await this.#running.exited;
      this.#running = undefined;
      forgetAgent(this.#stateDirectory);
      if (signal.aborted) return;
      if (exit.code !== null && FINAL_EXITS.has(exit.code)) {
        tell(
          `the agent ended with ${describeExit(exit)} and is not started again; its state is in ${this.#stateDirectory}`,
        );
        return;
      }
      if (clock.monotonic() - startedMono >= STABLE_MS) failures = 0;
      const pauseMs = backoffMs(RESTART_BACKOFF, failures, random);
      tell(`the agent ended with ${describeExit(exit)}; starting it again in ${(pauseMs / 1_000).toFixed(1)} s`);
      await wait(clock, pauseMs, signal);
    }
  }
}

const describeExit = ({ code, signal }: AgentExit): string => (code === null ? (signal ?? "no code") : `code ${code}`);
