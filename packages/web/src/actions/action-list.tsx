import { UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api.ts";
import { ErrorNotice } from "../components/error-notice.tsx";
import { ForeignText } from "../components/foreign-text.tsx";
import { OutputText } from "../components/output-text.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { useHubSecond } from "../live/live.ts";
import { ActorText } from "../tasks/actor-text.tsx";
import { ActionOutcome } from "./action-outcome.tsx";
import { actionName, actionTarget } from "./action-title.ts";
import styles from "./actions.module.css";
import type { Action } from "./actions-view.ts";
import { RefusalHelp } from "./refusal-help.tsx";

interface ActionListProps {
  readonly actions: readonly Action[];
  /** Where all are of one server its name says nothing. */
  readonly server?: "shown" | "hidden";
  /** Where one asked for all of them the page says who. */
  readonly actor?: "shown" | "hidden";
  /** `open`: what was printed, and why one was refused, is shown without a press. */
  readonly folds?: "closed" | "open";
}

/** Actions, newest first; what one printed and why it was refused opens below it. */
export function ActionList({ actions, server = "shown", actor = "shown", folds = "closed" }: ActionListProps) {
  return (
    <div className={styles.list} role="list" data-testid="action-list">
      {actions.map((action) => (
        <ActionRow key={action.id} action={action} server={server} actor={actor} folds={folds} />
      ))}
    </div>
  );
}

function ActionRow({
  action,
  server,
  actor,
  folds,
}: Required<Omit<ActionListProps, "actions">> & { readonly action: Action }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useHubSecond();
  const [open, setOpen] = useState(folds === "open");
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
        {actor === "shown" && (
          <>
            <ActorText actor={action.actor} door={action.door} size="short" /> ·{" "}
          </>
        )}
        {format.ago(Math.max(0, now - action.askedAt))}
      </span>
      {open && hasMore && (
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

/** What a command printed. Lists and live messages leave it out; then it is asked for by the action. */
function ActionOutput({ action: { id, outcome, output: known } }: { readonly action: Action }) {
  const { t } = useTranslation();
  const asked = useQuery({
    // The server's late word may replace an outcome that the hub assumed.
    queryKey: ["action", id, outcome],
    queryFn: ({ signal }) => api("GET /api/v1/actions/{id}", { params: { id }, query: {}, signal }),
    enabled: known === null,
  });
  if (known === null && !asked.data)
    return asked.error ? <ErrorNotice error={asked.error} /> : <p className="soft">{t("app.loading")}</p>;
  const output = known ?? asked.data?.output ?? "";
  if (output === "") return <p className="soft">{t("action.noOutput")}</p>;
  return <OutputText text={output} testId="action-output" />;
}
