import { Button, NativeSelect, Switch } from "@mantine/core";
import type { Role } from "@muster/core";
import { ROLES } from "@muster/core";
import type { RouteAnswer } from "@muster/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { session } from "../../api/session.ts";
import { useObservable } from "../../browser/observable.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { SetPassword } from "./set-password.tsx";

type User = RouteAnswer<"GET /api/v1/users">["items"][number];

/** One user, with what an administrator may change. */
export function UserRow({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const me = useObservable(session);
  const [asking, setAsking] = useState<"nothing" | "password" | "delete">("nothing");
  const refresh = () => queries.invalidateQueries({ queryKey: ["users"] });
  const change = useMutation({
    mutationFn: (body: { role?: Role; enabled?: boolean }) =>
      api("PATCH /api/v1/users/{id}", { params: { id: user.id }, body }),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: () => api("DELETE /api/v1/users/{id}", { params: { id: user.id } }),
    onSuccess: refresh,
  });
  return (
    <tr data-testid="user" data-user={user.name}>
      <td>
        <ForeignText text={user.name} /> {me?.user.id === user.id && <span className="tag">{t("users.you")}</span>}
        <ErrorNotice error={change.error} />
      </td>
      <td>
        <NativeSelect
          size="xs"
          aria-label={t("users.role")}
          value={user.role}
          disabled={change.isPending}
          data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
          onChange={(event) => change.mutate({ role: event.currentTarget.value as Role })}
        />
      </td>
      <td className="soft" data-label={t("users.created")}>
        {format.date(user.createdAt)}
      </td>
      <td className="soft" data-label={t("users.lastLogin")}>
        {user.lastLoginAt === null ? t("common.never") : format.dateTime(user.lastLoginAt)}
      </td>
      <td data-label={t("users.enabled")}>
        <Switch
          size="xs"
          aria-label={t("users.enabled")}
          checked={user.enabled}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ enabled: event.currentTarget.checked })}
        />
      </td>
      <td>
        <div className="row">
          <Button variant="default" onClick={() => setAsking("password")}>
            {t("users.setPassword")}
          </Button>
          <Button variant="default" onClick={() => setAsking("delete")}>
            {t("common.delete")}
          </Button>
        </div>
        {asking === "password" && (
          <SetPassword userId={user.id} userName={user.name} onClose={() => setAsking("nothing")} />
        )}
        {asking === "delete" && (
          <TypedConfirm
            title={t("users.deleteTitle", { name: user.name })}
            text={t("users.deleteText")}
            action={t("common.delete")}
            busy={remove.isPending}
            error={remove.error}
            onConfirm={() => remove.mutate()}
            onClose={() => setAsking("nothing")}
          />
        )}
      </td>
    </tr>
  );
}
