import { FAILED_RUN_OUTCOMES, isTimeZone, nextRunAt, SECOND_MS, taskStanding, zonedClock } from "@muster/core";
import type { TaskStanding } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { RouteAnswer, TaskPreviewAnswer, TaskRunView, TaskView } from "@muster/protocol";
import type { Colours } from "../terminal/colours.ts";
import { span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import type { TaskNames } from "./task-names.ts";

type TaskDetail = RouteAnswer<"GET /api/v1/tasks/{id}">;

/** An instant by the clock of a task's zone: "2026-11-28 03:00 Europe/Berlin". */
export function inZone(at: number | null, zone: string): string {
  if (at === null) return UNKNOWN;
  if (!isTimeZone(zone)) return utc(at);
  const second = Math.floor(at / SECOND_MS) % 60;
  const seconds = second === 0 ? "" : `:${String(second).padStart(2, "0")}`;
  return `${zonedClock(zone).text(at).replace("T", " ")}${seconds} ${zone}`;
}

const nextText = (task: TaskView): string => inZone(nextRunAt(task), task.zone);

export function outcomeColour(outcome: string, colours: Colours): (text: string) => string {
  if (outcome === "succeeded") return colours.good;
  if (FAILED_RUN_OUTCOMES.some((one) => one === outcome)) return outcome === "refused" ? colours.warning : colours.bad;
  return outcome === "missed" ? colours.warning : colours.faint;
}

function standingColour(word: TaskStanding, colours: Colours): (text: string) => string {
  if (word === "suspended") return colours.warning;
  return word === "planned" ? colours.good : colours.faint;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** What a task does, in a few words. */
export function workText({ work }: Pick<TaskView, "work">, names: TaskNames | undefined): string {
  const nameOf = (id: string): string => names?.nameOf(id) ?? id;
  switch (work.is) {
    case "probe":
      return names === undefined
        ? `look: ${counted(work.probeIds.length, "probe")}`
        : `look: ${work.probeIds.map(nameOf).join(" ")}`;
    case "webhook":
      return `tell ${nameOf(work.notifierId)}`;
    case "backup":
      return `backup of the hub, ${work.keep} are kept`;
    case "action": {
      const { services, servers, ...conditions } = work.targets;
      const listed = (ids: readonly string[], what: string): string =>
        names === undefined || ids.length > 5 ? counted(ids.length, what) : ids.map(nameOf).join(" ");
      const command = work.args["command"];
      return [
        work.action,
        ...(command === undefined ? [] : [String(command)]),
        ...(services === undefined ? [] : [listed(services, "service")]),
        ...(servers === undefined ? [] : [listed(servers, "server")]),
        ...Object.entries(conditions).flatMap(([name, value]) => (value === undefined ? [] : [`${name}:${value}`])),
      ].join(" ");
    }
  }
}

/** How the last run ended, how long it took and how late it began. */
function lastText({ lastRun }: TaskView, now: number): string {
  if (lastRun === null) return "never";
  return `${lastRun.outcome ?? lastRun.state} ${span(now - lastRun.slot)} ago${timesText(lastRun)}`;
}

/** How late a run began, where that is worth a word. */
export const lateText = (lateMs: number | null): string =>
  lateMs !== null && lateMs >= SECOND_MS ? `, ${span(lateMs)} late` : "";

function timesText({ startedAt, endedAt, lateMs }: TaskRunView): string {
  const took = startedAt === null || endedAt === null ? "" : `, took ${span(endedAt - startedAt)}`;
  return `${took}${lateText(lateMs)}`;
}

export function taskTable(tasks: readonly TaskView[], colours: Colours, now: number): Promise<string> | string {
  if (tasks.length === 0) return "No tasks.\n";
  return renderTable(
    [{ title: "state" }, { title: "task" }, { title: "when" }, { title: "next" }, { title: "last" }, { title: "does" }],
    tasks.map((task) => {
      const word = taskStanding(task);
      const outcome = task.lastRun?.outcome ?? "";
      return [
        { text: word, colour: standingColour(word, colours) },
        task.name,
        task.words,
        nextText(task),
        { text: lastText(task, now), colour: outcome === "" ? colours.faint : outcomeColour(outcome, colours) },
        workText(task, undefined),
      ];
    }),
  );
}

/** Everything of one task: what it is, how it does, when it is due next, and its newest runs. */
export async function taskText(
  { task, statistics }: TaskDetail,
  preview: TaskPreviewAnswer | undefined,
  runs: readonly TaskRunView[],
  names: TaskNames,
  colours: Colours,
): Promise<string> {
  const { counts, durationMs, lateMs } = statistics;
  const spread = (of: TaskDetail["statistics"]["durationMs"]): string =>
    of === null ? UNKNOWN : `half within ${ms(of.median)}, 95 % within ${ms(of.p95)}, at most ${ms(of.max)}`;
  const parts = [
    renderFields([
      ["task", task.name],
      ["id", task.id],
      ...(task.description === "" ? [] : [["what for", task.description] as const]),
      ["state", taskStanding(task)],
      ...(task.suspended === null ? [] : [["suspended", task.suspended] as const]),
      ["does", workText(task, names)],
      ["when", `${task.words}, ${task.zone}`],
      ["next", nextText(task)],
      ["rights of", task.owner],
      ["time limit", span(task.timeoutMs)],
      ["overlap", task.overlap],
      ["missed", task.missed === "skip" ? "skip" : `${task.missed}, within ${span(task.missedWithinMs)}`],
      ["retries", task.retries.most === 0 ? "none" : `${task.retries.most}, first after ${span(task.retries.delayMs)}`],
      ["jitter", task.jitterMs === 0 ? "none" : span(task.jitterMs)],
      [
        "90 days",
        Object.entries(counts)
          .map(([outcome, count]) => `${count} ${outcome}`)
          .join(", ") || UNKNOWN,
      ],
      ["took", spread(durationMs)],
      ["began late", spread(lateMs)],
    ]),
    ...(preview === undefined ? [] : [`Next:\n${previewText(preview)}`]),
    ...(runs.length === 0 ? [] : [await runTable(runs, colours)]),
  ];
  return parts.join("\n");
}

const ms = (value: number): string => (value < 1_000 ? `${Math.round(value)} ms` : span(value));

/** The next slots, and what is peculiar about them. */
export const previewText = ({ slots, notes }: TaskPreviewAnswer): string =>
  [
    ...slots.map(({ local }) => `  ${escapeControls(local)}\n`),
    ...notes.map((note) => `Note: ${escapeControls(note)}\n`),
  ].join("");

/** Runs, newest first. */
export function runTable(runs: readonly TaskRunView[], colours: Colours): Promise<string> | string {
  if (runs.length === 0) return "No runs.\n";
  return renderTable(
    [
      { title: "outcome" },
      { title: "run" },
      { title: "due" },
      { title: "took", align: "right" },
      { title: "late", align: "right" },
      { title: "task" },
      { title: "detail" },
    ],
    runs.map((run) => {
      const word = run.outcome ?? run.state;
      const { id, slot, slotCount, startedAt, endedAt, lateMs, task, detail } = run;
      return [
        { text: word, colour: outcomeColour(word, colours) },
        id,
        slotCount > 1 ? `${utc(slot)} and ${slotCount - 1} more` : utc(slot),
        startedAt === null || endedAt === null ? UNKNOWN : ms(endedAt - startedAt),
        lateMs === null ? UNKNOWN : ms(lateMs),
        task,
        detail,
      ];
    }),
  );
}
