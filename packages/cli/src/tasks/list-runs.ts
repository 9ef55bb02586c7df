import { TASK_RUN_OUTCOMES } from "@muster/core";
import type { TaskRunOutcome } from "@muster/core";
import { Option } from "commander";
import type { Command } from "commander";
import { hubCommand, wholeNumber } from "../commands/options.ts";
import type { HubOptions } from "../commands/options.ts";
import { milliseconds } from "../commands/time-options.ts";
import type { Shell } from "../shell.ts";
import { findTask } from "./find-task.ts";
import { runTable } from "./task-text.ts";

interface ListOptions extends HubOptions {
  readonly outcome?: TaskRunOutcome;
  readonly last?: string;
  readonly limit?: string;
}

/** A list of runs, as `tasks runs` and `runs list` give it. */
export function listRuns(shell: Shell, command: Command): void {
  hubCommand<ListOptions>(
    command
      .addOption(new Option("--outcome <outcome>", "only those that ended so").choices(TASK_RUN_OUTCOMES))
      .option("--last <span>", "only those due within this time up to now, such as 24h or 7d")
      .option("--limit <count>", "so many at most, 1 to 500 (default 50)"),
    shell,
    async ({ hub, options, colours, show }, wanted) => {
      const { outcome, last } = options;
      const limit = wholeNumber("--limit", options.limit, 1, 500) ?? 50;
      const task = wanted === undefined ? undefined : (await findTask(hub, wanted)).id;
      const from = last === undefined ? undefined : Math.round(shell.clock.now() - milliseconds("--last", last));
      const query = {
        limit,
        ...(task !== undefined && { task }),
        ...(outcome !== undefined && { outcome }),
        ...(from !== undefined && { from }),
      };
      const answer = await hub.call("GET /api/v1/runs", { query });
      await show(answer, () => runTable(answer.items, colours));
    },
  );
}
