import { ActionIcon, UnstyledButton } from "@mantine/core";
import { DAY_MS, zonedClock } from "@muster/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useMemo } from "react";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { hubNow } from "../../live/live.ts";
import { monthAfter, monthOf, runsByDay, weeksOf } from "../../tasks/calendar.ts";
import type { CalendarDay, Day, DayCount, Month } from "../../tasks/calendar.ts";
import { OutcomeMark, RunMark } from "../../tasks/task-marks.tsx";
import type { Run, Task } from "../../tasks/tasks-view.ts";
import { useMonthRuns } from "../../tasks/use-runs.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import styles from "./task.module.css";

interface RunCalendarProps {
  readonly task: Task;
  readonly month: Month;
  readonly day: Day | undefined;
  readonly onMonth: (month: Month) => void;
  /** Undefined: all days again. */
  readonly onDay: (day: Day | undefined) => void;
  /** What stands below while a day is picked. */
  readonly children: (runs: readonly Run[]) => React.ReactNode;
}

/** A Monday, whose week names the days. */
const MONDAY = Date.UTC(2024, 0, 1, 12);

/** A month of runs by the clock of the task's zone: what each day has, by outcome. */
export function RunCalendar({ task, month, day, onMonth, onDay, children }: RunCalendarProps) {
  const say = useTaskTexts();
  const { locale } = useFormat();
  const clock = useMemo(() => zonedClock(task.zone), [task.zone]);
  const { runs, isWhole, error } = useMonthRuns(task.id, month);
  const days = useMemo(() => runsByDay(runs, clock), [runs, clock]);
  const today = clock.day(hubNow());
  const names = useMemo(() => namesOf(locale), [locale]);
  return (
    <section className="stack" aria-label={say("calendar")} data-testid="calendar" data-month={month}>
      <div className="row">
        <h2 className="grow">
          {say("calendar")} <span className="soft">{task.zone}</span>
        </h2>
        <ActionIcon
          aria-label={say("monthBefore")}
          onClick={() => onMonth(monthAfter(month, -1))}
          data-testid="month-before"
        >
          <IconChevronLeft size={16} aria-hidden />
        </ActionIcon>
        <span className={styles.month} aria-live="polite">
          {names.month(month)}
        </span>
        <ActionIcon
          aria-label={say("monthAfter")}
          disabled={month >= monthOf(today)}
          onClick={() => onMonth(monthAfter(month, 1))}
          data-testid="month-after"
        >
          <IconChevronRight size={16} aria-hidden />
        </ActionIcon>
      </div>
      <div className={styles.calendar}>
        <div className={styles.week} aria-hidden>
          {names.days.map((name) => (
            <span key={name} className={`soft ${styles.dayName}`}>
              {name}
            </span>
          ))}
        </div>
        {weeksOf(month).map((week) => (
          <div key={week[0]} className={styles.week}>
            {week.map((one) => (
              <DayCell
                key={one}
                day={one}
                name={names.day(one)}
                held={days.get(one)}
                place={monthOf(one) !== month ? "beside" : one === today ? "today" : "inside"}
                isPicked={one === day}
                onPick={() => onDay(one === day ? undefined : one)}
              />
            ))}
          </div>
        ))}
      </div>
      {!isWhole && <div className="soft">{say("calendarPart", { count: runs.length })}</div>}
      <ErrorNotice error={error} />
      {day !== undefined && (
        <div className="stack" data-testid="day-runs" data-day={day}>
          <div className="row">
            <h2>{names.day(day)}</h2>
            <UnstyledButton className={styles.all} onClick={() => onDay(undefined)} data-testid="day-close">
              {say("allRuns")}
            </UnstyledButton>
          </div>
          {children(days.get(day)?.runs ?? [])}
        </div>
      )}
    </section>
  );
}

function namesOf(locale: string) {
  const utc = { timeZone: "UTC" } as const;
  const month = new Intl.DateTimeFormat(locale, { ...utc, month: "long", year: "numeric" });
  const day = new Intl.DateTimeFormat(locale, { ...utc, dateStyle: "full" });
  const weekday = new Intl.DateTimeFormat(locale, { ...utc, weekday: "short" });
  return {
    month: (text: Month) => month.format(Date.parse(`${text}-01T12:00Z`)),
    day: (text: Day) => day.format(Date.parse(`${text}T12:00Z`)),
    days: Array.from({ length: 7 }, (_, place) => weekday.format(MONDAY + place * DAY_MS)),
  };
}

interface DayCellProps {
  readonly day: Day;
  readonly name: string;
  readonly held: CalendarDay | undefined;
  readonly place: "inside" | "today" | "beside";
  readonly isPicked: boolean;
  readonly onPick: () => void;
}

function DayCell({ day, name, held, place, isPicked, onPick }: DayCellProps) {
  const say = useTaskTexts();
  const format = useFormat();
  const number = Number(day.slice(8));
  const textOf = ({ outcome, count, isLeast }: DayCount): string =>
    `${isLeast ? "≥" : ""}${format.number(count)} ${say(outcome === "running" ? "runState.running" : `outcome.${outcome}`)}`;
  if (held === undefined)
    return (
      <span className={styles.day} data-place={place}>
        <span className={styles.number}>{number}</span>
      </span>
    );
  const text = held.counts.map(textOf).join(", ");
  return (
    <UnstyledButton
      className={styles.day}
      data-place={place}
      aria-pressed={isPicked}
      aria-label={`${name}: ${text}`}
      title={text}
      onClick={onPick}
      data-testid="calendar-day"
      data-day={day}
    >
      <span className={styles.number}>{number}</span>
      <span className={styles.marks}>
        {held.counts.map(({ outcome, count, isLeast }) => (
          <span key={outcome} className={styles.count} data-outcome={outcome}>
            {outcome === "running" ? (
              <RunMark run={held.runs.find((run) => run.outcome === null)!} word="hidden" />
            ) : (
              <OutcomeMark outcome={outcome} word="hidden" />
            )}
            <span aria-hidden>
              {isLeast ? "≥" : ""}
              {format.compact(count)}
            </span>
          </span>
        ))}
      </span>
    </UnstyledButton>
  );
}
