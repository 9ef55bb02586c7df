import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import list from "../../components/list.module.css";
import { naturalOrder } from "../../fleet/compare-rows.ts";
import { NOTIFIERS } from "../../incidents/alert-queries.ts";
import { AlertTabs } from "../../incidents/alert-tabs.tsx";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { DeliveryLog } from "./delivery-log.tsx";
import { NotifierRow } from "./notifier-row.tsx";
import styles from "./notifiers.module.css";

/** How they do changes by itself; there is no topic of them. */
const REFRESH_MS = 10_000;

/** Everybody and everything that is told, how each does, and what was told. */
export function NotifiersPage() {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const mayChange = useRight("notifiers.write");
  const query = useQuery({ ...NOTIFIERS, refetchInterval: REFRESH_MS });
  const notifiers = (query.data?.items ?? []).toSorted((a, b) => naturalOrder.compare(a.name, b.name));
  return (
    <div className="stack" data-testid="notifiers-page">
      <div className="page-head">
        <h1 className={list.wide}>{say("notifier.title")}</h1>
        <span className="grow" />
        {mayChange && (
          <Button
            component={Link}
            to="/notifiers/add"
            {...(notifiers.length > 0 && { variant: "default", c: "var(--text)" })}
            leftSection={<IconPlus size={14} aria-hidden />}
            data-testid="notifier-add"
          >
            {say(notifiers.length > 0 || query.isPending ? "notifier.add" : "notifier.addFirst")}
          </Button>
        )}
      </div>
      <AlertTabs />
      <ErrorNotice error={query.error} />
      {query.isPending && <p className="soft">{t("app.loading")}</p>}
      {query.data && notifiers.length === 0 && (
        <div data-testid="notifiers-none">
          <div>{say("notifier.none")}</div>
          <div className="soft">{say("notifier.noneHint")}</div>
        </div>
      )}
      {notifiers.length > 0 && (
        <ul className={styles.notifiers}>
          {notifiers.map((notifier) => (
            <NotifierRow
              key={notifier.id}
              notifier={notifier}
              fallback={notifiers.find(({ id }) => id === notifier.fallbackId)?.name}
            />
          ))}
        </ul>
      )}
      <DeliveryLog notifiers={notifiers} />
    </div>
  );
}
