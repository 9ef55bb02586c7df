import { CloseButton, TextInput } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useKeptText } from "../browser/use-kept-text.ts";
import { useHotkey } from "../browser/use-hotkey.ts";
import list from "./list.module.css";

interface ListFilterProps {
  readonly label: string;
  readonly placeholder: string;
  readonly filter: string;
  /** Words that the list does not understand. */
  readonly wrong: readonly string[];
  readonly onFilter: (text: string) => void;
  readonly testId: string;
}

/** The field above a list that says what it shows; `/` leads to it. */
export function ListFilter({ label, placeholder, filter, wrong, onFilter, testId }: ListFilterProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [text, change] = useKeptText(filter, (next) => onFilter(next.trim()));
  useHotkey("/", () => input.current?.select());
  return (
    <TextInput
      ref={input}
      className={list.filter}
      size="xs"
      aria-label={label}
      placeholder={placeholder}
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
      data-testid={testId}
    />
  );
}
