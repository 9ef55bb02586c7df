import { CloseButton, TextInput } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useHotkey } from "../browser/use-hotkey.ts";
import { Segments } from "../components/segments.tsx";
import type { ServiceGroup } from "./layout.ts";
import styles from "./services.module.css";

interface ServiceToolsProps {
  readonly filter: string;
  readonly wrong: readonly string[];
  readonly shown: number;
  readonly group: ServiceGroup | undefined;
  readonly groups: readonly ServiceGroup[];
  readonly onFilter: (text: string) => void;
  readonly onGroup: (group: ServiceGroup | undefined) => void;
  readonly children?: ReactNode;
}

/** Filter and grouping of a list of services. */
export function ServiceTools({ filter, wrong, shown, group, groups, onFilter, onGroup, children }: ServiceToolsProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  // The address follows what is typed a moment later; what is typed must not wait for it.
  const [text, setText] = useState(filter);
  const told = useRef(filter);
  useEffect(() => {
    if (filter === told.current) return;
    told.current = filter;
    setText(filter);
  }, [filter]);
  const change = (next: string): void => {
    setText(next);
    told.current = next.trim();
    onFilter(next.trim());
  };
  useHotkey("/", () => input.current?.select());
  return (
    <div className={styles.tools}>
      <TextInput
        ref={input}
        className={styles.filter}
        size="xs"
        aria-label={t("services.filterLabel")}
        placeholder={t("services.filter")}
        leftSection={<IconFilter size={14} aria-hidden />}
        rightSection={
          text !== "" && <CloseButton size="xs" aria-label={t("overview.clear")} onClick={() => change("")} />
        }
        value={text}
        error={wrong.length > 0 && t("overview.wrong", { words: wrong.join(" ") })}
        onChange={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" || event.key === "Enter") event.currentTarget.blur();
        }}
        spellCheck={false}
        data-testid="service-filter"
      />
      <span className={`soft ${styles.wide}`} data-testid="service-shown">
        {t("services.shown", { count: shown })}
      </span>
      <span className={`grow ${styles.wide}`} />
      <Segments
        label={t("services.groupBy")}
        value={group ?? "none"}
        options={[
          { value: "none" as const, label: t("services.groupNone") },
          ...groups.map((value) => ({ value, label: t(`services.group_${value}`) })),
        ]}
        onChange={(value) => onGroup(value === "none" ? undefined : value)}
        testId="service-group"
      />
      {children}
    </div>
  );
}
