import {
  ACTIONS,
  DAY_MS,
  isActionName,
  isOfServices,
  isTimeZone,
  MINUTE_MS,
  SECOND_MS,
  TASK_DEFAULTS,
  zonedClock,
} from "@muster/core";
import type {
  ActionArgs,
  ActionName,
  DriverName,
  MissedPolicy,
  OverlapPolicy,
  Schedule,
  TaskDefinition,
  TargetChoice,
  TaskWork,
  TaskWorkName,
} from "@muster/core";
import { parseNumber } from "../../components/parse-number.ts";
import { durationDraft, durationMs } from "../../incidents/duration-draft.ts";
import type { DurationDraft } from "../../incidents/duration-draft.ts";

/** A task as it stands in a form: numbers and times are text, and may be wrong. What another choice would need is kept. */
export interface TaskDraft {
  readonly name: string;
  readonly description: string;
  readonly isEnabled: boolean;
  readonly zone: string;
  readonly when: Schedule["is"];
  readonly expression: string;
  readonly every: DurationDraft;
  /** By the clock of the zone; empty: counted from the beginning of 1970. */
  readonly from: string;
  /** By the clock of the zone. */
  readonly at: string;
  /** Instants whose text leaves out seconds or does not say which of two it means, by zone and text: untouched they stay what they are. */
  readonly known: Readonly<Record<string, number>>;
  readonly does: TaskWorkName;
  readonly action: ActionName;
  /** What a program is told, by name, as the action carries it; text where a number is not one yet. */
  readonly args: ActionArgs;
  /** What a container is sent. */
  readonly signal: string;
  /** Services that are named one by one, or all that fit some conditions. */
  readonly whom: "named" | "fitting";
  readonly services: readonly string[];
  readonly servers: readonly string[];
  readonly tag: string;
  readonly driver: DriverName | "";
  readonly kind: string;
  readonly service: string;
  readonly probeIds: readonly string[];
  readonly notifierId: string;
  readonly text: string;
  readonly keep: string;
  readonly timeout: DurationDraft;
  readonly overlap: OverlapPolicy;
  readonly missed: MissedPolicy;
  readonly missedWithin: DurationDraft;
  readonly retriesMost: string;
  readonly retryDelay: DurationDraft;
  readonly jitter: DurationDraft;
  readonly tellsFailure: boolean;
  readonly tellsLate: boolean;
  readonly lateAfter: DurationDraft;
}

/** Actions that make sense by the clock, in the order in which they are offered. */
export const TASK_ACTIONS: readonly ActionName[] = [
  ...(["service.restart", "service.reload", "service.start", "service.stop"] as const),
  ...(["service.enable", "service.disable", "service.reset"] as const),
  ...(["container.pause", "container.unpause", "container.kill"] as const),
  ...(["exec.run", "server.reboot", "agent.ping"] as const),
];

const NOTHING: Omit<TaskDraft, "zone" | "at" | "known"> = {
  name: "",
  description: TASK_DEFAULTS.description,
  isEnabled: TASK_DEFAULTS.isEnabled,
  when: "cron",
  expression: "0 3 * * *",
  every: durationDraft(15 * MINUTE_MS),
  from: "",
  does: "action",
  action: "service.restart",
  args: {},
  signal: "KILL",
  whom: "named",
  services: [],
  servers: [],
  tag: "",
  driver: "",
  kind: "",
  service: "",
  probeIds: [],
  notifierId: "",
  text: "",
  keep: "7",
  timeout: durationDraft(TASK_DEFAULTS.timeoutMs),
  overlap: TASK_DEFAULTS.overlap,
  missed: TASK_DEFAULTS.missed,
  missedWithin: durationDraft(TASK_DEFAULTS.missedWithinMs),
  retriesMost: String(TASK_DEFAULTS.retries.most),
  retryDelay: durationDraft(TASK_DEFAULTS.retries.delayMs),
  jitter: durationDraft(TASK_DEFAULTS.jitterMs),
  tellsFailure: TASK_DEFAULTS.tell.failure,
  tellsLate: false,
  lateAfter: durationDraft(5 * MINUTE_MS),
};

/** In the zone of whoever adds it; where it is to run once, that is tomorrow. */
export const newTaskDraft = (zone: string, now: number): TaskDraft => ({
  ...NOTHING,
  zone,
  at: `${zonedClock(zone).day(now + DAY_MS)}T03:00`,
  known: {},
});

export function draftOfTask(task: TaskDefinition, now: number): TaskDraft {
  const { schedule, work, retries, tell, zone } = task;
  const clock = zonedClock(isTimeZone(zone) ? zone : "UTC");
  const first = newTaskDraft(isTimeZone(zone) ? zone : "UTC", now);
  return {
    ...first,
    name: task.name,
    description: task.description,
    isEnabled: task.isEnabled,
    zone,
    when: schedule.is,
    ...(schedule.is === "cron" && { expression: schedule.expression }),
    ...(schedule.is === "every" && {
      every: durationDraft(schedule.everyMs),
      from: schedule.from === 0 ? "" : clock.text(schedule.from),
    }),
    ...(schedule.is === "once" && { at: clock.text(schedule.at) }),
    known: Object.fromEntries(
      (schedule.is === "every" ? [schedule.from] : schedule.is === "once" ? [schedule.at] : []).map((at) => [
        `${zone} ${clock.text(at)}`,
        at,
      ]),
    ),
    does: work.is,
    ...draftOfWork(work),
    timeout: durationDraft(task.timeoutMs),
    overlap: task.overlap,
    missed: task.missed,
    missedWithin: durationDraft(task.missedWithinMs),
    retriesMost: String(retries.most),
    retryDelay: durationDraft(retries.delayMs),
    jitter: durationDraft(task.jitterMs),
    tellsFailure: tell.failure,
    tellsLate: tell.lateAfterMs !== null,
    lateAfter: tell.lateAfterMs === null ? first.lateAfter : durationDraft(tell.lateAfterMs),
  };
}

function draftOfWork(work: TaskWork): Partial<TaskDraft> {
  switch (work.is) {
    case "probe":
      return { probeIds: work.probeIds };
    case "webhook":
      return { notifierId: work.notifierId, text: work.text };
    case "backup":
      return { keep: String(work.keep) };
    case "action": {
      const { action, args, targets } = work;
      return {
        action,
        args,
        ...(args["signal"] !== undefined && { signal: String(args["signal"]) }),
        whom: targets.services === undefined && isOfServices(action) ? "fitting" : "named",
        services: targets.services ?? [],
        servers: targets.servers ?? [],
        tag: targets.tag ?? "",
        driver: targets.driver ?? "",
        kind: targets.kind ?? "",
        service: targets.name ?? "",
      };
    }
  }
}

/** What is wrong, by input: a sentence as the hub would say it. */
export type TaskProblems = Readonly<Record<string, string>>;

/** What the hub is told of a draft, and what is wrong with it as far as this can be told here. */
export function readTaskDraft(draft: TaskDraft): {
  readonly definition: TaskDefinition;
  readonly problems: TaskProblems;
} {
  const problems: Record<string, string> = {};
  const zone = draft.zone.trim();
  if (!isTimeZone(zone)) problems["zone"] = "must be a time zone such as Europe/Berlin";
  if (draft.name.trim() === "") problems["name"] = "is needed";
  const span = (input: string, value: DurationDraft, leastMs: number): number => {
    const ms = durationMs(value);
    if (Number.isNaN(ms)) problems[input] = "must be a number";
    else if (ms < leastMs) problems[input] = `must be at least ${leastMs / SECOND_MS} s`;
    return Number.isNaN(ms) ? 0 : ms;
  };
  const whole = (input: string, text: string, least: number, most: number): number => {
    const value = parseNumber(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    problems[input] = `must be a whole number from ${least} to ${most}`;
    return least;
  };
  const schedule = scheduleOf(draft, problems);
  const work = workOf(draft, problems, whole);
  const definition: TaskDefinition = {
    name: draft.name.trim(),
    description: draft.description.trim(),
    isEnabled: draft.isEnabled,
    zone,
    schedule,
    work,
    timeoutMs: span("timeoutMs", draft.timeout, SECOND_MS),
    overlap: draft.overlap,
    missed: draft.missed,
    missedWithinMs:
      draft.missed === "skip" ? TASK_DEFAULTS.missedWithinMs : span("missedWithinMs", draft.missedWithin, 0),
    retries: {
      most: whole("retries", draft.retriesMost, 0, 10),
      delayMs:
        draft.retriesMost.trim() === "0"
          ? TASK_DEFAULTS.retries.delayMs
          : span("retries.delayMs", draft.retryDelay, SECOND_MS),
    },
    jitterMs: span("jitterMs", draft.jitter, 0),
    tell: {
      failure: draft.tellsFailure,
      lateAfterMs: draft.tellsLate ? span("tell.lateAfterMs", draft.lateAfter, SECOND_MS) : null,
    },
  };
  return { definition, problems };
}

/** The schedule of a draft; what is wrong with it goes to `problems`. */
function scheduleOf(draft: TaskDraft, problems: Record<string, string>): Schedule {
  const zone = draft.zone.trim();
  const clock = isTimeZone(zone) ? zonedClock(zone) : undefined;
  const instant = (input: string, text: string): number => {
    const at = draft.known[`${zone} ${text}`] ?? clock?.instant(text);
    if (at === undefined && clock) problems[input] = "is needed";
    return at ?? 0;
  };
  switch (draft.when) {
    case "cron": {
      const expression = draft.expression.trim().replaceAll(/\s+/g, " ");
      const count = expression === "" ? 0 : expression.split(" ").length;
      if (count !== 5)
        problems["schedule.expression"] = `must have five fields (minute, hour, day, month, weekday); it has ${count}`;
      return { is: "cron", expression };
    }
    case "every": {
      const everyMs = durationMs(draft.every);
      if (Number.isNaN(everyMs)) problems["schedule.everyMs"] = "must be a number";
      else if (everyMs < EVERY_LEAST_MS)
        problems["schedule.everyMs"] = `must be at least ${EVERY_LEAST_MS / SECOND_MS} s`;
      const from = draft.from === "" ? 0 : instant("schedule.from", draft.from);
      return { is: "every", everyMs: Number.isNaN(everyMs) ? 0 : everyMs, from };
    }
    case "once":
      return { is: "once", at: instant("schedule.at", draft.at) };
  }
}

const EVERY_LEAST_MS = 10 * SECOND_MS;

function workOf(
  draft: TaskDraft,
  problems: Record<string, string>,
  whole: (input: string, text: string, least: number, most: number) => number,
): TaskWork {
  switch (draft.does) {
    case "action": {
      if (draft.action === "exec.run" && (draft.args["command"] ?? "") === "") problems["work.args"] = "is needed";
      const targets = targetsOf(draft);
      if (Object.keys(targets).length === 0) problems["work.targets"] = "must name something";
      return { is: "action", action: draft.action, args: argsOf(draft), targets };
    }
    case "probe":
      if (draft.probeIds.length === 0) problems["work.probeIds"] = "must name something";
      return { is: "probe", probeIds: draft.probeIds };
    case "webhook":
      if (draft.notifierId === "") problems["work.notifierId"] = "is needed";
      if (draft.text.trim() === "") problems["work.text"] = "is needed";
      return { is: "webhook", notifierId: draft.notifierId, text: draft.text.trim() };
    case "backup":
      return { is: "backup", keep: whole("work.keep", draft.keep, 1, 1_000) };
  }
}

/** What an action takes besides its targets; what another one was told stays behind. */
function argsOf({ action, args, signal }: TaskDraft): ActionArgs {
  if (action === "container.kill") return { signal };
  return action === "exec.run" || action === "process.kill" ? args : {};
}

/** Whom the draft means: only what is filled in, and only what its kind of action can be told. */
export function targetsOf({ action, whom, services, servers, tag, driver, kind, service }: TaskDraft): TargetChoice {
  const onServers = {
    ...(servers.length > 0 && { servers }),
    ...(tag.trim() !== "" && { tag: tag.trim() }),
  };
  if (!isOfServices(action)) return onServers;
  if (whom === "named") return services.length > 0 ? { services } : {};
  return {
    ...onServers,
    ...(driver !== "" && { driver }),
    ...(kind.trim() !== "" && { kind: kind.trim() }),
    ...(service.trim() !== "" && { name: service.trim() }),
  };
}

/** Whether it is asked for a fresh proof of identity before such a task is kept. */
export function isDangerousWork({ does, action, whom, services }: TaskDraft): boolean {
  if (does !== "action" || !isActionName(action)) return false;
  if (ACTIONS[action].class === "dangerous") return true;
  const isOneService = whom === "named" && services.length <= 1;
  return (action === "service.stop" || action === "service.restart") && !isOneService;
}

/** At which input a path of the hub, such as `schedule.expression` or `work.targets.services.0`, is told. */
export function taskInputOf(path: string): string {
  const known = path.replace(/^schedule\.(?=zone$)/, "");
  return (
    /^(?:schedule\.(?:expression|everyMs|from|at)|work\.(?:args|targets|probeIds|notifierId|text|keep|action)|retries\.delayMs|tell\.lateAfterMs|\w+)/.exec(
      known,
    )?.[0] ?? known
  );
}
