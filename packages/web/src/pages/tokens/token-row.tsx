import { Button } from "@mantine/core";
import type { RouteAnswer } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { hubNow } from "../../live/live.ts";

type Token = RouteAnswer<"GET /api/v1/tokens">["items"][number];

export function TokenRow({ token }: { readonly token: Token }) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => api("DELETE /api/v1/tokens/{id}", { params: { id: token.id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
  const expired = token.expiresAt !== null && token.expiresAt <= hubNow();
  return (
    <tr data-testid="token" data-token={token.name}>
      <td>
        <ForeignText text={token.name} />
      </td>
      <td className="soft" data-label={t("tokens.owner")}>
        <ForeignText text={token.owner} />
      </td>
      <td style={{ maxWidth: 420 }}>
        <div className="row wrap" style={{ gap: 4 }}>
          {token.scopes.map((scope) => (
            <span key={scope} className="tag mono">
              {scope}
            </span>
          ))}
        </div>
      </td>
      <td className="soft" data-label={t("tokens.created")}>
        {format.date(token.createdAt)}
      </td>
      <td className={expired ? "warning" : "soft"} data-label={t("tokens.expires")}>
        {token.expiresAt === null ? t("common.never") : expired ? t("tokens.expired") : format.date(token.expiresAt)}
      </td>
      <td className="soft" data-label={t("tokens.lastUsed")}>
        {token.lastUsedAt === null ? t("common.never") : format.dateTime(token.lastUsedAt)}
      </td>
      <td>
        <Button variant="default" onClick={() => setAsking(true)} data-testid="token-revoke">
          {t("tokens.revoke")}
        </Button>
        {asking && (
          <TypedConfirm
            title={t("tokens.revokeTitle", { name: token.name })}
            text={t("tokens.revokeText")}
            action={t("tokens.revoke")}
            busy={revoke.isPending}
            error={revoke.error}
            onConfirm={() => revoke.mutate()}
            onClose={() => setAsking(false)}
          />
        )}
      </td>
    </tr>
  );
}
