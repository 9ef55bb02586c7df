import { Button, Checkbox, CloseButton, TextInput } from "@mantine/core";
import { DAY_MS } from "@muster/core";
import { useMemo } from "react";
import { Segments } from "../../components/segments.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { ZoneField } from "../../tasks/zone-field.tsx";
import styles from "./hours.module.css";
import { NEW_SPAN } from "./notifier-draft.ts";
import type { NotifierDraft, SpanDraft } from "./notifier-draft.ts";

interface HoursFieldsProps {
  readonly draft: NotifierDraft;
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (parts: Partial<NotifierDraft>) => void;
}

const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;
/** A Monday, whose week names the days. */
const MONDAY = Date.UTC(2024, 0, 1, 12);

/** Always, or only at certain hours of certain days of a zone. */
export function HoursFields({ draft, errors, onChange }: HoursFieldsProps) {
  const say = useAlertTexts();
  const { locale } = useFormat();
  const dayNames = useMemo(() => {
    const day = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
    return DAYS.map((number) => day.format(MONDAY + (number - 1) * DAY_MS));
  }, [locale]);
  const set = (index: number, parts: Partial<SpanDraft>): void =>
    onChange({ spans: draft.spans.map((span, at) => (at === index ? { ...span, ...parts } : span)) });
  return (
    <div className={styles.hours}>
      <div className="mantine-InputWrapper-label">{say("notifier.hours")}</div>
      <Segments
        label={say("notifier.hours")}
        value={draft.hours}
        options={[
          { value: "always", label: say("notifier.hoursAlways") },
          { value: "some", label: say("notifier.hoursSome") },
        ]}
        onChange={(hours) => onChange({ hours })}
        testId="notifier-hours"
      />
      {draft.hours === "some" && (
        <>
          <div className={styles.wide}>
            <ZoneField
              value={draft.zone}
              error={errors["hours.zone"]}
              onChange={(zone) => onChange({ zone })}
              testId="notifier-zone"
            />
          </div>
          {draft.spans.map(({ days, from, until }, index) => (
            <div
              key={index}
              className={styles.span}
              role="group"
              aria-label={say("notifier.span", { number: index + 1 })}
              data-testid="notifier-span"
            >
              <div className="row wrap">
                {DAYS.map((day, at) => (
                  <Checkbox
                    key={day}
                    size="xs"
                    label={dayNames[at]}
                    checked={days.includes(day)}
                    error={errors[`hours.spans.${index}.days`] !== undefined}
                    onChange={() =>
                      set(index, { days: days.includes(day) ? days.filter((one) => one !== day) : [...days, day] })
                    }
                    data-testid={`span-day-${day}`}
                  />
                ))}
                <span className="grow" />
                {draft.spans.length > 1 && (
                  <CloseButton
                    size="sm"
                    aria-label={say("notifier.spanRemove")}
                    onClick={() => onChange({ spans: draft.spans.filter((_one, at) => at !== index) })}
                  />
                )}
              </div>
              {errors[`hours.spans.${index}.days`] !== undefined && (
                <div className="bad">{errors[`hours.spans.${index}.days`]}</div>
              )}
              <div className={styles.times}>
                <TextInput
                  type="time"
                  label={say("notifier.from")}
                  value={from}
                  error={errors[`hours.spans.${index}.from`]}
                  onChange={(event) => set(index, { from: event.currentTarget.value })}
                  data-testid="span-from"
                />
                <TextInput
                  type="time"
                  label={say("notifier.until")}
                  value={until}
                  error={errors[`hours.spans.${index}.until`]}
                  onChange={(event) => set(index, { until: event.currentTarget.value })}
                  data-testid="span-until"
                />
              </div>
            </div>
          ))}
          <span className={styles.hint}>{say("notifier.untilHint")}</span>
          <Button
            variant="default"
            onClick={() => onChange({ spans: [...draft.spans, NEW_SPAN] })}
            data-testid="span-add"
          >
            {say("notifier.spanAdd")}
          </Button>
        </>
      )}
    </div>
  );
}
