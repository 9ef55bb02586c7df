import { ACTIONS, MISSED_POLICIES, MusterError, OVERLAP_POLICIES } from "@muster/core";
import type { TaskDefinition } from "@muster/core";
import { Option } from "commander";
import type { Command } from "commander";
import { gather, wrongOption } from "../commands/options.ts";
import type { HubOptions } from "../commands/options.ts";
import { HubRefusal } from "../client/hub-refusal.ts";
import { apiTask, placeOf } from "./api-task.ts";
import type { TaskNames } from "./task-names.ts";

/** What can be said of a task without a file. */
export interface TaskOptions extends HubOptions {
  readonly file?: string;
  readonly name?: string;
  readonly description?: string;
  readonly cron?: string;
  readonly every?: string;
  readonly from?: string;
  readonly once?: string;
  readonly zone?: string;
  readonly action?: string;
  readonly arg?: readonly string[];
  readonly on?: readonly string[];
  readonly probe?: readonly string[];
  readonly notify?: string;
  readonly text?: string;
  readonly backup?: string | true;
  readonly timeout?: string;
  readonly overlap?: string;
  readonly missed?: string;
  readonly missedWithin?: string;
  readonly retries?: string;
  readonly retryDelay?: string;
  readonly jitter?: string;
  readonly lateAfter?: string;
  readonly tellFailure?: boolean;
  readonly disabled?: boolean;
}

export const scheduleOptions = (command: Command): Command =>
  command
    .option("--cron <expression>", "when: minute hour day month weekday, by the clock of the zone")
    .option("--every <span>", "when: again and again, such as 15m, 6h or 1d")
    .option("--from <time>", "with --every: the first time, which the others are counted from")
    .option("--once <time>", "when: one time, such as 2026-12-24T18:00, by the clock of the zone")
    .option("--zone <zone>", "the time zone, such as Europe/Berlin (default UTC)");

export const taskOptions = (command: Command): Command =>
  scheduleOptions(command.option("--name <name>", "what it is called"))
    .option("--description <text>", "what it is for")
    .addOption(new Option("--action <action>", "what is done").choices(Object.keys(ACTIONS)))
    .option("--arg <name=value>", "what the action is told, such as command=rotate-logs; repeat for several", gather)
    .option(
      "--on <target>",
      "whom: NAME@SERVER, a server, or tag:, server:, name:, driver:, kind: for all that fit; repeat for several",
      gather,
    )
    .option("--probe <probe>", "what: this probe looks; repeat for several", gather)
    .option("--notify <notifier>", "what: this one is told --text")
    .option("--text <text>", "with --notify: what is told")
    .option("--backup [keep]", "what: a copy of the hub's own state; so many are kept (default 7)")
    .option("--timeout <span>", "a run that takes longer has failed (default 10m)")
    .addOption(
      new Option("--overlap <policy>", "while the run before goes on (default skip)").choices(OVERLAP_POLICIES),
    )
    .addOption(
      new Option("--missed <policy>", "slots that nobody was there for (default skip)").choices(MISSED_POLICIES),
    )
    .option("--missed-within <span>", "what is older is not run late (default 1h)")
    .option("--retries <count>", "try again so often after a failure, 0 to 10 (default 0)")
    .option("--retry-delay <span>", "the first pause before that; each is twice the one before (default 30s)")
    .option("--jitter <span>", "begin up to so long after the slot")
    .option("--late-after <span>", "an incident when it begins later than that; none: never")
    .option("--tell-failure", "an incident when it fails (default)")
    .option("--no-tell-failure", "no incident when it fails")
    .option("--disabled", "keep it switched off");

/** Which option says what a written task calls otherwise. */
const OPTION_OF: Readonly<Record<string, string>> = {
  args: "--arg",
  probes: "--probe",
  missedWithin: "--missed-within",
  retryDelay: "--retry-delay",
  lateAfter: "--late-after",
  tellFailure: "--tell-failure",
};

/** A task as it was, or none, with what the options say. Throws BAD_REQUEST naming each option that is wrong. */
export async function taskFrom(
  before: TaskDefinition | undefined,
  options: TaskOptions,
  names: TaskNames,
): Promise<TaskDefinition> {
  const { json: _json, url: _url, ca: _ca, file: _file, arg, probe, disabled, ...rest } = options;
  const written = {
    ...rest,
    ...(arg !== undefined && { args: Object.fromEntries(arg.map(argFrom)) }),
    ...(probe !== undefined && { probes: probe }),
    ...(disabled && { enabled: false }),
  };
  const read = await apiTask(
    Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)),
    names,
    before,
  );
  if (read.ok) return read.task;
  throw new MusterError("BAD_REQUEST", { message: "The task is not valid.", fields: byOption(read.problems) });
}

/** What is wrong, by the option that said it. */
function byOption(problems: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const fields = Object.entries(problems).map(([place, why]) => {
    const [name = "", ...more] = place.split(".");
    return [[OPTION_OF[name] ?? `--${name}`, ...more].join("."), why];
  });
  return Object.fromEntries(fields) as Record<string, string>;
}

/** Does what was said by options; what the hub finds wrong is told at the option. Throws what `act` throws. */
export async function tellingOptions<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof HubRefusal) || error.details.fields === undefined) throw error;
    const places = Object.entries(error.details.fields).map(([path, why]) => [
      placeOf(path.replace(/^body\./, ""), {}),
      why,
    ]);
    const fields = byOption(Object.fromEntries(places) as Record<string, string>);
    throw new HubRefusal(error.code, error.shownCode, error.requestId, { ...error.details, fields });
  }
}

/** `name=value`; what policies bound as a number is written as one. */
function argFrom(text: string): readonly [string, string | number] {
  const at = text.indexOf("=");
  if (at < 1) throw wrongOption("--arg", "must be name=value, such as command=rotate-logs");
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  return [name, name !== "command" && /^-?\d{1,15}$/.test(value) ? Number(value) : value];
}
