import { FAILURE_POLICIES, MusterError, ROLLOUT_ORDERS } from "@muster/core";
import type { FailurePolicy, RolloutAction, RolloutOrdering } from "@muster/core";
import type { NewRollout, RolloutDetail } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import { provingIdentity } from "../actions/ask.ts";
import { followRollout, rolloutFailure } from "../rollouts/follow-rollout.ts";
import { planText, rolloutTable, rolloutText } from "../rollouts/rollout-text.ts";
import { readServices, selectionOptions, servicesCalled } from "../services/selection.ts";
import type { SelectionOptions } from "../services/selection.ts";
import type { Shell } from "../shell.ts";
import { findServer } from "./find-server.ts";
import { confirm, hubCommand, wholeNumber, wrongOption } from "./options.ts";
import type { HubOptions, HubWork } from "./options.ts";
import { millisecondsOrNone } from "./time-options.ts";

interface PlanOptions extends HubOptions, SelectionOptions {
  readonly batch: string;
  readonly canary?: string;
  readonly waitHealthy?: string;
  readonly timeout?: string;
  readonly pause?: string;
  readonly failures?: string;
  readonly onFailure: FailurePolicy;
  readonly order: RolloutOrdering;
  readonly name?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly approveBySecond?: boolean;
  readonly yes?: boolean;
  readonly wait: boolean;
}
interface GoOptions extends HubOptions {
  readonly yes?: boolean;
  readonly wait: boolean;
}

const VERBS = ["restart", "start", "stop", "reload", "reboot"] as const;
type Verb = (typeof VERBS)[number];
const MEANINGS: Readonly<Record<Verb, string>> = {
  restart: "Restart services, wave by wave.",
  start: "Start services, wave by wave.",
  stop: "Stop services, wave by wave.",
  reload: "Let services read their configuration anew, wave by wave.",
  reboot: "Reboot servers, wave by wave.",
};

/** `roll restart | start | stop | reload | reboot | list | show | go | approve | pause | resume | abort`. */
export function addRolloutCommands(program: Command, shell: Shell): void {
  const roll = program
    .command("roll")
    .description("One change over many targets: planned, shown, and done wave by wave.");
  for (const verb of VERBS) addVerb(roll, shell, verb);

  hubCommand<HubOptions & { readonly limit?: string }>(
    roll
      .command("list", { isDefault: true })
      .description("List rollouts and plans, newest first.")
      .option("--limit <count>", "1 to 500 (default 20)"),
    shell,
    async ({ hub, options, colours, show }) => {
      const limit = wholeNumber("--limit", options.limit, 1, 500) ?? 20;
      const answer = await hub.call("GET /api/v1/rollouts", { query: { limit } });
      await show(answer, () => (answer.items.length === 0 ? "No rollouts.\n" : rolloutTable(answer.items, colours)));
    },
  );
  hubCommand<HubOptions>(
    roll.command("show <id>").description("Show a rollout with its plan and how far each target is."),
    shell,
    async ({ hub, colours, show }, id = "") => {
      const detail = await hub.call("GET /api/v1/rollouts/{id}", { params: { id }, query: {} });
      await show(detail, () => rolloutText(detail, colours));
    },
  );
  hubCommand<GoOptions>(
    waitOptions(roll.command("go <id>").description("Start a plan of your own that was made before.")),
    shell,
    async (work, id = "") => {
      const detail = await work.hub.call("GET /api/v1/rollouts/{id}", { params: { id }, query: {} });
      if (!work.options.json) work.shell.terminal.write(planText(detail));
      await confirm(shell, work.options.yes, "Start this?");
      await start(work, work.hub, detail);
    },
  );
  hubCommand<HubOptions & { readonly yes?: boolean }>(
    roll
      .command("approve <id>")
      .description("Approve exactly the plan that is shown, which somebody else has made.")
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, id = "") => {
      const detail = await hub.call("GET /api/v1/rollouts/{id}", { params: { id }, query: {} });
      if (!options.json) shell.terminal.write(planText(detail));
      await confirm(shell, options.yes, "Approve this plan?");
      const { sha256 } = detail.rollout;
      const rollout = await provingIdentity(shell, hub, options, (client) =>
        client.call("POST /api/v1/rollouts/{id}/approve", { params: { id }, body: { sha256 } }),
      );
      await show(rollout, () => `Approved. ${rollout.asker} may start it now.\n`);
    },
  );
  for (const [verb, meaning] of [
    ["pause", "Let what has begun come to its end, and begin nothing more."],
    ["resume", "Go on with a paused rollout."],
  ] as const)
    hubCommand<HubOptions>(roll.command(`${verb} <id>`).description(meaning), shell, async (work, id = "") => {
      const { hub, options, show } = work;
      const rollout = await provingIdentity(shell, hub, options, (client) =>
        client.call(`POST /api/v1/rollouts/{id}/${verb}`, { params: { id } }),
      );
      await show(rollout, () => `${rollout.name} is ${rollout.state}.\n`);
    });
  hubCommand<HubOptions & { readonly rollBack?: boolean }>(
    roll
      .command("abort <id>")
      .description("Begin nothing more, and end a rollout or a plan.")
      .option("--roll-back", "take back what it has changed"),
    shell,
    async ({ hub, options, show }, id = "") => {
      const body = { isTakenBack: options.rollBack === true };
      const rollout = await hub.call("POST /api/v1/rollouts/{id}/abort", { params: { id }, body });
      await show(rollout, () => `${rollout.name} is ${rollout.outcome ?? rollout.state}.\n`);
    },
  );
}

const waitOptions = (command: Command): Command =>
  command
    .option("--no-wait", "do not wait for the end: 0 then means that it was started")
    .option("--yes", "do not ask before it starts");

function addVerb(roll: Command, shell: Shell, verb: Verb): void {
  const isOfServers = verb === "reboot";
  const command = roll.command(`${verb} [${isOfServers ? "server" : "service"}...]`).description(MEANINGS[verb]);
  if (isOfServers) command.option("--tag <tag>", "servers with this tag");
  else selectionOptions(command);
  hubCommand<PlanOptions>(
    waitOptions(
      command
        .option("--batch <size>", "at most so many at once, or a share of all, such as 25%", "1")
        .option("--canary <count>", "so many go first, alone; if one fails, nothing more begins")
        .option("--wait-healthy <span>", "each must be well so long on end (default 10s)")
        .option("--timeout <span>", "within so long after its action has ended (default 5m)")
        .option("--pause <span>", "between waves")
        .option("--failures <count>", "so many may fail (default 0)")
        .addOption(new Option("--on-failure <what>", "when more have failed").choices(FAILURE_POLICIES).default("stop"))
        .addOption(
          new Option("--order <order>", "by name, or what is needed first").choices(ROLLOUT_ORDERS).default("name"),
        )
        .option("--name <name>", "what the rollout is called")
        .option("--reason <text>", "why, for the audit log")
        .option("--dry-run", "show the plan and start nothing")
        .option("--approve-by-second", "somebody else must approve the plan; `roll go` starts it then"),
    ).addHelpText(
      "after",
      `\n${isOfServers ? "SERVER is a name or an id." : "SERVICE is NAME on every server, NAME@SERVER or an id."} The plan is shown before anything starts.` +
        "\nEnds with 0 when all are well, 72 when some failed or it was aborted or rolled back, 77 refused.",
    ),
    shell,
    (work, ...operands) => rollOut(work, verb, operands),
  );
}

async function rollOut(work: HubWork<PlanOptions>, verb: Verb, operands: readonly string[]): Promise<void> {
  const { shell, hub, options, note } = work;
  const body = await wishOf(work, verb, operands);
  const detail = await hub.call("POST /api/v1/rollouts", { body });
  const { id, state } = detail.rollout;
  if (!options.json) shell.terminal.write(planText(detail));
  if (options.dryRun || state === "awaiting-approval") {
    if (options.json) await work.show(detail, () => "");
    if (options.dryRun) await hub.call("POST /api/v1/rollouts/{id}/abort", { params: { id }, body: {} });
    else note(`It waits for somebody else: \`muster roll approve ${id}\`. Then start it: \`muster roll go ${id}\`.`);
    return;
  }
  try {
    await confirm(shell, options.yes, "Start this?");
  } catch (error) {
    await hub.call("POST /api/v1/rollouts/{id}/abort", { params: { id }, body: {} });
    throw error;
  }
  await start(work, hub, detail);
}

async function start(
  work: HubWork<GoOptions>,
  hub: HubWork<GoOptions>["hub"],
  { rollout: { id, sha256 } }: RolloutDetail,
): Promise<void> {
  const { shell, options, show } = work;
  const started = await provingIdentity(shell, hub, options, (client) =>
    client.call("POST /api/v1/rollouts/{id}/start", { params: { id }, body: { sha256 } }),
  );
  if (!options.wait) return show(started, () => `Started as ${id}.\n`);
  const ended = await followRollout(work, id);
  await show(ended, () => "");
  const failure = rolloutFailure(ended.rollout);
  if (failure) throw failure;
}

async function wishOf(
  { hub, options }: HubWork<PlanOptions>,
  verb: Verb,
  operands: readonly string[],
): Promise<NewRollout> {
  const action: RolloutAction = verb === "reboot" ? "server.reboot" : `service.${verb}`;
  const called = operands.join(", ") || options.tag || options.kind || options.driver || options.server || "";
  const name = options.name ?? `${verb} ${called}`.slice(0, 100);
  const stableMs = millisecondsOrNone("--wait-healthy", options.waitHealthy ?? "10s");
  const timeoutMs = millisecondsOrNone("--timeout", options.timeout ?? "5m");
  if (stableMs > timeoutMs) throw wrongOption("--wait-healthy", "must not be longer than --timeout");
  return {
    ...{ name, action, order: options.order, onFailure: options.onFailure, gate: { stableMs, timeoutMs } },
    targets:
      verb === "reboot" ? await serversMeant(hub, options, operands) : await servicesMeant(hub, options, operands),
    batch: batchOf(options.batch),
    canary: wholeNumber("--canary", options.canary, 0, 1_000) ?? 0,
    pauseMs: millisecondsOrNone("--pause", options.pause ?? "0s"),
    failuresMax: wholeNumber("--failures", options.failures, 0, 1_000) ?? 0,
    needsApproval: options.approveBySecond === true,
    ...(options.reason !== undefined && { reason: options.reason }),
  };
}

function batchOf(text: string): NonNullable<NewRollout["batch"]> {
  const percent = /^(\d{1,3})%$/.exec(text)?.[1];
  if (percent !== undefined) return { is: "percent", percent: wholeNumber("--batch", percent, 1, 100)! };
  return { is: "count", count: wholeNumber("--batch", text, 1, 1_000)! };
}

async function serversMeant(
  hub: HubWork<PlanOptions>["hub"],
  { tag }: PlanOptions,
  operands: readonly string[],
): Promise<NewRollout["targets"]> {
  if (operands.length === 0 && tag === undefined)
    throw new MusterError("BAD_REQUEST", { message: "No server is named. Name some, or choose them with --tag." });
  const servers: string[] = [];
  for (const operand of operands) servers.push((await findServer(hub, operand)).id);
  return { ...(servers.length > 0 && { servers }), ...(tag !== undefined && { tag }) };
}

async function servicesMeant(
  hub: HubWork<PlanOptions>["hub"],
  options: PlanOptions,
  operands: readonly string[],
): Promise<NewRollout["targets"]> {
  const { server, tag, driver, kind } = options;
  if (operands.length === 0 && [server, tag, driver, kind].every((option) => option === undefined))
    throw new MusterError("BAD_REQUEST", {
      message: "No service is named. Name some, or choose them with --tag, --kind, --driver or --server.",
    });
  const services = await readServices(hub, options);
  const meant = operands.length === 0 ? services : operands.flatMap((operand) => servicesCalled(operand, services));
  if (meant.length === 0)
    throw new MusterError("NOT_FOUND", { message: `There is no service called ${operands.join(", ")}.` });
  return { services: [...new Set(meant.map(({ id }) => id))] };
}
