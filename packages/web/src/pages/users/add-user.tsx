import { Button, NativeSelect, PasswordInput, TextInput } from "@mantine/core";
import { ROLES } from "@muster/core";
import type { Role } from "@muster/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { Dialog } from "../../components/dialog.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { useFieldErrors } from "../../components/use-field-errors.ts";

export function AddUser({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const add = useMutation({
    mutationFn: () => api("POST /api/v1/users", { body: { name: name.trim(), password, role } }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ["users"] });
      onClose();
    },
  });
  const fields = useFieldErrors(add.error);
  return (
    <Dialog onClose={onClose} title={t("users.add")} testId="add-user-dialog">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <TextInput
          label={t("signIn.user")}
          autoCapitalize="none"
          autoComplete="off"
          data-autofocus
          value={name}
          error={fields["name"]}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="user-name"
        />
        <PasswordInput
          label={t("common.password")}
          description={t("setup.tooShort")}
          autoComplete="new-password"
          value={password}
          error={fields["password"]}
          onChange={(event) => setPassword(event.currentTarget.value)}
          data-testid="user-password"
        />
        <NativeSelect
          label={t("users.role")}
          description={t(`role.${role}Text`)}
          value={role}
          error={fields["role"]}
          data={ROLES.map((one) => ({ value: one, label: t(`role.${one}`) }))}
          onChange={(event) => setRole(event.currentTarget.value as Role)}
          data-testid="user-role"
        />
        <ErrorNotice error={add.error} inputs={["name", "password", "role"]} />
        <Button type="submit" loading={add.isPending} data-testid="user-submit">
          {t("users.add")}
        </Button>
      </form>
    </Dialog>
  );
}
