import { HOUR_MS, MINUTE_MS, MusterError, NO_DATA_POLICIES, SEVERITIES } from "@muster/core";
import type { Level, NoDataPolicy, Severity } from "@muster/core";
import { Option } from "commander";
import type { Command } from "commander";
import { gather, notBoth, wrongOption } from "../commands/options.ts";
import type { HubOptions } from "../commands/options.ts";
import { milliseconds, millisecondsOrNone } from "../commands/time-options.ts";
import type { RuleBody } from "./rule-file.ts";

/** What can be said of a rule without a file: all of one of a metric or of logs, and of the others all but their condition. */
export interface RuleOptions extends HubOptions {
  readonly name?: string;
  readonly metric?: string;
  readonly log?: readonly string[];
  readonly says?: string;
  readonly expression?: string;
  readonly times?: readonly string[];
  readonly within?: string;
  readonly label?: readonly string[];
  readonly above?: readonly string[];
  readonly below?: readonly string[];
  readonly severity?: Severity;
  readonly clearAt?: string;
  readonly rate?: boolean;
  readonly horizon?: string;
  readonly window?: string;
  readonly for?: string;
  readonly clearFor?: string;
  readonly server?: readonly string[];
  readonly tag?: readonly string[];
  readonly allServers?: boolean;
  readonly unknown?: NoDataPolicy;
  readonly notifier?: readonly string[];
  readonly allNotifiers?: boolean;
}

export const ruleOptions = (command: Command): Command =>
  command
    .option("--name <name>", "what it is called")
    .option("--metric <metric>", "what is compared, such as filesystem_used_ratio")
    .option(
      "--log <name>",
      "whose log is looked through: a service, * for any text, or /file; repeat for several",
      gather,
    )
    .option("--says <text>", "with --log: the text that is looked for")
    .option("--expression <expression>", "with --log: an expression that is looked for")
    .option(
      "--times <count>",
      "with --log: bad from so many lines on; SEVERITY=COUNT and repeated for several levels",
      gather,
    )
    .option("--within <span>", "with --log: the time in which they are counted (default 5m)")
    .option("--label <name=value>", "only series with this label, * stands for any text; repeat for several", gather)
    .option("--above <threshold>", "bad above it; SEVERITY=THRESHOLD and repeated for several levels", gather)
    .option("--below <threshold>", "bad below it; SEVERITY=THRESHOLD and repeated for several levels", gather)
    .addOption(new Option("--severity <severity>", "how bad, for one level").choices(SEVERITIES))
    .option("--clear-at <value>", "well again only on this side of it")
    .option("--rate", "compare how much a counter grows a second")
    .option("--horizon <span>", "compare what the value will be after this time, such as 24h")
    .option("--window <span>", "with --horizon: the past by which that is told (default 6h)")
    .option("--for <span>", "bad for so long without a break, such as 5m; 0: at once")
    .option("--clear-for <span>", "well for so long before that is told (default 5m)")
    .option("--server <server>", "for this server, by name or id; repeat for several", gather)
    .option("--tag <tag>", "for servers and probes with this tag; repeat for several", gather)
    .option("--all-servers", "for all servers again")
    .addOption(new Option("--unknown <policy>", "what it means that nothing is known").choices(NO_DATA_POLICIES))
    .option("--notifier <notifier>", "tell this one, by name or id; repeat for several", gather)
    .option("--all-notifiers", "tell whoever is told by default again");

/** How names become ids. */
export interface OptionNames {
  serverIds(names: readonly string[]): Promise<string[]>;
  notifierIds(names: readonly string[]): Promise<string[]>;
}

/** The past by which is told what comes, where nobody says another one. */
const WINDOW_MS = 6 * HOUR_MS;

type MetricCondition = Extract<RuleBody["condition"], { readonly is: "metric" }>;

/** A rule as it was, or none, with what the options say. Throws BAD_REQUEST naming the option, NOT_FOUND. */
export async function ruleFrom(
  before: RuleBody | undefined,
  options: RuleOptions,
  names: OptionNames,
): Promise<RuleBody> {
  const condition = conditionFrom(before?.condition, options);
  if (condition === undefined)
    throw new MusterError("BAD_REQUEST", {
      message: "Say what the rule is: a FILE, --metric with --above or --below, or --log with --says and --times.",
    });
  const name = options.name ?? before?.name;
  if (name === undefined) throw wrongOption("--name", "is needed");
  const { for: forSpan, clearFor, server, tag, notifier, allServers, allNotifiers } = options;
  notBoth({ "--server": server, "--all-servers": allServers });
  notBoth({ "--tag": tag, "--all-servers": allServers });
  notBoth({ "--notifier": notifier, "--all-notifiers": allNotifiers });
  return {
    ...before,
    name,
    condition,
    ...(forSpan !== undefined && { forMs: millisecondsOrNone("--for", forSpan) }),
    ...(clearFor !== undefined && { clearForMs: millisecondsOrNone("--clear-for", clearFor) }),
    ...(allServers && { scope: { is: "all" as const } }),
    ...((server ?? tag) !== undefined && {
      scope: { is: "some" as const, serverIds: await names.serverIds(server ?? []), tags: [...(tag ?? [])] },
    }),
    ...(options.unknown !== undefined && { noData: options.unknown }),
    ...(allNotifiers && { notifierIds: null }),
    ...(notifier !== undefined && { notifierIds: await names.notifierIds(notifier) }),
  };
}

type LogCondition = Extract<RuleBody["condition"], { readonly is: "log" }>;
const WITHIN_MS = 5 * MINUTE_MS;

/** Of a rule of logs; undefined where nothing is said of one. */
function logConditionFrom(
  before: RuleBody["condition"] | undefined,
  { log, says, expression, times, within, severity, metric }: RuleOptions,
): LogCondition | undefined {
  if ([log, says, expression, times, within].every((given) => given === undefined)) return undefined;
  notBoth({ "--log": log ?? says ?? expression ?? times ?? within, "--metric": metric });
  notBoth({ "--says": says, "--expression": expression });
  const known = before?.is === "log" ? before : undefined;
  const pattern = says ?? expression ?? known?.pattern;
  if (log === undefined && known === undefined) throw wrongOption("--log", "is needed");
  if (pattern === undefined) throw wrongOption("--says", "or --expression is needed");
  if (times === undefined && known === undefined) throw wrongOption("--times", "is needed");
  const isFile = (one: string): boolean => one.startsWith("/");
  return {
    ...{ is: "log", pattern, windowMs: known?.windowMs ?? WITHIN_MS, levels: known?.levels ?? [] },
    ...(known !== undefined && { drivers: known.drivers ?? [], names: known.names ?? [], files: known.files ?? [] }),
    ...(log !== undefined && { names: log.filter((one) => !isFile(one)), files: log.filter(isFile) }),
    isExpression: expression !== undefined || (says === undefined && known?.isExpression === true),
    ...(within !== undefined && { windowMs: milliseconds("--within", within) }),
    ...(times !== undefined && { levels: times.map((text) => levelFrom("--times", text, severity)) }),
  };
}

function conditionFrom(
  before: RuleBody["condition"] | undefined,
  options: RuleOptions,
): RuleBody["condition"] | undefined {
  const ofLog = logConditionFrom(before, options);
  if (ofLog !== undefined) return ofLog;
  const { metric, label, above, below, severity, clearAt, rate, horizon, window } = options;
  const isAsked = [metric, label, above, below, severity, clearAt, rate, horizon, window].some(
    (given) => given !== undefined,
  );
  if (!isAsked) return before;
  if (metric === undefined && before?.is !== "metric")
    throw wrongOption(
      "--metric",
      before === undefined ? "is needed" : "is needed: this is no rule of a metric, set it by a file",
    );
  const known: MetricCondition | undefined = before?.is === "metric" ? before : undefined;
  notBoth({ "--above": above, "--below": below });
  notBoth({ "--rate": rate, "--horizon": horizon });
  const bounds = above ?? below;
  if (bounds === undefined && known === undefined) throw wrongOption("--above", "or --below is needed");
  if (bounds === undefined && severity !== undefined) throw wrongOption("--severity", "goes with --above or --below");
  const isForecast = horizon !== undefined || (known?.measure === "forecast" && !rate);
  if (window !== undefined && !isForecast) throw wrongOption("--window", "goes with --horizon");
  const option = above === undefined ? "--below" : "--above";
  return {
    ...known,
    is: "metric",
    metric: metric ?? known?.metric ?? "",
    levels: bounds === undefined ? (known?.levels ?? []) : bounds.map((text) => levelFrom(option, text, severity)),
    ...(bounds !== undefined && { comparison: above === undefined ? ("below" as const) : ("above" as const) }),
    ...(label !== undefined && { labels: Object.fromEntries(label.map(labelFrom)) }),
    ...(clearAt !== undefined && { clearAt: clearAt === "none" ? null : numberFrom("--clear-at", clearAt) }),
    ...(rate && { measure: "rate" as const }),
    ...(horizon !== undefined && { measure: "forecast" as const, horizonMs: milliseconds("--horizon", horizon) }),
    ...(isForecast && {
      windowMs: window === undefined ? known?.windowMs || WINDOW_MS : milliseconds("--window", window),
    }),
  };
}

/** `0.9`, or `critical=0.95`. */
function levelFrom(option: string, text: string, severity: Severity | undefined): Level {
  const [first = "", second] = text.split("=");
  if (second === undefined) return { severity: severity ?? "warning", threshold: numberFrom(option, first) };
  const named = SEVERITIES.find((one) => one === first);
  if (named === undefined) throw wrongOption(option, `${first} is no severity; there are ${SEVERITIES.join(", ")}`);
  return { severity: named, threshold: numberFrom(option, second) };
}

function labelFrom(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw wrongOption("--label", "must be name=value, such as mount=/");
  return [text.slice(0, at), text.slice(at + 1)];
}

function numberFrom(option: string, text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!Number.isFinite(value)) throw wrongOption(option, "must be a number; shares are 0 to 1");
  return value;
}
