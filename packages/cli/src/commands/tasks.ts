import { MusterError } from "@muster/core";
import type { TaskDefinition } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { TaskView } from "@muster/protocol";
import type { Command } from "commander";
import { provingIdentity } from "../actions/ask.ts";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import { findTask } from "../tasks/find-task.ts";
import { listRuns } from "../tasks/list-runs.ts";
import { bodyOf, readTasks } from "../tasks/task-file.ts";
import { readTaskNames } from "../tasks/task-names.ts";
import { scheduleOptions, taskFrom, taskOptions, tellingOptions } from "../tasks/task-options.ts";
import type { TaskOptions } from "../tasks/task-options.ts";
import { inZone, previewText, taskTable, taskText } from "../tasks/task-text.ts";
import { confirm, hubCommand, notBoth, wholeNumber } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface YesOptions extends HubOptions {
  readonly yes?: boolean;
}
interface PreviewOptions extends TaskOptions {
  readonly count?: string;
}
const SLOTS = 10;
const RUNS_SHOWN = 10;

/** `tasks list | show | add | set | enable | disable | delete | preview | runs`. */
export function addTaskCommands(program: Command, shell: Shell): void {
  const tasks = program.command("tasks").description("What is done by the clock.");

  hubCommand<HubOptions>(
    tasks.command("list", { isDefault: true }).description("List tasks, with when each is due and how it did last."),
    shell,
    async ({ hub, colours, show }) => {
      const answer = await hub.call("GET /api/v1/tasks");
      await show(answer, () => taskTable(answer.items, colours, shell.clock.now()));
    },
  );

  hubCommand<HubOptions>(
    tasks.command("show <task>").description("Show one task with its statistics, next slots and newest runs."),
    shell,
    async ({ hub, colours, show }, wanted = "") => {
      const { id } = await findTask(hub, wanted);
      const answer = await hub.call("GET /api/v1/tasks/{id}", { params: { id } });
      await show(answer, async () => {
        const { schedule, zone } = answer.task;
        const body = { schedule, zone, count: SLOTS };
        const [preview, runs, names] = await Promise.all([
          hub.call("POST /api/v1/task-previews", { body }),
          hub.call("GET /api/v1/runs", { query: { task: id, limit: RUNS_SHOWN } }),
          readTaskNames(hub),
        ]);
        return taskText(answer, preview, runs.items, names, colours);
      });
    },
  );

  hubCommand<TaskOptions>(
    taskOptions(tasks.command("add").option("--file <file>", "tasks of a file of YAML or JSON, - is standard input"))
      .description("Add a task by options, or the tasks of a file. It runs with your rights.")
      .addHelpText(
        "after",
        "\nExample: muster tasks add --name Nightly --cron '0 3 * * *' --zone Europe/Berlin \\" +
          "\n           --action service.restart --on nginx@web-1 --retries 2 --timeout 5m" +
          "\ndocs/tasks.md says how files are written.",
      ),
    shell,
    async (work) => {
      const { hub, options, show } = work;
      const names = await readTaskNames(hub);
      if (options.file === undefined) {
        const body = bodyOf(await taskFrom(undefined, options, names));
        const task = await tellingOptions(() => save(work, (client) => client.call("POST /api/v1/tasks", { body })));
        return show(task, () => `The task ${escapeControls(task.name)} is added; it runs ${nextText(task)}.\n`);
      }
      goesAlone(options);
      const items: TaskView[] = [];
      try {
        for (const task of await readTasks(shell, hub, options.file, names))
          items.push(await save(work, (client) => client.call("POST /api/v1/tasks", { body: bodyOf(task) })));
      } finally {
        // Also where a later one was refused: what was added stays.
        if (items.length > 0)
          await show({ items }, () =>
            items.map((task) => `added  ${escapeControls(task.name)}, runs ${nextText(task)}\n`).join(""),
          );
      }
    },
  );

  hubCommand<TaskOptions>(
    taskOptions(
      tasks.command("set <task>").option("--file <file>", "all of it anew from a file, - is standard input"),
    ).description("Change of a task what the options say. From then on it runs with your rights."),
    shell,
    async (work, wanted = "") => {
      const { hub, options, show } = work;
      const before = await findTask(hub, wanted);
      const names = await readTaskNames(hub);
      const next = options.file === undefined ? undefined : await readTasks(shell, hub, options.file, names);
      if (next !== undefined) goesAlone(options);
      if (next !== undefined && next.length > 1)
        throw new MusterError("BAD_REQUEST", { message: "The file holds several tasks." });
      const body = bodyOf(next?.[0] ?? (await taskFrom(definitionOf(before), options, names)));
      const params = { id: before.id };
      const task = await tellingOptions(() =>
        save(work, (client) => client.call("PUT /api/v1/tasks/{id}", { params, body })),
      );
      await show(task, () => `The task ${escapeControls(task.name)} is set; it runs ${nextText(task)}.\n`);
    },
  );

  const switchCommand = (verb: string, isEnabled: boolean, description: string): void => {
    hubCommand<HubOptions>(
      tasks.command(`${verb} <task>`).description(description),
      shell,
      async (work, wanted = "") => {
        const { id } = await findTask(work.hub, wanted);
        const task = await save(work, (client) =>
          client.call("POST /api/v1/tasks/{id}/enable", { params: { id }, body: { isEnabled } }),
        );
        const what = isEnabled ? `on; it runs ${nextText(task)}` : "off";
        await work.show(task, () => `The task ${escapeControls(task.name)} is ${what}.\n`);
      },
    );
  };
  switchCommand("enable", true, "Switch a task on; from then on it runs with your rights.");
  switchCommand("disable", false, "Switch a task off.");

  hubCommand<YesOptions>(
    tasks
      .command("delete <task>")
      .description("Remove a task with all its runs; one that goes on is cancelled.")
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, wanted = "") => {
      const { id, name } = await findTask(hub, wanted);
      await confirm(
        shell,
        options.yes,
        `Remove the task ${escapeControls(name)} with its runs? It cannot be had back.`,
      );
      await hub.call("DELETE /api/v1/tasks/{id}", { params: { id } });
      await show({ id, name, deleted: true }, () => `The task ${escapeControls(name)} is removed.\n`);
    },
  );

  hubCommand<PreviewOptions>(
    scheduleOptions(tasks.command("preview [task]"))
      .description("Show when a task, or a schedule by options, would run next, in words and as times.")
      .option("--count <count>", `so many times, 1 to 100 (default ${SLOTS})`),
    shell,
    async ({ hub, options, show }, wanted) => {
      const count = wholeNumber("--count", options.count, 1, 100) ?? SLOTS;
      const before = wanted === undefined ? undefined : definitionOf(await findTask(hub, wanted));
      const { count: _count, ...rest } = options;
      // What a schedule is checked with needs some work.
      const stand = before === undefined ? { name: "preview", backup: true as const } : {};
      const { schedule, zone } = await taskFrom(before, { ...stand, ...rest }, NO_NAMES);
      const body = { schedule, zone, count };
      const answer = await tellingOptions(() => hub.call("POST /api/v1/task-previews", { body }));
      await show(answer, () => `${escapeControls(answer.words)}, ${zone}:\n${previewText(answer)}`);
    },
  );

  listRuns(shell, tasks.command("runs [task]").description("List runs, newest first, of one task or of all."));
}

/** What nothing is looked up in. */
const nobody = () => ({ problem: "is not known here" });
const NO_NAMES = { server: nobody, service: nobody, probe: nobody, notifier: nobody, nameOf: (id: string) => id };

/** Saves something that may be dangerous: then a person is asked for a proof. */
const save = <T>(
  { shell, hub, options }: { readonly shell: Shell; readonly hub: HubClient; readonly options: HubOptions },
  act: (client: HubClient) => Promise<T>,
): Promise<T> => provingIdentity(shell, hub, options, act);

/** A task as it is sent back, without what only the hub says of it. */
const definitionOf = ({
  id: _id,
  words: _words,
  owner: _owner,
  suspended: _suspended,
  nextAt: _nextAt,
  lastRun: _lastRun,
  runningCount: _runningCount,
  createdAt: _createdAt,
  changedAt: _changedAt,
  ...written
}: TaskView): TaskDefinition => written as TaskDefinition;

const nextText = ({ isEnabled, suspended, nextAt, zone }: TaskView): string =>
  !isEnabled
    ? "not before it is switched on"
    : suspended !== null
      ? `not: ${suspended}`
      : nextAt === null
        ? "never"
        : inZone(nextAt, zone);

/** A file says all of a task. Throws BAD_REQUEST where options say something of it too. */
function goesAlone(options: TaskOptions): void {
  const { file, json: _json, url: _url, ca: _ca, ...others } = options;
  for (const name of Object.keys(others))
    notBoth({ "--file": file, [`--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`]: true });
}
