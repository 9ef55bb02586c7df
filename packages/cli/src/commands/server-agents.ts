import { isMusterError, isOver, MusterError } from "@muster/core";
import type { DeployAction } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { resources } from "@muster/protocol";
import type { Command } from "commander";
import { provingIdentity } from "../actions/ask.ts";
import { AWAY_MS, followProgress, stepLine, WAIT_MS } from "../actions/follow-progress.ts";
import { patiently } from "../client/patience.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { findServer } from "./find-server.ts";
import { confirm, hubCommand } from "./options.ts";
import type { HubOptions, HubWork } from "./options.ts";

type Deployment = resources.DeploymentView;
type Server = resources.Server;
interface AgentOptions extends HubOptions {
  readonly wait: boolean;
  readonly yes?: boolean;
}

interface Verb {
  readonly command: string;
  readonly action: DeployAction;
  readonly description: string;
  /** What is asked before, where it should be. */
  readonly question?: string;
}

const VERBS: readonly Verb[] = [
  {
    command: "deploy",
    action: "deploy",
    description: "Put the agent on servers that are reached by SSH; they keep their id and history.",
    question: "A program of its own user will run there from then on.",
  },
  { command: "upgrade", action: "upgrade", description: "Put the hub's agent in the place of an older one over SSH." },
  {
    command: "undeploy",
    action: "uninstall",
    description: "Take agents away over SSH; their servers are read by SSH again.",
    question: "What agents supervise there ends, and what they keep for the hub is lost.",
  },
  { command: "start-agent", action: "start", description: "Start agents over SSH." },
  {
    command: "stop-agent",
    action: "stop",
    description: "Stop agents over SSH, until they are started or the server boots.",
    question: "Nothing is heard of these servers then.",
  },
];

/** `servers deploy | upgrade | undeploy | start-agent | stop-agent`: what is done to agents over SSH. */
export function addServerAgentCommands(servers: Command, shell: Shell): void {
  for (const verb of VERBS) {
    const command = servers
      .command(`${verb.command} <server...>`)
      .description(verb.description)
      .option("--no-wait", "do not wait for the end: 0 then means that it was begun");
    if (verb.question !== undefined) command.option("--yes", "do not ask");
    hubCommand<AgentOptions>(command, shell, (work, ...names) => act(work, verb, names));
  }
}

async function act(work: HubWork<AgentOptions>, verb: Verb, names: readonly string[]): Promise<void> {
  const { shell, hub, options, colours, show } = work;
  const wanted: Server[] = [];
  for (const name of new Set(names)) wanted.push(await findServer(hub, name));
  if (verb.question !== undefined) {
    const list = wanted.map(({ name }) => name).join(", ");
    await confirm(shell, options.yes, `${verb.command} ${list}? ${verb.question}`);
  }
  const signal = shell.stopSignal();
  const { begun, refused, ended } = await provingIdentity(shell, hub, options, (client) =>
    begin({ ...work, hub: client }, verb.action, wanted, signal),
  );
  const write = (text: string): void => {
    if (!options.json) shell.terminal.write(text);
  };
  const followed = await Promise.allSettled(
    begun.map(async (one) => (options.wait ? follow(work, one, signal, (line) => write(line(colours))) : one)),
  );
  const items = followed.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  await show({ items }, () => (options.wait ? "" : begun.map(({ server, id }) => `${server}: ${id}\n`).join("")));
  const lost = [...ended, ...followed.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []))];
  if (lost.length > 0) throw lost[0];
  const failed = items.filter(({ state }) => state === "failed").length + refused;
  if (failed > 0)
    throw new MusterError("ACTION_FAILED", {
      message: wanted.length === 1 ? "It failed." : `Of ${wanted.length} servers ${failed} failed.`,
    });
}

/**
 * Asks for all; with several, one that clashes holds up no other. What concerns all of them is thrown, or, where some have
 * begun that must be followed, told in `ended`.
 */
async function begin(
  { shell, hub, note }: HubWork<AgentOptions>,
  action: DeployAction,
  servers: readonly Server[],
  signal: AbortSignal,
): Promise<{ readonly begun: readonly Deployment[]; readonly refused: number; readonly ended: readonly unknown[] }> {
  const begun: Deployment[] = [];
  let refused = 0;
  for (const { id, name } of servers) {
    try {
      // The hub lets so many writes a minute through; one that is asked for twice clashes with itself.
      begun.push(
        await patiently({ ...shell, tell: note }, AWAY_MS, signal, () =>
          hub.call("POST /api/v1/servers/{id}/agent", { params: { id }, body: { action } }),
        ),
      );
    } catch (error) {
      if (servers.length > 1 && isMusterError(error, "CONFLICT")) {
        note(`${name}: ${error.message}`);
        refused++;
      } else if (begun.length === 0) throw error;
      else return { begun, refused, ended: [error] };
    }
  }
  return { begun, refused, ended: [] };
}

/** Tells each step as it ends, until all is over. Aborting ends the waiting only. */
async function follow(
  { shell, hub }: HubWork<AgentOptions>,
  first: Deployment,
  signal: AbortSignal,
  tell: (line: (colours: Colours) => string) => void,
): Promise<Deployment> {
  const told = new Set<string>();
  const params = { id: first.id };
  return followProgress(
    shell,
    first,
    {
      isOver,
      tell({ server, steps, state, aftermath }) {
        for (const step of steps) {
          if (step.endedAt === null || told.has(step.step)) continue;
          told.add(step.step);
          tell((colours) => stepLine(server, step, colours));
        }
        if (isOver({ state }) && aftermath !== "") tell(() => `${server}  ${escapeControls(aftermath)}\n`);
      },
      next: ({ revision: after }, stop) =>
        hub.call("GET /api/v1/deployments/{id}", { params, query: { waitMs: WAIT_MS, after } }, { signal: stop }),
      // A hub that was started anew has put the server back where it was.
      where: `\`muster servers show ${first.server}\` tells how the server is reached now.`,
    },
    signal,
  );
}
