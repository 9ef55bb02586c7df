import type { RolloutDetail } from "@muster/protocol";
import type { Command } from "commander";
import { provingIdentity } from "../actions/ask.ts";
import { followRollout, rolloutFailure } from "../rollouts/follow-rollout.ts";
import { planOptions, ROLLOUT_VERBS, wishFrom } from "../rollouts/rollout-options.ts";
import type { PlanOptions, RolloutVerb } from "../rollouts/rollout-options.ts";
import { planText, rolloutTable, rolloutText } from "../rollouts/rollout-text.ts";
import { selectionOptions } from "../services/selection.ts";
import type { Shell } from "../shell.ts";
import { confirm, hubCommand, wholeNumber } from "./options.ts";
import type { HubOptions, HubWork } from "./options.ts";

interface GoOptions extends HubOptions {
  readonly yes?: boolean;
  readonly wait: boolean;
}

/** `roll restart | start | stop | reload | reboot | list | show | go | approve | pause | resume | abort`. */
export function addRolloutCommands(program: Command, shell: Shell): void {
  const roll = program
    .command("roll")
    .description("One change over many targets: planned, shown, and done wave by wave.");
  for (const verb of Object.keys(ROLLOUT_VERBS) as RolloutVerb[]) addVerb(roll, shell, verb);

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
      await start(work, detail);
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

function addVerb(roll: Command, shell: Shell, verb: RolloutVerb): void {
  const isOfServers = verb === "reboot";
  const command = roll.command(`${verb} [${isOfServers ? "server" : "service"}...]`).description(ROLLOUT_VERBS[verb]);
  if (isOfServers) command.option("--tag <tag>", "servers with this tag");
  else selectionOptions(command);
  hubCommand<PlanOptions>(
    waitOptions(planOptions(command)).addHelpText(
      "after",
      `\n${isOfServers ? "SERVER is a name or an id." : "SERVICE is NAME on every server, NAME@SERVER or an id."} The plan is shown before anything starts.` +
        "\nEnds with 0 when all are well, 72 when some failed or it was aborted or rolled back, 77 refused.",
    ),
    shell,
    (work, ...operands) => rollOut(work, verb, operands),
  );
}

async function rollOut(work: HubWork<PlanOptions>, verb: RolloutVerb, operands: readonly string[]): Promise<void> {
  const { shell, hub, options, note } = work;
  const body = await wishFrom(work, verb, operands);
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
  await start(work, detail);
}

async function start(work: HubWork<GoOptions>, planned: RolloutDetail): Promise<void> {
  const { shell, hub, options, show } = work;
  const { id, sha256 } = planned.rollout;
  const rollout = await provingIdentity(shell, hub, options, (client) =>
    client.call("POST /api/v1/rollouts/{id}/start", { params: { id }, body: { sha256 } }),
  );
  if (!options.wait) return show(rollout, () => `Started as ${id}.\n`);
  const ended = await followRollout(work, { ...planned, rollout });
  await show(ended, () => "");
  const failure = rolloutFailure(ended.rollout);
  if (failure) throw failure;
}
