import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { DAY_MS } from "@muster/core";
import { useMemo, useState } from "react";
import styles from "../../components/form-page.module.css";
import { Segments } from "../../components/segments.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { DurationField } from "../../incidents/duration-field.tsx";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { ZoneField } from "../../tasks/zone-field.tsx";
import { CRON_PATTERNS, MINUTE_STEPS, patternOf, readCron, writeCron } from "./cron-pattern.ts";
import type { CronPattern, CronPatternName } from "./cron-pattern.ts";
import type { PartProps } from "./task-form-parts.ts";
import form from "./task-form.module.css";

/** When a task is due. */
export function ScheduleFields(props: PartProps) {
  const { draft, errors, onChange } = props;
  const say = useTaskTexts();
  return (
    <div className={form.group} role="group" aria-label={say("column.schedule")}>
      <Segments
        label={say("column.schedule")}
        value={draft.when}
        options={(["cron", "every", "once"] as const).map((value) => ({ value, label: say(`when.${value}`) }))}
        onChange={(when) => onChange({ when })}
        testId="task-when"
      />
      {draft.when === "cron" && <CronFields {...props} />}
      {draft.when === "every" && (
        <div className={styles.pair}>
          <DurationField
            label={say("everyLabel")}
            hint={say("everyHint")}
            value={draft.every}
            error={errors["schedule.everyMs"]}
            onChange={(every) => onChange({ every })}
            testId="task-every"
          />
          <TextInput
            type="datetime-local"
            label={say("fromLabel")}
            description={say("fromHint")}
            value={draft.from}
            error={errors["schedule.from"]}
            onChange={(event) => onChange({ from: event.currentTarget.value })}
            data-testid="task-from"
          />
        </div>
      )}
      {draft.when === "once" && (
        <TextInput
          type="datetime-local"
          label={say("atLabel")}
          value={draft.at}
          error={errors["schedule.at"]}
          onChange={(event) => onChange({ at: event.currentTarget.value })}
          data-testid="task-at"
        />
      )}
      <ZoneField value={draft.zone} error={errors["zone"]} onChange={(zone) => onChange({ zone })} testId="task-zone" />
    </div>
  );
}

/** The week from Monday on, in cron's numbers. */
const WEEK = [1, 2, 3, 4, 5, 6, 0] as const;
/** A Sunday, whose week names the days. */
const SUNDAY = Date.UTC(2024, 0, 7, 12);

/** A picker for what most tasks need, and the expression that it writes, which can be typed as well. */
function CronFields({ draft: { expression }, errors, onChange }: PartProps) {
  const say = useTaskTexts();
  const { locale } = useFormat();
  const dayNames = useMemo(() => {
    const day = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
    return (number: number) => day.format(SUNDAY + number * DAY_MS);
  }, [locale]);
  // What the picker shows while it is not filled in is no expression yet.
  const [unfinished, setUnfinished] = useState<CronPattern>();
  const [isOwn, setOwn] = useState(false);
  const read = readCron(expression);
  const pattern = unfinished ?? (isOwn ? ({ is: "own" } as const) : read);
  const set = (next: CronPattern): void => {
    const written = writeCron(next);
    setOwn(next.is === "own");
    setUnfinished(written === undefined && next.is !== "own" ? next : undefined);
    if (written !== undefined) onChange({ expression: written });
  };
  return (
    <>
      <div className={form.cron}>
        <NativeSelect
          aria-label={say("pattern")}
          value={pattern.is}
          data={CRON_PATTERNS.map((value) => ({ value, label: say(`patterns.${value}`) }))}
          onChange={(event) => set(patternOf(event.currentTarget.value as CronPatternName, pattern))}
          data-testid="cron-pattern"
        />
        {pattern.is === "minutes" && (
          <NativeSelect
            aria-label={say("patterns.minutes")}
            value={String(pattern.every)}
            data={MINUTE_STEPS.map((step) => ({ value: String(step), label: say("minutes", { count: step }) }))}
            onChange={(event) => set({ is: "minutes", every: Number(event.currentTarget.value) })}
            data-testid="cron-step"
          />
        )}
        {pattern.is === "hourly" && (
          <NativeSelect
            aria-label={say("minute")}
            value={String(pattern.minute)}
            data={Array.from({ length: 60 }, (_, minute) => ({
              value: String(minute),
              label: `:${String(minute).padStart(2, "0")}`,
            }))}
            onChange={(event) => set({ is: "hourly", minute: Number(event.currentTarget.value) })}
            data-testid="cron-minute"
          />
        )}
        {pattern.is === "monthly" && (
          <NativeSelect
            aria-label={say("monthDay")}
            value={String(pattern.day)}
            data={Array.from({ length: 31 }, (_, index) => ({
              value: String(index + 1),
              label: say("dayOfMonth", { number: index + 1 }),
            }))}
            onChange={(event) => set({ ...pattern, day: Number(event.currentTarget.value) })}
            data-testid="cron-day"
          />
        )}
        {"time" in pattern && (
          <TextInput
            type="time"
            aria-label={say("timeOfDay")}
            value={pattern.time}
            onChange={(event) => set({ ...pattern, time: event.currentTarget.value })}
            data-testid="cron-time"
          />
        )}
      </div>
      {pattern.is === "weekly" && (
        <div className={form.days} role="group" aria-label={say("weekdays")}>
          {WEEK.map((day) => (
            <Checkbox
              key={day}
              size="xs"
              label={dayNames(day)}
              checked={pattern.days.includes(day)}
              onChange={() =>
                set({
                  ...pattern,
                  days: pattern.days.includes(day) ? pattern.days.filter((one) => one !== day) : [...pattern.days, day],
                })
              }
              data-testid={`cron-day-${day}`}
            />
          ))}
        </div>
      )}
      <TextInput
        label={say("expression")}
        description={say("expressionHint")}
        classNames={{ input: "mono" }}
        value={expression}
        error={errors["schedule.expression"]}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setUnfinished(undefined);
          setOwn(false);
          onChange({ expression: event.currentTarget.value });
        }}
        data-testid="task-cron"
      />
    </>
  );
}
