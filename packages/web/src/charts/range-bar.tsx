import { Button, TextInput } from "@mantine/core";
import { IconArrowLeft, IconZoomOut } from "@tabler/icons-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DEFAULT_RANGE, LIVE_RANGE_NAMES, LIVE_RANGES, RANGE_LENGTH_MS_MIN } from "./chart-range.ts";
import { Segments } from "../components/segments.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { hubNow } from "../live/live.ts";
import { fromLocalInput, toLocalInput } from "./local-input.ts";
import styles from "./chart.module.css";
import type { RangeControl } from "./use-range.ts";

interface RangeBarProps {
  readonly control: RangeControl;
  /** Further choices about the same charts. */
  readonly children?: ReactNode;
}

/** The time range of all charts: one that moves on, or a fixed one. */
export function RangeBar({ control, children }: RangeBarProps) {
  const { range, steps } = control;
  const { onRange } = steps;
  const { t } = useTranslation();
  const format = useFormat();
  const [editing, setEditing] = useState(false);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const edit = (): void => {
    const now = hubNow();
    setFrom(toLocalInput(range.is === "fixed" ? range.from : now - range.lengthMs));
    setTo(toLocalInput(range.is === "fixed" ? range.to : now));
    setEditing(!editing);
  };
  const start = fromLocalInput(from);
  const end = fromLocalInput(to);
  const valid = start !== undefined && end !== undefined && end - start >= RANGE_LENGTH_MS_MIN;
  return (
    <div className={styles.rangeBar} data-testid="range-bar">
      <Segments
        label={t("range.label")}
        value={range.is === "live" ? range.name : undefined}
        options={LIVE_RANGE_NAMES.map((name) => ({ value: name, label: t(`range.${name}`) }))}
        onChange={(name) => {
          setEditing(false);
          onRange({ is: "live", name, lengthMs: LIVE_RANGES[name] });
        }}
        testId="ranges"
      />
      <Button
        variant={range.is === "fixed" ? "light" : "default"}
        aria-expanded={editing}
        onClick={edit}
        data-testid="range-custom"
      >
        {t("range.custom")}
      </Button>
      {range.is === "fixed" && (
        <>
          <span className="soft">
            {format.dateTime(range.from)} – {format.dateTime(range.to)}
          </span>
          <Button
            variant="default"
            leftSection={<IconArrowLeft size={14} aria-hidden />}
            onClick={() => onRange({ is: "live", name: DEFAULT_RANGE, lengthMs: LIVE_RANGES[DEFAULT_RANGE] })}
            data-testid="range-live"
          >
            {t("range.back")}
          </Button>
        </>
      )}
      <Button
        variant="default"
        leftSection={<IconZoomOut size={14} aria-hidden />}
        title={t("range.widerHint")}
        onClick={steps.onWider}
        data-testid="range-wider"
      >
        {t("range.wider")}
      </Button>
      {children}
      {editing && (
        <form
          className="row wrap"
          onSubmit={(event) => {
            event.preventDefault();
            if (!valid) return;
            setEditing(false);
            onRange({ is: "fixed", from: start, to: end });
          }}
        >
          <TextInput
            size="xs"
            type="datetime-local"
            step={1}
            aria-label={t("range.from")}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <span className="soft">–</span>
          <TextInput
            size="xs"
            type="datetime-local"
            step={1}
            aria-label={t("range.to")}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          <Button type="submit" disabled={!valid} title={valid ? undefined : t("range.wrong")}>
            {t("range.apply")}
          </Button>
        </form>
      )}
    </div>
  );
}
