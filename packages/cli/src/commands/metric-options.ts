import { COMBINE_FUNCTIONS, isLabelName, STEP_FUNCTIONS } from "@muster/core";
import type { CombineFunction, StepFunction } from "@muster/core";
import { Option } from "commander";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import { oneService, readServices } from "../services/selection.ts";
import { gather, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { findServer } from "./find-server.ts";
import { instant, milliseconds } from "./time-options.ts";

/** Whose samples, of when, and how they become points. */
export interface MetricOptions extends HubOptions {
  readonly server?: readonly string[];
  readonly service?: string;
  readonly tag?: readonly string[];
  readonly fleet?: boolean;
  readonly label?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly step?: string;
  readonly function?: StepFunction;
  readonly quantile?: string;
  readonly by?: "series" | "server" | "tag" | "all";
  readonly combine?: CombineFunction;
}

const DEFAULT_LAST = "1h";

export const metricOptions = (command: Command): Command =>
  command
    .argument("<metric...>", "names, such as cpu_busy_ratio")
    .option("--server <server>", "a server, by name or id; repeat for several", gather)
    .option("--service <service>", "a service, as NAME or NAME@SERVER")
    .option("--tag <tag>", "only servers with this tag; repeat for several", gather)
    .option("--fleet", "all servers")
    .option("--label <name=value>", "only series with this label; repeat for several", gather)
    .option("--last <span>", `the time up to now, such as 30m, 6h or 7d (default ${DEFAULT_LAST})`)
    .option("--from <time>", "ISO 8601 or epoch milliseconds, instead of --last")
    .option("--to <time>", "until then; now when absent")
    .option("--step <span>", "one point for each, such as 1m or 1h")
    .addOption(new Option("--function <name>", "how samples become a point").choices(STEP_FUNCTIONS))
    .option("--quantile <number>", "from 0 to 1, with --function quantile")
    .addOption(new Option("--by <what>", "what becomes one line").choices(["series", "server", "tag", "all"]))
    .addOption(new Option("--combine <name>", "how series become one line").choices(COMBINE_FUNCTIONS));

/** The options as the API's parameters. Throws BAD_REQUEST naming the option, NOT_FOUND for a server. */
export async function metricQuery(hub: HubClient, metrics: readonly string[], options: MetricOptions, now: number) {
  const { last, from, to, step, quantile } = options;
  if (last !== undefined && from !== undefined) throw wrongOption("--last", "goes without --from");
  const until = to === undefined ? now : instant("--to", to);
  const ids: string[] = [];
  for (const name of options.server ?? []) ids.push((await findServer(hub, name)).id);
  const labels = new Map((options.label ?? []).map(label));
  if (options.service !== undefined) {
    const where = options.server?.length === 1 ? { server: options.server[0]! } : {};
    const { serverId, driver, name } = oneService(options.service, await readServices(hub, where));
    if (!ids.includes(serverId)) ids.push(serverId);
    labels.set("driver", driver).set("service", name);
  }
  return {
    metric: metrics.join(","),
    ...(ids.length > 0 && { server: ids.join(",") }),
    ...(options.tag && { tag: options.tag.join(",") }),
    ...(options.fleet && { fleet: "true" as const }),
    ...(labels.size > 0 && { labels: JSON.stringify(Object.fromEntries(labels)) }),
    from: from === undefined ? until - milliseconds("--last", last ?? DEFAULT_LAST) : instant("--from", from),
    to: until,
    ...(step !== undefined && { step: milliseconds("--step", step) }),
    ...(options.function && { function: options.function }),
    ...(quantile !== undefined && { quantile }),
    ...(options.by && { by: options.by }),
    ...(options.combine && { combine: options.combine }),
  };
}

function label(text: string): readonly [name: string, value: string] {
  const [name = "", ...value] = text.split("=");
  if (!isLabelName(name) || value.length === 0) throw wrongOption("--label", "must be name=value, such as mount=/");
  return [name, value.join("=")];
}
