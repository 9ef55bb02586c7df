import { FAILURE_POLICIES, MusterError, ROLLOUT_ORDERS } from "@muster/core";
import type { FailurePolicy, RolloutAction, RolloutOrdering } from "@muster/core";
import type { NewRollout } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import { findServer } from "../commands/find-server.ts";
import { wholeNumber, wrongOption } from "../commands/options.ts";
import type { HubOptions, HubWork } from "../commands/options.ts";
import { millisecondsOrNone } from "../commands/time-options.ts";
import { NO_SERVICE_NAMED, readServices, someServices } from "../services/selection.ts";
import type { SelectionOptions } from "../services/selection.ts";

/** What is rolled out, and what each is for. */
export const ROLLOUT_VERBS = {
  restart: "Restart services, wave by wave.",
  start: "Start services, wave by wave.",
  stop: "Stop services, wave by wave.",
  reload: "Let services read their configuration anew, wave by wave.",
  reboot: "Reboot servers, wave by wave.",
} as const;
export type RolloutVerb = keyof typeof ROLLOUT_VERBS;

/** What can be said of a plan. */
export interface PlanOptions extends HubOptions, SelectionOptions {
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
export const planOptions = (command: Command): Command =>
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
    .option("--approve-by-second", "somebody else must approve the plan; `roll go` starts it then");

/** The plan that the options wish for. Throws BAD_REQUEST naming the option, NOT_FOUND for what is named and is not there. */
export async function wishFrom(
  { hub, options }: HubWork<PlanOptions>,
  verb: RolloutVerb,
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
  hub: HubClient,
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
  hub: HubClient,
  options: PlanOptions,
  operands: readonly string[],
): Promise<NewRollout["targets"]> {
  const { server, tag, driver, kind } = options;
  if (operands.length === 0 && [server, tag, driver, kind].every((option) => option === undefined))
    throw new MusterError("BAD_REQUEST", { message: NO_SERVICE_NAMED });
  const services = await readServices(hub, options);
  const meant = operands.length === 0 ? services : operands.flatMap((operand) => someServices(operand, services));
  if (meant.length === 0) throw new MusterError("NOT_FOUND", { message: "There is no service that fits the options." });
  return { services: [...new Set(meant.map(({ id }) => id))] };
}
