import { Checkbox, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import { StateMark } from "../../components/state-mark.tsx";
import { parseFilter } from "../../fleet/filter.ts";
import { useFleet } from "../../fleet/fleet.ts";
import { serverState } from "../../fleet/server-state.ts";
import { hubNow } from "../../live/live.ts";
import styles from "./compare.module.css";
import { COMPARED_SERVERS_MAX } from "./server-slots.ts";

interface ServerPickerProps {
  readonly picked: readonly string[];
  readonly onToggle: (id: string) => void;
}

/** More would not be looked through; the search finds them. */
const SHOWN_MAX = 50;

/** Servers to pick several of: found by the overview's own filter, walked through with the arrows. */
export function ServerPicker({ picked, onToggle }: ServerPickerProps) {
  const { t } = useTranslation();
  const fleet = useFleet();
  const [text, setText] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const { matches } = parseFilter(text);
  const now = hubNow();
  const found = [...fleet.servers.values()]
    .filter((server) => picked.includes(server.id) || matches(server, now))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const walk = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const inputs = [...(list.current?.querySelectorAll("input") ?? [])];
    const here = inputs.findIndex((input) => input === document.activeElement);
    inputs[Math.max(0, Math.min(inputs.length - 1, here + step))]?.focus();
  };
  return (
    <div ref={list} className={styles.picker} onKeyDown={walk} role="presentation">
      <TextInput
        size="xs"
        data-autofocus
        autoFocus
        aria-label={t("compare.search")}
        placeholder={t("compare.search")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-testid="picker-search"
      />
      {found.slice(0, SHOWN_MAX).map((server) => (
        <Checkbox
          key={server.id}
          size="xs"
          checked={picked.includes(server.id)}
          disabled={picked.length >= COMPARED_SERVERS_MAX && !picked.includes(server.id)}
          onChange={() => onToggle(server.id)}
          label={
            <span className="row">
              <ForeignText text={server.name} />
              <StateMark state={serverState(server)} />
            </span>
          }
          data-testid={`pick-${server.name}`}
        />
      ))}
      {found.length === 0 && <span className="soft">{t("overview.nothing")}</span>}
      {found.length > SHOWN_MAX && (
        <span className="soft">{t("compare.more", { count: found.length - SHOWN_MAX })}</span>
      )}
    </div>
  );
}
