import type { Command } from "commander";
import { provingIdentity } from "../actions/ask.ts";
import type { Shell } from "../shell.ts";
import { findTask, runId } from "../tasks/find-task.ts";
import { followRun, runFailure } from "../tasks/follow-run.ts";
import { listRuns } from "../tasks/list-runs.ts";
import { runLine, runText } from "../tasks/run-text.ts";
import { hubCommand } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface RunOptions extends HubOptions {
  /** `--no-wait` makes it false. */
  readonly wait: boolean;
}

/** `run`, and `runs list | show | cancel`. */
export function addRunCommands(program: Command, shell: Shell): void {
  hubCommand<RunOptions>(
    program
      .command("run <task>")
      .description("Run a task now, show what becomes of it and wait for its end.")
      .option("--no-wait", "do not wait for the outcome: 0 then means that it was asked for")
      .addHelpText("after", "\nEnds with 0 when it succeeded, 72 failed, 75 unknown or too slow, 77 refused."),
    shell,
    async (work, wanted = "") => {
      const { hub, options, colours, show } = work;
      const { id } = await findTask(hub, wanted);
      const run = await provingIdentity(shell, hub, options, (client) =>
        client.call("POST /api/v1/tasks/{id}/run", { params: { id } }),
      );
      const asked = { run, actions: [], steps: [] };
      if (!options.wait) return show(asked, () => runLine(run, colours));
      const detail = await followRun(work, asked);
      await show(detail, () => "");
      const failure = runFailure(detail.run);
      if (failure) throw failure;
    },
  );

  const runs = program.command("runs").description("Runs of tasks.");
  listRuns(shell, runs.command("list [task]", { isDefault: true }).description("List runs, newest first."));

  hubCommand<HubOptions>(
    runs.command("show <run>").description("Show one run with all that it asked for, and what programs printed."),
    shell,
    async ({ hub, colours, show }, wanted = "") => {
      const id = await runId(hub, wanted);
      const detail = await hub.call("GET /api/v1/runs/{id}", { params: { id }, query: {} });
      await show(detail, () => runText(detail, colours));
    },
  );

  hubCommand<HubOptions>(
    runs
      .command("cancel <run>")
      .description("End a run. What has begun on a server goes on there, and its outcome is kept."),
    shell,
    async ({ hub, colours, show }, wanted = "") => {
      const id = await runId(hub, wanted);
      const run = await hub.call("POST /api/v1/runs/{id}/cancel", { params: { id } });
      await show(run, () => runLine(run, colours));
    },
  );
}
