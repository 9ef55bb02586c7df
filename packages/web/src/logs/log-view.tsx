import { useCallback, useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { LogSearch } from "../app/search.ts";
import { useChangeSearch } from "../app/use-change-search.ts";
import { browserClock } from "../browser/clock.ts";
import { useObservable } from "../browser/observable.ts";
import { StoredChoice } from "../browser/stored-choice.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { live } from "../live/live.ts";
import { LogLines } from "./log-lines.tsx";
import { LogSession } from "./log-session.ts";
import { formatSources, sourceKey } from "./log-source.ts";
import type { LogSource } from "./log-source.ts";
import { SPAN_MS } from "./log-span.ts";
import { LogStatus } from "./log-status.tsx";
import { LogTools } from "./log-tools.tsx";
import styles from "./logs.module.css";

const wrapChoice = new StoredChoice<"on" | "off">(
  "muster.logs-wrap",
  // A phone is too narrow for lines that go on to the right.
  matchMedia("(max-width: 700px)").matches ? "on" : "off",
  (value): value is "on" | "off" => value === "on" || value === "off",
);

interface LogViewProps {
  readonly sources: readonly LogSource[];
  /** What each source is called. */
  readonly labels: readonly string[];
  /** What the address says; its sources are those above. */
  readonly search: LogSearch;
  readonly children?: ReactNode;
}

/** Lines of one or several sources, followed, searched and looked up by time. */
export function LogView({ sources, labels, search, children }: LogViewProps) {
  const { t } = useTranslation();
  const wrap = useObservable(wrapChoice);
  const [follow, setFollow] = useState(true);
  const [mode, setMode] = useState<"following" | "paused">("following");
  const { q, expression, level, at } = search;
  const sourcesKey = sources.map(sourceKey).join(",");
  const session = useMemo(
    () =>
      new LogSession(
        sources,
        {
          search: q === undefined ? undefined : { text: q, isExpression: expression === 1 },
          level,
          span: at === undefined ? undefined : { since: at, until: at + SPAN_MS },
        },
        { live, clock: browserClock },
      ),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key says whether the sources are others
    [sourcesKey, q, expression, level, at],
  );
  useEffect(() => {
    setMode("following");
    setFollow(at === undefined);
    return session.start();
  }, [session, at]);
  const view = useObservable(session.view);
  const change = useChangeSearch<LogSearch>();
  const pause = useCallback(
    (next: "following" | "paused"): void => {
      setMode(next);
      session.setMode(next);
      if (next === "following") setFollow(true);
    },
    [session],
  );
  return (
    <div className={styles.page} data-testid="log-view" data-state={view.state}>
      <LogTools
        search={search}
        download={formatSources(sources)}
        wrap={wrap}
        onWrap={(next) => wrapChoice.set(next)}
        onChange={change}
      >
        {children}
      </LogTools>
      <LogStatus
        view={view}
        mode={mode}
        follow={follow}
        at={at}
        onMode={pause}
        onEnd={() => setFollow(true)}
        onAt={(next) => change({ at: next })}
      />
      {[...view.faults].map(([source, error]) => (
        <div key={String(source)} className="notice warning" data-testid="log-fault">
          <span>
            {source !== null && labels.length > 1 && (
              <>
                <ForeignText text={labels[source] ?? ""} />:{" "}
              </>
            )}
            <ForeignText text={error === "" ? t("logs.ended") : error} />
          </span>
        </div>
      ))}
      <LogLines
        view={view}
        labels={labels}
        found={expression === 1 ? "" : (q ?? "")}
        wrap={wrap === "on"}
        follow={follow && mode === "following" && at === undefined}
        onFollow={setFollow}
      />
    </div>
  );
}
