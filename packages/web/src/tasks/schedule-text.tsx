import { useFormat } from "../i18n/use-format.ts";
import { useCronWords } from "./cron-words.ts";
import type { Task } from "./tasks-view.ts";
import { useTaskTexts } from "./use-task-texts.ts";
import { useZoneTimes } from "./use-zone-times.ts";

/** When a task is due, in words; on pointing at it the expression. */
export function ScheduleText({
  task: { schedule, zone, words },
}: {
  readonly task: Pick<Task, "schedule" | "zone" | "words">;
}) {
  const say = useTaskTexts();
  const format = useFormat();
  const times = useZoneTimes(zone);
  const cron = useCronWords(schedule.is === "cron" ? schedule.expression : undefined, words);
  if (schedule.is === "cron") return <span title={`${schedule.expression} · ${zone}`}>{cron}</span>;
  if (schedule.is === "every") return <span>{say("schedule.every", { time: format.span(schedule.everyMs) })}</span>;
  return <span title={times.whole(schedule.at)}>{say("schedule.once", { time: times.short(schedule.at) })}</span>;
}

/** An instant by the clock of the task's zone; on pointing at it in full, and by the viewer's own clock. */
export function ZoneTime({ at, zone }: { readonly at: number; readonly zone: string }) {
  const times = useZoneTimes(zone);
  const distance = times.distance(at);
  return (
    <time dateTime={new Date(at).toISOString()} title={times.whole(at)} data-testid="zone-time">
      {times.short(at)}
      {distance !== "" && <span className="soft"> {distance}</span>}
    </time>
  );
}
