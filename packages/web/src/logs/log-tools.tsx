import { Button, TextInput } from "@mantine/core";
import { IconDownload, IconSearch } from "@tabler/icons-react";
import { useRef, useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { LogSearch } from "../app/search.ts";
import { useHotkey } from "../browser/use-hotkey.ts";
import { useKeptText } from "../browser/use-kept-text.ts";
import { fromLocalInput, toLocalInput } from "../charts/local-input.ts";
import { Disclosure } from "../components/disclosure.tsx";
import { Segments } from "../components/segments.tsx";
import { hubNow } from "../live/live.ts";
import { logDownloadUrl } from "./download-url.ts";
import styles from "./logs.module.css";

/** Severities that people filter by, as syslog counts them. */
const LEVELS = { error: 3, warning: 4, info: 6 } as const;
/** Searching begins when nothing was typed for so long. */
const TYPED_MS = 350;

interface LogToolsProps {
  readonly search: LogSearch;
  readonly download: Pick<LogSearch, "service" | "file">;
  readonly wrap: "on" | "off";
  readonly onWrap: (wrap: "on" | "off") => void;
  readonly onChange: (parts: { readonly [K in keyof LogSearch]?: LogSearch[K] | undefined }) => void;
  readonly children?: ReactNode;
}

/** Search, level, time, wrapping and download of a log. */
export function LogTools({ search, download, wrap, onWrap, onChange, children }: LogToolsProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useKeptText(search.q ?? "", (next) => onChange({ q: next === "" ? undefined : next }), {
    afterMs: TYPED_MS,
  });
  const [time, setTime] = useState("");
  useHotkey("/", () => input.current?.select());
  const level = (Object.keys(LEVELS) as (keyof typeof LEVELS)[]).find((key) => LEVELS[key] === search.level) ?? "all";
  const at = fromLocalInput(time);
  return (
    <div className={styles.tools}>
      {children}
      <TextInput
        ref={input}
        className={styles.search}
        size="xs"
        aria-label={t("logs.search")}
        placeholder={t("logs.search")}
        leftSection={<IconSearch size={14} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        spellCheck={false}
        data-testid="log-search"
      />
      <Button
        variant={search.expression === 1 ? "light" : "default"}
        aria-pressed={search.expression === 1}
        title={t("logs.expressionHint")}
        onClick={() => onChange({ expression: search.expression === 1 ? undefined : 1 })}
        data-testid="log-expression"
      >
        .*
      </Button>
      <Segments
        label={t("logs.level")}
        value={level}
        options={(["all", "info", "warning", "error"] as const).map((value) => ({ value, label: t(`logs.${value}`) }))}
        onChange={(value) => onChange({ level: value === "all" ? undefined : LEVELS[value] })}
        testId="log-level"
      />
      <Disclosure label={t("logs.jump")} name={t("logs.jump")} width={250} testId="log-jump">
        {(close) => (
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault();
              if (at === undefined) return;
              close();
              onChange({ at });
            }}
          >
            <TextInput
              type="datetime-local"
              size="xs"
              step={1}
              aria-label={t("logs.jump")}
              value={time === "" ? toLocalInput(search.at ?? hubNow()) : time}
              onChange={(event) => setTime(event.currentTarget.value)}
              data-testid="log-time"
            />
            <Button type="submit" disabled={at === undefined}>
              {t("range.apply")}
            </Button>
          </form>
        )}
      </Disclosure>
      <Button
        variant={wrap === "on" ? "light" : "default"}
        aria-pressed={wrap === "on"}
        onClick={() => onWrap(wrap === "on" ? "off" : "on")}
        data-testid="log-wrap"
      >
        {t("logs.wrap")}
      </Button>
      <Button
        component="a"
        variant="default"
        c="var(--text)"
        href={logDownloadUrl({ ...search, ...download })}
        download
        leftSection={<IconDownload size={14} aria-hidden />}
        data-testid="log-download"
      >
        {t("logs.download")}
      </Button>
    </div>
  );
}
