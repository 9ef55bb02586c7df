import type { ReportValue } from "@muster/core";
import type { ProbeReportView } from "@muster/protocol";
import { ForeignText } from "../components/foreign-text.tsx";
import { UNKNOWN } from "../i18n/format.ts";
import { useFormat } from "../i18n/use-format.ts";
import styles from "./report.module.css";
import { reportNumber } from "./report-value.ts";
import { useProbeNaming, useProbeTexts } from "./use-probe-texts.ts";

interface ReportViewProps {
  readonly report: ProbeReportView;
  readonly testId?: string;
}

/** What one look saw, whatever the kind: facts by name, lists as tables, and what a person must know to read them. */
export function ReportView({ report, testId = "report" }: ReportViewProps) {
  const say = useProbeTexts();
  const naming = useProbeNaming();
  const { facts, tables } = report;
  if (facts.length === 0 && tables.length === 0) return <div className="soft">{say("reportNone")}</div>;
  return (
    <div className="stack" data-testid={testId}>
      {facts.length > 0 && (
        <dl className={styles.facts}>
          {facts.map(({ key, value, unit }, index) => (
            // A kind may tell the same of several things.
            <div key={`${key} ${index}`} className={styles.fact} data-fact={key}>
              <dt>{naming.report(key)}</dt>
              <dd>
                <Value value={value} unit={unit} none={say("notSeen")} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {tables.map((table, index) => (
        <section key={`${table.key} ${index}`} className={styles.table} data-table={table.key}>
          <h3 className={styles.title}>{naming.report(table.key)}</h3>
          {table.note !== undefined && (
            <div className="soft">
              <ForeignText text={table.note} />
            </div>
          )}
          {table.rows.length > 0 ? (
            <div className={styles.scroll} tabIndex={0} role="region" aria-label={naming.report(table.key)}>
              <table className="plain">
                <thead>
                  <tr>
                    {table.columns.map(({ key }, place) => (
                      <th key={key} className={isNumeric(table.rows, place) ? "number" : undefined}>
                        {naming.report(key)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {table.rows.map((row, place) => (
                    <tr key={place}>
                      {table.columns.map(({ key, unit }, column) => (
                        <td
                          key={key}
                          className={isNumeric(table.rows, column) ? "number" : styles.text}
                          data-label={column === 0 ? undefined : naming.report(key)}
                        >
                          <Value value={row[column] ?? null} unit={unit} none={UNKNOWN} />
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : (
            table.note === undefined && <div className="soft">{say("emptyTable")}</div>
          )}
        </section>
      ))}
    </div>
  );
}

const isNumeric = (rows: readonly (readonly ReportValue[])[], column: number): boolean =>
  rows.some((row) => typeof row[column] === "number");

interface ValueProps {
  readonly value: ReportValue;
  readonly unit: string | undefined;
  /** What stands for what could not be seen. */
  readonly none: string;
}

function Value({ value, unit, none }: ValueProps) {
  const say = useProbeTexts();
  const format = useFormat();
  if (value === null || value === "") return <span className="soft">{none}</span>;
  if (typeof value === "boolean") return say(value ? "yes" : "no");
  if (typeof value === "string") return <ForeignText text={value} />;
  return reportNumber(value, unit, format);
}
