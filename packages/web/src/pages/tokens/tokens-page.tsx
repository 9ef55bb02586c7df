import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { AddToken } from "./add-token.tsx";
import { TokenRow } from "./token-row.tsx";

export function TokensPage() {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: ({ signal }) => api("GET /api/v1/tokens", { signal }) });
  return (
    <div className="stack">
      <div className="page-head">
        <h1>{t("tokens.title")}</h1>
        <Button onClick={() => setAdding(true)} data-testid="add-token">
          {t("tokens.add")}
        </Button>
      </div>
      <div className="soft">{t("tokens.intro")}</div>
      <ErrorNotice error={tokens.error} />
      {tokens.data?.items.length === 0 && <div className="soft">{t("tokens.empty")}</div>}
      {tokens.data && tokens.data.items.length > 0 && (
        <table className="plain" data-testid="tokens">
          <thead>
            <tr>
              <th>{t("common.name")}</th>
              <th>{t("tokens.owner")}</th>
              <th>{t("tokens.scopes")}</th>
              <th>{t("tokens.created")}</th>
              <th>{t("tokens.expires")}</th>
              <th>{t("tokens.lastUsed")}</th>
              <th aria-label={t("users.actions")} />
            </tr>
          </thead>
          <tbody>
            {tokens.data.items.map((token) => (
              <TokenRow key={token.id} token={token} />
            ))}
          </tbody>
        </table>
      )}
      {adding && <AddToken onClose={() => setAdding(false)} />}
    </div>
  );
}
