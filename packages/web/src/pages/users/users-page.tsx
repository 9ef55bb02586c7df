import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { AddUser } from "./add-user.tsx";
import { UserRow } from "./user-row.tsx";

export function UsersPage() {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const users = useQuery({ queryKey: ["users"], queryFn: ({ signal }) => api("GET /api/v1/users", { signal }) });
  return (
    <div className="stack">
      <div className="page-head">
        <h1>{t("users.title")}</h1>
        <Button onClick={() => setAdding(true)} data-testid="add-user">
          {t("users.add")}
        </Button>
      </div>
      <ErrorNotice error={users.error} />
      {users.data && (
        <table className="plain" data-testid="users">
          <thead>
            <tr>
              <th>{t("common.name")}</th>
              <th>{t("users.role")}</th>
              <th>{t("users.created")}</th>
              <th>{t("users.lastLogin")}</th>
              <th>{t("users.enabled")}</th>
              <th aria-label={t("users.actions")} />
            </tr>
          </thead>
          <tbody>
            {users.data.items.map((user) => (
              <UserRow key={user.id} user={user} />
            ))}
          </tbody>
        </table>
      )}
      {adding && <AddUser onClose={() => setAdding(false)} />}
    </div>
  );
}
