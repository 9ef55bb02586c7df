import type { EvidenceView as Evidence } from "@muster/protocol";
import { Link } from "@tanstack/react-router";
import { ForeignText } from "../../components/foreign-text.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { EvidenceChart } from "./evidence-chart.tsx";
import styles from "./incident.module.css";

/** What was to be seen when it opened, and what could not be had. Everything in it is text of machines. */
export function EvidenceView({ evidence }: { readonly evidence: Evidence | null }) {
  const say = useAlertTexts();
  const format = useFormat();
  if (evidence === null)
    return (
      <section className="stack">
        <h2>{say("page.evidence")}</h2>
        <div className="soft">{say("page.noEvidence")}</div>
      </section>
    );
  const { series, processes, logLines, actions, similar, missing } = evidence;
  return (
    <section className="stack" data-testid="incident-evidence">
      <div className="row wrap">
        <h2>{say("page.evidence")}</h2>
        <span className="soft">{say("page.evidenceAt", { time: format.dateTime(evidence.at) })}</span>
      </div>
      {series.length > 0 && (
        <div className={styles.charts}>
          {series.map((one, index) => (
            <EvidenceChart key={index} series={one} at={evidence.at} />
          ))}
        </div>
      )}
      {processes.length > 0 && <Processes processes={processes} />}
      {logLines.length > 0 && (
        <div className={styles.part}>
          <h3>{say("page.logLines")}</h3>
          <div
            className={styles.log}
            role="region"
            aria-label={say("page.logLines")}
            tabIndex={0}
            data-testid="evidence-log"
          >
            {logLines.map(({ at, text }, index) => (
              <div key={index}>
                {at !== null && <span className="soft">{format.time(at)} </span>}
                <ForeignText text={text} />
              </div>
            ))}
          </div>
        </div>
      )}
      {actions.length > 0 && (
        <div className={styles.part}>
          <h3>{say("page.actions")}</h3>
          <ul className={styles.plain}>
            {actions.map(({ at, by, action, target, outcome }, index) => (
              <li key={index}>
                <span className="soft">{format.dateTime(at)}</span> <ForeignText text={`${action} ${target}`} />
                {outcome !== null && <ForeignText text={` · ${outcome}`} />}
                <span className="soft">
                  {" · "}
                  <ForeignText text={by} />
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {similar.length > 0 && (
        <div className={styles.part}>
          <h3>{say("page.similar")}</h3>
          <ul className={styles.plain} data-testid="evidence-similar">
            {similar.map(({ id, title, openedAt, resolvedAt }) => (
              <li key={id}>
                <span className="soft">{format.dateTime(openedAt)}</span>{" "}
                <Link to="/incidents/$id" params={{ id }}>
                  <ForeignText text={title} />
                </Link>
                {resolvedAt !== null && <span className="soft"> · {format.duration(resolvedAt - openedAt)}</span>}
              </li>
            ))}
          </ul>
        </div>
      )}
      {missing.length > 0 && (
        <div className={styles.part}>
          <h3>{say("page.missing")}</h3>
          <ul className={`${styles.plain} soft`} data-testid="evidence-missing">
            {missing.map((text, index) => (
              <li key={index}>
                <ForeignText text={text} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Processes({ processes }: { readonly processes: Evidence["processes"] }) {
  const say = useAlertTexts();
  const format = useFormat();
  return (
    <div className={styles.part}>
      <h3>{say("page.processes")}</h3>
      <table className="plain" data-testid="evidence-processes">
        <thead>
          <tr>
            <th>{say("page.process")}</th>
            <th className="number">{say("page.pid")}</th>
            <th>{say("page.user")}</th>
            <th className="number">{say("page.cpu")}</th>
            <th className="number">{say("page.memory")}</th>
          </tr>
        </thead>
        <tbody>
          {processes.map(({ pid, name, user, cpuRatio, residentBytes }) => (
            <tr key={pid}>
              <td>
                <ForeignText text={name} />
              </td>
              <td className="number" data-label={say("page.pid")}>
                {pid}
              </td>
              <td data-label={say("page.user")}>
                <ForeignText text={user} />
              </td>
              <td className="number" data-label={say("page.cpu")}>
                {format.percentWithUnit(cpuRatio)}
              </td>
              <td className="number" data-label={say("page.memory")}>
                {format.bytes(residentBytes)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
