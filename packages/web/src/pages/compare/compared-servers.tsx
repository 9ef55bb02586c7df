import { CloseButton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { seriesColor } from "../../charts/chart-colors.ts";
import chartStyles from "../../charts/chart.module.css";
import { Disclosure } from "../../components/disclosure.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import styles from "./compare.module.css";
import { ServerPicker } from "./server-picker.tsx";
import { COMPARED_SERVERS_MAX, idsOf } from "./server-slots.ts";
import type { ServerSlots } from "./server-slots.ts";

interface ComparedServersProps {
  readonly slots: ServerSlots;
  readonly names: ReadonlyMap<string, string>;
  readonly onToggle: (id: string) => void;
}

/** Whose lines are drawn, each with its colour: the legend of every chart below. */
export function ComparedServers({ slots, names, onToggle }: ComparedServersProps) {
  const { t } = useTranslation();
  return (
    <ul className={styles.servers} aria-label={t("compare.servers")}>
      {slots.map((id, slot) => {
        if (id === undefined) return null;
        const name = names.get(id) ?? id;
        return (
          <li key={id} className={styles.server} data-testid="compared-server" data-slot={slot}>
            <span className={chartStyles.dot} style={{ color: seriesColor(slot) }} aria-hidden />
            <Link to="/servers/$id" params={{ id }}>
              <ForeignText text={name} />
            </Link>
            <CloseButton size="xs" aria-label={t("compare.remove", { name })} onClick={() => onToggle(id)} />
          </li>
        );
      })}
      <li>
        <Disclosure
          label={t("compare.add")}
          name={t("compare.add")}
          icon={<IconPlus size={14} aria-hidden />}
          side="left"
          width={300}
          testId="compare-add"
        >
          {() => <ServerPicker picked={idsOf(slots)} onToggle={onToggle} />}
        </Disclosure>
      </li>
      {idsOf(slots).length >= COMPARED_SERVERS_MAX && (
        <li className="soft">{t("compare.most", { count: COMPARED_SERVERS_MAX })}</li>
      )}
    </ul>
  );
}
