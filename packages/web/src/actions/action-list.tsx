import { UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api.ts";
import { ErrorNotice } from "../components/error-notice.tsx";
import { ForeignText } from "../components/foreign-text.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { useHubSecond } from "../live/live.ts";
import { ActionOutcome } from "./action-outcome.tsx";
import { actionName, actionTarget } from "./action-title.ts";
import styles from "./actions.module.css";
import type { Action } from "./actions-view.ts";
import { RefusalHelp } from "./refusal-help.tsx";

interface ActionListProps {
  readonly actions: readonly Action[];
  /** Where all are of one server its name says nothing. */
  readonly server?: "shown" | "hidden";
}

/** Actions, newest first; what one printed and why it was refused opens below it. */
export function ActionList({ actions, server = "shown" }: ActionListProps) {
  return (
    <div className={styles.list} role="list" data-testid="action-list">
      {actions.map((action) => (
        <ActionRow key={action.id} action={action} server={server} />
      ))}
    </div>
  );
}

function ActionRow({ action, server }: { readonly action: Action; readonly server: "shown" | "hidden" }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useHubSecond();
  const [open, setOpen] = useState(false);
  const target = actionTarget(action);
  const mayHaveOutput = action.action === "exec.run" && action.state === "ended" && action.outcome !== "refused";
  const hasMore = mayHaveOutput || action.outcome === "refused" || action.reason !== "";
  return (
    <div role="listitem" className={styles.row} data-testid="action-row" data-action={action.action}>
      {hasMore ? (
        <UnstyledButton
          className={styles.fold}
          aria-expanded={open}
          aria-label={t("common.details")}
          data-testid="action-open"
          onClick={() => setOpen(!open)}
        >
          <IconChevronRight size={14} aria-hidden style={open ? { transform: "rotate(90deg)" } : {}} />
        </UnstyledButton>
      ) : (
        <span />
      )}
      <span className={styles.what}>
        <strong>{actionName(action.action, t)}</strong>{" "}
        {action.serviceId === null ? (
          <ForeignText text={target} />
        ) : (
          <Link to="/services/$id" params={{ id: action.serviceId }}>
            <ForeignText text={target === "" ? t("services.one") : target} />
          </Link>
        )}
        {server === "shown" && (
          <span className="soft">
            {" · "}
            <ForeignText text={action.server} />
          </span>
        )}
      </span>
      <ActionOutcome action={action} />
      <span className={`soft ${styles.who}`} title={format.dateTime(action.askedAt)}>
        <ForeignText text={action.actor} /> · {format.ago(Math.max(0, now - action.askedAt))}
      </span>
      {open && (
        <div className={styles.more}>
          {action.reason !== "" && (
            <div className="soft">
              <ForeignText text={action.reason} />
            </div>
          )}
          {mayHaveOutput && <ActionOutput action={action} />}
          <RefusalHelp action={action} />
        </div>
      )}
    </div>
  );
}

/** What a command printed. Lists and live messages leave it out, so it is asked for by the action. */
function ActionOutput({ action: { id, outcome } }: { readonly action: Action }) {
  const { t } = useTranslation();
  const asked = useQuery({
    // The server's late word may replace an outcome that the hub assumed.
    queryKey: ["action", id, outcome],
    queryFn: ({ signal }) => api("GET /api/v1/actions/{id}", { params: { id }, query: {}, signal }),
  });
  if (!asked.data)
    return asked.error ? <ErrorNotice error={asked.error} /> : <p className="soft">{t("app.loading")}</p>;
  const output = asked.data.output ?? "";
  if (output === "") return <p className="soft">{t("action.noOutput")}</p>;
  return (
    <pre className={styles.output} data-testid="action-output">
      <ForeignText text={output} />
    </pre>
  );
}
