import { TextInput } from "@mantine/core";
import { IconAlertTriangle, IconLink } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { OlderButton } from "../../components/older-button.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { AuditRow } from "./audit-row.tsx";
import styles from "./audit.module.css";

const PAGE_ROWS = 100;
const FILTERS = ["actor", "action", "target"] as const;

/** Who did what, by which door and how it ended, newest first. */
export function AuditPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const audit = useInfiniteQuery({
    queryKey: ["audit", search],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      api("GET /api/v1/audit", { query: { ...search, before: pageParam, limit: PAGE_ROWS }, signal }),
    getNextPageParam: (page) => (page.items.length < PAGE_ROWS ? undefined : page.items.at(-1)?.seq),
    placeholderData: (previous) => previous,
  });
  const rows = audit.data?.pages.flatMap((page) => page.items) ?? [];
  const chain = audit.data?.pages[0]?.chain;
  return (
    <div className="stack">
      <div className="page-head">
        <h1>{t("audit.title")}</h1>
        {chain?.state === "intact" && (
          <span className="row good" data-testid="chain" data-chain="intact">
            <IconLink size={14} aria-hidden />
            {t("audit.intact", { count: chain.rows })}
          </span>
        )}
      </div>
      {chain?.state === "broken" && (
        <div className="notice bad" data-testid="chain" data-chain="broken">
          <IconAlertTriangle size={16} className="bad" aria-hidden />
          {t("audit.broken", { why: chain.why })}
        </div>
      )}
      <div className="row wrap">
        {FILTERS.map((name) => (
          <TextInput
            key={name}
            size="xs"
            aria-label={t(`audit.${name}`)}
            placeholder={t(`audit.${name}`)}
            defaultValue={search[name] ?? ""}
            onChange={(event) => {
              const text = event.currentTarget.value.trim();
              void navigate({
                search: (before) => {
                  const { [name]: _old, ...others } = before;
                  return text === "" ? others : { ...others, [name]: text };
                },
                replace: true,
              });
            }}
            data-testid={`audit-${name}`}
          />
        ))}
      </div>
      <ErrorNotice error={audit.error} />
      {audit.data && rows.length === 0 && <div className="soft">{t("audit.empty")}</div>}
      {rows.length > 0 && (
        <table className={`plain ${styles.table}`} data-testid="audit">
          <thead>
            <tr>
              <th>{t("audit.time")}</th>
              <th>{t("audit.actor")}</th>
              <th>{t("audit.action")}</th>
              <th>{t("audit.target")}</th>
              <th>{t("audit.decision")}</th>
              <th>{t("audit.reason")}</th>
              <th className="number">{t("audit.number")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <AuditRow key={row.seq} row={row} />
            ))}
          </tbody>
        </table>
      )}
      <OlderButton of={audit} />
      {!audit.hasNextPage && rows.length > 0 && <span className="soft">{t("audit.end")}</span>}
    </div>
  );
}
