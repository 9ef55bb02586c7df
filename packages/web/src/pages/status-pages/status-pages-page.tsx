import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import list from "../../components/list.module.css";
import { naturalOrder } from "../../fleet/compare-rows.ts";
import { STATUS_PAGES } from "../../incidents/alert-queries.ts";
import { AlertTabs } from "../../incidents/alert-tabs.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";

/** Pages that show everybody how chosen things stand. */
export function StatusPagesPage() {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const mayChange = useRight("status-pages.write");
  const query = useQuery(STATUS_PAGES);
  const pages = (query.data?.items ?? []).toSorted((a, b) => naturalOrder.compare(a.name, b.name));
  return (
    <div className="stack" data-testid="status-pages-page">
      <div className="page-head">
        <h1 className={list.wide}>{say("statusPage.title")}</h1>
        <span className="grow" />
        {mayChange && (
          <Button
            component={Link}
            to="/status-pages/add"
            variant="default"
            c="var(--text)"
            leftSection={<IconPlus size={14} aria-hidden />}
            data-testid="status-page-add"
          >
            {say("statusPage.add")}
          </Button>
        )}
      </div>
      <AlertTabs />
      <ErrorNotice error={query.error} />
      {query.isPending && <p className="soft">{t("app.loading")}</p>}
      {query.data && pages.length === 0 && (
        <div data-testid="status-pages-none">
          <div>{say("statusPage.none")}</div>
          <div className="soft">{say("statusPage.noneHint")}</div>
        </div>
      )}
      {pages.length > 0 && (
        <table className="plain">
          <thead>
            <tr>
              <th>{say("statusPage.name")}</th>
              <th>{say("statusPage.address")}</th>
              <th>{say("statusPage.state")}</th>
              <th>{say("statusPage.shown")}</th>
              <th>{say("statusPage.announced")}</th>
            </tr>
          </thead>
          <tbody>
            {pages.map(({ id, name, slug, isEnabled, items, announcement }) => (
              <tr key={id} data-testid="status-page-row">
                <td>
                  {mayChange ? (
                    <Link to="/status-pages/$id" params={{ id }} data-testid="status-page-link">
                      <ForeignText text={name} />
                    </Link>
                  ) : (
                    <ForeignText text={name} />
                  )}
                </td>
                <td>
                  {isEnabled ? (
                    <a href={`/status/${slug}`} target="_blank" rel="noreferrer">
                      /status/{slug}
                    </a>
                  ) : (
                    <span className="soft">/status/{slug}</span>
                  )}
                </td>
                <td className={isEnabled ? "good" : "soft"}>
                  {say(isEnabled ? "statusPage.isOn" : "statusPage.isOff")}
                </td>
                <td>
                  {say("statusPage.things", { count: items.length })}
                  {items.some(({ isGone }) => isGone) && (
                    <span className="warning"> · {say("statusPage.someGone")}</span>
                  )}
                </td>
                <td>{announcement === null ? "–" : <ForeignText text={announcement.text} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
