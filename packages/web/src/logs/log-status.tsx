import { Button } from "@mantine/core";
import { IconArrowDown, IconChevronLeft, IconChevronRight, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useHotkey } from "../browser/use-hotkey.ts";
import { useFormat } from "../i18n/use-format.ts";
import type { LogView } from "./log-session.ts";
import { SPAN_MS } from "./log-span.ts";
import styles from "./logs.module.css";

interface LogStatusProps {
  readonly view: LogView;
  readonly mode: "following" | "paused";
  readonly follow: boolean;
  readonly at: number | undefined;
  readonly onMode: (mode: "following" | "paused") => void;
  readonly onEnd: () => void;
  readonly onAt: (at: number | undefined) => void;
}

/** Whether what is seen is now, and the way back there. */
export function LogStatus({ view, mode, follow, at, onMode, onEnd, onAt }: LogStatusProps) {
  const { t } = useTranslation();
  const format = useFormat();
  useHotkey("p", () => onMode(mode === "paused" ? "following" : "paused"));
  const button = { size: "compact-xs", variant: "subtle" } as const;
  return (
    <div className={styles.status}>
      {at === undefined ? (
        <>
          <Button
            {...button}
            leftSection={
              mode === "paused" ? <IconPlayerPlay size={14} aria-hidden /> : <IconPlayerPause size={14} aria-hidden />
            }
            aria-pressed={mode === "paused"}
            onClick={() => onMode(mode === "paused" ? "following" : "paused")}
            data-testid="log-pause"
          >
            {t(mode === "paused" ? "logs.resume" : "logs.pause")}
          </Button>
          {mode === "paused" ? (
            <span className="warning" data-testid="log-waiting">
              {t("logs.waiting", { count: view.waiting })}
            </span>
          ) : follow ? (
            <span className={view.state === "live" ? "good" : "soft"} data-testid="log-state">
              {t(`logs.${view.state}`)}
            </span>
          ) : (
            <Button
              {...button}
              leftSection={<IconArrowDown size={14} aria-hidden />}
              onClick={onEnd}
              data-testid="log-end"
            >
              {t("logs.toEnd")}
            </Button>
          )}
        </>
      ) : (
        <>
          <Button
            {...button}
            leftSection={<IconChevronLeft size={14} aria-hidden />}
            onClick={() => onAt(at - SPAN_MS)}
          >
            {t("logs.earlier")}
          </Button>
          <span data-testid="log-span">
            {format.dateTime(at)} – {format.time(at + SPAN_MS)}
          </span>
          <Button
            {...button}
            rightSection={<IconChevronRight size={14} aria-hidden />}
            onClick={() => onAt(at + SPAN_MS)}
          >
            {t("logs.later")}
          </Button>
          <Button {...button} onClick={() => onAt(undefined)} data-testid="log-now">
            {t("logs.now")}
          </Button>
        </>
      )}
      <span className="grow" />
      <span className="soft" data-testid="log-count">
        {t("logs.count", { count: view.items.length })}
        {view.cutCount > 0 && `, ${t("logs.cut", { count: view.cutCount })}`}
      </span>
    </div>
  );
}
