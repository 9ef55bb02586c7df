import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DefinitionsFileReader } from "./definitions/definitions-file.ts";
import type { DefinitionsFileDeps } from "./definitions/definitions-file.ts";
import { ProcessRunner } from "./process/process-runner.ts";
import type { Runner } from "./runner.ts";
import { SupervisedDriver } from "./supervised-driver.ts";
import { Supervisor } from "./supervisor.ts";
import type { SupervisorDeps } from "./supervisor.ts";
import { TmuxRunner } from "./tmux/tmux-runner.ts";
import { TmuxServer } from "./tmux/tmux-server.ts";

export interface SupervisionConfig {
  /** The agent's own state directory; a folder `supervise` is made in it. */
  readonly stateDirectory: string;
  readonly definitionsPath: string;
  readonly bootId: string;
  /** Bytes of a memory page. */
  readonly pageBytes: number;
}

export type SupervisionDeps = Pick<SupervisorDeps, "clock" | "log" | "random" | "checks" | "note" | "newRunId"> &
  DefinitionsFileDeps;

export interface Supervision {
  readonly supervisor: Supervisor;
  readonly drivers: readonly SupervisedDriver[];
  /** The screen of a tmux session, which is the only log it has. */
  captureSession(name: string, linesMax: number): Promise<string>;
}

/** Everything that Muster itself runs on this server. Nothing is started before `supervisor.start()`. */
export function openSupervision(config: SupervisionConfig, deps: SupervisionDeps): Supervision {
  const directory = join(config.stateDirectory, "supervise");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const server = new TmuxServer(join(directory, "tmux"));
  const runners: readonly Runner[] = [
    new ProcessRunner({ clock: deps.clock }),
    new TmuxRunner({ clock: deps.clock, server }),
  ];
  const supervisor = new Supervisor(
    { directory, bootId: config.bootId, pageBytes: config.pageBytes },
    { ...deps, runners, definitionsFile: new DefinitionsFileReader(config.definitionsPath, deps) },
  );
  return {
    supervisor,
    drivers: runners.map((runner) => new SupervisedDriver(runner.driver, supervisor, () => runner.problem())),
    captureSession: (name, linesMax) => server.capture(name, linesMax),
  };
}
