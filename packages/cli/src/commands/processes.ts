import { MusterError, processTree, SIGNAL_NAMES } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { resources } from "@muster/protocol";
import type { Command } from "commander";
import { effectOptions, haveEffectOrFail } from "../actions/effect.ts";
import type { EffectOptions } from "../actions/effect.ts";
import type { HubClient } from "../client/hub-client.ts";
import { oneService, readServices, serviceLabel, servicesCalled } from "../services/selection.ts";
import type { Shell } from "../shell.ts";
import { bytes, percent, span } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { confirm, hubCommand, wholeNumber, wrongOption } from "./options.ts";
import type { HubOptions, HubWork } from "./options.ts";
import { findServer } from "./find-server.ts";

type Process = resources.ProcessView;
interface ListOptions extends HubOptions {
  readonly tree?: boolean;
  readonly limit?: string;
}
interface KillOptions extends EffectOptions {
  readonly signal: string;
}

/** What the hub gives at most. */
const PROCESSES_MAX = 2_000;

/** `ps` and `kill`. */
export function addProcessCommands(program: Command, shell: Shell): void {
  hubCommand<ListOptions>(
    program
      .command("ps [server]")
      .description("Show the processes of a server now, busiest first. With one server it need not be named.")
      .option("--tree", "children under their parents")
      .option("--limit <count>", `1 to ${PROCESSES_MAX} (default 50)`),
    shell,
    async ({ hub, options, show }, name) => {
      const limit = wholeNumber("--limit", options.limit, 1, PROCESSES_MAX) ?? 50;
      const { id } = name === undefined ? await onlyServer(hub) : await findServer(hub, name);
      const answer = await hub.call("GET /api/v1/servers/{id}/processes", { params: { id }, query: { limit } });
      await show(answer, () => processTable(answer.processes, options.tree === true, answer.at));
    },
  );

  hubCommand<KillOptions>(
    effectOptions(program.command("kill <target>"))
      .description("Send a signal to a process, as PID@SERVER, or to a container, as NAME@SERVER.")
      .option("--signal <signal>", SIGNAL_NAMES.join(", "), "TERM")
      .option("--yes", "do not ask")
      .addHelpText(
        "after",
        "\nA process is named with its start, so that a later one with the same number is never hit.",
      ),
    shell,
    async (work, target = "") => {
      const signal = work.options.signal.toUpperCase().replace(/^SIG/, "");
      if (!(SIGNAL_NAMES as readonly string[]).includes(signal))
        throw wrongOption("--signal", `must be one of ${SIGNAL_NAMES.join(", ")}`);
      const [, pid, server] = /^(\d{1,10})@(.+)$/.exec(target) ?? [];
      if (pid !== undefined && server !== undefined) await killProcess(work, Number(pid), server, signal);
      else await killContainer(work, target, signal);
    },
  );
}

async function killProcess(work: HubWork<KillOptions>, pid: number, name: string, signal: string): Promise<void> {
  const { shell, hub, options } = work;
  const server = await findServer(hub, name);
  const { processes } = await hub.call("GET /api/v1/servers/{id}/processes", {
    params: { id: server.id },
    query: { limit: PROCESSES_MAX },
  });
  const process = processes.find((candidate) => candidate.pid === pid);
  if (!process)
    throw new MusterError("NOT_FOUND", { message: `${server.name} has no process ${pid}, or shows too many.` });
  const { user, startTicks, commandLine } = process;
  const what = escapeControls(`${commandLine || process.name}`.slice(0, 200));
  await confirm(shell, options.yes, `Send ${signal} to ${pid} on ${server.name}: ${what}, of ${escapeControls(user)}?`);
  await haveEffectOrFail(work, {
    action: "process.kill",
    args: { pid, startTicks, user, signal },
    targets: { servers: [server.id] },
  });
}

async function killContainer(work: HubWork<KillOptions>, name: string, signal: string): Promise<void> {
  const { shell, hub, options } = work;
  const services = await readServices(hub, {});
  const containers = services.filter(({ driver }) => driver === "container");
  const [other] = servicesCalled(name, services);
  if (other !== undefined && servicesCalled(name, containers).length === 0)
    throw new MusterError("BAD_REQUEST", {
      message: `${serviceLabel(other)} is no container: use \`muster stop\`, or kill one of its processes as PID@SERVER.`,
    });
  const container = oneService(name, containers);
  await confirm(
    shell,
    options.yes,
    `Send ${signal} to the container ${escapeControls(container.name)} on ${container.server}?`,
  );
  await haveEffectOrFail(work, { action: "container.kill", args: { signal }, targets: { services: [container.id] } });
}

async function onlyServer(hub: HubClient): Promise<{ readonly id: string }> {
  const { items } = await hub.call("GET /api/v1/servers");
  const [first, second] = items;
  if (first && !second) return first;
  const names = items.slice(0, 10).map(({ name }) => name);
  throw new MusterError("BAD_REQUEST", {
    message: first
      ? `Say of which server: ${names.join(", ")}${items.length > 10 ? ", …" : ""}.`
      : "There is no server.",
  });
}

function processTable(processes: readonly Process[], isTree: boolean, now: number): Promise<string> {
  const rows = isTree ? processTree(processes) : processes.map((process) => ({ process, depth: 0 }));
  return renderTable(
    [
      { title: "pid", align: "right" },
      { title: "user" },
      { title: "cpu", align: "right" },
      { title: "memory", align: "right" },
      { title: "state" },
      { title: "up", align: "right" },
      { title: "command" },
    ],
    rows.map(({ process, depth }) => [
      String(process.pid),
      process.user,
      percent(process.cpuRatio),
      bytes(process.residentBytes),
      process.state,
      span(now - process.startedAt),
      `${"  ".repeat(depth)}${(process.commandLine || `[${process.name}]`).slice(0, 120)}`,
    ]),
  );
}
