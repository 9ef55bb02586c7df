import { useTranslation } from "react-i18next";
import { ForeignText } from "../../components/foreign-text.tsx";
import { RunStateMark } from "../../components/service-mark.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import styles from "./service.module.css";
import type { LedgerLine } from "./use-ledger.ts";

const TONES: Partial<Record<LedgerLine["event"], string>> = {
  "gave-up": "bad",
  "restart-planned": "warning",
  restarted: "warning",
  gone: "warning",
  notice: "warning",
};

/** Lines of a ledger as people read them: when, what, from which state to which, and why. */
export function LedgerLines({ entries }: { readonly entries: readonly LedgerLine[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ol className={styles.ledger} data-testid="ledger">
      {entries.map((entry, index) => {
        const day = format.date(entry.at);
        const before = entries[index - 1];
        return (
          <li key={entry.seq} className={styles.entry} data-testid="ledger-line" data-event={entry.event}>
            <time className="soft" dateTime={new Date(entry.at).toISOString()} title={format.dateTime(entry.at)}>
              {before && format.date(before.at) === day ? "" : `${day} `}
              {format.time(entry.at)}
            </time>
            <span className={TONES[entry.event]}>{t(`ledgerEvent.${entry.event}`)}</span>
            <span className={styles.cause}>
              {entry.to !== null && (
                <span className={styles.states}>
                  {entry.from !== null && entry.from !== entry.to && (
                    <>
                      <RunStateMark state={entry.from} /> <span className="soft">→</span>{" "}
                    </>
                  )}
                  <RunStateMark state={entry.to} />
                </span>
              )}
              <ForeignText text={entry.cause} />
            </span>
          </li>
        );
      })}
    </ol>
  );
}
