import { UnstyledButton } from "@mantine/core";
import type { RouteAnswer } from "@muster/protocol";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { ActorText } from "../../tasks/actor-text.tsx";
import { taskActor } from "../../tasks/task-actor.ts";
import styles from "./audit.module.css";

type Row = RouteAnswer<"GET /api/v1/audit">["items"][number];

/** One entry; its arguments and hash open on a click. */
export function AuditRow({ row }: { readonly row: Row }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const tone = row.decision === "succeeded" ? "good" : row.decision === "allowed" ? "soft" : "bad";
  return (
    <>
      <tr className={styles.clickable} onClick={() => setOpen(!open)} data-testid="audit-row" data-seq={row.seq}>
        <td className="soft" style={{ whiteSpace: "nowrap" }}>
          <UnstyledButton fz={13} c="inherit" aria-expanded={open} aria-label={t("common.details")}>
            {format.dateTime(row.time)}
          </UnstyledButton>
          <span className={styles.numberAbove}>
            {t("audit.number")} {row.seq}
          </span>
        </td>
        <td>
          <ActorText actor={row.actor} door={row.door} />{" "}
          {taskActor(row) === undefined && <span className="soft">{row.door}</span>}
        </td>
        <td className={`mono ${styles.action}`}>{row.action}</td>
        <td className={styles.text}>
          <ForeignText text={row.target} />
        </td>
        <td className={tone}>{t(`decision.${row.decision}`)}</td>
        <td className={`soft ${styles.text}`}>
          <ForeignText text={row.reason} />
        </td>
        <td className={`number soft ${styles.number}`}>{row.seq}</td>
      </tr>
      {open && (
        <tr>
          <td colSpan={7}>
            <div className={styles.details}>
              <ForeignText text={`${t("audit.args")}: ${JSON.stringify(row.args, null, 1)}`} />
              {"\n"}
              {t("audit.hash")}: {row.hash}
            </div>
          </td>
        </tr>
      )}
    </>
  );
}
