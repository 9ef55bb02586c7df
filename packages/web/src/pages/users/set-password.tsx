import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { Dialog } from "../../components/dialog.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { useFieldErrors } from "../../components/use-field-errors.ts";

interface SetPasswordProps {
  readonly userId: string;
  readonly userName: string;
  readonly onClose: () => void;
}

/** A new password for somebody else; ends that user's sessions. */
export function SetPassword({ userId, userName, onClose }: SetPasswordProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const save = useMutation({
    mutationFn: () => api("PATCH /api/v1/users/{id}", { params: { id: userId }, body: { password } }),
    onSuccess: onClose,
  });
  const fields = useFieldErrors(save.error);
  return (
    <Dialog onClose={onClose} title={`${t("users.setPassword")}: ${userName}`} testId="set-password-dialog">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <PasswordInput
          label={t("users.newPassword")}
          description={t("setup.tooShort")}
          autoComplete="new-password"
          data-autofocus
          value={password}
          error={fields["password"]}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <ErrorNotice error={save.error} inputs={["password"]} />
        <Button type="submit" loading={save.isPending}>
          {t("common.save")}
        </Button>
      </form>
    </Dialog>
  );
}
