import { notifierEntry } from "@muster/core";
import type { NotifierKindName, Severity } from "@muster/core";
import type { NotifierView } from "@muster/protocol";
import { readFileOption } from "../commands/file-option.ts";
import { gather, notBoth, readPassword, wrongOption } from "../commands/options.ts";
import type { HubOptions } from "../commands/options.ts";
import { millisecondsOrNone } from "../commands/time-options.ts";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import { settingsFrom } from "../probes/settings-options.ts";
import type { Shell } from "../shell.ts";
import { oneOf } from "./find.ts";
import { severityOption } from "./severity-cell.ts";

/** What is said of a notifier that is added or changed. */
export interface NotifierOptions extends HubOptions {
  readonly set?: readonly string[];
  readonly secret?: boolean;
  readonly secretFile?: string;
  readonly severity?: Severity;
  readonly delay?: string;
  readonly repeat?: string;
  readonly hours?: readonly string[];
  readonly zone?: string;
  readonly fallback?: string;
  readonly default?: boolean;
  readonly onlyNamed?: boolean;
  readonly disable?: boolean;
  readonly enable?: boolean;
}

export const notifierOptions = (command: Command): Command =>
  command
    .option("--set <name=value>", "a setting of the kind; may be given several times", gather)
    .option("--secret", "ask for the token, password or secret address, or read it from standard input")
    .option("--secret-file <file>", "read that from a file")
    .addOption(severityOption("tell what is at least as bad"))
    .option("--delay <span>", "tell what is open for so long and not acknowledged: a step of an escalation")
    .option("--repeat <span>", "tell again so often until it is acknowledged; 0: never")
    .option("--hours <days from-until>", "tell only then, such as 'Mon-Fri 08:00-18:00'; repeat, or `always`", gather)
    .option("--zone <zone>", "of --hours, such as Europe/Berlin (UTC for a notifier that has none)")
    .option("--fallback <notifier>", "who is told what this one cannot be; `none` for nobody")
    .option("--default", "told of every rule that names no notifiers")
    .option("--only-named", "told only of rules that name it")
    .option("--disable", "tells nothing for now")
    .option("--enable", "tells again");

/** The secret that was typed, piped or lies in a file; undefined where none was told. Throws BAD_REQUEST. */
export async function secretFrom(shell: Shell, { secret, secretFile }: NotifierOptions): Promise<string | undefined> {
  if (secretFile !== undefined) return readFileOption("--secret-file", secretFile).replace(/\r?\n$/, "");
  return secret ? readPassword(shell, "Secret: ") : undefined;
}

/** What every notifier has, as the hub takes it; what was not said is absent. Throws BAD_REQUEST naming the option, NOT_FOUND. */
export async function notifierFields(
  hub: HubClient,
  kind: NotifierKindName,
  before: Pick<NotifierView, "settings" | "hours"> | undefined,
  options: NotifierOptions,
) {
  const { set, severity, delay, repeat, fallback } = options;
  notBoth({ "--default": options.default, "--only-named": options.onlyNamed });
  notBoth({ "--enable": options.enable, "--disable": options.disable });
  const hours = hoursFrom(options, before?.hours ?? null);
  const fallbackId =
    fallback === undefined ? undefined : fallback === "none" ? null : (await findNotifier(hub, fallback)).id;
  return {
    ...((set !== undefined || before === undefined) && {
      settings: settingsFrom(notifierEntry(kind).fields, set ?? [], before?.settings) as NotifierView["settings"],
    }),
    ...(severity !== undefined && { severityLeast: severity }),
    ...(delay !== undefined && { delayMs: millisecondsOrNone("--delay", delay) }),
    ...(repeat !== undefined && { repeatMs: millisecondsOrNone("--repeat", repeat) }),
    ...(hours !== undefined && { hours }),
    ...(fallbackId !== undefined && { fallbackId }),
    ...(options.default && { isDefault: true }),
    ...(options.onlyNamed && { isDefault: false }),
    ...(options.disable && { isEnabled: false }),
    ...(options.enable && { isEnabled: true }),
  };
}

export const findNotifier = async (hub: HubClient, wanted: string): Promise<NotifierView> =>
  oneOf<NotifierView>((await hub.call("GET /api/v1/notifiers")).items, wanted, "notifier");

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const SPAN = /^([A-Za-z,-]+) (\d\d:\d\d)-(\d\d:\d\d)$/;

/** The zone stays as it was where only the times are other ones, and the other way round. */
function hoursFrom({ hours, zone }: NotifierOptions, before: NotifierView["hours"]): NotifierView["hours"] | undefined {
  if (hours === undefined) {
    if (zone === undefined) return undefined;
    if (before === null) throw wrongOption("--zone", "goes with --hours");
    return { ...before, zone };
  }
  if (hours.length === 1 && hours[0] === "always") return null;
  const spans = hours.map((text) => {
    const [, days, from, until] = SPAN.exec(text) ?? [];
    if (days === undefined || from === undefined || until === undefined)
      throw wrongOption("--hours", "must be days and times, such as 'Mon-Fri 08:00-18:00'");
    return { days: days.split(",").flatMap(daysFrom), from, until };
  });
  return { zone: zone ?? before?.zone ?? "UTC", spans };
}

/** `Mon`, or `Mon-Fri`, also past the end of the week. */
function daysFrom(text: string): number[] {
  const [first, last, ...rest] = text.split("-").map((day) => DAYS.indexOf(day.toLowerCase()));
  if (first === undefined || first < 0 || (last ?? 0) < 0 || rest.length > 0)
    throw wrongOption("--hours", `${text} is no day; days are Mon, Tue, Wed, Thu, Fri, Sat and Sun`);
  const count = (((last ?? first) - first + DAYS.length) % DAYS.length) + 1;
  return Array.from({ length: count }, (_, index) => ((first + index) % DAYS.length) + 1);
}

/** Hours as the option takes them. */
export function hoursText(hours: NotifierView["hours"]): string {
  if (hours === null) return "always";
  const dayText = (day: number): string => {
    const name = DAYS[day - 1] ?? "";
    return name.charAt(0).toUpperCase() + name.slice(1);
  };
  const spans = hours.spans.map(({ days, from, until }) => `${days.map(dayText).join(",")} ${from}-${until}`);
  return `${spans.join("; ")} (${hours.zone})`;
}
